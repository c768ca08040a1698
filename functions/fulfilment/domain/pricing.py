"""From histories and stock to the price table: which markets claim an item's stock, and what serving them costs."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter

from functions.fulfilment.domain.baskets import CHEAPEST_PLACES, FULLEST_PLACES, Basket, Family
from functions.fulfilment.domain.history import (
    FAILED,
    FOUND,
    ONLINE,
    History,
    Shares,
    belief,
    beliefs,
    market_of_counter,
    region,
)
from functions.fulfilment.domain.network import Copies
from functions.fulfilment.domain.rate_card import rate_of
from functions.fulfilment.domain.routing.beliefs import Belief
from functions.fulfilment.domain.routing.fluid import fluid_model
from functions.fulfilment.domain.routing.joint import Claim, Spot, joint_model
from functions.fulfilment.domain.routing.posted import HORIZON_DAYS, Posted, PricePage
from functions.fulfilment.domain.routing.prices import USUAL_LINE_UNITS, LineSizes, breadth_worth, order_price
from functions.fulfilment.domain.routing.programme import Solve, prices_of
from functions.fulfilment.domain.states import SHIP

LINES_SHARING_A_PARCEL = 1.3
"""A unit is charged the parcel's cost over this: some parcels hold several lines, which cannot be known beforehand."""
NEAREST_PLACES = 40
"""Cheapest places from which a region is thought to be served: of a network of thousands the others matter no more."""
LEAST_RATE = 0.01
"""Units per day below which nobody is expected before replenishment."""
OPENING_KEPT_PER_DAY = 0.995
"""Of the most units that lay at a place: half of it is forgotten in a season of twenty weeks."""
PICKS_BELIEVED = (0.2, 20.0)
"""Before any pick of a place is seen: so many failed units of so many, one in a hundred."""


def prices(
    family: Family,
    histories: Mapping[str, History],
    shares: Shares,
    copies: Copies,
    *,
    ways: Ways,
    now: datetime,
    solve: Solve,
) -> dict[str, dict[str, Posted]]:
    """By SKU of the family, what a unit is worth at each place that has some, or whose counter sells it.

    Without a margin the counter's customers are worth nothing, and only the ways to the online ones are compared. A
    family whose programme is not solved in time is priced item by item.
    """
    known = [sku for sku in family.skus if sku in copies.items and sku in copies.pages]
    markets = {sku: _Item.of(histories[sku], shares, copies, now) for sku in known}
    found = _together(family.baskets, markets, ways, solve) if family.baskets else None
    if found is None:
        found = {
            (sku, place): dual for sku, item in markets.items() for place, dual in _alone(item, ways, solve).items()
        }
    return {
        sku: _posted(item, {place: found.get((sku, place), 0.0) for place in item.stock}, histories[sku], shares, ways)
        for sku, item in markets.items()
    }


def _posted(item: _Item, duals: Mapping[str, float], history: History, shares: Shares, ways: Ways) -> dict[str, Posted]:
    breadth = _breadth(item, history, shares, ways)
    posted = {}
    for place, dual in duals.items():
        counter = item.counters.get(place)
        shape, days = (round(counter.shape, 4), round(counter.days, 4)) if counter else (0.0, 0.0)
        if counter:
            taken = counter.chance_of(item.stock[place], days=HORIZON_DAYS)
            dual = order_price(dual, margin=item.margin, taken=taken)
        posted[place] = Posted(round(dual), shape, days, breadth, item.opening[place] if breadth else 0.0)
    return posted


def _breadth(item: _Item, history: History, shares: Shares, ways: Ways) -> float:
    """What the last unit of the item anywhere is worth to orders that want other items too: of a usual order's parcel,
    the part that is a unit's."""
    cheapest = [(next(iter(ways.to(market).values()), None), units) for market, units in item.online.items()]
    parcels = [(way[0], units) for way, units in cheapest if way]
    lines, shared = history.lines()
    if not parcels or not lines:
        return 0.0
    parcel = sum(cost * units for cost, units in parcels) / sum(units for _, units in parcels)
    asked = sum(units for market, units in history.totals().items() if market.startswith(ONLINE))
    sizes = LineSizes(USUAL_LINE_UNITS + asked, 1.0 + lines)
    return round(breadth_worth(parcel, line_units=sizes.mean, shared=(shared + shares.shared) / (lines + 1.0)), 2)


