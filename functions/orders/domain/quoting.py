"""What a change would need of stock and shipping: judged by copies, so it promises nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.orders.domain.changes import Wanted
from functions.orders.domain.copies import Copies, RateCard
from functions.orders.domain.lines import Line, Method
from functions.orders.domain.order import Order

_CAPABILITY = {Method.PICKUP: "pickup", Method.CURBSIDE: "curbside", Method.SHIP: "ship"}


class Supply(StrEnum):
    """What the copies say of the units that a change asks for."""

    AVAILABLE = "AVAILABLE"
    PARTLY = "PARTLY"
    BACKORDER = "BACKORDER"
    """Not all are there, and the item may be sold ahead of stock."""
    OUT_OF_STOCK = "OUT_OF_STOCK"
    UNKNOWN_ITEM = "UNKNOWN_ITEM"


@dataclass(frozen=True)
class Need:
    """Units that a change asks for and the order does not have yet, or would get from elsewhere."""

    line_id: str
    sku: str
    quantity: int
    method: Method
    location_id: str | None


@dataclass(frozen=True)
class StockQuote:
    """`available`: units that could be promised for the need just now; `as_of`: of the newest news about the item."""

    need: Need
    available: int
    supply: Supply
    as_of: datetime | None


def needs(order: Order, wanted: Wanted) -> tuple[Need, ...]:
    """New lines, units on top, and the units of lines that are to reach the shopper otherwise."""
    on_top = [_need(line, wanted.more[line.line_id]) for line in order.lines if wanted.more.get(line.line_id)]
    moved = [
        Need(line.line_id, line.sku, order.quantities[line.line_id].stoppable, *wanted.methods[line.line_id])
        for line in order.lines
        if line.line_id in wanted.methods
    ]
    added = [_need(line, line.quantity) for line in wanted.lines]
    return tuple(need for need in (*on_top, *moved, *added) if need.quantity)


def _need(line: Line, count: int) -> Need:
    return Need(line.line_id, line.sku, count, line.method, line.location_id)


def stock(wanted: tuple[Need, ...], copies: Copies, at: datetime) -> tuple[StockQuote, ...]:
    """A quote per need, in order; what one of them takes is not offered to the next."""
    left = {need.sku: copies.by_place(need.sku) for need in wanted}
    return tuple(_quoted(need, left[need.sku], copies, at) for need in wanted)


def _quoted(need: Need, left: dict[str, int], copies: Copies, at: datetime) -> StockQuote:
    offered = {place: count for place, count in left.items() if count and _gives(copies, place, need, at)}
    available = sum(offered.values())
    _take(left, offered, need.quantity)
    return StockQuote(need, available, _supply(need, available, copies), copies.as_of([need.sku]))


def _gives(copies: Copies, location_id: str, need: Need, at: datetime) -> bool:
    place = copies.selling(location_id)
    if place is None:
        return False
    if need.method is Method.SHIP_TO_STORE:
        return location_id == need.location_id or place.does("ship", at)
    if need.location_id is not None and location_id != need.location_id:
        return False
    return place.does(_CAPABILITY[need.method], at)


def _take(left: dict[str, int], offered: Mapping[str, int], count: int) -> None:
    for location_id, there in sorted(offered.items(), key=lambda one: (-one[1], one[0])):
        taken = min(count, there)
        left[location_id] -= taken
        count -= taken


def _supply(need: Need, available: int, copies: Copies) -> Supply:
    item = copies.items.get(need.sku)
    if item is None:
        return Supply.UNKNOWN_ITEM
    if available >= need.quantity:
        return Supply.AVAILABLE
    if item.backorderable:
        return Supply.BACKORDER
    return Supply.PARTLY if available else Supply.OUT_OF_STOCK


@dataclass(frozen=True)
class ShippingQuote:
    """What the shopper pays for shipping before and after, and what one parcel of all that ships would cost the
    retailer, minor units; None where no rates are known for it, nothing ships, or no place is known to ship from.
    `rates`: the version of the card."""

    service: str
    charge_before: int
    charge_after: int
    cost_before: int | None
    cost_after: int | None
    rates: str = ""


def weighed(before: Order, after: Order) -> frozenset[str]:
    """SKUs whose weight counts for shipping."""
    return frozenset(line.sku for order in (before, after) for line, _ in _parcels(order))


def sampled(before: Order, after: Order) -> frozenset[str]:
    """A SKU whose places are those to ship from, as long as the order has none."""
    lines = [line for order in (before, after) for line, _ in _parcels(order)]
    return frozenset(line.sku for line in lines[:1])


def shipping(before: Order, after: Order, copies: Copies, at: datetime) -> ShippingQuote:
    """Both sides of a change."""
    card = copies.card(at)
    priced = card if card.currency in ("", before.currency) else None
    return ShippingQuote(
        service=after.shipping.service,
        charge_before=_charge(before),
        charge_after=_charge(after),
        cost_before=_cost(before, copies, priced, at),
        cost_after=_cost(after, copies, priced, at),
        rates=f"{priced.card_id}.v{priced.version}" if priced else "",
    )


def _charge(order: Order) -> int:
    return order.shipping.charge if any(vector.open for vector in order.quantities.values()) else 0


def _parcels(order: Order) -> list[tuple[Line, int]]:
    """Lines that ship, with the units that have not left."""
    units = [(line, order.quantities[line.line_id].stoppable) for line in order.lines if line.method is Method.SHIP]
    return [(line, count) for line, count in units if count]


def _cost(order: Order, copies: Copies, card: RateCard | None, at: datetime) -> int | None:
    address, units = order.shipping.address, _parcels(order)
    items = [copies.items.get(line.sku) for line, _ in units]
    if card is None or address is None or not units or None in items:
        return None
    grams = sum(item.weight_grams * count for item, (_, count) in zip(items, units, strict=True) if item)
    routed = {one.location_id for one in order.fulfilment.values() if one.method == Method.SHIP}
    origins = [one for one in copies.places.values() if one.location_id in routed] or [
        one for one in copies.places.values() if copies.selling(one.location_id) and one.does("ship", at)
    ]
    tariffs = [card.tariff(order.shipping.service, one, address.country, address.geo) for one in origins]
    return min((one.amount(grams) for one in tariffs if one), default=None)
