"""What inventory tells of goods on their way between places of ours."""

from __future__ import annotations

from shared.events.base import Event, Fact
from shared.events.inventory.source import SOURCE


class TransferLine(Fact):
    """Units of one item of a transfer: planned, sent and arrived so far."""

    sku: str
    quantity: int
    shipped: int = 0
    received: int = 0


class TransferShipped(Event):
    """Goods have left one place of ours for another; they are nobody's to sell until they arrive. What was planned and
    not sent is free again at the source. `reference` is whatever the transfer was made for."""

    source = SOURCE
    detail_type = "TransferShipped.v1"

    transfer_id: str
    from_location_id: str
    to_location_id: str
    lines: tuple[TransferLine, ...]
    expected_at: str | None = None
    reference: str = ""
    version: int


class TransferReceived(Event):
    """More goods of a transfer lie at their destination and can be sold there. `lines` are totals so far; unless
    `complete`, more may come."""

    source = SOURCE
    detail_type = "TransferReceived.v1"

    transfer_id: str
    from_location_id: str
    to_location_id: str
    lines: tuple[TransferLine, ...]
    complete: bool
    reference: str = ""
    version: int


class TransferDiscrepancy(Fact):
    """So many units more (fewer: negative) arrived than were sent, and why."""

    sku: str
    quantity: int
    reason: str


class TransferClosed(Event):
    """Nothing more of a transfer is expected: what did not arrive is written off."""

    source = SOURCE
    detail_type = "TransferClosed.v1"

    transfer_id: str
    from_location_id: str
    to_location_id: str
    discrepancies: tuple[TransferDiscrepancy, ...] = ()
    reference: str = ""
    version: int
