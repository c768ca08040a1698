"""Changes as the book keeps them: what is wanted, and how far it is. A change is applied whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.orders.domain.lines import Line, Method


class ChangeStatus(StrEnum):
    """How far a change is."""

    PENDING = "PENDING"
    """A provider or fulfilment has to answer first; nothing of the order has changed."""
    APPLIED = "APPLIED"
    REJECTED = "REJECTED"
    """Nothing of it was done."""


@dataclass(frozen=True)
class Destination:
    """The address that parcels go to from now on."""

    line1: str
    city: str
    country: str
    name: str = ""
    line2: str = ""
    region: str = ""
    postal_code: str = ""
    lat: float | None = None
    lng: float | None = None


@dataclass(frozen=True)
class Wanted:
    """The whole effect of a change: units by line that are not wanted any more, units of known lines wanted on top,
    new lines, lines that reach the shopper otherwise, and where to."""

    fewer: dict[str, int] = field(default_factory=dict)
    more: dict[str, int] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    methods: dict[str, tuple[Method, str | None]] = field(default_factory=dict)
    destination: Destination | None = None

    @property
    def before_release_only(self) -> bool:
        """Whether it touches what fulfilment has planned with already."""
        return bool(self.methods) or self.destination is not None


@dataclass(frozen=True)
class OrderChange:
    """One change. `payment_id`: the tender that pays what the order costs more by it."""

    change_id: str
    wanted: Wanted
    at: datetime
    content_hash: str
    payment_id: str = ""
    status: ChangeStatus = ChangeStatus.PENDING
    reason: str = ""

    @property
    def request_id(self) -> str:
        """Of the cancel that it asks fulfilment for. No request of a caller can look like this."""
        return f"#change-{self.change_id}"
