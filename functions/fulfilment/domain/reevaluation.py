"""Re-evaluation before a release wave: the waiting orders of a wave chosen together, today's plan always a choice.

A column is one way to serve one order: its cost as a plan reckons it, and the units that would have to be set aside
anew. Every order takes exactly one column, no position gives more units than are free, the sum of costs is least
(set partitioning with side constraints). Units that a move would free are not promised to another move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.fulfilment.domain.demand import Demand, Line, Share, Slot
from functions.fulfilment.domain.moving import changes, shares_of
from functions.fulfilment.domain.network import Copies, Position, StockPage
from functions.fulfilment.domain.routing.posted import Posted, PricePage
from functions.fulfilment.domain.sourcing import Sourcing, source
from functions.fulfilment.domain.states import SHIP
from functions.fulfilment.domain.work import FulfilmentOrder

LEAST_SAVING = 30
"""Minor units below which work stays where people may have seen it already."""
OTHER_PLACES = 4
"""Columns per order from single places, for when the best one is contested."""
STRANDED = 1_000_000
"""What it costs in the model to leave an order at a place that cannot serve it any more."""

Spot = tuple[str, str]
"""SKU and location."""


@dataclass(frozen=True)
class Column:
    """One way to serve an order: `ended` work, `fresh` shares instead (none: all stays as it is), and its cost."""

    order_id: str
    cost: int
    ended: tuple[FulfilmentOrder, ...] = ()
    fresh: tuple[Share, ...] = ()
    slots: tuple[Slot, ...] = ()
    """The parcels of the new work, and when they leave."""

    @property
    def takes(self) -> Counter[Spot]:
        """Units by SKU and place that have to be set aside anew."""
        units: Counter[Spot] = Counter()
        for share in self.fresh:
            units[share.sku, share.location_id] += share.quantity
        return units


Choose = Callable[[Sequence[Sequence[Column]], Mapping[Spot, int]], list[Column]]
"""One column of each order, at the least sum of costs within the free units by spot."""


def columns(demand: Demand, work: Sequence[FulfilmentOrder], copies: Copies, *, at: datetime) -> list[Column]:
    """Ways to serve the units of this work, today's first; only those that save enough or rescue the order."""
    own = shares_of(work)
    open_again = replace(
        demand,
        lines=tuple(_only(line, own) for line in demand.lines),
        pins=own,
        held=tuple(Slot((one.location_id, SHIP, "", ""), one.departure) for one in work if one.departure),
        move=None,
        told=(),
        given_up=(),
    )
    fixed = _at_fixed_prices(copies, own, at)
    today = source(open_again, _stock_only_of(own, fixed), at=at)
    stranded = bool(today.missing) or today.routing is None
    base = STRANDED if today.routing is None or stranded else today.routing.total
    found = [Column(demand.order_id, base)]
    best = source(open_again, fixed, at=at)
    for sourcing in (best, *_from_single_places(open_again, fixed, best, at)):
        column = _column(demand, work, sourcing, copies)
        if column and column.cost <= base - LEAST_SAVING and column not in found:
            found.append(column)
    return found


def free(columns_: Iterable[Column], copies: Copies) -> dict[Spot, int]:
    """Units that may be promised at every spot that some column takes from."""
    return {spot: copies.available(*spot) for column in columns_ for spot in column.takes}


def _column(demand: Demand, work: Sequence[FulfilmentOrder], sourcing: Sourcing, copies: Copies) -> Column | None:
    if sourcing.missing or sourcing.routing is None:
        return None
    ended, fresh = changes(work, sourcing.shares)
    places = {share.location_id for share in fresh}
    slots = tuple(slot for slot in sourcing.slots if slot.key[0] in places)
    column = Column(demand.order_id, sourcing.routing.total, ended, fresh, slots)
    if not ended or any(units > copies.available(*spot) for spot, units in column.takes.items()):
        return None
    return column


def _from_single_places(demand: Demand, copies: Copies, best: Sourcing, at: datetime) -> Iterable[Sourcing]:
    if best.routing is None:
        return
    cheapest = sorted(best.routing.considered, key=lambda one: (one.alone_total, one.location_id))
    for one in cheapest[:OTHER_PLACES]:
        alone = replace(copies, places={one.location_id: copies.places[one.location_id]})
        yield source(demand, alone, at=at)


def _only(line: Line, own: Sequence[Share]) -> Line:
    """The line with just the units of this work open."""
    units = sum(share.quantity for share in own if share.line_id == line.line_id)
    return replace(line, placed=line.placed - units)


def _at_fixed_prices(copies: Copies, own: Sequence[Share], at: datetime) -> Copies:
    """Stock and prices as they are: every unit of a spot at one price, whatever else is compared."""
    skus = {share.sku for share in own}
    prices = {}
    for sku in skus:
        page = copies.pages.get(sku)
        stock = page.by_place if page else {}
        mine = Counter({share.location_id: share.quantity for share in own if share.sku == sku})
        places = {
            location_id: Posted(copies.price(sku, location_id, stock.get(location_id, 0) + mine[location_id], at=at))
            for location_id in {*stock, *mine}
        }
        prices[sku] = PricePage(sku, copies.price_version([sku]), at, places)
    return replace(copies, prices=prices)


def _stock_only_of(own: Sequence[Share], copies: Copies) -> Copies:
    """As if nothing lay anywhere but what the order has set aside already."""
    empty = {share.sku: StockPage(share.sku, 1, None, {share.location_id: Position(0, 0, 0, 0, 0, 1)}) for share in own}
    return replace(copies, pages=empty)
