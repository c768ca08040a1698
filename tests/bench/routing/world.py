"""A seeded week of a retailer: places, items, opening stock, online orders and walk-in customers on the same shelves.

No replenishment. Whoever decides knows the true rates only times a lognormal error (`forecast`), and the buyer who
placed the stock had an error of the same kind of their own. The figures below were chosen to look like a mid-sized
retailer, and then `UNFILLED_EXTRA`, `LINES_PER_ORDER`, `COVER` and the growth with places so that three simple rules
stand where they were measured above the bound elsewhere: `calibration` says how, and that no price took part.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from math import exp, hypot, sqrt

from functions.fulfilment.domain.rates import ZONES
from functions.fulfilment.domain.routing.problem import Candidate, Want
from shared.built_in_rates import LABELS

DAYS = 7
REGIONS = 12
WIDTH_KM, HEIGHT_KM = 500.0, 900.0
SPREAD_KM = 25.0
SKUS = 200
ONLINE_UNITS_PER_DAY = 600.0
WALK_IN_UNITS_PER_DAY = 500.0
USUAL_NODES = 20
"""With so many places; the demand grows with the square root of their number (a larger retailer sells more, but has
smaller shops too)."""
LINES_PER_ORDER = (0.45, 0.25, 0.18, 0.12)
SERVICE_SURCHARGE = (("standard", 0, 0.5), ("two_day", 150, 0.3), ("next_day", 350, 0.2))
DC_PARCEL, DC_UNIT = 60, 20
STORE_PARCEL, STORE_UNIT = 150, 60
DC_SHARE = 0.6
"""Of the online demand that the buyer stocks in distribution centres; the rest lies in stores."""
COVER = 1.25
"""Of the buyer's belief of a week's demand that is bought."""
UNFILLED_EXTRA = 1500
"""Beyond the margin, what a unit costs that was ordered and does not come (service, goodwill): more than the dearest
parcel (12.50), so that nobody saves money by disappointing, and a walk-in customer is no reason to."""


@dataclass(frozen=True)
class Node:
    """A place; `walk_in` is its share of all walk-in demand (0: a distribution centre)."""

    name: str
    x: float
    y: float
    walk_in: float

    @property
    def is_dc(self) -> bool:
        return self.walk_in == 0.0


@dataclass(frozen=True)
class Item:
    """An item with its true daily rates: online by region, walk-in by place."""

    sku: str
    margin: int
    weight_grams: int
    online: tuple[float, ...]
    walk_in: tuple[float, ...]


@dataclass(frozen=True)
class Order:
    """An online order: wanted items (one unit each), where to, and what the service adds to each label."""

    region: int
    x: float
    y: float
    surcharge: int
    items: tuple[int, ...]


@dataclass(frozen=True)
class Visit:
    """A customer at the counter who wants one unit of an item."""

    node: int
    item: int


@dataclass(frozen=True)
class Week:
    """`events`: (time in days, order or visit). `forecast` and `opening` are by item; stock by item and node."""

    nodes: tuple[Node, ...]
    regions: tuple[tuple[float, float], ...]
    items: tuple[Item, ...]
    events: tuple[tuple[float, Order | Visit], ...]
    forecast: tuple[Item, ...]
    opening: tuple[tuple[int, ...], ...]
    log_sd: float

    @property
    def orders(self) -> list[Order]:
        return [event for _, event in self.events if isinstance(event, Order)]

    @property
    def visits(self) -> list[Visit]:
        return [event for _, event in self.events if isinstance(event, Visit)]


def label(node: Node, x: float, y: float) -> int:
    """A label by the product's own zones (weights are alike here and left out)."""
    distance = distance_km(node, x, y)
    zone = next(zone.zone for zone in ZONES if zone.up_to_km is None or distance <= zone.up_to_km)
    return LABELS[zone][0]


def distance_km(node: Node, x: float, y: float) -> float:
    """As the crow flies, on a plane."""
    return hypot(node.x - x, node.y - y)


def parcel_cost(node: Node, order: Order) -> int:
    """Label, service and handling of one parcel."""
    return label(node, order.x, order.y) + order.surcharge + (DC_PARCEL if node.is_dc else STORE_PARCEL)


def unit_cost(node: Node) -> int:
    """Handling of one unit."""
    return DC_UNIT if node.is_dc else STORE_UNIT


def penalty(item: Item) -> int:
    """What a unit left unfilled costs."""
    return item.margin + UNFILLED_EXTRA


def candidate(
    node: Node, order: Order, stock: dict[str, int], prices: dict[str, int] | None = None, *, failing: int = 0
) -> Candidate:
    """The node as a choice of the router. `failing`: expected cost of a failed pick per unit."""
    return Candidate(
        node.name,
        fixed_cost=parcel_cost(node, order),
        cost_per_kg=0,
        unit_cost=unit_cost(node) + failing,
        stock=stock,
        unit_price=prices or {},
        distance_km=distance_km(node, order.x, order.y),
    )


def wants(week: Week, order: Order) -> list[Want]:
    """The order's lines."""
    return [
        Want(str(n), week.items[item].sku, 1, cancel_penalty=penalty(week.items[item]))
        for n, item in enumerate(order.items)
    ]


