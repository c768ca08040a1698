"""Why a stored record is as it is: the stamp that every write leaves, and from which its events are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.clock import rfc3339


@dataclass(frozen=True)
class Cause:
    """One command or event that made a service write."""

    id: str
    """Of the request or the event; the same on every retry of the same delivery."""
    kind: str
    """The use case or event, e.g. `place_order` or `StockAllocated.v1`."""
    actor: str
    """`role:subject` of a person or machine, or `service:name`."""
    at: datetime
    correlation_id: str
    """Follows one order (or one request) through all services."""
    reason: str = ""
    """Why, in the actor's words (an adjustment's or a cancel's reason)."""
    occurred_at: datetime | None = None
    """When the event happened that a consumer now works on (`at` is when it does); not stored."""

    def stamp(self) -> dict[str, Any]:
        """As stored on a record."""
        stamp = {
            "id": self.id,
            "kind": self.kind,
            "actor": self.actor,
            "at": rfc3339(self.at),
            "correlation_id": self.correlation_id,
        }
        return stamp | {"reason": self.reason} if self.reason else stamp

    @classmethod
    def from_stamp(cls, stamp: Mapping[str, Any]) -> Cause:
        return cls(**{**stamp, "at": datetime.fromisoformat(stamp["at"])})
