"""The steps of a collection: on its way to the store, ready, arrived, handed over, or not collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.fulfilment.domain.pickup import MAX_EXTENSIONS, ExtendedAlready, Pickup
from functions.fulfilment.domain.states import Status, TransitionNotAllowed
from functions.fulfilment.domain.steps import moved, not_allowed
from functions.fulfilment.domain.work import FulfilmentOrder, RefusedUnits, WorkLine, with_lines
from shared.errors import InvalidField

WAITING = frozenset({Status.READY, Status.ARRIVED})
"""The goods lie ready and the shopper may have them."""


@dataclass(frozen=True)
class Given:
    """What leaves with the shopper, by line (None: all that is there and not refused), and what they do not want."""

    lines: Mapping[str, int] | None = None
    refused: Sequence[RefusedUnits] = ()


def transfer(order: FulfilmentOrder) -> FulfilmentOrder:
    """The goods are on their way to the store where they are collected. Raises TransitionNotAllowed."""
    return moved(order, Status.IN_TRANSFER)


def receive(order: FulfilmentOrder) -> FulfilmentOrder:
    """The goods have come to the store. Raises TransitionNotAllowed unless they are on their way."""
    return moved(order, Status.RECEIVED)


def ready(order: FulfilmentOrder, *, collect_by: datetime, link: str = "") -> FulfilmentOrder:
    """The goods lie ready for the shopper until `collect_by`. Raises TransitionNotAllowed."""
    after = moved(order, Status.READY)
    if order.status is Status.ARRIVED:  # back from there leads the guest's leaving (`leave`)
        raise not_allowed(order, Status.READY)
    return replace(after, pickup=replace(_pickup(order), pickup_by=collect_by, link=link))


def arrive(order: FulfilmentOrder, *, at: datetime, bay: str = "", vehicle: str = "") -> FulfilmentOrder:
    """The shopper is there. Said again (another bay), they have still waited since they came.

    Raises TransitionNotAllowed unless the goods are ready.
    """
    pickup = _pickup(order) if order.pickup else None
    if order.status is Status.ARRIVED and pickup:
        return replace(order, pickup=replace(pickup, bay=bay or pickup.bay, vehicle=vehicle or pickup.vehicle))
    after = moved(order, Status.ARRIVED)
    pickup = _pickup(order)
    return replace(after, pickup=replace(pickup, arrived_at=at, arrivals=pickup.arrivals + 1, bay=bay, vehicle=vehicle))


def leave(order: FulfilmentOrder) -> FulfilmentOrder:
    """The guest is gone; what they have not got lies ready as before.

    Raises TransitionNotAllowed unless they were there.
    """
    after = moved(order, Status.READY)
    if order.status is not Status.ARRIVED:
        raise not_allowed(order, Status.READY)
    pickup = _pickup(order)
    since = pickup.ready_since or order.times.get(Status.READY.value)
    return replace(after, pickup=replace(pickup, ready_since=since, arrived_at=None, bay="", vehicle=""))


def hand_over(order: FulfilmentOrder, given: Given = Given(), *, proof: str, by: str = "") -> FulfilmentOrder:
    """The shopper has these goods; `proof` says how that was checked. What is left lies ready as before, and a guest at
    the curb is taken to be gone.

    Refused units were handed over and come back at once. Raises TransitionNotAllowed unless ready; InvalidField for a
    foreign line, or more units than lie there.
    """
    after = moved(order, Status.HANDED_OVER)
    there = {line.line_id: line.quantity - line.handed for line in order.lines}
    refused: dict[str, int] = {}
    for index, one in enumerate(given.refused):
        refused[one.line_id] = refused.get(one.line_id, 0) + one.quantity
        if refused[one.line_id] > there.get(one.line_id, 0):
            raise InvalidField(f"/refused/{index}/quantity", "more units than lie ready of this line")
    taken = (
        dict(given.lines)
        if given.lines is not None
        else {line_id: units - refused.get(line_id, 0) for line_id, units in there.items()}
    )
    for index, (line_id, units) in enumerate(taken.items()):
        if units + refused.get(line_id, 0) > there.get(line_id, 0):
            raise InvalidField(f"/lines/{index}/quantity", "more units than lie ready of this line")
    if not sum(taken.values()) + sum(refused.values()):
        raise InvalidField("/lines", "nothing is handed over")
    lines = tuple(_handed(line, taken.get(line.line_id, 0) + refused.get(line.line_id, 0)) for line in order.lines)
    whole = all(line.handed == line.quantity for line in lines)
    if not whole:
        after = leave(order) if order.status is Status.ARRIVED else order
    after = replace(after, pickup=replace(_pickup(after), proof=proof, handed_by=by))
    return replace(with_lines(after, lines), refused=(*order.refused, *given.refused))


def _handed(line: WorkLine, units: int) -> WorkLine:
    return replace(line, handed=line.handed + units)


def extend(order: FulfilmentOrder, *, collect_by: datetime) -> FulfilmentOrder:
    """The goods wait until `collect_by`. Raises TransitionNotAllowed unless ready, ExtendedAlready the second time."""
    if order.status is not Status.READY:
        raise TransitionNotAllowed(
            f"a fulfilment order that is {order.status} has no time to extend",
            extra={"fulfilment_order_status": order.status.value},
        )
    pickup = _pickup(order)
    if pickup.extensions >= MAX_EXTENSIONS:
        raise ExtendedAlready("a collection is extended once")
    return replace(order, pickup=replace(pickup, pickup_by=collect_by, extensions=pickup.extensions + 1))


def no_show(order: FulfilmentOrder) -> FulfilmentOrder:
    """Nobody came for what is still here. Raises TransitionNotAllowed unless it lies ready."""
    return moved(order, Status.NO_SHOW)


def reshelve(order: FulfilmentOrder) -> FulfilmentOrder:
    """What nobody collected, or was cancelled on hold, is back on its shelf, and for sale.

    Raises TransitionNotAllowed unless NO_SHOW or TO_RESHELVE.
    """
    return moved(order, Status.RESHELVED)


def _pickup(order: FulfilmentOrder) -> Pickup:
    assert order.pickup is not None, "a collection has a code from its opening on"
    return order.pickup
