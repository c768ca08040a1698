"""One step of the work: whether the table has it, and what follows from it wherever it is taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.labels import let_go
from functions.fulfilment.domain.states import (
    ONLY_COLLECTED,
    ONLY_SHIP,
    ONLY_TRANSFERRED,
    SHIP,
    TRANSITIONS,
    WORKED_ON,
    OnHold,
    Status,
    TransitionNotAllowed,
)
from functions.fulfilment.domain.work import FulfilmentOrder

_ENDS_HOLDS = frozenset({Status.CANCELLED, Status.TO_RESHELVE})
_DESPITE_HOLDS = _ENDS_HOLDS | {Status.ON_HOLD}


def may_become(order: FulfilmentOrder, to: Status) -> bool:
    """Whether the table has this step from here, for the order's method, way and holds."""
    if to not in TRANSITIONS[order.status]:
        return False
    if order.status is Status.ON_HOLD:
        ends = Status.CANCELLED if order.can_lose_units else Status.TO_RESHELVE
        return to in (order.held_from, ends)
    if (to in ONLY_SHIP and order.method != SHIP) or (to in ONLY_COLLECTED and not order.collected):
        return False
    if to in ONLY_TRANSFERRED:
        return order.destination_id is not None
    return not (order.status is Status.PACKED and to is Status.READY and order.destination_id is not None)


def moved(order: FulfilmentOrder, to: Status) -> FulfilmentOrder:
    """The order one step on. Raises OnHold while holds bar it, TransitionNotAllowed unless the table has that step."""
    if order.holds and order.status is not Status.IN_TRANSFER and to not in _DESPITE_HOLDS:
        raise OnHold(
            f"the order is held back by {', '.join(order.holds)}",
            extra={"fulfilment_order_status": order.status.value, "holds": list(order.holds)},
        )
    if not may_become(order, to):
        raise not_allowed(order, to)
    held_from = order.status if to is Status.ON_HOLD else None
    return replace(order, status=to, held_from=held_from, holds=() if to in _ENDS_HOLDS else order.holds)


def not_allowed(order: FulfilmentOrder, to: Status) -> TransitionNotAllowed:
    """The refusal of a step that the table does not have."""
    return TransitionNotAllowed(
        f"a fulfilment order by {order.method} that is {order.status} cannot become {to}",
        extra={"fulfilment_order_status": order.status.value},
    )


def stamped(before: FulfilmentOrder, after: FulfilmentOrder, *, at: datetime) -> FulfilmentOrder:
    """`after` with the time of the step that led to it, without a claim once nobody has to work on it here, and with
    labels that go with no parcel any more on their way back."""
    if after.status is before.status:
        return after
    claim = after.claim if after.status in WORKED_ON else None
    return let_go(before, replace(after, times={**after.times, after.status.value: at}, claim=claim), at=at)
