"""What is due by time on a fulfilment order: one alarm at a time, each raised once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.fulfilment.domain.labels import pending
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.domain.tracking import sandbox_news
from functions.fulfilment.domain.work import FulfilmentOrder

REMIND_BEFORE = timedelta(hours=24)
CURBSIDE_PATIENCE = timedelta(minutes=5)
"""How long a guest at the curb waits before the staff is called again."""
GUEST_PATIENCE = timedelta(hours=2)
"""Who came just before the end of a collection's time, and was neither served nor sent away, is given up after that."""


class AlarmKind(StrEnum):
    """What is due."""

    OPENS = "OPENS"
    UNACKNOWLEDGED = "UNACKNOWLEDGED"
    LATE = "LATE"
    REMINDER = "REMINDER"
    UNCOLLECTED = "UNCOLLECTED"
    CURBSIDE_WAITING = "CURBSIDE_WAITING"
    OFFER_ENDS = "OFFER_ENDS"
    CARRIER_NEWS = "CARRIER_NEWS"
    LABEL_UNUSED = "LABEL_UNUSED"


DELAYS = frozenset({AlarmKind.UNACKNOWLEDGED, AlarmKind.LATE, AlarmKind.CURBSIDE_WAITING})
"""Alarms that say that something takes too long."""
_KINDS = {
    "opens": AlarmKind.OPENS,
    "unacknowledged": AlarmKind.UNACKNOWLEDGED,
    "late": AlarmKind.LATE,
    "reminder": AlarmKind.REMINDER,
    "uncollected": AlarmKind.UNCOLLECTED,
    "curbside": AlarmKind.CURBSIDE_WAITING,
    "offer": AlarmKind.OFFER_ENDS,
}
_UNFINISHED = {Status.OPEN, Status.ACKNOWLEDGED, Status.PICKING, Status.PICKED}


@dataclass(frozen=True)
class Alarm:
    """Something that is due at a moment. `name` tells two of a kind apart (the reminder after an extension)."""

    kind: AlarmKind
    name: str
    at: datetime


def next_alarm(order: FulfilmentOrder) -> Alarm | None:
    """The earliest alarm that has not been raised."""
    waiting = [alarm for alarm in _alarms(order) if alarm.name not in order.alarms]
    return min(waiting, key=lambda alarm: alarm.at, default=None)


def alarm_kind(name: str) -> AlarmKind:
    """Which kind an alarm of that name is."""
    return _KINDS[name.partition(":")[0]]


def alarm_time(order: FulfilmentOrder, name: str) -> datetime | None:
    """When the alarm of that name is due on the order."""
    return next((alarm.at for alarm in _alarms(order) if alarm.name == name), None)


def _alarms(order: FulfilmentOrder) -> list[Alarm]:
    found: list[Alarm] = []
    if order.status is Status.SCHEDULED and order.opens_at:
        found.append(Alarm(AlarmKind.OPENS, "opens", order.opens_at))
    if order.deadlines and order.status is Status.OPEN:
        found.append(Alarm(AlarmKind.UNACKNOWLEDGED, "unacknowledged", order.deadlines.acknowledge_by))
    packed_for_parcels = order.status is Status.PACKED and order.method == SHIP
    if order.deadlines and (order.status in _UNFINISHED or packed_for_parcels):
        found.append(Alarm(AlarmKind.LATE, "late", order.deadlines.due_by))
    if order.offer and not order.offer.chosen:
        found.append(Alarm(AlarmKind.OFFER_ENDS, f"offer:{order.offer.number}", order.offer.expires_at))
    if order.status is Status.SHIPPED and (news := sandbox_news(order)):
        tracking_number, event = news
        found.append(Alarm(AlarmKind.CARRIER_NEWS, f"news:{tracking_number}:{event.status}", event.at))
    if voids := pending(order):
        found.append(Alarm(AlarmKind.LABEL_UNUSED, f"void:{voids[0].key}", voids[0].ask_at))
    pickup = order.pickup
    if order.status is Status.READY and pickup and pickup.pickup_by:
        often = f":{pickup.extensions}" if pickup.extensions else ""
        found.append(Alarm(AlarmKind.REMINDER, f"reminder{often}", pickup.pickup_by - REMIND_BEFORE))
        found.append(Alarm(AlarmKind.UNCOLLECTED, f"uncollected{often}", pickup.pickup_by))
    if order.status is Status.ARRIVED and pickup and pickup.arrived_at:
        again = f":{pickup.arrivals}" if pickup.arrivals > 1 else ""
        found.append(Alarm(AlarmKind.CURBSIDE_WAITING, f"curbside{again}", pickup.arrived_at + CURBSIDE_PATIENCE))
        if pickup.pickup_by:
            often = f":{pickup.extensions}" if pickup.extensions else ""
            until = max(pickup.pickup_by, pickup.arrived_at + GUEST_PATIENCE)
            found.append(Alarm(AlarmKind.UNCOLLECTED, f"uncollected{often}", until))
    return found


def raised(order: FulfilmentOrder, alarm: Alarm) -> FulfilmentOrder:
    """The order after the alarm was raised."""
    return replace(order, alarms=(*order.alarms, alarm.name))
