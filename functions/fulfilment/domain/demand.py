"""What an order wants of fulfilment: its lines by quantity, the plan in flight, and what became of each unit.

EXPECTED -> AWAITING_RESERVATION -> ALLOCATING -> SETTLED -> ALLOCATING (units that waited are planned again)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.fulfilment.domain.departure import Departure
from functions.fulfilment.domain.profiles import Traits
from shared.geo import Geo

TO_STORE = "ship_to_store"
CARRIED_OUT = "carry_out"
"""Left with the shopper at the counter: nothing of it is sourced."""
WorkKey = tuple[str, str, str, str]
"""Location, method, the store that the goods travel to (or empty), and not before when (or empty): one fulfilment order
each."""
TRIED_FOR = timedelta(hours=24)
"""How long a place that failed to give a SKU is not asked by the same order again."""
MAX_PLANS = 6
"""Refused plans in a row after which a SKU that was refused again is given up."""


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
    """Why units have no place. All but the last keep waiting."""

    BACKORDERED = "BACKORDERED"
    QUEUED = "QUEUED"
    """They wait because the routing profile says so, whatever the item; nothing is promised."""
    OVERSOLD = "OVERSOLD"
    UNROUTABLE = "UNROUTABLE"
    OUT_OF_STOCK = "OUT_OF_STOCK"


@dataclass(frozen=True)
class Line:
    """One order line: `quantity` = placed + waiting + offered + out_of_stock + cancelled + open (not decided yet)."""

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
    """Units that wait for the shopper to choose what becomes of them."""
    not_before: str = ""
    """When the work on it may open; empty: at once."""

    @property
    def open(self) -> int:
        return self.quantity - self.placed - self.waiting - self.offered - self.out_of_stock - self.cancelled


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

    def to(self, status: Status) -> Demand:
        assert status in TRANSITIONS[self.status], f"{self.status} does not lead to {status}"
        return replace(self, status=status)


def item_subject(sku: str) -> str:
    """News of an item or its stock."""
    return f"ITEM#{sku}"


def place_subject(location_id: str) -> str:
    """News of a place."""
    return f"PLACE#{location_id}"


def asked(
    demand: Demand,
    *,
    shares: Iterable[Share],
    missing: Iterable[Missing],
    seen: dict[str, int],
    slots: tuple[Slot, ...] = (),
    retry_at: datetime | None = None,
) -> Demand:
    """The plan is put to inventory, or settled at once when there is nothing that inventory could say about it.

    A committed hold is always put to inventory, even by an empty plan: what is not planned becomes free there.
    """
    version = demand.plan_version + 1
    lacking = tuple(missing)
    unsure = {one.sku for one in lacking if one.ask} - set(demand.told)
    plan = Plan(version, tuple(shares), lacking, confirm=bool(unsure), slots=slots)
    demand = replace(demand, plan_version=version, seen=demand.seen | seen, retry_at=retry_at)
    if plan.shares or plan.confirm or demand.pins:
        return replace(demand.to(Status.ALLOCATING), plan=plan)
    return settled(demand, plan)


def settled(demand: Demand, plan: Plan) -> Demand:
    """Each unit of the plan has its place or is known to have none."""
    placed: Counter[str] = Counter()
    for share in plan.shares:
        placed[share.line_id] += share.quantity
    lacking: dict[str, list[Missing]] = {}
    for one in plan.missing:
        lacking.setdefault(one.line_id, []).append(one)
    opened = tuple(openings(demand, plan))
    routed = Routed(plan.version, opened, plan.missing) if opened or plan.missing else demand.routed
    return replace(
        demand.to(Status.SETTLED),
        lines=tuple(_settled_line(line, placed[line.line_id], lacking.get(line.line_id, ())) for line in demand.lines),
        plan=None,
        held=demand.move.plan.slots if demand.move else (),  # its own stay counted, as those of the fulfilment orders
        pins=(),
        refusals=0,
        told=(),
        given_up=(),
        routed=routed,
        opened=demand.opened + len(opened),
    )


def _settled_line(line: Line, placed: int, lacking: Iterable[Missing]) -> Line:
    line = replace(line, placed=line.placed + placed)
    for one in lacking:
        if one.outcome is Outcome.OUT_OF_STOCK:
            line = replace(line, out_of_stock=line.out_of_stock + one.quantity)
        else:
            line = replace(line, waiting=line.waiting + one.quantity, outcome=one.outcome)
    return line


def openings(demand: Demand, plan: Plan) -> Iterable[Opened]:
    """The fulfilment orders that the plan means."""
    lines = {line.line_id: line for line in demand.lines}
    leaves = {slot.key: slot.departure for slot in plan.slots}
    work: dict[WorkKey, Counter[str]] = {}
    for share in plan.shares:
        units = work.setdefault(work_key(lines[share.line_id], share), Counter())
        units[share.line_id] += share.quantity
    for number, (key, units) in enumerate(sorted(work.items()), start=demand.opened + 1):
        location_id, method, destination_id, not_before = key
        lines_of_work = tuple(sorted(units.items()))
        name = f"{demand.order_id}.{number}"
        departure = leaves.get(key)
        yield Opened(name, location_id, method, lines_of_work, destination_id or None, not_before, departure)


def work_key(line: Line, share: Share) -> WorkKey:
    """To which fulfilment order of its plan a share belongs."""
    travels = line.method == TO_STORE and share.location_id != line.location_id
    return share.location_id, line.method, (line.location_id or "") if travels else "", line.not_before


def parcels(demand: Demand) -> tuple[Slot, ...]:
    """The parcels of the plan in flight that it still has units for, and of a move."""
    moving = demand.move.plan.slots if demand.move else ()
    if demand.plan is None:
        return moving
    lines = {line.line_id: line for line in demand.lines}
    keys = {work_key(lines[share.line_id], share) for share in demand.plan.shares}
    return (*(slot for slot in demand.plan.slots if slot.key in keys), *moving)


def refused(demand: Demand, plan: Plan, *, told: Iterable[str]) -> Demand:
    """Nothing of the plan was taken: its units are open again. `told`: SKUs whose true stock came with the refusal."""
    truths = set(told) | ({one.sku for one in plan.missing if one.ask} if plan.confirm else set())
    refusals = demand.refusals + 1
    given_up = set(demand.given_up)
    if refusals >= MAX_PLANS:
        planned = {share.sku for share in plan.shares}
        given_up |= (truths & planned) or planned
    return replace(
        demand,
        plan=None,
        refusals=refusals,
        told=tuple(sorted(truths | set(demand.told))),
        given_up=tuple(sorted(given_up)),
    )


LOST = "#lost-"
"""Begins the name of a withdrawal that nobody asked for. No request id can look like this."""


def given_up(demand: Demand, plan: Plan) -> Demand:
    """Nothing was heard of a plan: whatever inventory took or will take for it is withdrawn, its units are open."""
    withdrawal = Cancellation(f"{LOST}{plan.version}", (), (), ((plan.version, plan.shares),))
    return replace(demand, plan=None, cancellations=(*demand.cancellations, withdrawal))


def unplaced(demand: Demand, lost: Mapping[str, int], *, location_id: str, at: datetime) -> Demand:
    """Units by line that a place failed to give are open again, and the place is not asked again for a while."""
    skus = sorted({line.sku for line in demand.lines if lost.get(line.line_id)})
    kept = (
        one
        for one in demand.tried
        if one.at + TRIED_FOR > at and not (one.location_id == location_id and one.sku in skus)
    )
    return replace(
        demand,
        lines=tuple(replace(line, placed=line.placed - lost.get(line.line_id, 0)) for line in demand.lines),
        tried=(*kept, *(Tried(sku, location_id, at) for sku in skus)),
    )


def with_more(demand: Demand, change_id: str, lines: Iterable[Line]) -> Demand:
    """The order wants more units, of new lines or of known ones; once per change."""
    if change_id in demand.changes:
        return demand
    known = {line.line_id: line for line in demand.lines}
    for line in lines:
        there = known.get(line.line_id)
        known[line.line_id] = replace(there, quantity=there.quantity + line.quantity) if there else line
    return replace(demand, lines=tuple(known.values()), changes=(*demand.changes, change_id))


def reopened(demand: Demand) -> Demand:
    """Units that waited are open again, for a new round of planning."""
    return replace(demand, lines=tuple(replace(line, waiting=0, outcome=None) for line in demand.lines))
