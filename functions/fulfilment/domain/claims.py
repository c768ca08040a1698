"""Claiming work: one associate at a time, for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from functions.fulfilment.domain.states import Status, TransitionNotAllowed
from functions.fulfilment.domain.steps import moved
from functions.fulfilment.domain.work import Claim, FulfilmentOrder
from shared.errors import Conflict

CLAIMED_FOR = timedelta(minutes=30)
CLAIMABLE = frozenset({Status.OPEN, Status.ACKNOWLEDGED, Status.PICKING, Status.PICKED, Status.PACKED})


class Claimed(Conflict):
    """Somebody else works on it."""

    code = "claimed"


def claim(order: FulfilmentOrder, *, by: str, at: datetime) -> FulfilmentOrder:
    """The work is `by`'s for half an hour; claimed again by the same it lasts anew.

    Raises TransitionNotAllowed once it is no longer worked on here, Claimed while somebody else holds it.
    """
    if order.status not in CLAIMABLE:
        raise TransitionNotAllowed(
            f"nobody works on a fulfilment order that is {order.status}",
            extra={"fulfilment_order_status": order.status.value},
        )
    check(order, by=by, at=at)
    return replace(order, claim=Claim(by, at + CLAIMED_FOR))


def release(order: FulfilmentOrder, *, by: str, at: datetime) -> FulfilmentOrder:
    """Anybody may take it, and nobody walks for it any more. Raises Claimed while somebody else holds it."""
    check(order, by=by, at=at)
    if order.status is Status.PICKING:
        order = replace(moved(order, Status.ACKNOWLEDGED), wave_id="")
    return replace(order, claim=None)


def check(order: FulfilmentOrder, *, by: str, at: datetime) -> None:
    """Raises Claimed when somebody else holds the work now."""
    held = order.claim
    if held and held.by != by and held.until > at:
        raise Claimed("somebody else works on it", extra={"claimed_until": held.until.isoformat()})