@dataclass(frozen=True)
class _Item:
    """Units by place, and the most that lay there of late (`opening`); expected units until replenishment by region
    (`online`); what is believed of counters; how many times as much it may be everywhere, in equally likely cases."""

    stock: dict[str, int]
    opening: dict[str, float]
    online: dict[str, float]
    counters: dict[str, Belief]
    margin: int
    levels: tuple[float, ...]

    @classmethod
    def of(cls, history: History, shares: Shares, copies: Copies, now: datetime) -> _Item:
        sku, believed = history.sku, beliefs(history, shares, now)
        stock = {place: n for place, n in copies.pages[sku].by_place.items() if n > 0 and place in copies.places}
        rates = {market: belief for market, belief in believed.items() if belief.units_per_day >= LEAST_RATE}
        before = copies.prices.get(sku) or PricePage(sku)
        faded = OPENING_KEPT_PER_DAY ** ((now - before.at) / timedelta(days=1)) if before.at else 0.0
        return cls(
            stock,
            {place: max(float(n), round(before.opening(place) * faded, 1)) for place, n in stock.items()},
            {name: rate.units_per_day * HORIZON_DAYS for name, rate in rates.items() if name.startswith(ONLINE)},
            {place: rates[counter] for place in stock if (counter := market_of_counter(place)) in rates},
            copies.items[sku].margin or 0,
            belief(history, now).levels(),
        )

    def walk_in(self, place: str) -> float:
        """Units that the counter is expected to be asked for."""
        return self.counters[place].units_per_day * HORIZON_DAYS if place in self.counters else 0.0

    def plenty(self, level: float = 1.0) -> bool:
        """Whether the stock of any place outlasts everybody who is expected: then prices are 0 everywhere."""
        left = min((units - level * self.walk_in(place) for place, units in self.stock.items()), default=0.0)
        return level * sum(self.online.values()) <= left


class Ways:
    """What a parcel and each of its units cost from the places that ship, cheapest first; looked up once per market, so
    one of these serves a whole run of the job."""

    def __init__(self, copies: Copies, now: datetime) -> None:
        self._places, self._card = copies.places, copies.card(now)
        self._known: dict[str, dict[str, tuple[float, float]]] = {}
        until = now + timedelta(days=HORIZON_DAYS)
        self._shipping = [one for one in self._places.values() if one.can(SHIP) and one.open_at(until)]

    def to(self, market: str) -> dict[str, tuple[float, float]]:
        """By place; places that the rate card does not take there are left out."""
        if market not in self._known:
            country, middle = region(market)
            service = self._card.service("standard")
            found = {}
            for place in self._shipping:
                parcel = rate_of(self._card, place.geo, place.country, middle, country, service=service)
                if parcel is not None:
                    found[place.location_id] = (
                        float(parcel.tariff.amount(0) + place.handling_per_parcel),
                        float(place.handling_per_unit),
                    )
            self._known[market] = dict(sorted(found.items(), key=lambda one: (sum(one[1]), one[0])))
        return self._known[market]


def _alone(item: _Item, ways: Ways, solve: Solve) -> dict[str, float]:
    """By place, the duals of the item's own programme: their mean over the levels that its demand may have, since a
    dual of what is expected says that a unit is worth nothing until it is worth all. Nothing is solved where there is
    plenty."""
    found = [_duals(item, level, ways, solve) for level in item.levels]
    rows = [row for row in found if row is not None]
    return {place: sum([row.get(place, 0.0) for row in rows]) / len(rows) for place in item.stock} if rows else {}


