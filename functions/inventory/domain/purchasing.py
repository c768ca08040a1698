"""Purchase orders: what a supplier is to deliver where and when, and how much of it has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from functions.inventory.domain.supply import Inbound
from shared.errors import Conflict, NotFound


class Status(StrEnum):
    """Where a purchase order stands; derived from its quantities."""

    OPEN = "OPEN"
    PARTLY_RECEIVED = "PARTLY_RECEIVED"
    RECEIVED = "RECEIVED"
    CLOSED = "CLOSED"


class PurchaseOrderNotFound(NotFound):
    """There is no such purchase order."""

    code = "purchase_order_not_found"


class PurchaseOrderFixed(Conflict):
    """It is closed, or its goods have begun to arrive somewhere else."""

    code = "purchase_order_fixed"


@dataclass(frozen=True, slots=True)
class Ordered:
    """Units of one item."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class PurchaseOrder:
    """One purchase order. `received`: units by item, items among them that were never ordered."""

    po_id: str
    location_id: str
    expected_at: datetime
    lines: tuple[Ordered, ...]
    received: Mapping[str, int] = field(default_factory=dict)
    closed_because: str = ""
    version: int = 0

    def outstanding(self, line: Ordered) -> int:
        """Units of the line that are still to come."""
        return 0 if self.closed_because else max(0, line.quantity - self.received.get(line.sku, 0))

    @property
    def open(self) -> bool:
        """Whether anything is still to come."""
        return any(self.outstanding(line) for line in self.lines)

    @property
    def status(self) -> Status:
        """Where it stands."""
        if self.closed_because:
            return Status.CLOSED
        if not self.open:
            return Status.RECEIVED
        return Status.PARTLY_RECEIVED if any(self.received.values()) else Status.OPEN

    def unexpected(self) -> dict[str, int]:
        """Units by item that came beyond what was ordered."""
        ordered = {line.sku: line.quantity for line in self.lines}
        over = {sku: quantity - ordered.get(sku, 0) for sku, quantity in self.received.items()}
        return {sku: quantity for sku, quantity in sorted(over.items()) if quantity > 0}

    def inbound(self) -> list[Inbound]:
        """What its place may expect."""
        document = f"purchase_order/{self.po_id}"
        return [
            Inbound(line.sku, self.location_id, document, quantity, self.expected_at)
            for line in self.lines
            if (quantity := self.outstanding(line))
        ]


def described(known: PurchaseOrder, wanted: PurchaseOrder) -> PurchaseOrder:
    """The purchase order as it is agreed now; what has come has come. Raises PurchaseOrderFixed."""
    if known.closed_because:
        raise PurchaseOrderFixed(f"purchase order {known.po_id} is closed")
    if known.location_id != wanted.location_id and any(known.received.values()):
        raise PurchaseOrderFixed(f"goods of {known.po_id} have arrived at {known.location_id}")
    return replace(wanted, received=known.received, version=known.version)


def received(order: PurchaseOrder, units: Iterable[tuple[str, int]]) -> PurchaseOrder:
    """Goods have come (negative: a receipt is undone), ordered or not."""
    totals = dict(order.received)
    for sku, quantity in units:
        totals[sku] = totals.get(sku, 0) + quantity
    return replace(order, received={sku: total for sku, total in totals.items() if total > 0})


def closed(order: PurchaseOrder, because: str) -> PurchaseOrder:
    """Nothing more is expected. A closed one stays as it was closed."""
    return order if order.closed_because else replace(order, closed_because=because)
