"""From histories and stock to the price table: which markets claim an item's stock, and what serving them costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from functions.fulfilment.domain.history import (
    FAILED,
    FOUND,
    ONLINE,
    History,
    Shares,
    beliefs,
    market_of_counter,
    region,
)
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.rate_card import RateCard, rate_of
from functions.fulfilment.domain.routing.beliefs import Belief
from functions.fulfilment.domain.routing.fluid import FluidModel, fluid_model, prices_of
from functions.fulfilment.domain.routing.posted import HORIZON_DAYS, Posted
from functions.fulfilment.domain.states import SHIP

Solve = Callable[[FluidModel], Sequence[float]]
"""The duals of a model's rows at its optimum."""

LINES_SHARING_A_PARCEL = 1.3
"""A unit is charged the parcel's cost over this: some parcels hold several lines, which cannot be known beforehand."""
NEAREST_PLACES = 40
"""Cheapest places from which a region is thought to be served: of a network of thousands the others matter no more."""
LEAST_RATE = 0.01
"""Units per day below which nobody is expected before replenishment."""
PICKS_BELIEVED = (0.2, 20.0)
"""Before any pick of a place is seen: so many failed units of so many, one in a hundred."""


def prices(history: History, shares: Shares, copies: Copies, *, now: datetime, solve: Solve) -> dict[str, Posted]:
    """What a unit of the item is worth at each place that has some, or whose counter sells it.

    Without a margin the counter's customers are worth nothing, and only the ways to the online ones are compared.
    """
    item = copies.items.get(history.sku)
    page = copies.pages.get(history.sku)
    if item is None or page is None:
        return {}
    believed = beliefs(history, shares, now)
    stock = {place: units for place, units in page.by_place.items() if units > 0 and place in copies.places}
    counters = {
        place: belief
        for place in stock
        if (belief := believed.get(market_of_counter(place))) and belief.units_per_day >= LEAST_RATE
    }
    duals = _duals(
        _online(believed), stock, counters, copies.places, copies.card(now), margin=item.margin or 0, solve=solve
    )
    return {place: _posted(duals.get(place, 0.0), counters.get(place)) for place in stock}


def _posted(dual: float, counter: Belief | None) -> Posted:
    if counter is None:
        return Posted(round(dual))
    return Posted(round(dual), round(counter.shape, 4), round(counter.days, 4))


def _online(believed: Mapping[str, Belief]) -> dict[str, float]:
    return {
        market: belief.units_per_day * HORIZON_DAYS
        for market, belief in believed.items()
        if market.startswith(ONLINE) and belief.units_per_day >= LEAST_RATE
    }


def _duals(
    online: Mapping[str, float],
    stock: Mapping[str, int],
    counters: Mapping[str, Belief],
    places: Mapping[str, Place],
    card: RateCard,
    *,
    margin: int,
    solve: Solve,
) -> dict[str, float]:
    """By place. None where stock outlasts everybody who is expected: then nothing is solved."""
    walk_in = {place: counters[place].units_per_day * HORIZON_DAYS if place in counters else 0.0 for place in stock}
    plenty = sum(online.values()) <= min((units - walk_in[place] for place, units in stock.items()), default=0)
    if not online or plenty:
        return {}
    shipping = [place for place in stock if places[place].can(SHIP)]
    costs = {market: _costs(market, shipping, places, card) for market in online}
    dearest = max((cost for row in costs.values() for cost in row.values()), default=0.0)
    never = margin + dearest + 1.0  # orders are filled whenever some place can: that is dearer than any way to do it
    model = fluid_model(
        list(stock.values()),
        list(online.values()),
        list(walk_in.values()),
        [[costs[market].get(place, never) for place in stock] for market in online],
        margin=float(margin),
        penalty=never,
    )
    return dict(zip(stock, prices_of(solve(model), len(stock)), strict=True))


def _costs(market: str, shipping: Iterable[str], places: Mapping[str, Place], card: RateCard) -> dict[str, float]:
    """What one unit to the region costs, from the places from which it is cheapest."""
    country, middle = region(market)
    costs = {}
    for location_id in shipping:
        place = places[location_id]
        parcel = rate_of(card, place.geo, place.country, middle, country, service=card.service("standard"))
        if parcel is not None:
            shared = (parcel.tariff.amount(0) + place.handling_per_parcel) / LINES_SHARING_A_PARCEL
            costs[location_id] = shared + place.handling_per_unit
    return dict(sorted(costs.items(), key=itemgetter(1, 0))[:NEAREST_PLACES])


def failing(picks: History) -> dict[str, float]:
    """By place, the chance that a unit is not found there (the mean of a Beta posterior), where picks were seen."""
    failed, of = PICKS_BELIEVED
    counts: dict[str, dict[str, float]] = defaultdict(lambda: {FOUND: 0.0, FAILED: 0.0})
    for market, units in picks.totals().items():
        what, _, location_id = market.partition(":")
        counts[location_id][what] = units
    return {
        location_id: round((failed + seen[FAILED]) / (of + seen[FOUND] + seen[FAILED]), 4)
        for location_id, seen in sorted(counts.items())
    }
