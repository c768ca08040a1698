"""A fulfilment order: one location's share of an order by one method, and the one table of its states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from functions.fulfilment.domain.departure import Departure
from functions.fulfilment.domain.pickup import Pickup
from shared.errors import Conflict

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
    IN_TRANSFER = "IN_TRANSFER"
    RECEIVED = "RECEIVED"
    READY = "READY"
    ARRIVED = "ARRIVED"
    HANDED_OVER = "HANDED_OVER"
    NO_SHOW = "NO_SHOW"
    RESHELVED = "RESHELVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.ACKNOWLEDGED, Status.REJECTED, Status.CANCELLED}),
    Status.ACKNOWLEDGED: frozenset({Status.PICKED, Status.REJECTED, Status.CANCELLED}),
    Status.PICKED: frozenset({Status.PACKED, Status.REJECTED}),
    Status.PACKED: frozenset({Status.SHIPPED, Status.IN_TRANSFER, Status.READY}),
    Status.SHIPPED: frozenset({Status.DELIVERED}),
    Status.IN_TRANSFER: frozenset({Status.RECEIVED}),
    Status.RECEIVED: frozenset({Status.READY}),
    Status.READY: frozenset({Status.ARRIVED, Status.HANDED_OVER, Status.NO_SHOW}),
    Status.ARRIVED: frozenset({Status.HANDED_OVER, Status.NO_SHOW}),
    Status.NO_SHOW: frozenset({Status.RESHELVED}),
    Status.DELIVERED: frozenset(),
    Status.HANDED_OVER: frozenset(),
    Status.RESHELVED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
}
ACTIVE = tuple(status for status in Status if TRANSITIONS[status])
"""States in which somebody still has something to do, or to wait for."""
AT_DESTINATION = frozenset(
    {
        Status.IN_TRANSFER,
        Status.RECEIVED,
        Status.READY,
        Status.ARRIVED,
        Status.HANDED_OVER,
        Status.NO_SHOW,
        Status.RESHELVED,
    }
)
"""States in which goods that travel to a store are that store's concern."""
_WORKED_ON = frozenset({Status.OPEN, Status.ACKNOWLEDGED, Status.PICKED, Status.PACKED})
_ONLY_SHIP = frozenset({Status.SHIPPED, Status.DELIVERED})
_ONLY_COLLECTED = frozenset({Status.READY, Status.ARRIVED, Status.HANDED_OVER, Status.NO_SHOW, Status.RESHELVED})
_ONLY_TRANSFERRED = frozenset({Status.IN_TRANSFER, Status.RECEIVED})


class TransitionNotAllowed(Conflict):
    """The work is not where this step starts, or its method has no such step."""

    code = "transition_not_allowed"


class Reason(StrEnum):
    """Why a location does not give units that were set aside there."""

    NOT_FOUND = "NOT_FOUND"
    DAMAGED = "DAMAGED"
    TOO_BUSY = "TOO_BUSY"
    STORE_CLOSED = "STORE_CLOSED"
    OTHER = "OTHER"
    COLLATERAL = "COLLATERAL"
    """The units are there, but the rest of the fulfilment order is not."""
    NOT_ACKNOWLEDGED = "NOT_ACKNOWLEDGED"
    """Nobody took the work on in time."""


@dataclass(frozen=True)
class WorkLine:
    """Units of one order line: `quantity` still to be delivered from here, `picked` of them in hand, `handed` of them
    with the shopper. `short` and `cancelled` ones are not among them any more."""

    line_id: str
    sku: str
    quantity: int
    picked: int = 0
    cancelled: int = 0
    short: int = 0
    handed: int = 0


@dataclass(frozen=True)
class Shortfall:
    """Units (line, SKU, quantity) that the location did not give, for one reason. `pause_until`: it takes no work
    until then. `number` counts the shortfalls of the fulfilment order."""

    number: int
    reason: Reason
    lines: tuple[tuple[str, str, int], ...]
    at: datetime
    pause_until: datetime | None = None


@dataclass(frozen=True)
class RefusedUnits:
    """Units that the shopper did not want at the counter, and why."""

    line_id: str
    quantity: int
    reason: str


@dataclass(frozen=True)
class Packed:
    """Units of one line in a parcel."""

    line_id: str
    quantity: int


@dataclass(frozen=True)
class Label:
    """A label that was bought: what it costs in minor units, and to which country it goes. `outcome`: what becomes of
    the parcel, where the sandbox carries it."""

    tracking_number: str
    service: str
    amount: int
    country: str = ""
    outcome: str = "delivered"


@dataclass(frozen=True)
class Tracked:
    """A carrier's word on a parcel."""

    event_id: str
    status: str
    at: datetime


