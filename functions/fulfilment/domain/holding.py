"""Holds of the order that reach the work: on hold where it is, and on again from there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.states import HOLDABLE, Status
from functions.fulfilment.domain.steps import moved
from functions.fulfilment.domain.work import FulfilmentOrder

_READY = frozenset({Status.READY, Status.ARRIVED})


def barred(order: FulfilmentOrder, holds: tuple[str, ...], *, at: datetime) -> FulfilmentOrder:
    """The work under exactly these holds (by id), without any: going on where it was. What has left stays as it is;
    goods on their way to a store are received there, and go no further."""
    if order.holds == holds or not (order.stage in HOLDABLE or order.status is Status.IN_TRANSFER):
        return order
    if not holds:
        return _resumed(order, at=at)
    if order.status not in HOLDABLE:  # on hold already, or on the way to a store
        return replace(order, holds=holds)
    held = replace(moved(order, Status.ON_HOLD), holds=holds, claim=None)
    return replace(held, times={**order.times, Status.ON_HOLD.value: at})


def _resumed(order: FulfilmentOrder, *, at: datetime) -> FulfilmentOrder:
    """Where it was. The time on hold counts neither against the store nor against the shopper, who could not collect;
    what was promised to the shopper stays promised."""
    if order.held_from is None:
        return replace(order, holds=())
    lost = at - order.times[Status.ON_HOLD.value]
    after = moved(replace(order, holds=()), order.held_from)
    if order.pickup and order.pickup.pickup_by:
        after = replace(after, pickup=replace(order.pickup, pickup_by=order.pickup.pickup_by + lost))
    if order.stage not in _READY:
        after = replace(after, held_seconds=order.held_seconds + round(lost.total_seconds()))
    if order.deadlines:
        patience = order.deadlines.acknowledge_by + lost
        after = replace(after, deadlines=replace(order.deadlines, acknowledge_by=patience))
    return after
