"""What a stored change of a fulfilment order means to the other services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from functions.fulfilment.domain.alarms import DELAYS, AlarmKind, alarm_kind, alarm_time
from functions.fulfilment.domain.demand import Share
from functions.fulfilment.domain.parcels import VoidStatus
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.work import FulfilmentOrder, Shortfall
from functions.fulfilment.told import allocations, options, quantities
from shared.clock import rfc3339
from shared.events import fulfilment as events
from shared.events.base import Event

_COUNTED_AS = {
    Status.SCHEDULED: "allocated",
    Status.OPEN: "allocated",
    Status.ACKNOWLEDGED: "allocated",
    Status.PICKING: "allocated",
    Status.PICKED: "picked",
    Status.PACKED: "packed",
    Status.SHIPPED: "shipped",
    Status.DELIVERED: "fulfilled",
    Status.READY: "ready",
    Status.IN_TRANSFER: "packed",
    Status.RECEIVED: "packed",
    Status.ARRIVED: "ready",
    Status.HANDED_OVER: "fulfilled",
    Status.NO_SHOW: "cancelled",
    Status.TO_RESHELVE: "cancelled",
    Status.RESHELVED: "cancelled",
    Status.REJECTED: "cancelled",
    Status.CANCELLED: "cancelled",
}


def work_facts(old: FulfilmentOrder | None, new: FulfilmentOrder) -> Iterator[Event]:
    """What changed in a fulfilment order. Its opening is told by OrderRouted (by itself only when it does not open at
    once), a wrong code by nobody."""
    if old is None:
        if new.status is not Status.OPEN:
            yield events.FulfilmentOrderMoved(**_told(new))
        return
    yield from _alarms(old, new)
    yield from _pickup_facts(old, new)
    yield from _offer_facts(old, new)
    yield from _carrier_facts(old, new)
    yield from _label_facts(old, new)
    if old.status is new.status and old.lines == new.lines and old.told_again == new.told_again:
        return
    for shortfall in new.shortfalls[len(old.shortfalls) :]:
        yield _units_short(new, shortfall)
    progress = _told(new)
    if new.status is Status.SHIPPED:
        yield events.Shipped(**progress, parcels=tuple(_parcels(new)))
    elif _handed_now(old, new):
        yield events.HandedOver(
            **progress,
            refused=tuple(_refused(new)),
            **_guest(old, new),
        )
    elif new.status in (Status.IN_TRANSFER, Status.RECEIVED):
        assert new.destination_id is not None, "what is in transfer has a destination"
        kind = events.SentToStore if new.status is Status.IN_TRANSFER else events.ReceivedAtStore
        yield kind(**progress, source_id=new.location_id, plan_version=new.plan_version)
    elif new.status is Status.READY and old.status is not Status.ARRIVED:
        assert new.pickup is not None, "what is ready for collection has a code"
        by = new.pickup.pickup_by
        yield events.ReadyForPickup(
            **progress,
            code=new.pickup.code,
            pickup_by=rfc3339(by) if by else None,
            link=new.pickup.link or None,
            opened_at=rfc3339(max(new.opened_at, new.opens_at or new.opened_at)),
            ready_at=_reached(new, Status.READY),
            held_seconds=new.held_seconds,
        )
    else:
        yield events.FulfilmentOrderMoved(**progress, reached_at=_reached(new, new.status))


def _told(order: FulfilmentOrder) -> dict[str, Any]:
    """What every step tells."""
    return {
        "order_id": order.order_id,
        "fulfilment_order_id": order.fulfilment_order_id,
        "location_id": order.place_id,
        "method": order.method,
        "status": order.status.value,
        "lines": tuple(_progress(order)),
        "version": order.version,
    }


def _reached(order: FulfilmentOrder, status: Status) -> str | None:
    at = order.times.get(status.value)
    return rfc3339(at) if at else None


def _alarms(old: FulfilmentOrder, new: FulfilmentOrder) -> Iterator[Event]:
    names = {
        "order_id": new.order_id,
        "fulfilment_order_id": new.fulfilment_order_id,
        "location_id": new.place_id,
    }
    for name in new.alarms[len(old.alarms) :]:
        kind = alarm_kind(name)
        if kind is AlarmKind.REMINDER and new.pickup and new.pickup.pickup_by:
            yield events.PickupReminded(**names, pickup_by=rfc3339(new.pickup.pickup_by))
        elif kind in DELAYS:
            due_at = alarm_time(old, name) or new.opened_at
            yield events.FulfilmentOrderDelayed(
                **names, method=new.method, status=new.status.value, cause=kind.value, due_at=rfc3339(due_at)
            )


def _pickup_facts(old: FulfilmentOrder, new: FulfilmentOrder) -> Iterator[Event]:
    names = {
        "order_id": new.order_id,
        "fulfilment_order_id": new.fulfilment_order_id,
        "location_id": new.place_id,
    }
    before, now = old.pickup, new.pickup
    if before and now and now.extensions > before.extensions and now.pickup_by:
        yield events.PickupExtended(**names, pickup_by=rfc3339(now.pickup_by))
    if old.status is new.status:
        return
    if new.status is Status.ARRIVED and old.status is not Status.ON_HOLD and now and now.arrived_at:
        yield events.ShopperArrived(**names, bay=now.bay, arrived_at=rfc3339(now.arrived_at))
    left = [(line, line.quantity - line.handed) for line in new.lines if line.quantity > line.handed]
    if new.status is Status.NO_SHOW:
        yield events.PickupNotCollected(
            **names,
            lines=quantities([(line.line_id, units) for line, units in left]),
            at=_reached(new, Status.NO_SHOW),
        )
    elif new.status is Status.RESHELVED:
        yield events.AllocationWithdrawn(
            order_id=new.order_id,
            plan_version=new.plan_version,
            request_id=f"{new.fulfilment_order_id}#reshelved",
            allocations=allocations(Share(line.line_id, line.sku, new.place_id, units) for line, units in left),
        )


def _carrier_facts(old: FulfilmentOrder, new: FulfilmentOrder) -> Iterator[Event]:
    known = {parcel.parcel_id: {event.event_id for event in parcel.tracking} for parcel in old.parcels}
    for parcel in new.parcels:
        for event in parcel.tracking:
            if event.event_id not in known.get(parcel.parcel_id, set()):
                yield events.ParcelTracked(
                    order_id=new.order_id,
                    fulfilment_order_id=new.fulfilment_order_id,
                    location_id=new.location_id,
                    parcel_id=parcel.parcel_id,
                    carrier=parcel.carrier or "",
                    tracking_number=parcel.tracking_number or "",
                    status=event.status,
                    at=rfc3339(event.at),
                )


_NOT_VOIDED = {VoidStatus.REFUSED: "scanned", VoidStatus.UNANSWERED: "no_answer"}
"""Why a label is to be paid for."""


def _label_facts(old: FulfilmentOrder, new: FulfilmentOrder) -> Iterator[Event]:
    known = {one.key: one.status for one in old.voids}
    for one in new.voids:
        if one.status is VoidStatus.PENDING or known.get(one.key) is one.status:
            continue
        label: dict[str, Any] = {
            "order_id": new.order_id,
            "fulfilment_order_id": new.fulfilment_order_id,
            "location_id": new.location_id,
            "parcel_id": one.parcel_id,
            "label_id": one.key,
            "carrier": one.carrier,
            "tracking_number": one.tracking_number,
            "amount": one.amount,
        }
        if one.status is VoidStatus.VOIDED:
            yield events.LabelVoided(**label)
        else:
            yield events.LabelVoidRefused(**label, reason=_NOT_VOIDED[one.status])


def _guest(old: FulfilmentOrder, new: FulfilmentOrder) -> dict[str, str | None]:
    """When the goods lay ready, when who came for them had come, and when they had all, or gone with a part of it."""
    left = old.status is Status.ARRIVED and new.status is Status.READY
    pickup = old.pickup if left else new.pickup
    ready_since, arrived_at = (new.pickup.ready_since if new.pickup else None), (pickup.arrived_at if pickup else None)
    return {
        "ready_at": rfc3339(ready_since) if ready_since else _reached(new, Status.READY),
        "arrived_at": rfc3339(arrived_at) if arrived_at else None,
        "handed_over_at": _reached(new, Status.READY if left else Status.HANDED_OVER),
    }


def _handed_now(old: FulfilmentOrder, new: FulfilmentOrder) -> bool:
    """More units are with the shopper than before, or it is told again that some are."""
    before, after = (sum(line.handed for line in order.lines) for order in (old, new))
    return after > before or (after > 0 and old.told_again != new.told_again)


def _offer_facts(old: FulfilmentOrder, new: FulfilmentOrder) -> Iterator[Event]:
    offer, before = new.offer, old.offer
    if offer is None:
        return
    names = {
        "order_id": new.order_id,
        "fulfilment_order_id": new.fulfilment_order_id,
        "location_id": new.location_id,
        "lines": quantities([(line_id, units) for line_id, _, units in offer.lines]),
        "number": offer.number,
    }
    if before is None or before.number != offer.number:
        yield events.OptionsOffered(
            **names,
            options=options(offer),
            default=offer.default,
            expires_at=rfc3339(offer.expires_at),
            link=new.pickup.link if new.pickup else "",
        )
    elif offer.chosen and not before.chosen:
        choice = next(one.choice for one in offer.options if one.option_id == offer.chosen)
        yield events.OptionChosen(**names, choice=choice)


def _refused(order: FulfilmentOrder) -> Iterator[events.RefusedLine]:
    for one in order.refused:
        yield events.RefusedLine(line_id=one.line_id, quantity=one.quantity, reason=one.reason)


def _units_short(order: FulfilmentOrder, shortfall: Shortfall) -> Event:
    return events.UnitsShort(
        order_id=order.order_id,
        fulfilment_order_id=order.fulfilment_order_id,
        location_id=order.location_id,
        plan_version=order.plan_version,
        number=shortfall.number,
        reason=shortfall.reason.value,
        lines=tuple(
            events.ShortLine(line_id=line_id, sku=sku, quantity=units) for line_id, sku, units in shortfall.lines
        ),
        pause_until=rfc3339(shortfall.pause_until) if shortfall.pause_until else None,
        at=rfc3339(shortfall.at),
    )


def _progress(order: FulfilmentOrder) -> Iterator[events.LineProgress]:
    counted_as = _COUNTED_AS[order.stage]
    for line in order.lines:
        counts = {"cancelled": line.cancelled, "fulfilled": line.handed}
        counts[counted_as] = counts.get(counted_as, 0) + line.quantity - line.handed
        yield events.LineProgress(line_id=line.line_id, sku=line.sku, **counts)


def _parcels(order: FulfilmentOrder) -> Iterator[events.Parcel]:
    for parcel in order.parcels:
        assert parcel.carrier, "a shipped parcel has a carrier"
        assert parcel.tracking_number, "a shipped parcel has a tracking number"
        yield events.Parcel(parcel_id=parcel.parcel_id, carrier=parcel.carrier, tracking_number=parcel.tracking_number)
