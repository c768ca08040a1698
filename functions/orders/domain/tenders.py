"""Payments and the operations asked of their providers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LAPSED = "authorisation_expired"
"""By this code a provider declines a capture that came too late."""

EXTERNAL = "external"
"""The channel had the money before it sent the order: captured in full, nothing to ask a provider."""


class OperationKind(StrEnum):
    """What a provider is asked to do."""

    AUTHORISE = "authorise"
    REAUTHORISE = "reauthorise"
    """Anew, for what is still to be captured of an authorisation that has lapsed."""
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


AUTHORISATIONS = (OperationKind.AUTHORISE, OperationKind.REAUTHORISE)


class OperationStatus(StrEnum):
    """What is known of it. PENDING ends only by the provider's definite word."""

    PENDING = "PENDING"
    DONE = "DONE"
    DECLINED = "DECLINED"


class PaymentStatus(StrEnum):
    """The payment position of an order; derived."""

    NONE = "NONE"
    PENDING = "PENDING"
    AUTHORISED = "AUTHORISED"
    PARTIALLY_CAPTURED = "PARTIALLY_CAPTURED"
    CAPTURED = "CAPTURED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"
    DECLINED = "DECLINED"


@dataclass(frozen=True)
class Payment:
    """One tender. `token` is kept only until the provider has answered the authorisation."""

    payment_id: str
    provider: str
    amount: int
    at: datetime
    content_hash: str
    token: str | None = None
    reference: str | None = None

    @property
    def external(self) -> bool:
        return self.provider == EXTERNAL


@dataclass(frozen=True)
class Operation:
    """One thing asked of a provider; `operation_id` is its idempotency key there."""

    operation_id: str
    payment_id: str
    kind: OperationKind
    amount: int
    at: datetime
    status: OperationStatus = OperationStatus.PENDING
    settled_at: datetime | None = None
    code: str = ""
    """The provider's reason for declining."""
    reference: str = ""
    """What whoever paid it back calls it, where no provider was asked."""
    asked_again: int = 0
    """How often the reconciler had the provider asked again."""
    expires_at: datetime | None = None
    """Of an authorisation: from then on it cannot be captured."""
    authorisation: str = ""
    """Of all other operations: the id of the authorisation that they are about (empty: the payment's first)."""
