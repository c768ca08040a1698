"""Real baskets against the domain, in process: how many parcels an order takes under each rule, in time order.

A place's opening stock is all there is. Prices are learned on the way: what a usual line of an item asks for, and how
far each place has sold out. The shape of the price was chosen on the first half of the stream with half of the stock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from functions.fulfilment.domain.rates import rate
from functions.fulfilment.domain.routing.groups import grouped
from functions.fulfilment.domain.routing.prices import LineSizes, breadth_price, breadth_worth
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.search import Search
from infra.local.replay.baskets import Basket, Opening, Place, baskets, opening
from shared.geo import Geo

COUNTRY = "GB"
PRECISION = 100
"""Costs are in hundredths of a penny here: a unit's share of a parcel is often less than a penny."""

MUST_FILL = 10**9

Taken = tuple[str, str, int]
"""(sku, place, units)"""


@dataclass
class Shelves:
    """Units by place and SKU, and what the replay has taught so far."""

    places: tuple[Place, ...]
    units: dict[str, dict[str, int]]
    opening: dict[str, dict[str, int]]
    sizes: dict[str, LineSizes] = field(default_factory=lambda: defaultdict(LineSizes))
    labels: int = 0
    orders: int = 0
    """The cheapest labels of all orders so far, summed, and how many orders that were."""

    @classmethod
    def of(cls, opened: Opening) -> Shelves:
        stock: dict[str, dict[str, int]] = {place.id: {} for place in opened.places}
        for wave in opened.waves:
            for place, rows in wave.stock.items():
                stock[place].update(rows)
        return cls(opened.places, {place: dict(row) for place, row in stock.items()}, stock)


Rule = Callable[[Shelves, Basket], list[Taken]]


def nearest(shelves: Shelves, basket: Basket) -> list[Taken]:
    """Each line from the nearest place that still has some."""
    order = sorted(shelves.places, key=lambda place: _rate(place, basket)[1])
    return [taken for line in basket.lines for taken in _fill(shelves, line.sku, line.quantity, order)]


def greedy(shelves: Shelves, basket: Basket) -> list[Taken]:
    """Again and again the place that serves most of the lines left in full, then most units, then the nearest."""
    left = {line.sku: line.quantity for line in basket.lines}
    found: list[Taken] = []
    places = list(shelves.places)
    while left and places:
        best = max(places, key=partial(_worth, shelves, basket, left))
        places.remove(best)
        taken = [one for sku, units in left.items() for one in _fill(shelves, sku, units, [best])]
        if not taken:
            break
        found += taken
        gone = {sku: units for sku, _, units in taken}
        left = {sku: units - gone.get(sku, 0) for sku, units in left.items() if units > gone.get(sku, 0)}
    return found


def _worth(shelves: Shelves, basket: Basket, left: dict[str, int], place: Place) -> tuple[int, int, float]:
    row = shelves.units[place.id]
    whole = sum(row.get(sku, 0) >= units for sku, units in left.items())
    some = sum(min(row.get(sku, 0), units) for sku, units in left.items())
    return whole, some, -_rate(place, basket)[1]


def exact(*, priced: bool, posted: bool = False) -> Rule:
    """The product's router, without or with the price of breadth. `posted`: as the price job posts it, in whole minor
    units and with one parcel's cost for all orders."""

    def rule(shelves: Shelves, basket: Basket) -> list[Taken]:
        wants = [Want(str(n), line.sku, line.quantity, cancel_penalty=MUST_FILL) for n, line in enumerate(basket.lines)]
        choices = sorted(
            _candidates(shelves, basket, priced=priced, posted=posted),
            key=lambda one: (one.distance_km or 0.0, one.location_id),
        )
        groups = grouped(wants, choices)
        opened = Search(groups, [one.fixed_cost for one in choices]).run().opened
        return [
            (want.sku, choices[place].location_id, units)
            for group in groups
            for want, place, units in group.serve(opened)
        ]

    return rule


def _candidates(shelves: Shelves, basket: Basket, *, priced: bool, posted: bool) -> Iterable[Candidate]:
    skus = {line.sku for line in basket.lines}
    for place in shelves.places:
        row, had = shelves.units[place.id], shelves.opening[place.id]
        stock = {sku: row[sku] for sku in skus if row.get(sku, 0) > 0}
        if not stock:
            continue
        label, distance = _rate(place, basket)
        parcel = label * PRECISION
        own = None if posted else parcel
        prices = {sku: _price(shelves, sku, units, had[sku], own) for sku, units in stock.items()} if priced else {}
        yield Candidate(place.id, parcel, 0, 0, stock, unit_price=prices, distance_km=distance)


def _price(shelves: Shelves, sku: str, units: int, had: int, parcel: int | None) -> int:
    """Of a unit, by the parcel of this order, or (None) as posted: by the usual one, in whole minor units."""
    sizes = shelves.sizes[sku].mean
    if parcel is not None:
        return breadth_price(breadth_worth(parcel, line_units=sizes), units, had)
    usual = shelves.labels / max(1, shelves.orders)
    return PRECISION * breadth_price(breadth_worth(usual, line_units=sizes), units, had)


@dataclass
class Tally:
    """What a rule needed."""

    orders: int = 0
    parcels: int = 0
    labels: int = 0
    units: int = 0
    unfilled: int = 0

    @property
    def parcels_per_order(self) -> float:
        return self.parcels / max(1, self.orders)


def play(path: Path, rule: Rule, *, limit: int) -> Tally:
    """The first `limit` orders of the file under one rule."""
    shelves, tally = Shelves.of(opening(path, limit)), Tally()
    by_id = {place.id: place for place in shelves.places}
    for basket in baskets(path, limit):
        taken = rule(shelves, basket)
        for sku, place, units in taken:
            shelves.units[place][sku] -= units
            assert shelves.units[place][sku] >= 0, "oversold"
        for line in basket.lines:
            shelves.sizes[line.sku].seen(line.quantity)
        shelves.labels += min(_rate(place, basket)[0] for place in shelves.places)
        shelves.orders += 1
        used = {place for _, place, _ in taken}
        tally.orders += bool(used)
        tally.parcels += len(used)
        tally.labels += sum(_rate(by_id[place], basket)[0] for place in used)
        ordered = sum(line.quantity for line in basket.lines)
        tally.units += ordered
        tally.unfilled += ordered - sum(units for _, _, units in taken)
    return tally


def _fill(shelves: Shelves, sku: str, wanted: int, order: Iterable[Place]) -> Iterable[Taken]:
    for place in order:
        units = min(wanted, shelves.units[place.id].get(sku, 0))
        if units > 0:
            wanted -= units
            yield sku, place.id, units


def _rate(place: Place, basket: Basket) -> tuple[int, float]:
    found = rate(Geo(place.lat, place.lng), COUNTRY, Geo(basket.lat, basket.lng), COUNTRY, service="standard")
    return found.tariff.amount(0), found.distance_km or 0.0
