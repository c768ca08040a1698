"""The linear programme of items that are ordered together: one parcel serves several of them, so they share a price.

    min  sum parcel[c, p] y[c, p] + sum unit[p] n[c, i] x[c, i, p] + penalty sum n[c, i] u[c, i] + margin lost[i, p]
    s.t. sum_p x[c, i, p] + u[c, i] = expected orders of claim c           for each of its items i
         x[c, i, p] <= y[c, p]                                             no unit travels without a parcel
         sold[i, p] + lost[i, p]    = expected walk-in demand
         sum_c n[c, i] x[c, i, p] + sold[i, p] <= stock of i at p          (its dual, negated, is the price of a unit)

After Jasin and Sinha, Operations Research 63 (2015). An item that nobody orders with others is better off in `fluid`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from functions.fulfilment.domain.routing.programme import ANY, Column, Programme

Spot = tuple[str, str]
"""(SKU, place)"""


@dataclass(frozen=True)
class Claim:
    """So many `expected` orders, each of these units by SKU. `ways`: by place, a parcel's cost and a unit's."""

    lines: tuple[tuple[str, int], ...]
    expected: float
    ways: Mapping[str, tuple[float, float]]


def joint_model(
    stock: Mapping[Spot, float],
    claims: Iterable[Claim],
    walk_in: Mapping[Spot, float],
    margins: Mapping[str, float],
    *,
    penalty: float,
) -> Programme:
    """The prices are those of the spots of `stock`, in their order."""
    builder = _Builder(stock)
    for claim in claims:
        builder.claim(claim, penalty)
    for (sku, place), expected in walk_in.items():
        builder.counter((sku, place), expected, margins.get(sku, 0.0))
    return builder.programme()


class _Builder:
    def __init__(self, stock: Mapping[Spot, float]) -> None:
        self._spots = {spot: row for row, spot in enumerate(stock)}
        self._lower = [-ANY] * len(stock)
        self._upper = list(stock.values())
        self._columns: list[Column] = []

    def claim(self, claim: Claim, penalty: float) -> None:
        """The columns of one kind of order."""
        served = [self._row(claim.expected, claim.expected) for _ in claim.lines]
        for row, (_, units) in zip(served, claim.lines, strict=True):
            self._columns.append(Column(penalty * units, ((row, 1.0),)))
        for place, (parcel, unit) in claim.ways.items():
            had = [
                (row, self._spots[sku, place], units)
                for row, (sku, units) in zip(served, claim.lines, strict=True)
                if (sku, place) in self._spots
            ]
            if len(had) == 1:  # then there are as many parcels as lines
                self._columns += [Column(parcel + unit * n, ((row, 1.0), (spot, float(n)))) for row, spot, n in had]
            elif had:
                self._columns += self._sharing(had, parcel, unit)

    def _sharing(self, had: Sequence[tuple[int, int, int]], parcel: float, unit: float) -> Iterable[Column]:
        within = [self._row(0.0, ANY) for _ in had]
        yield Column(parcel, tuple((row, 1.0) for row in within))
        for opened, (row, spot, n) in zip(within, had, strict=True):
            yield Column(unit * n, ((opened, -1.0), (row, 1.0), (spot, float(n))))

    def counter(self, spot: Spot, expected: float, margin: float) -> None:
        """The columns of the customers who come to a place for an item."""
        row = self._row(expected, expected)
        self._columns.append(Column(margin, ((row, 1.0),)))
        if spot in self._spots:
            self._columns.append(Column(0.0, ((row, 1.0), (self._spots[spot], 1.0))))

    def programme(self) -> Programme:
        """What has been built."""
        return Programme(tuple(self._columns), tuple(self._lower), tuple(self._upper), len(self._spots))

    def _row(self, lower: float, upper: float) -> int:
        self._lower.append(lower)
        self._upper.append(upper)
        return len(self._lower) - 1
