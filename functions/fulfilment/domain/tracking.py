"""The carrier's word on each parcel, kept apart from our own state: only a delivery moves that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.fulfilment.domain.parcels import Parcel, Tracked
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.work import FulfilmentOrder
from shared.errors import Conflict, NotFound


class CarrierStatus(StrEnum):
    """Where a parcel is by its carrier's word."""

    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERED = "delivered"
    RETURN_TO_SENDER = "return_to_sender"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class ParcelNotFound(NotFound):
    """No parcel of ours has this number."""

    code = "parcel_not_found"

    def __init__(self) -> None:
        super().__init__("no parcel has this tracking number")


class NotOnItsWay(Conflict):
    """The parcel has not been shipped."""

    code = "not_on_its_way"


MAX_EVENTS = 50
"""Kept per parcel; the oldest go first."""
MAX_EVENTS_IN_ALL = 1_000
"""Of a fulfilment order of many parcels, so that it fits into a row (400 KB)."""


def tracked(order: FulfilmentOrder, tracking_number: str, event: Tracked) -> FulfilmentOrder:
    """The carrier's word on one parcel, once per event id, whatever order events come in. Once all parcels of a shipped
    order are delivered, so is the order. Raises ParcelNotFound, NotOnItsWay before it was shipped."""
    found = next((parcel for parcel in order.parcels if parcel.tracking_number == tracking_number), None)
    if found is None:
        raise ParcelNotFound
    if any(known.event_id == event.event_id for known in found.tracking):
        return order
    if order.status not in (Status.SHIPPED, Status.DELIVERED):
        raise NotOnItsWay("the parcel is not on its way", extra={"fulfilment_order_status": order.status.value})
    kept = min(MAX_EVENTS, MAX_EVENTS_IN_ALL // len(order.parcels))
    events = tuple(sorted((*found.tracking, event), key=lambda one: (one.at, one.event_id)))[-kept:]
    parcels = tuple(replace(one, tracking=events) if one is found else one for one in order.parcels)
    after = replace(order, parcels=parcels)
    arrived = all(carrier_status(parcel) == CarrierStatus.DELIVERED for parcel in parcels)
    return replace(after, status=Status.DELIVERED) if arrived and order.status is Status.SHIPPED else after


def carrier_status(parcel: Parcel) -> str:
    """The carrier's last word by its own time."""
    return parcel.tracking[-1].status if parcel.tracking else CarrierStatus.UNKNOWN


def driven(order: FulfilmentOrder, tracking_number: str, outcome: str) -> FulfilmentOrder:
    """What becomes of a parcel of the sandbox carrier. Raises ParcelNotFound."""
    if all(parcel.tracking_number != tracking_number for parcel in order.parcels):
        raise ParcelNotFound
    return replace(
        order,
        parcels=tuple(
            replace(parcel, label=replace(parcel.label, outcome=outcome))
            if parcel.tracking_number == tracking_number and parcel.label
            else parcel
            for parcel in order.parcels
        ),
    )


JOURNEYS: Mapping[str, tuple[tuple[CarrierStatus, timedelta], ...]] = {
    "delivered": (
        (CarrierStatus.PRE_TRANSIT, timedelta(0)),
        (CarrierStatus.IN_TRANSIT, timedelta(hours=2)),
        (CarrierStatus.OUT_FOR_DELIVERY, timedelta(hours=20)),
        (CarrierStatus.DELIVERED, timedelta(hours=24)),
    ),
    "delivered_later": (
        (CarrierStatus.PRE_TRANSIT, timedelta(0)),
        (CarrierStatus.IN_TRANSIT, timedelta(hours=2)),
        (CarrierStatus.FAILURE, timedelta(hours=24)),
        (CarrierStatus.OUT_FOR_DELIVERY, timedelta(hours=44)),
        (CarrierStatus.DELIVERED, timedelta(hours=48)),
    ),
    "collected_later": (
        (CarrierStatus.PRE_TRANSIT, timedelta(0)),
        (CarrierStatus.IN_TRANSIT, timedelta(hours=2)),
        (CarrierStatus.AVAILABLE_FOR_PICKUP, timedelta(hours=24)),
        (CarrierStatus.DELIVERED, timedelta(hours=60)),
    ),
    "return_to_sender": (
        (CarrierStatus.PRE_TRANSIT, timedelta(0)),
        (CarrierStatus.IN_TRANSIT, timedelta(hours=2)),
        (CarrierStatus.FAILURE, timedelta(hours=24)),
        (CarrierStatus.RETURN_TO_SENDER, timedelta(hours=72)),
    ),
}
"""What the sandbox carrier says of a parcel, by the time since it was shipped."""
SANDBOX = "sandbox"


def sandbox_news(order: FulfilmentOrder) -> tuple[str, Tracked] | None:
    """What the sandbox carrier will say next (tracking number, event); None when it has said everything."""
    shipped_at = order.times.get(Status.SHIPPED.value)
    if shipped_at is None:
        return None
    found: list[tuple[datetime, str, Tracked]] = []
    for parcel in order.parcels:
        if parcel.carrier != SANDBOX or parcel.label is None or parcel.tracking_number is None:
            continue
        said = {event.status for event in parcel.tracking}
        for status, after in JOURNEYS[parcel.label.outcome]:
            if status not in said:
                event = Tracked(f"sandbox-{status}", status.value, shipped_at + after)
                found.append((event.at, parcel.tracking_number, event))
                break
    if not found:
        return None
    _, tracking_number, event = min(found, key=lambda one: (one[0], one[1]))
    return tracking_number, event
