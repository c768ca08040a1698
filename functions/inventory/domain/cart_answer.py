"""What became of a hold that a shopper's cart asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """DROPPED: the cart does not want it, perhaps said before it was heard that it ever did."""

    HELD = "HELD"
    REFUSED = "REFUSED"
    DROPPED = "DROPPED"


@dataclass(frozen=True)
class CartAnswer:
    """Given once per hold. `shortages`: item, units asked for, units there are."""

    reservation_id: str
    outcome: Outcome
    until: datetime | None = None
    shortages: tuple[tuple[str, int, int], ...] = ()
