"""The steps of the work on a fulfilment order up to its leaving the place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from functions.fulfilment.domain.labels import pending
from functions.fulfilment.domain.parcels import Parcel
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.steps import moved, not_allowed
from functions.fulfilment.domain.work import FulfilmentOrder
from shared.errors import Conflict, FieldError, InvalidField, Refused

MAX_PENDING = 500
"""Labels on their way back with which work may still be unpacked: a row takes 400 KB."""


class LabelsPending(Conflict):
    """The carrier is still to be asked for too many labels."""

    code = "labels_pending"


@dataclass(frozen=True)
class Handed:
    """By which carrier one parcel goes."""

    parcel_id: str
    carrier: str
    tracking_number: str


def acknowledge(order: FulfilmentOrder) -> FulfilmentOrder:
    """The location takes the work on. Raises TransitionNotAllowed unless it is open."""
    if order.status is Status.PICKING:  # back from there leads letting go of it (`claims.release`)
        raise not_allowed(order, Status.ACKNOWLEDGED)
    return moved(order, Status.ACKNOWLEDGED)


def open_work(order: FulfilmentOrder) -> FulfilmentOrder:
    """The time of scheduled work has come. Raises TransitionNotAllowed unless it is scheduled."""
    return moved(order, Status.OPEN)


def start_picking(order: FulfilmentOrder) -> FulfilmentOrder:
    """Somebody goes for it, and takes it on where nobody has. Raises TransitionNotAllowed."""
    return moved(order, Status.PICKING)


def pack(order: FulfilmentOrder, parcels: Sequence[Parcel]) -> FulfilmentOrder:
    """Every picked unit lies in exactly one parcel. Raises TransitionNotAllowed, InvalidField, Refused."""
    after = moved(order, Status.PACKED)
    picked = {line.line_id: line.picked for line in order.lines if line.picked}
    packed: Counter[str] = Counter()
    seen: set[str] = set()
    for number, parcel in enumerate(parcels):
        if parcel.parcel_id in seen:
            raise InvalidField(f"/parcels/{number}/parcel_id", "two parcels have this id")
        seen.add(parcel.parcel_id)
        for index, line in enumerate(parcel.lines):
            if line.line_id not in picked:
                raise InvalidField(f"/parcels/{number}/lines/{index}/line_id", "nothing of this line was picked here")
            packed[line.line_id] += line.quantity
    wrong = [line_id for line_id, units in picked.items() if packed[line_id] != units]
    if wrong:
        raise Refused(
            "the parcels must hold exactly what was picked",
            code="parcels_do_not_match",
            errors=[
                FieldError("/parcels", f"line {line_id}: picked {picked[line_id]}, packed {packed[line_id]}")
                for line_id in wrong[:50]
            ],
        )
    return replace(after, parcels=tuple(parcels))


def unpack(order: FulfilmentOrder) -> FulfilmentOrder:
    """Everything is out of its parcels again, to be packed anew; their labels go back to the carrier.

    Raises TransitionNotAllowed unless it is packed, LabelsPending while too many labels are on their way back.
    """
    after = moved(order, Status.PICKED)
    if order.status is not Status.PACKED:
        raise not_allowed(order, Status.PICKED)
    if len(pending(order)) > MAX_PENDING:
        raise LabelsPending("the carrier is still asked for the labels of earlier parcels")
    return replace(after, parcels=())


def ship(order: FulfilmentOrder, labels: Sequence[Handed]) -> FulfilmentOrder:
    """All parcels have left; those with a label need not be named.

    Raises TransitionNotAllowed, InvalidField, Refused when a parcel without a label is not named.
    """
    after = moved(order, Status.SHIPPED)
    known = {parcel.parcel_id for parcel in order.parcels}
    by_parcel: dict[str, Handed] = {}
    for number, label in enumerate(labels):
        if label.parcel_id not in known or label.parcel_id in by_parcel:
            raise InvalidField(f"/parcels/{number}/parcel_id", "not a parcel of this fulfilment order, or named twice")
        by_parcel[label.parcel_id] = label
    for parcel in order.parcels:
        if parcel.label and parcel.carrier and parcel.parcel_id not in by_parcel:
            by_parcel[parcel.parcel_id] = Handed(parcel.parcel_id, parcel.carrier, parcel.label.tracking_number)
    left_behind = sorted(known - by_parcel.keys())
    if left_behind:
        raise Refused(
            "all parcels ship together",
            code="parcels_missing",
            errors=[FieldError("/parcels", f"parcel {parcel_id} is not named") for parcel_id in left_behind[:50]],
        )
    return replace(after, parcels=tuple(_labelled(parcel, by_parcel) for parcel in order.parcels))


def _labelled(parcel: Parcel, labels: Mapping[str, Handed]) -> Parcel:
    label = labels[parcel.parcel_id]
    return replace(parcel, carrier=label.carrier, tracking_number=label.tracking_number)


def deliver(order: FulfilmentOrder) -> FulfilmentOrder:
    """The parcels have arrived. Raises TransitionNotAllowed unless they are shipped."""
    return moved(order, Status.DELIVERED)


def take_back(order: FulfilmentOrder) -> FulfilmentOrder:
    """Work on hold that somebody had begun is cancelled as a whole: its goods wait for their way back to the shelf."""
    assert order.can_be_taken_back, "a cancel decision ends work in hand only on hold"
    return moved(order, Status.TO_RESHELVE)


def lose_units(order: FulfilmentOrder, line_id: str, quantity: int) -> FulfilmentOrder:
    """Units of a line are cancelled before they are picked; without any unit left the whole is CANCELLED."""
    assert order.can_lose_units, "a cancel decision takes units of unpicked work only"
    lines = tuple(
        replace(line, quantity=line.quantity - quantity, cancelled=line.cancelled + quantity)
        if line.line_id == line_id
        else line
        for line in order.lines
    )
    assert all(line.quantity >= 0 for line in lines), "more units cancelled than there are"
    lighter = replace(order, lines=lines)
    return lighter if any(line.quantity for line in lines) else moved(lighter, Status.CANCELLED)
