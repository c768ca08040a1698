"""The transport LP of one item over expected demand; the duals of its stock are opportunity prices.

min  sum cost[r, p] x[r, p] + penalty sum u[r] + margin sum lost[p]
s.t. sum_p x[r, p] + u[r]   = expected online demand of region r
     sold[p] + lost[p]      = expected walk-in demand of place p
     sum_r x[r, p] + sold[p] <= stock of p          (its dual, negated, is the price of a unit there)
"""

from __future__ import annotations

from collections.abc import Sequence

from functions.fulfilment.domain.routing.programme import ANY, Column, Programme


def fluid_model(
    stock: Sequence[float],
    online: Sequence[float],
    walk_in: Sequence[float],
    costs: Sequence[Sequence[float]],
    *,
    margin: float,
    penalty: float,
) -> Programme:
    """`online` by region, `stock` and `walk_in` by place, `costs[region][place]` of sending one unit."""
    places, regions = len(stock), len(online)
    columns = [
        Column(costs[region][place], ((place, 1.0), (places + region, 1.0)))
        for region in range(regions)
        for place in range(places)
        if online[region] > 0 and stock[place] > 0 and costs[region][place] < penalty
    ]
    columns += [Column(penalty, ((places + region, 1.0),)) for region in range(regions)]
    columns += [Column(0.0, ((place, 1.0), (places + regions + place, 1.0))) for place in range(places)]
    columns += [Column(margin, ((places + regions + place, 1.0),)) for place in range(places)]
    demand = (*online, *walk_in)
    return Programme(tuple(columns), (*[-ANY] * places, *demand), (*stock, *demand), places)
