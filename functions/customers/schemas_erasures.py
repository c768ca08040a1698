"""HTTP models of erasures."""

from __future__ import annotations

from datetime import UTC

from functions.customers.domain.erasure import Erasure, ErasureStatus
from shared.schemas import Identifier, Schema, UtcTime

RETAINED = (
    "order lines, amounts, taxes and stock movements, under a pseudonym: the law wants the books kept",
    "change streams of the tables: 24 hours",
    "messages in queues and dead-letter queues: 4 days; what they tell of this person is dropped when it is read",
    "backups (point-in-time recovery): 35 days",
)
"""What an erasure leaves, and how long."""


class EraseCustomer(Schema):
    """The request; its id is repeated to ask how far it is."""

    request_id: Identifier


class ReceiptView(Schema):
    """A service holds nothing of the person any more; so many records told something."""

    service: str
    records: int
    at: UtcTime


class ErasureView(Schema):
    """How far an erasure is. `waiting_orders`: they know their shopper until their last unit has left or is cancelled;
    `retained`: what stays, and how long."""

    request_id: str
    status: ErasureStatus
    requested_at: UtcTime
    completed_at: UtcTime | None
    receipts: list[ReceiptView]
    waiting_orders: list[str]
    retained: list[str]

    @classmethod
    def of(cls, erasure: Erasure) -> ErasureView:
        receipts = sorted(erasure.receipts, key=lambda one: one.service)
        return cls.model_construct(
            request_id=erasure.request_id,
            status=erasure.status,
            requested_at=erasure.requested_at.astimezone(UTC),
            completed_at=erasure.completed_at.astimezone(UTC) if erasure.completed_at else None,
            receipts=[
                ReceiptView.model_construct(service=one.service, records=one.records, at=one.at.astimezone(UTC))
                for one in receipts
            ],
            waiting_orders=list(erasure.waiting),
            retained=list(RETAINED),
        )
