"""A fulfilment order: one location's share of an order by one method."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from functions.fulfilment.domain.departure import Departure
from functions.fulfilment.domain.parcels import Parcel, Purchase, Void
from functions.fulfilment.domain.pickup import Pickup
from functions.fulfilment.domain.states import (
    AT_DESTINATION,
    COLLECTED,
    TAKEN_BACK,
    UNTOUCHED,
    WORKED_ON,
    Status,
)


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
    PAUSED = "PAUSED"
    """The place takes no work now."""


@dataclass(frozen=True)
class WorkLine:
    """Units of one order line: `quantity` still to be delivered from here, `picked` of them in hand, `handed` of them
    with the shopper. `short`, `cancelled` and `moved` (to another place before anybody began) ones are not among them
    any more."""

    line_id: str
    sku: str
    quantity: int
    picked: int = 0
    cancelled: int = 0
    short: int = 0
    handed: int = 0
    moved: int = 0


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
    wave_id: str = ""
    """The wave that it is, or was, picked in."""
    manifest_id: str = ""
    """The manifest that its parcels are on."""
    opens_at: datetime | None = None
    """When work that is SCHEDULED opens."""
    holds: tuple[str, ...] = ()
    """Holds of the order, by id, that bar the work."""
    held_from: Status | None = None
    """Where the work was when it came ON_HOLD."""
    held_seconds: int = 0
    """How long it was on hold before it lay ready, or left."""
    departure: Departure | None = None
    """When its parcel leaves; None once it does not leave any more."""
    purchase: Purchase | None = None
    """Labels that are being bought."""
    relabelled: int = 0
    """How often labels were given back."""
    voids: tuple[Void, ...] = ()
    """Labels that were bought and go with no parcel."""

    @property
    def ended_unsent(self) -> bool:
        """It has ended, and nothing of it left or will leave the place."""
        return self.status in {Status.REJECTED, Status.CANCELLED, Status.TO_RESHELVE}

    @property
    def stage(self) -> Status:
        """How far the work is, on hold or not."""
        return self.held_from or self.status

    @property
    def can_lose_units(self) -> bool:
        """Nobody has begun to pick: a cancel may still take units away."""
        return self.stage in UNTOUCHED

    @property
    def can_be_taken_back(self) -> bool:
        """It is on hold, and somebody had begun to pick: a cancel may still end it as a whole."""
        return self.held_from is not None and self.held_from not in UNTOUCHED

    @property
    def weight(self) -> int:
        """Of how many parts it consists: lines, parcels with what is in them and what is said of them."""
        packed = sum(1 + len(one.lines) + len(one.tracking) for one in self.parcels)
        return len(self.lines) + packed + sum(1 + len(one.lines) for one in self.shortfalls) + len(self.voids)

    @property
    def lying(self) -> dict[str, int]:
        """Units by line that have not left with the shopper."""
        return {line.line_id: line.quantity - line.handed for line in self.lines if line.quantity > line.handed}

    @property
    def collected(self) -> bool:
        return self.method in COLLECTED

    @property
    def place_id(self) -> str:
        """Whose concern it is now: where the goods lie, or the store that they travel to."""
        there = self.stage in AT_DESTINATION and (self.stage not in TAKEN_BACK or Status.RECEIVED.value in self.times)
        return self.destination_id if self.destination_id and there else self.location_id

    @property
    def places(self) -> tuple[str, ...]:
        """The locations that may see it: source and destination."""
        return (self.location_id, self.destination_id) if self.destination_id else (self.location_id,)

    @property
    def sorted_at(self) -> datetime:
        """What a worklist is in order of: when it is due while somebody has to work on it, later since when it is so
        (a guest at the curb: since they came)."""
        if self.status is Status.SCHEDULED and self.opens_at:
            return self.opens_at
        if self.status in WORKED_ON:
            return self.due_by
        return self.times.get(self.status.value, self.opened_at)

    @property
    def due_by(self) -> datetime:
        """When it is due: promised, or as soon as it was opened."""
        return self.deadlines.due_by if self.deadlines else self.opened_at


def with_lines(order: FulfilmentOrder, lines: Iterable[WorkLine]) -> FulfilmentOrder:
    """The order with other counts of units."""
    return replace(order, lines=tuple(lines))
