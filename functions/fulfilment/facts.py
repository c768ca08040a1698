"""What a stored change of fulfilment means to the other services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from functions.fulfilment.domain.alarms import DELAYS, AlarmKind, alarm_kind, alarm_time
from functions.fulfilment.domain.demand import LOST, Cancellation, Demand, Missing, Plan, Routed, Share
from functions.fulfilment.domain.rate_card import RateCard, Tariff
from functions.fulfilment.domain.simulation import Progress, Simulation
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.work import FulfilmentOrder, Shortfall
from functions.fulfilment.repository.erasures import ErasedOrder
from shared.clock import rfc3339
from shared.events import fulfilment as events
from shared.events.base import Event
from shared.events.inventory import Allocation
from shared.events.orders import LineQuantity

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


COLLECTED = frozenset({"pickup", "curbside"})
"""Methods by which only the stock of the place itself will do."""


def demand_facts(old: Demand | None, new: Demand) -> Iterator[Event]:
    """What changed in an order's demand."""
    plan_before = old.plan.version if old and old.plan else 0
    if new.plan and new.plan.version != plan_before:
        yield _allocation_requested(new, new.plan)
    move_before = old.move.plan.version if old and old.move else 0
    if new.move and new.move.plan.version != move_before:
        yield _allocation_requested(new, new.move.plan)
    known = old.cancellations if old else ()
    for index, cancellation in enumerate(new.cancellations):
        before = known[index].told_again if index < len(known) else -1
        if cancellation.told_again > before:
            yield from _cancellation(new, cancellation)
    routed_before = (old.routed.plan_version, old.told_again) if old and old.routed else (0, new.told_again)
    if new.routed and routed_before != (new.routed.plan_version, new.told_again):
        yield _order_routed(new, new.routed)
    awaited = _awaited(new)
    if awaited != (_awaited(old) if old else ()):
        yield events.UnitsAwaited(order_id=new.order_id, channel=new.channel, units=awaited, version=new.version)


def _awaited(demand: Demand) -> tuple[events.AwaitedUnits, ...]:
    return tuple(
        events.AwaitedUnits(
            sku=line.sku, quantity=line.waiting, location_id=line.location_id if line.method in COLLECTED else None
        )
        for line in demand.waiting
    )


def erasure_facts(old: ErasedOrder | None, new: ErasedOrder) -> Iterator[Event]:
    """An order was forgotten."""
    if old is None:
        yield events.FulfilmentErased(request_id=new.request_id, order_id=new.order_id, records=new.records)


def simulation_facts(_old: Simulation | None, new: Simulation) -> Iterator[Event]:
    """A simulation has come further, and goes on unless it is done."""
    if new.progress is not Progress.COMPLETED:
        yield events.SimulationAdvanced(simulation_id=new.simulation_id, version=new.version)


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
            ready_at=_reached(new, Status.READY),
            arrived_at=rfc3339(new.pickup.arrived_at) if new.pickup and new.pickup.arrived_at else None,
            handed_over_at=_reached(new, Status.HANDED_OVER),
        )
    elif new.status in (Status.IN_TRANSFER, Status.RECEIVED):
        assert new.destination_id is not None, "what is in transfer has a destination"
        kind = events.SentToStore if new.status is Status.IN_TRANSFER else events.ReceivedAtStore
        yield kind(**progress, source_id=new.location_id, plan_version=new.plan_version)
    elif new.status is Status.READY:
        assert new.pickup is not None, "what is ready for collection has a code"
        by = new.pickup.pickup_by
        yield events.ReadyForPickup(
            **progress,
            code=new.pickup.code,
            pickup_by=rfc3339(by) if by else None,
            link=new.pickup.link or None,
            opened_at=rfc3339(max(new.opened_at, new.opens_at or new.opened_at)),
            ready_at=_reached(new, Status.READY),
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
            lines=_quantities([(line.line_id, units) for line, units in left]),
            at=_reached(new, Status.NO_SHOW),
        )
    elif new.status is Status.RESHELVED:
        yield events.AllocationWithdrawn(
            order_id=new.order_id,
            plan_version=new.plan_version,
            request_id=f"{new.fulfilment_order_id}#reshelved",
            allocations=_allocations(Share(line.line_id, line.sku, new.place_id, units) for line, units in left),
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
        "lines": _quantities([(line_id, units) for line_id, _, units in offer.lines]),
    }
    if before is None or before.number != offer.number:
        yield events.OptionsOffered(
            **names,
            options=tuple(
                events.OfferedOption(option_id=one.option_id, choice=one.choice, location_id=one.location_id)
                for one in offer.options
            ),
            default=offer.default,
            expires_at=rfc3339(offer.expires_at),
            link=new.pickup.link if new.pickup else "",
        )
    elif offer.chosen and not before.chosen:
        choice = next(one.choice for one in offer.options if one.option_id == offer.chosen)
        yield events.OptionChosen(**names, number=offer.number, choice=choice)


