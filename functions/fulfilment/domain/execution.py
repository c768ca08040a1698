"""A fulfilment order: one location's share of an order by one method, and the steps of the work on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from functions.fulfilment.domain.pickup import Pickup, pickup_by
from shared.errors import Conflict, FieldError, InvalidField, Refused

SHIP = "ship"
COLLECTED = frozenset({"pickup", "curbside", "ship_to_store"})
"""Methods by which the shopper comes to the place."""


class Status(StrEnum):
    """Where the work stands."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    PICKED = "PICKED"
    PACKED = "PACKED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    READY = "READY"
    HANDED_OVER = "HANDED_OVER"
    CANCELLED = "CANCELLED"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.ACKNOWLEDGED, Status.CANCELLED}),
    Status.ACKNOWLEDGED: frozenset({Status.PICKED, Status.CANCELLED}),
    Status.PICKED: frozenset({Status.PACKED}),
    Status.PACKED: frozenset({Status.SHIPPED, Status.READY}),
    Status.SHIPPED: frozenset({Status.DELIVERED}),
    Status.READY: frozenset({Status.HANDED_OVER}),
    Status.DELIVERED: frozenset(),
    Status.HANDED_OVER: frozenset(),
    Status.CANCELLED: frozenset(),
}
_ONLY_SHIP = frozenset({Status.SHIPPED, Status.DELIVERED})
_ONLY_COLLECTED = frozenset({Status.READY, Status.HANDED_OVER})


class TransitionNotAllowed(Conflict):
    """The work is not where this step starts, or its method has no such step."""

    code = "transition_not_allowed"


@dataclass(frozen=True)
class WorkLine:
    """Units of one order line: `quantity` still to be delivered from here, `picked` of them in hand."""

    line_id: str
    sku: str
    quantity: int
    picked: int = 0
    cancelled: int = 0


@dataclass(frozen=True)
class Packed:
    """Units of one line in a parcel."""

    line_id: str
    quantity: int


@dataclass(frozen=True)
class Parcel:
    """One parcel; carrier and tracking number once it is shipped."""

    parcel_id: str
    lines: tuple[Packed, ...]
    weight_grams: int | None = None
    carrier: str | None = None
    tracking_number: str | None = None


@dataclass(frozen=True)
class Label:
    """By which carrier one parcel goes."""

    parcel_id: str
    carrier: str
    tracking_number: str


@dataclass(frozen=True)
class FulfilmentOrder:
    """The work of one location on one order. `last_request` recognises the repeat of the step that led here."""

    fulfilment_order_id: str
    order_id: str
    location_id: str
    method: str
    plan_version: int
    opened_at: datetime
    lines: tuple[WorkLine, ...]
    status: Status = Status.OPEN
    parcels: tuple[Parcel, ...] = ()
    pickup: Pickup | None = None
    last_request: str = ""
    told_again: int = 0
    """How often its state was told again."""
    version: int = 0

    @property
    def can_lose_units(self) -> bool:
        """Nobody has begun to pick: a cancel may still take units away."""
        return self.status in {Status.OPEN, Status.ACKNOWLEDGED}

    @property
    def collected(self) -> bool:
        return self.method in COLLECTED


def _move(order: FulfilmentOrder, to: Status) -> FulfilmentOrder:
    wrong_method = (to in _ONLY_SHIP and order.method != SHIP) or (to in _ONLY_COLLECTED and not order.collected)
    if to not in TRANSITIONS[order.status] or wrong_method:
        raise TransitionNotAllowed(
            f"a fulfilment order by {order.method} that is {order.status} cannot become {to}",
            extra={"fulfilment_order_status": order.status.value},
        )
    return replace(order, status=to)


def acknowledge(order: FulfilmentOrder) -> FulfilmentOrder:
    """The location takes the work on. Raises TransitionNotAllowed unless it is open."""
    return _move(order, Status.ACKNOWLEDGED)


