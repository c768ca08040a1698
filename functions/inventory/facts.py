"""Facts of inventory: what a stored change means to the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from functions.inventory.domain.availability import LOW_STOCK_UNITS
from functions.inventory.domain.book import Answer, Book, Verdict
from functions.inventory.domain.cart_answer import CartAnswer, Outcome
from functions.inventory.domain.places import Item, Location
from functions.inventory.domain.selling import Exclusion, Pool
from functions.inventory.domain.stock import Stock
from functions.inventory.domain.transfers import Status as TransferStatus
from functions.inventory.domain.transfers import Transfer
from functions.inventory.domain.units import Units, at_places, part_of, place_of
from functions.inventory.repository.documents import Erased
from functions.inventory.repository.selling import Set
from shared.clock import rfc3339
from shared.events.base import Event
from shared.events.inventory import (
    Allocation,
    AllocationRefused,
    AllocationReleased,
    BackInStock,
    CartHeld,
    CartHoldRefused,
    ExclusionChanged,
    GeoPoint,
    HoldShortage,
    InventoryErased,
    ItemChanged,
    LocationChanged,
    LowStock,
    PoolChanged,
    PositionState,
    ReservationCommitted,
    ReservationIgnored,
    StockAllocated,
    StockChanged,
    StockShort,
    TransferClosed,
    TransferDiscrepancy,
    TransferLine,
    TransferReceived,
    TransferShipped,
)


def stock_facts(old: Stock | None, new: Stock) -> Iterator[Event]:
    """Every change of a position is told with the whole position; besides, once each: when more is promised there than
    there is, when it runs low, when there are units to offer again."""
    position = _state(new)
    yield StockChanged(positions=(position,))
    if new.shortage > (old.shortage if old else 0):
        yield StockShort(position=position, shortage=new.shortage)
    if new.cells or part_of(new.location_id):  # one row of a hot position does not tell how much the position has
        return
    before, after = (max(0, one.free - one.safety) if one else 0 for one in (old, new))
    at = {"sku": new.sku, "location_id": new.location_id, "available": after}
    if after <= LOW_STOCK_UNITS < before:
        yield LowStock(**at, threshold=LOW_STOCK_UNITS)
    elif before == 0 < after:
        yield BackInStock(**at)


def _state(stock: Stock) -> PositionState:
    counters = stock.counters
    return PositionState(
        sku=stock.sku,
        location_id=place_of(stock.location_id),
        part=part_of(stock.location_id),
        on_hand=counters.on_hand - counters.lent,
        unavailable=counters.unavailable,
        held=counters.held,
        allocated=counters.allocated,
        safety=stock.safety,
        version=stock.version,
    )


def location_facts(_old: Location | None, new: Location) -> Iterator[Event]:
    """Every change of a place is told with the whole place."""
    pause = new.pause
    yield LocationChanged(
        location_id=new.location_id,
        name=new.name,
        kind=new.kind,
        country=new.address.country,
        postal_code=new.address.postal_code,
        geo=GeoPoint(lat=new.geo.lat, lng=new.geo.lng),
        time_zone=new.time_zone,
        opening_hours=None
        if new.opening_hours is None
        else {day: list(spans) for day, spans in new.opening_hours.items()},
        capabilities=tuple(str(one) for one in new.capabilities),
        parcels_per_day=new.parcels_per_day,
        cutoff=new.cutoff,
        handling_per_parcel=new.handling_per_parcel.amount if new.handling_per_parcel else 0,
        handling_per_unit=new.handling_per_unit.amount if new.handling_per_unit else 0,
        default_safety_stock=new.default_safety_stock,
        closed_dates=new.closed_dates,
        lead_time_minutes=new.lead_time_minutes,
        pickup_days=new.pickup_days,
        paused=pause is not None,
        paused_reason=pause.reason if pause else "",
        paused_until=rfc3339(pause.until) if pause and pause.until else None,
        version=new.version,
    )


def item_facts(_old: Item | None, new: Item) -> Iterator[Event]:
    """Every change of an item is told with the whole item."""
    money = new.value or new.margin
    yield ItemChanged(
        sku=new.sku,
        name=new.name,
        weight_grams=new.weight_grams,
        value=new.value.amount if new.value else None,
        margin=new.margin.amount if new.margin else None,
        currency=money.currency if money else None,
        category=new.category,
        backorderable=new.backorderable,
        ships_from=None if new.ships_from is None else tuple(kind.value for kind in new.ships_from),
        version=new.version,
    )


def selling_facts(_old: Set | None, new: Set) -> Iterator[Event]:
    """Every change of what a channel sells from, and of what is not offered, is told whole. Safety stock is inventory's
    own concern: it comes with the positions of a refusal."""
    match new.value:
        case Pool(channel=channel, location_ids=ids, version=version):
            known = None if ids is None else tuple(sorted(ids))
            yield PoolChanged(channel=channel, location_ids=known, version=version)
        case Exclusion(when=when) as rule:
            yield ExclusionChanged(
                exclusion_id=rule.rule_id,
                sku=when.sku,
                category=when.category,
                location_id=when.location_id,
                location_kind=when.location_kind,
                method=when.method,
                channel=when.channel,
                expires_at=rfc3339(rule.expires_at) if rule.expires_at else None,
                gone=new.gone,
                version=rule.version,
            )


def book_facts(old: Book | None, new: Book) -> Iterator[Event]:
    """What was decided about the order's hold, which plans were taken whole, and what was given back."""
    before, after = (old or Book(new.order_id)).state, new.state
    if before.hold is None and (hold := after.hold) is not None:
        names = {"order_id": new.order_id, "reservation_id": hold.reservation_id}
        if hold.ignored_because:
            yield ReservationIgnored(**names, reason=hold.ignored_because)
        else:
            yield ReservationCommitted(**names, pins=_allocations(hold.pins))
    for plan_version, verdict in after.verdicts.items():
        if verdict is Verdict.ALLOCATED and plan_version not in before.verdicts:
            taken = _allocations(after.allocated.get(plan_version, ()))
            yield StockAllocated(order_id=new.order_id, plan_version=plan_version, allocations=taken)
    for withdrawal in after.withdrawals[len(before.withdrawals) :]:
        if withdrawal.freed:
            yield AllocationReleased(
                order_id=new.order_id,
                plan_version=withdrawal.plan_version,
                allocations=_allocations(withdrawal.freed),
            )


