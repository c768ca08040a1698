"""Returns as the book keeps them: what is to come back, what has, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.orders.domain.lines import Line


class ReturnMethod(StrEnum):
    """How the units come back."""

    IN_STORE = "in_store"
    MAIL = "mail"


class ReturnReason(StrEnum):
    """Why the shopper gives them back."""

    CHANGED_MIND = "CHANGED_MIND"
    DAMAGED = "DAMAGED"
    WRONG_ITEM = "WRONG_ITEM"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    ARRIVED_LATE = "ARRIVED_LATE"
    OTHER = "OTHER"

    @property
    def at_fault(self) -> bool:
        """Whether the retailer has to answer for it: then a late return is looked at before it is denied."""
        return self in (ReturnReason.DAMAGED, ReturnReason.WRONG_ITEM, ReturnReason.NOT_AS_DESCRIBED)


class Condition(StrEnum):
    """What the units are like."""

    NEW = "NEW"
    OPENED = "OPENED"
    DAMAGED = "DAMAGED"
    WRONG_ITEM = "WRONG_ITEM"


class Disposition(StrEnum):
    """What becomes of the units. PROCESSING: received, not inspected yet; all others are decisions."""

    PROCESSING = "PROCESSING"
    RESTOCK = "RESTOCK"
    RESTOCK_ELSEWHERE = "RESTOCK_ELSEWHERE"
    REFURBISH = "REFURBISH"
    LIQUIDATE = "LIQUIDATE"
    DESTROY = "DESTROY"
    VENDOR = "VENDOR"
    KEEP = "KEEP"


class ReturnStatus(StrEnum):
    """How far a return is; derived."""

    AUTHORISED = "AUTHORISED"
    DENIED = "DENIED"
    MANUAL = "MANUAL"
    """A person has to judge it."""
    RECEIVED = "RECEIVED"
    """At least one unit is here."""
    INSPECTED = "INSPECTED"
    """Every unit that is here has been judged, others have not come yet."""
    RESOLVED = "RESOLVED"
    """Every unit is here and judged: what is owed for them is on its way to the shopper."""
    CLOSED = "CLOSED"
    """What was missing is not expected any more."""


class Resolution(StrEnum):
    """What the shopper gets for the units."""

    REFUND = "REFUND"
    EXCHANGE = "EXCHANGE"
    REPLACEMENT = "REPLACEMENT"
    """The same items again."""


class ExchangeStatus(StrEnum):
    """How far an exchange is. Until it is applied there is neither credit nor new line."""

    PENDING = "PENDING"
    """The units are not all here and judged, or the difference is not paid."""
    APPLIED = "APPLIED"
    REFUNDED = "REFUNDED"
    """It came to nothing: the units are paid back instead."""


@dataclass(frozen=True)
class Exchange:
    """The lines that the shopper gets instead. `payment_id`: the tender set aside for what they cost more;
    `due_since`: when that began to be missing."""

    lines: tuple[Line, ...]
    status: ExchangeStatus = ExchangeStatus.PENDING
    payment_id: str = ""
    due_since: datetime | None = None


class Verdict(StrEnum):
    """The policy's word, or a person's."""

    AUTHORISED = "AUTHORISED"
    DENIED = "DENIED"
    MANUAL = "MANUAL"


@dataclass(frozen=True)
class ReturnLine:
    """So many units of an order line, and why."""

    line_id: str
    quantity: int
    reason: ReturnReason
    policy: str = ""
    """The version of the policy by which it was judged."""


@dataclass(frozen=True)
class Handled:
    """Units of a return of which the same is true: where they lie, what they are like, what becomes of them."""

    line_id: str
    quantity: int
    location_id: str
    disposition: Disposition
    condition: Condition | None = None


@dataclass(frozen=True)
class Return:
    """One return. `handled` holds each unit that is here, once. `steps` are the fingerprints of what was done."""

    return_id: str
    method: ReturnMethod
    lines: tuple[ReturnLine, ...]
    verdict: Verdict
    at: datetime
    content_hash: str
    reasons: tuple[str, ...] = ()
    location_id: str | None = None
    handled: tuple[Handled, ...] = ()
    closed: bool = False
    refund: int = 0
    """What the units handled so far brought the shopper, minor units."""
    fee: int = 0
    """What the policy keeps of the refund, minor units."""
    fee_taken: int = 0
    """How much of the fee the units handled so far have paid."""
    steps: tuple[str, ...] = ()
    resolution: Resolution = Resolution.REFUND
    exchange: Exchange | None = None

    @property
    def exchanging(self) -> bool:
        """Whether new lines are to come instead of money, and have not yet."""
        return self.exchange is not None and self.exchange.status is ExchangeStatus.PENDING

    @property
    def requested(self) -> dict[str, int]:
        """Units by line."""
        return {line.line_id: line.quantity for line in self.lines}

    @property
    def received(self) -> Counter[str]:
        """Units by line that are here (or that the shopper may keep)."""
        return self._counted(judged_only=False)

    @property
    def judged(self) -> Counter[str]:
        """Units by line of which somebody has said what becomes of them: they are owed for."""
        return self._counted(judged_only=True)

    @property
    def claimed(self) -> dict[str, int]:
        """Units by line that no other return can be about."""
        if self.verdict is Verdict.DENIED:
            return {}
        return dict(self.received) if self.closed else self.requested

    @property
    def status(self) -> ReturnStatus:
        received, judged = self.received.total(), self.judged.total()
        if not received:
            return ReturnStatus.CLOSED if self.closed else ReturnStatus(self.verdict.value)
        if judged < received:
            return ReturnStatus.RECEIVED
        if received == sum(line.quantity for line in self.lines):
            return ReturnStatus.RESOLVED
        return ReturnStatus.CLOSED if self.closed else ReturnStatus.INSPECTED

    def _counted(self, *, judged_only: bool) -> Counter[str]:
        counts: Counter[str] = Counter()
        for one in self.handled:
            if not judged_only or one.disposition is not Disposition.PROCESSING:
                counts[one.line_id] += one.quantity
        return counts