@dataclass(frozen=True)
class Parcel:
    """One parcel; carrier and tracking number once it is labelled or shipped. `tracking`: its carrier's words by time,
    apart from our own state."""

    parcel_id: str
    lines: tuple[Packed, ...]
    weight_grams: int | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    label: Label | None = None
    tracking: tuple[Tracked, ...] = ()


@dataclass(frozen=True)
class Option:
    """One thing that a shopper may choose; `location_id` where it is then collected."""

    option_id: str
    choice: str
    location_id: str | None = None


@dataclass(frozen=True)
class Offer:
    """What may become of units (line, SKU, quantity) that the store cannot give. Without a choice until `expires_at`
    the default happens. `number` counts the offers of the fulfilment order."""

    number: int
    lines: tuple[tuple[str, str, int], ...]
    options: tuple[Option, ...]
    default: str
    expires_at: datetime
    chosen: str = ""


@dataclass(frozen=True)
class Claim:
    """Somebody works on it, until `until` unless they let go earlier."""

    by: str
    until: datetime


@dataclass(frozen=True)
class Deadlines:
    """By when somebody should take the work on, and by when it should be ready or shipped."""

    acknowledge_by: datetime
    due_by: datetime


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
    version: int = 0
    shortfalls: tuple[Shortfall, ...] = ()
    destination_id: str | None = None
    """The store that the goods travel to, when they are collected elsewhere than they lie."""
    deadlines: Deadlines | None = None
    claim: Claim | None = None
    refused: tuple[RefusedUnits, ...] = ()
    offer: Offer | None = None
    alarms: tuple[str, ...] = ()
    """Kinds of alarm that have been raised."""
    times: dict[str, datetime] = field(default_factory=dict)
    """When each state was reached last."""
    told_again: int = 0
    """How often its state was told again."""
    departure: Departure | None = None
    """When its parcel leaves; None once it does not leave any more."""

    @property
    def ended_unsent(self) -> bool:
        """It has ended, and nothing of it left or will leave the place."""
        return self.status in {Status.REJECTED, Status.CANCELLED}

    @property
    def can_lose_units(self) -> bool:
        """Nobody has begun to pick: a cancel may still take units away."""
        return self.status in {Status.OPEN, Status.ACKNOWLEDGED}

    @property
    def collected(self) -> bool:
        return self.method in COLLECTED

    @property
    def place_id(self) -> str:
        """Whose concern it is now: where the goods lie, or the store that they travel to."""
        return self.destination_id if self.destination_id and self.status in AT_DESTINATION else self.location_id

    @property
    def places(self) -> tuple[str, ...]:
        """The locations that may see it: source and destination."""
        return (self.location_id, self.destination_id) if self.destination_id else (self.location_id,)

    @property
    def sorted_at(self) -> datetime:
        """What a worklist is in order of: when it is due while somebody has to work on it, later since when it is so
        (a guest at the curb: since they came)."""
        if self.status in _WORKED_ON:
            return self.due_by
        return self.times.get(self.status.value, self.opened_at)

    @property
    def due_by(self) -> datetime:
        """When it is due: promised, or as soon as it was opened."""
        return self.deadlines.due_by if self.deadlines else self.opened_at


def may_become(order: FulfilmentOrder, to: Status) -> bool:
    """Whether the table has this step from here, for the order's method and way."""
    if to not in TRANSITIONS[order.status]:
        return False
    if (to in _ONLY_SHIP and order.method != SHIP) or (to in _ONLY_COLLECTED and not order.collected):
        return False
    if to in _ONLY_TRANSFERRED:
        return order.destination_id is not None
    return not (order.status is Status.PACKED and to is Status.READY and order.destination_id is not None)


def moved(order: FulfilmentOrder, to: Status) -> FulfilmentOrder:
    """The order one step on. Raises TransitionNotAllowed unless the table has that step."""
    if not may_become(order, to):
        raise TransitionNotAllowed(
            f"a fulfilment order by {order.method} that is {order.status} cannot become {to}",
            extra={"fulfilment_order_status": order.status.value},
        )
    return replace(order, status=to)


def stamped(before: FulfilmentOrder, after: FulfilmentOrder, *, at: datetime) -> FulfilmentOrder:
    """`after` with the time of the step that led to it, and without a claim once nobody has to work on it here."""
    if after.status is before.status:
        return after
    claim = after.claim if after.status in {Status.ACKNOWLEDGED, Status.PICKED, Status.PACKED} else None
    return replace(after, times={**after.times, after.status.value: at}, claim=claim)


def with_lines(order: FulfilmentOrder, lines: Iterable[WorkLine]) -> FulfilmentOrder:
    """The order with other counts of units."""
    return replace(order, lines=tuple(lines))