def erasure_facts(old: Erased | None, new: Erased) -> Iterator[Event]:
    """A person was forgotten here."""
    if old is None:
        yield InventoryErased(request_id=new.request_id, records=new.records)


def answer_facts(old: Answer | None, new: Answer) -> Iterator[Event]:
    """A plan was refused. That one was taken is told by its book; what older releases said here adds nothing."""
    if old is not None or new.verdict is Verdict.ALLOCATED:
        return
    positions = tuple(
        PositionState(
            sku=one.sku,
            location_id=place_of(one.location_id),
            part=part_of(one.location_id),
            on_hand=one.on_hand,
            unavailable=one.unavailable,
            held=one.held,
            allocated=one.allocated,
            safety=one.safety,
            version=one.version,
        )
        for one in new.positions
    )
    yield AllocationRefused(order_id=new.order_id, plan_version=new.plan_version, positions=positions)


def cart_answer_facts(old: CartAnswer | None, new: CartAnswer) -> Iterator[Event]:
    """What became of a hold that a cart asked for; each is answered once."""
    if old is not None:
        return
    if new.outcome is Outcome.HELD and new.until is not None:
        yield CartHeld(reservation_id=new.reservation_id, expires_at=rfc3339(new.until))
    elif new.outcome is Outcome.REFUSED:
        short = (HoldShortage(sku=sku, requested=asked, available=there) for sku, asked, there in new.shortages)
        yield CartHoldRefused(reservation_id=new.reservation_id, shortages=tuple(short))


def transfer_facts(old: Transfer | None, new: Transfer) -> Iterator[Event]:
    """Goods left, arrived, or are given up. A transfer that is only planned concerns nobody else."""
    before = old or new
    names = {
        "transfer_id": new.transfer_id,
        "from_location_id": new.from_location_id,
        "to_location_id": new.to_location_id,
        "reference": new.reference,
    }
    lines = tuple(
        TransferLine(sku=line.sku, quantity=line.quantity, shipped=line.shipped, received=line.received)
        for line in new.lines
    )
    if new.shipped_at and not before.shipped_at:
        due = rfc3339(new.expected_at) if new.expected_at else None
        yield TransferShipped(**names, lines=lines, expected_at=due, version=new.version)
    if len(new.receipts) > len(before.receipts):
        yield TransferReceived(**names, lines=lines, complete=not new.open, version=new.version)
    if new.status is TransferStatus.CLOSED and before.status is not TransferStatus.CLOSED:
        told = tuple(
            TransferDiscrepancy(sku=one.sku, quantity=one.quantity, reason=str(one.reason)) for one in new.discrepancies
        )
        yield TransferClosed(**names, discrepancies=told, version=new.version)


def _allocations(units: Iterable[Units]) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(line_id=one.line_id, sku=one.sku, location_id=one.location_id, quantity=one.quantity)
        for one in at_places(units)
    )
