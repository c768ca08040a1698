"""The transport LP of one item over expected demand; the duals of its stock are opportunity prices.

    min  sum cost[r, p] x[r, p] + penalty sum u[r] + margin sum lost[p]
    s.t. sum_p x[r, p] + u[r]   = expected online demand of region r
         sold[p] + lost[p]      = expected walk-in demand of place p
         sum_r x[r, p] + sold[p] <= stock of p          (its dual, negated, is the price of a unit there)

The model is built here with nothing but the standard library; who runs a solver hands the duals back to `prices_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A variable >= 0: its cost, and the rows that it is part of (with coefficient 1)."""

    cost: float
    rows: tuple[int, ...]


@dataclass(frozen=True)
class FluidModel:
    """Rows 0..places-1 are `<= stock`, the others `= demand`."""

    columns: tuple[Column, ...]
    stock: tuple[float, ...]
    demand: tuple[float, ...]


def fluid_model(
    stock: Sequence[float],
    online: Sequence[float],
    walk_in: Sequence[float],
    costs: Sequence[Sequence[float]],
    *,
    margin: float,
    penalty: float,
) -> FluidModel:
    """`online` by region, `stock` and `walk_in` by place, `costs[region][place]` of sending one unit."""
    places, regions = len(stock), len(online)
    columns = [
        Column(costs[region][place], (place, places + region))
        for region in range(regions)
        for place in range(places)
        if online[region] > 0 and stock[place] > 0 and costs[region][place] < penalty
    ]
    columns += [Column(penalty, (places + region,)) for region in range(regions)]
    columns += [Column(0.0, (place, places + regions + place)) for place in range(places)]
    columns += [Column(margin, (places + regions + place,)) for place in range(places)]
    return FluidModel(tuple(columns), tuple(stock), (*online, *walk_in))


def prices_of(row_duals: Sequence[float], places: int) -> list[float]:
    """The price of a unit at each place from the duals of a minimisation (never negative)."""
    return [max(0.0, -dual) for dual in row_duals[:places]]