def _duals(item: _Item, level: float, ways: Ways, solve: Solve) -> dict[str, float] | None:
    """None when it takes too long."""
    if not item.online or item.plenty(level):
        return {}
    costs = {market: _unit_costs(ways.to(market), item.stock) for market in item.online}
    never = _never(item.margin, (cost for row in costs.values() for cost in row.values()))
    model = fluid_model(
        list(item.stock.values()),
        [level * units for units in item.online.values()],
        [level * item.walk_in(place) for place in item.stock],
        [[costs[market].get(place, never) for place in item.stock] for market in item.online],
        margin=float(item.margin),
        penalty=never,
    )
    duals = solve(model)
    return None if duals is None else dict(zip(item.stock, prices_of(duals, model.stocks), strict=True))


def _unit_costs(ways: Mapping[str, tuple[float, float]], stock: Mapping[str, int]) -> dict[str, float]:
    """What one unit costs, from the places from which it is cheapest."""
    reached = {place: ways[place] for place in stock if place in ways}
    costs = {place: parcel / LINES_SHARING_A_PARCEL + unit for place, (parcel, unit) in reached.items()}
    return dict(sorted(costs.items(), key=itemgetter(1, 0))[:NEAREST_PLACES])


def _never(margin: int, costs: Iterable[float]) -> float:
    """Orders are filled whenever some place can: this is dearer than any way to do it."""
    return margin + max(costs, default=0.0) + 1.0


def _together(
    found: Iterable[Basket], items: Mapping[str, _Item], ways: Ways, solve: Solve
) -> dict[Spot, float] | None:
    """By SKU and place, the duals of the programme of all items; None when it is not solved in time."""
    claims = list(_claims(found, items, ways))
    if not claims or all(item.plenty() for item in items.values()):
        return {}
    most = max(n for claim in claims for _, n in claim.lines)
    dearest = (parcel + unit * most for claim in claims for parcel, unit in claim.ways.values())
    model = joint_model(
        {(sku, place): float(units) for sku, item in items.items() for place, units in item.stock.items()},
        claims,
        {(sku, place): item.walk_in(place) for sku, item in items.items() for place in item.counters},
        {sku: float(item.margin) for sku, item in items.items()},
        penalty=_never(max(item.margin for item in items.values()), dearest),
    )
    duals = solve(model)
    if duals is None:
        return None
    spots = [(sku, place) for sku, item in items.items() for place in item.stock]
    return dict(zip(spots, prices_of(duals, model.stocks), strict=True))


def _claims(found: Iterable[Basket], items: Mapping[str, _Item], ways: Ways) -> Iterator[Claim]:
    """The baskets, no more of them than what is believed of each item allows; and each item's other orders, which pay
    for a parcel alone: what is ordered together has been taken out."""
    left = {(sku, market): units for sku, item in items.items() for market, units in item.online.items()}
    asked: Counter[tuple[str, str]] = Counter()
    known = [one for one in found if all((sku, one.market) in left for sku, _ in one.lines)]
    for basket in known:
        for sku, units in basket.lines:
            asked[sku, basket.market] += units * basket.per_day * HORIZON_DAYS  # type: ignore[assignment] # of floats
    fits = {claim: min(1.0, left[claim] / units) for claim, units in asked.items()}
    for basket in known:
        expected = basket.per_day * HORIZON_DAYS * min(fits[sku, basket.market] for sku, _ in basket.lines)
        for sku, units in basket.lines:
            left[sku, basket.market] -= expected * units
        yield Claim(basket.lines, expected, _reached(basket.lines, items, ways.to(basket.market)))
    for (sku, market), expected in left.items():
        if expected > LEAST_RATE:
            yield Claim(((sku, 1),), expected, _reached([(sku, 1)], items, ways.to(market)))


def _reached(
    lines: Sequence[tuple[str, int]], items: Mapping[str, _Item], ways: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """The cheapest places for each line, and those that have most of them."""
    stocks = [items[sku].stock for sku, _ in lines]
    having = [place for place in ways if any(place in stock for stock in stocks)]
    chosen: set[str] = set()
    for stock in stocks:
        chosen.update(islice((place for place in having if place in stock), CHEAPEST_PLACES))

    def has(place: str) -> tuple[int, int]:
        units = [stock.get(place, 0) for stock in stocks]
        return sum(map(bool, units)), sum(units)

    chosen.update(heapq.nlargest(FULLEST_PLACES, having, key=has))
    return {place: ways[place] for place in having if place in chosen}


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