def make(seed: int, *, nodes: int, log_sd: float) -> Week:
    """The same week for the same arguments; the true world does not depend on `log_sd`."""
    rng = random.Random(f"world {seed} {nodes}")
    regions = tuple((rng.uniform(0, WIDTH_KM), rng.uniform(0, HEIGHT_KM)) for _ in range(REGIONS))
    weights = _shares(rng, REGIONS)
    places = _nodes(rng, nodes, regions, weights)
    items = _items(rng, weights, places, growth=sqrt(nodes / USUAL_NODES))
    events = _events(rng, regions, items)
    errors = random.Random(f"errors {seed} {nodes}")
    forecast = tuple(_believed(errors, item, log_sd) for item in items)
    buyer = [_believed(errors, item, log_sd) for item in items]
    opening = tuple(_bought(errors, item, places) for item in buyer)
    return Week(places, regions, items, events, forecast, opening, log_sd)


def _shares(rng: random.Random, count: int, spread: float = 0.6) -> list[float]:
    raw = [exp(rng.gauss(0, spread)) for _ in range(count)]
    whole = sum(raw)
    return [one / whole for one in raw]


def _nodes(
    rng: random.Random, count: int, regions: tuple[tuple[float, float], ...], weights: list[float]
) -> tuple[Node, ...]:
    dcs = max(1, count // 10)
    found = [Node(f"D{n:02d}", rng.uniform(0, WIDTH_KM), rng.uniform(0, HEIGHT_KM), 0.0) for n in range(dcs)]
    for n, share in enumerate(_shares(rng, count - dcs)):
        x, y = rng.choices(regions, weights)[0]
        found.append(Node(f"S{n:02d}", rng.gauss(x, SPREAD_KM), rng.gauss(y, SPREAD_KM), share))
    return tuple(found)


def _items(rng: random.Random, weights: list[float], nodes: tuple[Node, ...], *, growth: float) -> tuple[Item, ...]:
    popularity = sorted(_shares(rng, SKUS, spread=1.0), reverse=True)
    items = []
    for n, share in enumerate(popularity):
        rate = ONLINE_UNITS_PER_DAY * growth * share
        online = tuple(rate * weight * exp(rng.gauss(0, 0.3)) for weight in weights)
        rate = WALK_IN_UNITS_PER_DAY * growth * share
        walk_in = tuple(rate * node.walk_in * exp(rng.gauss(0, 0.3)) for node in nodes)
        items.append(Item(f"SKU{n:03d}", round(1200 * exp(rng.gauss(0, 0.5))), 0, online, walk_in))
    return tuple(items)


def _events(
    rng: random.Random, regions: tuple[tuple[float, float], ...], items: tuple[Item, ...]
) -> tuple[tuple[float, Order | Visit], ...]:
    events: list[tuple[float, Order | Visit]] = []
    by_region = [[item.online[region] for item in items] for region in range(REGIONS)]
    mean_lines = sum((n + 1) * share for n, share in enumerate(LINES_PER_ORDER))
    for region, rates in enumerate(by_region):
        for at in _arrivals(rng, sum(rates) / mean_lines):
            lines = rng.choices(range(1, len(LINES_PER_ORDER) + 1), LINES_PER_ORDER)[0]
            chosen: dict[int, None] = {}
            while len(chosen) < lines:
                chosen[rng.choices(range(len(items)), rates)[0]] = None
            surcharge = rng.choices([one[1] for one in SERVICE_SURCHARGE], [one[2] for one in SERVICE_SURCHARGE])[0]
            x, y = rng.gauss(regions[region][0], SPREAD_KM), rng.gauss(regions[region][1], SPREAD_KM)
            events.append((at, Order(region, x, y, surcharge, tuple(chosen))))
    for number, item in enumerate(items):
        for node, rate in enumerate(item.walk_in):
            events += [(at, Visit(node, number)) for at in _arrivals(rng, rate)]
    return tuple(sorted(events, key=lambda event: event[0]))


def _arrivals(rng: random.Random, per_day: float) -> list[float]:
    found: list[float] = []
    at = rng.expovariate(per_day) if per_day > 0 else DAYS
    while at < DAYS:
        found.append(at)
        at += rng.expovariate(per_day)
    return found


def _believed(rng: random.Random, item: Item, log_sd: float) -> Item:
    """The item with rates as somebody with this error sees them: the item as a whole, and each market by itself."""
    level = exp(rng.gauss(0, log_sd))

    def seen(rate: float) -> float:
        return rate * level * exp(rng.gauss(0, log_sd / 2))

    return replace(item, online=tuple(map(seen, item.online)), walk_in=tuple(map(seen, item.walk_in)))


def _bought(rng: random.Random, item: Item, nodes: tuple[Node, ...]) -> tuple[int, ...]:
    online = sum(item.online) * DAYS * COVER
    dcs = sum(node.is_dc for node in nodes)
    stock = []
    for node, walk_in in zip(nodes, item.walk_in, strict=True):
        planned = (
            online * DC_SHARE / dcs if node.is_dc else walk_in * DAYS * COVER + online * (1 - DC_SHARE) * node.walk_in
        )
        whole = int(planned)
        stock.append(whole + (rng.random() < planned - whole))
    return tuple(stock)