def pick(order: FulfilmentOrder, picked: Sequence[tuple[str, int]]) -> FulfilmentOrder:
    """All units are in hand. `picked`: units by line.

    Raises TransitionNotAllowed; InvalidField for a foreign, repeated or exceeded line; Refused for a short pick.
    """
    moved = _move(order, Status.PICKED)
    wanted = {line.line_id: line.quantity for line in order.lines}
    given: dict[str, int] = {}
    for index, (line_id, units) in enumerate(picked):
        if line_id not in wanted or line_id in given:
            raise InvalidField(f"/lines/{index}/line_id", "not a line of this fulfilment order, or named twice")
        if units > wanted[line_id]:
            raise InvalidField(f"/lines/{index}/picked", f"only {wanted[line_id]} units are to be picked")
        given[line_id] = units
    short = [line_id for line_id, units in wanted.items() if given.get(line_id, 0) < units]
    if short:
        raise Refused(
            "every unit must be picked; short picks are not supported yet",
            code="short_pick_not_supported",
            errors=[FieldError("/lines", f"line {line_id} is short") for line_id in short[:50]],
        )
    return replace(moved, lines=tuple(replace(line, picked=line.quantity) for line in order.lines))


def pack(order: FulfilmentOrder, parcels: Sequence[Parcel]) -> FulfilmentOrder:
    """Every picked unit lies in exactly one parcel. Raises TransitionNotAllowed, InvalidField, Refused."""
    moved = _move(order, Status.PACKED)
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
    return replace(moved, parcels=tuple(parcels))


def ship(order: FulfilmentOrder, labels: Sequence[Label]) -> FulfilmentOrder:
    """All parcels have left. Raises TransitionNotAllowed, InvalidField, Refused when a parcel is not named."""
    moved = _move(order, Status.SHIPPED)
    known = {parcel.parcel_id for parcel in order.parcels}
    by_parcel: dict[str, Label] = {}
    for number, label in enumerate(labels):
        if label.parcel_id not in known or label.parcel_id in by_parcel:
            raise InvalidField(f"/parcels/{number}/parcel_id", "not a parcel of this fulfilment order, or named twice")
        by_parcel[label.parcel_id] = label
    left_behind = sorted(known - by_parcel.keys())
    if left_behind:
        raise Refused(
            "all parcels ship together",
            code="parcels_missing",
            errors=[FieldError("/parcels", f"parcel {parcel_id} is not named") for parcel_id in left_behind[:50]],
        )
    return replace(moved, parcels=tuple(_labelled(parcel, by_parcel) for parcel in order.parcels))


def _labelled(parcel: Parcel, labels: Mapping[str, Label]) -> Parcel:
    label = labels[parcel.parcel_id]
    return replace(parcel, carrier=label.carrier, tracking_number=label.tracking_number)


def deliver(order: FulfilmentOrder) -> FulfilmentOrder:
    """The parcels have arrived. Raises TransitionNotAllowed unless they are shipped."""
    return _move(order, Status.DELIVERED)


def ready(order: FulfilmentOrder, *, at: datetime) -> FulfilmentOrder:
    """The goods lie ready for the shopper. Raises TransitionNotAllowed unless packed, for a collection."""
    moved = _move(order, Status.READY)
    assert order.pickup is not None, "a collection has a code from its opening on"
    return replace(moved, pickup=replace(order.pickup, pickup_by=pickup_by(at)))


def hand_over(order: FulfilmentOrder, *, proof: str) -> FulfilmentOrder:
    """The shopper has the goods; `proof` says how that was checked. Raises TransitionNotAllowed unless ready."""
    moved = _move(order, Status.HANDED_OVER)
    assert order.pickup is not None, "a collection has a code from its opening on"
    return replace(moved, pickup=replace(order.pickup, proof=proof))


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
    return lighter if any(line.quantity for line in lines) else _move(lighter, Status.CANCELLED)
