"""The order: what was agreed, what has become of it, and what follows from both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from functions.orders.domain.changes import ChangeStatus, OrderChange
from functions.orders.domain.holds import Block, Hold
from functions.orders.domain.lines import Line, Method, Progress, Quantities, Units, Waiting, quantities, together
from functions.orders.domain.returns import Return
from functions.orders.domain.tenders import Operation, Payment
from shared.addresses import Address as PostalAddress
from shared.errors import NotFound
from shared.geo import Geo

_BEFORE_WORK = frozenset({"SCHEDULED", "OPEN", "ON_HOLD", "CANCELLED"})


class OrderNotFound(NotFound):
    """There is no such order, or it is not the caller's to see."""

    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__("no such order, or not yours to see")


class Status(StrEnum):
    """How far the whole order is; always derived from its lines."""

    PLACED = "PLACED"
    CONFIRMED = "CONFIRMED"
    """Every unit has its place."""
    PROCESSING = "PROCESSING"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"
    CLOSED = "CLOSED"
    """Fulfilled, and nothing can be returned any more."""


class Flag(StrEnum):
    """What a person should know about an order."""

    OVERSOLD = "OVERSOLD"
    UNROUTABLE = "UNROUTABLE"
    RESERVATION_NOT_USED = "RESERVATION_NOT_USED"
    CAPTURE_DECLINED = "CAPTURE_DECLINED"
    REFUND_DUE = "REFUND_DUE"


@dataclass(frozen=True)
class Contact:
    """Who ordered, as the channel said it."""

    email: str | None = None
    phone: str | None = None
    name: str | None = None
    loyalty_number: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True)
class Address(PostalAddress):
    """Where parcels go."""

    geo: Geo | None = None


@dataclass(frozen=True)
class Shipping:
    """The service that was sold, its price in minor units, and where to."""

    service: str = "standard"
    charge: int = 0
    tax: int = 0
    address: Address | None = None
    promised_by: datetime | None = None


@dataclass(frozen=True)
class Cancellation:
    """One wish or decision not to deliver units. `asked` and `cancelled` count units by line.

    While `decided` is false fulfilment has not said how many units it could stop, and nothing of it is cancelled.
    """

    request_id: str
    reason: str
    asked: dict[str, int] = field(default_factory=dict)
    cancelled: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    decided: bool = True
    whole: bool = False
    """Whether the request named no lines: everything that can still be stopped."""
    all_or_none: bool = False
    """Whether a part of it is of no use: fulfilment stops all units or none."""
    at: datetime | None = None
    asked_again: int = 0
    """How often the reconciler told fulfilment of the request again."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened to the order. `status` is given where it changed."""

    at: datetime
    what: str
    who: str
    why: str = ""
    status: Status | None = None


@dataclass(frozen=True)
class Raised:
    """Since when something needs a person, and whose it is (empty: nobody's yet)."""

    at: datetime
    owner: str = ""


@dataclass(frozen=True)
class Change:
    """Who changes an order now, and why."""

    at: datetime
    by: str
    why: str = ""


@dataclass(frozen=True)
class Erasure:
    """The shopper wants to be forgotten. `pseudonym`: whose the order is once it is `done`."""

    request_id: str
    pseudonym: str
    done: bool = False


