"""Holds: reasons why an order does not go on, and what each of them blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HoldType(StrEnum):
    """Why an order is held back."""

    PAYMENT = "PAYMENT"
    FRAUD = "FRAUD"
    ADDRESS = "ADDRESS"
    MANUAL = "MANUAL"


class Block(StrEnum):
    """What a hold blocks. ROUTE, RELEASE and SHIP all keep an order from being released to fulfilment; after that, they
    keep its work from going on."""

    ROUTE = "ROUTE"
    RELEASE = "RELEASE"
    SHIP = "SHIP"
    CAPTURE = "CAPTURE"
    EDIT = "EDIT"

    @property
    def before_release(self) -> bool:
        """Whether it keeps an order from being released."""
        return self in (Block.ROUTE, Block.RELEASE, Block.SHIP)


@dataclass(frozen=True)
class Hold:
    """Something that keeps an order from going on. From `expires_at` on it holds nothing."""

    hold_id: str
    type: HoldType
    blocks: tuple[Block, ...]
    reason: str
    at: datetime
    owner: str = ""
    expires_at: datetime | None = None

    @property
    def bars_work(self) -> bool:
        """Whether it keeps an order from being released, and the work of a released one from going on."""
        return any(block.before_release for block in self.blocks)

    def live(self, at: datetime) -> bool:
        """Whether it still holds at that time."""
        return self.expires_at is None or at < self.expires_at
