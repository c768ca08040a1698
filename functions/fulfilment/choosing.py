"""One column for each order at the least sum of costs: a mixed-integer programme for HiGHS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from functions.fulfilment.domain.reevaluation import Column, Spot
from functions.fulfilment.solver import solved


def choose(by_order: Sequence[Sequence[Column]], free: Mapping[Spot, int]) -> list[Column]:
    """Of every order exactly one column; no spot gives more units than are free. Raises NotSolved.

    The first column of each order takes nothing, so there always is a choice.
    """
    if not by_order:
        return []
    flat = [column for ways in by_order for column in ways]
    order_of = [number for number, ways in enumerate(by_order) for _ in ways]
    spots = {spot: len(by_order) + number for number, spot in enumerate(sorted(free))}
    entries = [
        [(order, 1.0), *((spots[spot], float(units)) for spot, units in sorted(column.takes.items()))]
        for order, column in zip(order_of, flat, strict=True)
    ]
    ones, none = [1.0] * len(by_order), [0.0] * len(spots)
    solver = solved(
        [float(column.cost) for column in flat],
        entries,
        [*ones, *none],
        [*ones, *(float(free[spot]) for spot in spots)],
        most=[1.0] * len(flat),
        whole=True,
    )
    taken = [value > 0.5 for value in solver.getSolution().col_value]
    return [column for column, one in zip(flat, taken, strict=True) if one]