def _refused(order: FulfilmentOrder) -> Iterator[events.RefusedLine]:
    for one in order.refused:
        yield events.RefusedLine(line_id=one.line_id, quantity=one.quantity, reason=one.reason)


def _allocation_requested(demand: Demand, plan: Plan) -> Event:
    return events.AllocationRequested(
        order_id=demand.order_id,
        plan_version=plan.version,
        allocations=_allocations(plan.shares),
        reservation_id=demand.reservation_id if demand.pins else None,
        unplaced=tuple(
            events.UnplacedLine(line_id=one.line_id, sku=one.sku, quantity=one.quantity, location_id=one.location_id)
            for one in plan.missing
            if one.ask
        ),
        confirm_unplaced=plan.confirm,
        channel=demand.channel or None,
        methods={line.line_id: line.method for line in demand.lines},
    )


def _cancellation(demand: Demand, cancellation: Cancellation) -> Iterator[Event]:
    for plan_version, shares in cancellation.withdrawn:
        yield events.AllocationWithdrawn(
            order_id=demand.order_id,
            plan_version=plan_version,
            request_id=cancellation.request_id,
            allocations=_allocations(shares),
        )
    if cancellation.request_id.startswith(LOST):
        return
    yield events.CancellationDecided(
        order_id=demand.order_id,
        request_id=cancellation.request_id,
        cancelled=_quantities(cancellation.cancelled),
        refused=_quantities(cancellation.refused),
    )


def _order_routed(demand: Demand, routed: Routed) -> Event:
    return events.OrderRouted(
        order_id=demand.order_id,
        plan_version=routed.plan_version,
        fulfilment_orders=tuple(
            events.FulfilmentOrderOpened(
                fulfilment_order_id=one.fulfilment_order_id,
                location_id=one.location_id,
                method=one.method,
                lines=_quantities(one.lines),
                destination_id=one.destination_id,
                ship_by=_moment(one.departure.ship_by if one.departure else None),
                delivered_by=_moment(one.departure.delivered_by if one.departure else None),
            )
            for one in routed.opened
        ),
        unfilled=tuple(_unfilled(one) for one in routed.unfilled),
    )


def _moment(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None


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


def _unfilled(missing: Missing) -> events.UnfilledLine:
    return events.UnfilledLine(line_id=missing.line_id, quantity=missing.quantity, outcome=missing.outcome.value)


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


def _allocations(shares: Iterable[Share]) -> tuple[Allocation, ...]:
    return tuple(
        Allocation(line_id=one.line_id, sku=one.sku, location_id=one.location_id, quantity=one.quantity)
        for one in shares
    )


def _quantities(lines: Sequence[tuple[str, int]]) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line_id=line_id, quantity=quantity) for line_id, quantity in lines)


def rate_card_facts(_old: RateCard | None, new: RateCard) -> Iterator[Event]:
    """Every version of a rate card is told whole, once."""
    assert new.effective_from is not None, "a stored card says when it begins"
    yield events.RateCardPut(
        card_id=new.card_id,
        version=new.version,
        currency=new.currency,
        effective_from=rfc3339(new.effective_from),
        zones=tuple(
            events.RateZone(zone=one.zone, up_to_km=one.up_to_km, countries=one.countries) for one in new.zones
        ),
        services=tuple(
            events.RateService(service=one.service, tariffs=tuple(_tariff(tariff) for tariff in one.tariffs))
            for one in new.services
        ),
        unknown_distance_zone=new.unknown_distance_zone,
    )


def _tariff(one: Tariff) -> events.RateTariff:
    steps = tuple(events.RateStep(up_to_grams=step.up_to_grams, amount=step.amount) for step in one.steps)
    return events.RateTariff(zone=one.zone, steps=steps, per_kg=one.per_kg)