@dataclass(frozen=True)
class Order:
    """An order as the book holds it. Amounts in minor units of `currency`; `version` counts the writes."""

    order_id: str
    channel: str
    channel_order_id: str
    placed_at: datetime
    accepted_at: datetime
    currency: str
    lines: tuple[Line, ...]
    tax_included: bool = True
    contact: Contact = Contact()
    shipping: Shipping = Shipping()
    reservation_id: str | None = None
    customer_id: str | None = None
    holds: tuple[Hold, ...] = ()
    payments: tuple[Payment, ...] = ()
    operations: tuple[Operation, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    released_at: datetime | None = None
    plan_version: int = 0
    """Of the newest routing that was heard of."""
    waiting: dict[str, Waiting] = field(default_factory=dict)
    fulfilment: dict[str, Progress] = field(default_factory=dict)
    shorts: dict[str, str] = field(default_factory=dict)
    """Why places did not give units, by fulfilment order and number."""
    reservation_not_used: str = ""
    """Why inventory did not use the hold that the order named."""
    returns: tuple[Return, ...] = ()
    changes: tuple[OrderChange, ...] = ()
    lifted_holds: tuple[str, ...] = ()
    """Ids that stand for holds of the past."""
    raised: dict[str, Raised] = field(default_factory=dict)
    """What needs a person, by kind."""
    choice: int = 0
    """The number of the newest choice that the shopper was given about units that no place can ship."""
    choice_link: str = ""
    """The shopper's signed token for it, until they have chosen."""
    overdue: str = ""
    """What the reconciler could not get going again."""
    imported: bool = False
    """It was over when it came into the book: nobody pays for it, routes it or changes it."""
    asked_again: int = 0
    """How often in a row fulfilment was asked how the order stands."""
    presumed: tuple[str, ...] = ()
    """Fulfilment orders whose parcels are taken for delivered, though no carrier has said so."""
    returnable_until: datetime | None = None
    """As its return policies said when the shopper had all of it; looked up again before it closes."""
    closed_at: datetime | None = None
    returned_parcels: tuple[str, ...] = ()
    """Parcels that a carrier brings back and nobody has seen to, each after its fulfilment order."""
    settled_parcels: tuple[str, ...] = ()
    """... and those that somebody has."""
    astray_parcels: tuple[str, ...] = ()
    """Parcels that a carrier has in its hands though nobody sends them, and nobody has seen to."""
    resolutions: tuple[str, ...] = ()
    """Requests by which people resolved something."""
    history: tuple[Entry, ...] = ()
    erasure: Erasure | None = None
    version: int = 0

    # ------------------------------------------------------------------ units

    @cached_property
    def cancelled(self) -> Mapping[str, int]:
        """Cancelled units by line. Told twice (by the routing and by a decision) they are cancelled once."""
        counted: defaultdict[str, int] = defaultdict(int)
        for cancellation in self.cancellations:
            for line_id, count in cancellation.cancelled.items():
                counted[line_id] += count
        return {line.line_id: min(line.quantity, counted[line.line_id]) for line in self.lines}

    @cached_property
    def quantities(self) -> Mapping[str, Quantities]:
        """The vector of every line."""
        parts: defaultdict[str, list[Units]] = defaultdict(list)
        for key, progress in self.fulfilment.items():
            for line_id, units in progress.lines.items():
                parts[line_id].append(units.arrived if key in self.presumed else units)
        nothing = Waiting()
        return {
            line.line_id: quantities(
                line,
                cancelled=self.cancelled[line.line_id],
                units=together(parts[line.line_id]),
                waiting=self.waiting.get(line.line_id, nothing),
                returned=self.returned[line.line_id],
            )
            for line in self.lines
        }

    @cached_property
    def returned(self) -> Mapping[str, int]:
        """Units by line that have come back (or that the shopper may keep)."""
        return _sum(one.received for one in self.returns)

    @cached_property
    def credited(self) -> Mapping[str, int]:
        """Units by line that came back and were judged: the shopper does not pay for them. An exchange counts as soon
        as it is settled, with its new lines."""
        return _sum(one.judged for one in self.returns if not one.exchanging)

    @cached_property
    def to_source(self) -> tuple[tuple[Line, int], ...]:
        """The lines that need a place to come from, with their units that are not cancelled."""
        return tuple(
            (line, self.quantities[line.line_id].open)
            for line in self.lines
            if not line.carried_out and self.quantities[line.line_id].open
        )

    # ------------------------------------------------------------------ state

    @cached_property
    def set_aside(self) -> frozenset[str]:
        """Tenders that pay for changes and exchanges that are not applied yet."""
        changes = [one.payment_id for one in self.changes if one.status is ChangeStatus.PENDING]
        return frozenset(
            [*changes, *(one.exchange.payment_id for one in self.returns if one.exchange and one.exchanging)]
        )

    @cached_property
    def line_ids(self) -> frozenset[str]:
        """Ids that no new line may have: of its lines, and of those that a change or an exchange may still add."""
        coming = [one.wanted.lines for one in self.changes if one.status is ChangeStatus.PENDING]
        coming += [one.exchange.lines for one in self.returns if one.exchange and one.exchanging]
        return frozenset(line.line_id for lines in (self.lines, *coming) for line in lines)

    @cached_property
    def status(self) -> Status:
        vectors = self.quantities.values()
        wanted = sum(vector.open for vector in vectors)
        fulfilled = sum(vector.fulfilled for vector in vectors)
        if not wanted:
            return Status.CANCELLED
        if fulfilled == wanted:
            return Status.CLOSED if self.closed_at else Status.FULFILLED
        if fulfilled:
            return Status.PARTIALLY_FULFILLED
        begun = any(vector.picked or vector.packed or vector.ready or vector.shipped for vector in vectors)
        if begun or any(progress.status not in _BEFORE_WORK for progress in self.fulfilment.values()):
            return Status.PROCESSING
        if any(vector.unsourced or vector.backordered for vector in vectors):
            return Status.PLACED
        return Status.CONFIRMED

    @property
    def released(self) -> bool:
        """Whether fulfilment has been told to plan the order."""
        return self.released_at is not None

    @property
    def paid_by_channel(self) -> bool:
        """Whether the channel had the money before it sent the order."""
        return any(payment.external for payment in self.payments)

    def blocked(self, block: Block) -> bool:
        """Whether some hold blocks this."""
        return any(block in hold.blocks for hold in self.holds)

    @property
    def barring(self) -> tuple[str, ...]:
        """The holds, by id, that keep the work of the released order from going on."""
        return tuple(sorted(hold.hold_id for hold in self.holds if hold.bars_work)) if self.released else ()

    @property
    def held_work(self) -> list[str]:
        """Fulfilment orders that said they are on hold."""
        return [key for key, one in self.fulfilment.items() if one.status == "ON_HOLD"]

    @property
    def left_work(self) -> list[str]:
        """Fulfilment orders that no hold can stop any more."""
        return [key for key, one in self.fulfilment.items() if one.left]

    def line_flags(self, line: Line) -> tuple[Flag, ...]:
        """What a person should know about a line."""
        waiting = self.waiting.get(line.line_id, Waiting())
        if not self.quantities[line.line_id].unsourced:
            return ()
        oversold = (Flag.OVERSOLD,) if waiting.oversold else ()
        return (*oversold, Flag.UNROUTABLE) if waiting.unroutable else oversold

    def payment(self, payment_id: str) -> Payment | None:
        return next((payment for payment in self.payments if payment.payment_id == payment_id), None)

    def return_(self, return_id: str) -> Return | None:
        return next((one for one in self.returns if one.return_id == return_id), None)

    def cancellation(self, request_id: str) -> Cancellation | None:
        return next((one for one in self.cancellations if one.request_id == request_id), None)

    def noted(self, what: str, change: Change, *, before: Order | None) -> Order:
        """The order with an entry in its history; the status is told when it differs from `before`."""
        status = self.status if before is None or self.status is not before.status else None
        entry = Entry(at=change.at, what=what, who=change.by, why=change.why, status=status)
        return replace(self, history=(*self.history, entry))

    @property
    def collections(self) -> tuple[tuple[str, Progress], ...]:
        """The fulfilment orders that the shopper fetches, with their ids."""
        collected = {method.value for method in Method if method.collected}
        return tuple((key, one) for key, one in self.fulfilment.items() if one.method in collected)


def _sum(parts: Iterable[Counter[str]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for part in parts:
        whole.update(part)
    return whole
