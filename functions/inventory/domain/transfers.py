"""Goods on their way from one place of ours to another: set aside, shipped, received in parts, closed with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from functions.inventory.domain.supply import Inbound
from functions.inventory.domain.units import Position
from shared.errors import Conflict, InvalidField, NotFound


class Status(StrEnum):
    """Where a transfer stands."""

    CREATED = "CREATED"
    SHIPPED = "SHIPPED"
    RECEIVED = "RECEIVED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.CREATED: frozenset({Status.SHIPPED, Status.CANCELLED}),
    Status.SHIPPED: frozenset({Status.RECEIVED, Status.CLOSED}),
    Status.RECEIVED: frozenset({Status.RECEIVED, Status.CLOSED}),
    Status.CLOSED: frozenset(),
    Status.CANCELLED: frozenset(),
}


class DiscrepancyReason(StrEnum):
    """Why other units came than were shipped."""

    LOST = "LOST"
    DAMAGED = "DAMAGED"
    MISCOUNTED = "MISCOUNTED"
    OTHER = "OTHER"


class TransferReused(Conflict):
    """The id names another transfer."""

    code = "transfer_id_reused"


class TransferNotFound(NotFound):
    """There is no such transfer."""

    code = "transfer_not_found"


class TransitionNotAllowed(Conflict):
    """The transfer does not stand where this step begins, or the step was taken with another content."""

    code = "transition_not_allowed"


class ReceiptReused(Conflict):
    """The receipt id was used for other goods of this transfer."""

    code = "receipt_id_reused"


@dataclass(frozen=True, slots=True)
class Line:
    """Units of one item: planned, sent, arrived."""

    sku: str
    quantity: int
    shipped: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """So many units more (or fewer, negative) came than were shipped, and why."""

    sku: str
    quantity: int
    reason: DiscrepancyReason
    note: str = ""


@dataclass(frozen=True)
class Transfer:
    """One transfer. `receipts`: what each receipt brought, by its id, in words that tell one content from another."""

    transfer_id: str
    from_location_id: str
    to_location_id: str
    lines: tuple[Line, ...]
    fingerprint: str
    created_at: datetime
    status: Status = Status.CREATED
    expected_at: datetime | None = None
    reason: str = ""
    reference: str = ""
    shipped_at: datetime | None = None
    received_at: datetime | None = None
    closed_at: datetime | None = None
    receipts: Mapping[str, str] = field(default_factory=dict)
    discrepancies: tuple[Discrepancy, ...] = ()
    version: int = 0

    @property
    def on_the_way(self) -> bool:
        """Whether goods may still arrive."""
        return self.status in (Status.SHIPPED, Status.RECEIVED)

    def in_transit(self, line: Line) -> int:
        """Units of the line that have left and not arrived."""
        return max(0, line.shipped - line.received) if self.on_the_way else 0

    @property
    def open(self) -> bool:
        """Whether somebody still has to move something."""
        return self.status is Status.CREATED or any(self.in_transit(line) for line in self.lines)

    def claims(self) -> dict[Position, int]:
        """Units set aside for it at its source."""
        if self.status is not Status.CREATED:
            return {}
        return {(line.sku, self.from_location_id): line.quantity for line in self.lines}

    def inbound(self) -> list[Inbound]:
        """What its destination may expect."""
        planned = self.status is Status.CREATED
        document = f"transfer/{self.transfer_id}"
        return [
            Inbound(line.sku, self.to_location_id, document, quantity, self.expected_at)
            for line in self.lines
            if (quantity := line.quantity if planned else self.in_transit(line))
        ]


def shipped(transfer: Transfer, sent: Mapping[str, int] | None, *, at: datetime) -> Transfer:
    """The goods have left: all of them, or those that are named. The same again changes nothing.

    Raises TransitionNotAllowed, InvalidField for an item or a quantity that the transfer has not.
    """
    lines = transfer.lines
    _check_items(transfer, sent or {})
    for index, (sku, quantity) in enumerate((sent or {}).items()):
        planned = next(line.quantity for line in lines if line.sku == sku)
        if quantity > planned:
            raise InvalidField(f"/lines/{index}/quantity", f"the transfer is of {planned} units")
    gone = tuple(replace(line, shipped=line.quantity if sent is None else sent.get(line.sku, 0)) for line in lines)
    if [line.shipped for line in lines] == [line.shipped for line in gone] and transfer.shipped_at:
        return transfer
    if not any(line.shipped for line in gone):
        raise InvalidField("/lines", "nothing would leave: cancel the transfer instead")
    return replace(_moved(transfer, Status.SHIPPED), lines=gone, shipped_at=at)


def received(transfer: Transfer, arrived: Mapping[str, int], *, receipt_id: str, at: datetime) -> Transfer:
    """Goods have arrived, as many as the receipt says, even more than were shipped. The same receipt again changes
    nothing.

    Raises TransitionNotAllowed, ReceiptReused, InvalidField for an item that the transfer has not.
    """
    content = ",".join(f"{sku}={quantity}" for sku, quantity in sorted(arrived.items()))
    known = transfer.receipts.get(receipt_id)
    if known == content:
        return transfer
    if known is not None:
        raise ReceiptReused(f"receipt {receipt_id} has another content")
    _check_items(transfer, arrived)
    lines = tuple(replace(line, received=line.received + arrived.get(line.sku, 0)) for line in transfer.lines)
    moved = _moved(transfer, Status.RECEIVED)
    return replace(
        moved, lines=lines, receipts={**transfer.receipts, receipt_id: content}, received_at=transfer.received_at or at
    )


def closed(transfer: Transfer, reasons: Mapping[str, tuple[DiscrepancyReason, str]], *, at: datetime) -> Transfer:
    """Nothing more is expected; each item of which other units came than were shipped needs its reason. The same again
    changes nothing.

    Raises TransitionNotAllowed, InvalidField for a reason that is missing or means nothing.
    """
    different = {line.sku: line.received - line.shipped for line in transfer.lines if line.received != line.shipped}
    if transfer.status is Status.CLOSED:
        told = {one.sku: (one.reason, one.note) for one in transfer.discrepancies}
        if told != reasons:
            raise TransitionNotAllowed(f"transfer {transfer.transfer_id} was closed with other reasons")
        return transfer
    moved = _moved(transfer, Status.CLOSED)
    for index, sku in enumerate(reasons):
        if sku not in different:
            raise InvalidField(f"/discrepancies/{index}/sku", "as many came as were shipped")
    missing = [sku for sku in different if sku not in reasons]
    if missing:
        raise InvalidField("/discrepancies", f"say why other units came than were shipped of {', '.join(missing[:5])}")
    found = tuple(Discrepancy(sku, quantity, *reasons[sku]) for sku, quantity in different.items())
    return replace(moved, discrepancies=found, closed_at=at)


def cancelled(transfer: Transfer) -> Transfer:
    """It does not happen. Raises TransitionNotAllowed once goods have left."""
    return transfer if transfer.status is Status.CANCELLED else _moved(transfer, Status.CANCELLED)


def _moved(transfer: Transfer, to: Status) -> Transfer:
    if to not in TRANSITIONS[transfer.status]:
        raise TransitionNotAllowed(
            f"transfer {transfer.transfer_id} is {transfer.status}", extra={"transfer_status": str(transfer.status)}
        )
    return replace(transfer, status=to)


def _check_items(transfer: Transfer, skus: Iterable[str]) -> None:
    known = {line.sku for line in transfer.lines}
    for index, sku in enumerate(skus):
        if sku not in known:
            raise InvalidField(f"/lines/{index}/sku", "not an item of this transfer", code="not_on_transfer")
