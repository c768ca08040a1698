"""Forgetting a person: a job over all services that ends with a receipt of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict, NotFound

LATE_EVENTS = timedelta(days=35)
"""How long an event from before an erasure may still come: beyond every queue, stream and restored backup."""


class ErasureStatus(StrEnum):
    """PENDING -> RUNNING (some service has said something) -> COMPLETED (all have)."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"


class ErasureNotFound(NotFound):
    """There is no such request for this customer."""

    code = "erasure_not_found"

    def __init__(self) -> None:
        super().__init__("no such erasure, or not yours to see")


class ErasureIdReused(Conflict):
    """The id names the erasure of somebody else."""

    code = "erasure_id_reused"


@dataclass(frozen=True)
class Receipt:
    """A service holds nothing of the person any more: so many records told something of them."""

    service: str
    records: int
    at: datetime


@dataclass(frozen=True)
class Erasure:
    """One request. `customer_ids`: all members of the shopper, the root first. `subjects`: digests of what named them.

    Orders are erased one by one: `order_ids` are those that have to be (None: not known yet), `orders` and `work` those
    that the order book and fulfilment have done.
    """

    request_id: str
    customer_ids: tuple[str, ...]
    requested_at: datetime
    subjects: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    order_ids: tuple[str, ...] | None = None
    orders: tuple[str, ...] = ()
    work: tuple[str, ...] = ()
    completed_at: datetime | None = None
    version: int = 0

    @property
    def status(self) -> ErasureStatus:
        if self.completed_at:
            return ErasureStatus.COMPLETED
        heard = self.receipts or self.order_ids is not None or self.orders or self.work
        return ErasureStatus.RUNNING if heard else ErasureStatus.PENDING

    @property
    def waiting(self) -> tuple[str, ...]:
        """Orders that have to know their shopper until their last unit has left."""
        return tuple(name for name in self.order_ids or () if name not in self.orders)

    @property
    def done(self) -> bool:
        """Whether every service has said that nothing is left."""
        if self.order_ids is None or set(self.order_ids) - set(self.orders) or set(self.order_ids) - set(self.work):
            return False
        return {"customers", "inventory"} <= {one.service for one in self.receipts}


def receipt_given(erasure: Erasure, service: str, records: int, *, at: datetime) -> Erasure:
    """A service says that it holds nothing any more; said again, the first word stays."""
    if any(one.service == service for one in erasure.receipts):
        return erasure
    return replace(erasure, receipts=(*erasure.receipts, Receipt(service, records, at)))


def orders_found(erasure: Erasure, order_ids: Iterable[str]) -> Erasure:
    """These orders have to be erased, beside those known before."""
    return replace(erasure, order_ids=_united(erasure.order_ids or (), order_ids))


def order_erased(erasure: Erasure, order_id: str, *, at: datetime) -> Erasure:
    """The order book has erased an order."""
    return _counted(replace(erasure, orders=_united(erasure.orders, [order_id])), erasure, "orders", 1, at=at)


def work_erased(erasure: Erasure, order_id: str, records: int, *, at: datetime) -> Erasure:
    """Fulfilment has erased the work of an order."""
    return _counted(replace(erasure, work=_united(erasure.work, [order_id])), erasure, "fulfilment", records, at=at)


def completed(erasure: Erasure, *, at: datetime) -> Erasure:
    """Nothing is left anywhere; services that had nothing to do get their receipt too. The digests go as well."""
    for service in ("orders", "fulfilment", "platform"):
        erasure = receipt_given(erasure, service, 0, at=at)
    return replace(erasure, subjects=(), completed_at=at)


def _counted(after: Erasure, before: Erasure, service: str, records: int, *, at: datetime) -> Erasure:
    if (after.orders, after.work) == (before.orders, before.work):
        return before
    known = next((one.records for one in before.receipts if one.service == service), 0)
    others = tuple(one for one in before.receipts if one.service != service)
    return replace(after, receipts=(*others, Receipt(service, known + records, at)))


def _united(known: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))
