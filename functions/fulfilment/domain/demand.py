"""What an order wants of fulfilment: its lines by quantity, the plan in flight, and what became of each unit.

EXPECTED -> AWAITING_RESERVATION -> ALLOCATING -> SETTLED -> ALLOCATING (units that waited are planned again)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.fulfilment.domain.departure import Departure
from functions.fulfilment.domain.profiles import Traits
from functions.fulfilment.domain.work import Offer
from shared.geo import Geo

TO_STORE = "ship_to_store"
CARRIED_OUT = "carry_out"
"""Left with the shopper at the counter: nothing of it is sourced."""
WorkKey = tuple[str, str, str, str]
"""Location, method, the store that the goods travel to (or empty), and not before when (or empty): one fulfilment order
each."""
TRIED_FOR = timedelta(hours=24)
"""How long a place that failed to give a SKU is not asked by the same order again."""


LOST = "#lost-"
"""Begins the name of a withdrawal that nobody asked for. No request id can look like this."""


class Status(StrEnum):
    """Where the demand of an order stands."""

    EXPECTED = "EXPECTED"
    """Something about the order came before its release."""
    AWAITING_RESERVATION = "AWAITING_RESERVATION"
    ALLOCATING = "ALLOCATING"
    SETTLED = "SETTLED"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.EXPECTED: frozenset({Status.AWAITING_RESERVATION, Status.ALLOCATING, Status.SETTLED}),
    Status.AWAITING_RESERVATION: frozenset({Status.ALLOCATING, Status.SETTLED}),
    Status.ALLOCATING: frozenset({Status.ALLOCATING, Status.SETTLED}),
    Status.SETTLED: frozenset({Status.ALLOCATING, Status.SETTLED}),
}


class Outcome(StrEnum):
    """Why units have no place. All but the last two keep waiting."""

    BACKORDERED = "BACKORDERED"
    QUEUED = "QUEUED"
    """They wait because the routing profile or the shopper says so, whatever the item; nothing is promised."""
    OVERSOLD = "OVERSOLD"
    UNROUTABLE = "UNROUTABLE"
    OFFERED = "OFFERED"
    """The shopper is asked what becomes of them."""
    OUT_OF_STOCK = "OUT_OF_STOCK"


@dataclass(frozen=True)
class Line:
    """One order line: `quantity` = placed + waiting + offered + asked + out_of_stock + cancelled + open (not decided
    yet)."""

    line_id: str
    sku: str
    quantity: int
    method: str
    location_id: str | None = None
    placed: int = 0
    waiting: int = 0
    outcome: Outcome | None = None
    """Why `waiting` units wait."""
    out_of_stock: int = 0
    cancelled: int = 0
    offered: int = 0
    """Units that a store could not give, for which the shopper is to choose what becomes of them."""
    asked: int = 0
    """Units that no place can ship, for which the shopper is to choose."""
    not_before: str = ""
    """When the work on it may open; empty: at once."""
    patient: bool = False
    """The shopper would rather wait than be asked again."""

    @property
    def open(self) -> int:
        decided = self.placed + self.waiting + self.offered + self.asked + self.out_of_stock + self.cancelled
        return self.quantity - decided


@dataclass(frozen=True)
class Share:
    """Units of one line at one location."""

    line_id: str
    sku: str
    location_id: str
    quantity: int


@dataclass(frozen=True)
class Missing:
    """Units of one line without a place. `ask`: only inventory itself may say that there is none."""

    line_id: str
    sku: str
    quantity: int
    outcome: Outcome
    location_id: str | None = None
    ask: bool = True


@dataclass(frozen=True)
class Tried:
    """A place that failed to give units of a SKU, and when."""

    sku: str
    location_id: str
    at: datetime


@dataclass(frozen=True)
class Slot:
    """A parcel that a plan sends, and when it leaves: one of those that its place takes that day."""

    key: WorkKey
    departure: Departure


@dataclass(frozen=True)
class Plan:
    """A plan in flight: inventory has been asked to set its shares aside; its parcels are counted at their places."""

    version: int
    shares: tuple[Share, ...]
    missing: tuple[Missing, ...] = ()
    confirm: bool = False
    slots: tuple[Slot, ...] = ()
    acknowledge_minutes: int | None = None
    """Open minutes in which its places take the work on, where the profile says so."""


@dataclass(frozen=True)
class Move:
    """Work that nobody has begun is to go elsewhere: inventory has been asked to set `plan`'s units aside as well, and
    when it has, they replace the fulfilment orders `replaces`, whose units are withdrawn."""

    plan: Plan
    replaces: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class Opened:
    """A fulfilment order that was opened, with units by line. `destination_id`: the store that the goods travel to."""

    fulfilment_order_id: str
    location_id: str
    method: str
    lines: tuple[tuple[str, int], ...]
    destination_id: str | None = None
    not_before: str = ""
    departure: Departure | None = None


@dataclass(frozen=True)
class Routed:
    """What the newest settled plan decided."""

    plan_version: int
    opened: tuple[Opened, ...] = ()
    unfilled: tuple[Missing, ...] = ()


@dataclass(frozen=True)
class CancelRequest:
    """Somebody wants these units (line, quantity) not to be delivered."""

    request_id: str
    lines: tuple[tuple[str, int], ...]
    all_or_none: bool = False


@dataclass(frozen=True)
class Cancellation:
    """The decision on a request; `withdrawn` by plan version: what inventory had set aside, or was asked to."""

    request_id: str
    cancelled: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, int], ...]
    withdrawn: tuple[tuple[int, tuple[Share, ...]], ...] = ()
    told_again: int = 0
    """How often orders asked for the decision again."""


@dataclass(frozen=True)
class Destination:
    """Where it goes, as exactly as routing needs."""

    country: str = ""
    geo: Geo | None = None
    postal_district: str = ""


@dataclass(frozen=True)
class Demand:
    """The demand of one order. `version` counts its stored changes, `plan_version` its plans."""

    order_id: str
    status: Status = Status.EXPECTED
    version: int = 0
    channel: str = ""
    placed_at: str = ""
    service: str = "standard"
    destination: Destination = field(default_factory=Destination)
    paid_by_channel: bool = False
    lines: tuple[Line, ...] = ()
    reservation_id: str | None = None
    reservation_answered: bool = False
    pins: tuple[Share, ...] = ()
    """Units of the order's own committed hold, until the first allocation takes them over."""
    plan: Plan | None = None
    plan_version: int = 0
    refusals: int = 0
    """Of this round of planning, in a row."""
    told: tuple[str, ...] = ()
    """SKUs whose true stock inventory has told in this round."""
    given_up: tuple[str, ...] = ()
    """SKUs refused too often in this round."""
    seen: dict[str, int] = field(default_factory=dict)
    """How much was known of the SKUs that wait when they were planned last (see `Copies.seen`)."""
    waits: tuple[str, ...] = ()
    """Subjects under which the order can be found when news of them comes."""
    routed: Routed | None = None
    opened: int = 0
    """Fulfilment orders opened so far."""
    requests: tuple[CancelRequest, ...] = ()
    """Cancel requests that came before the release."""
    cancellations: tuple[Cancellation, ...] = ()
    changes: tuple[str, ...] = ()
    """Changes of the order whose units have been added."""
    told_again: int = 0
    """How often orders asked how the demand stands."""
    holds: tuple[str, ...] = ()
    """Holds that bar the order's work, by id, and of which version of the order that was told."""
    holds_version: int = 0
    move: Move | None = None
    moves: int = 0
    """How often work of the order was asked to move."""

    tried: tuple[Tried, ...] = ()
    traits: Traits | None = None
    """What profiles ask of the order, as it was when it was planned first."""
    held: tuple[Slot, ...] = ()
    """The parcels that its places count for the plan in flight; kept by the repository."""
    promised_by: datetime | None = None
    """By when the shopper was told that it will be there."""
    retry_at: datetime | None = None
    """When units that wait only for a place to have room may find some."""
    terms: str = ""
    """Names the pools, exclusions, profiles and rates that were known when units found no place last."""
    offer: Offer | None = None
    """What the shopper may choose, or has chosen, for units that no place can ship."""
    link: str = ""
    """The shopper's signed token for that."""

    def exhausted(self, sku: str, *, most: int, at: datetime) -> bool:
        """Whether no other place is asked for the SKU: the first one and `most` more have failed lately to give it."""
        return len(self.tried_at(sku, at=at)) > most

    def tried_at(self, sku: str, *, at: datetime) -> frozenset[str]:
        """The places that have failed to give the SKU lately."""
        return frozenset(one.location_id for one in self.tried if one.sku == sku and one.at + TRIED_FOR > at)

    @property
    def plannable(self) -> bool:
        """The lines are known, and so is what became of the hold that the order named."""
        return bool(self.lines) and (self.reservation_id is None or self.reservation_answered)

    @property
    def has_open_units(self) -> bool:
        return any(line.open for line in self.lines)

    @property
    def waiting(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.waiting)

    @property
    def in_queue(self) -> bool:
        """Units wait, or those that waited are being planned: its notes of what it waits for count."""
        return bool(self.waits) and (self.status is not Status.SETTLED or bool(self.waiting))

    def to(self, status: Status) -> Demand:
        assert status in TRANSITIONS[self.status], f"{self.status} does not lead to {status}"
        return replace(self, status=status)


def work_key(line: Line, share: Share) -> WorkKey:
    """To which fulfilment order of its plan a share belongs."""
    travels = line.method == TO_STORE and share.location_id != line.location_id
    return share.location_id, line.method, (line.location_id or "") if travels else "", line.not_before
