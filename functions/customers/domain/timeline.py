"""The timeline: what happened to a shopper over all channels, one entry per fact.

What follows from orders holds no personal data; what staff note about an interaction may.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.errors import Conflict


class Kind(StrEnum):
    """What an entry tells."""

    ORDER_PLACED = "order_placed"
    ORDER_CANCELLED = "order_cancelled"
    PAYMENT = "payment"
    SHIPPED = "shipped"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    UNITS_SHORT = "units_short"
    DELAYED = "delayed"
    NOT_COLLECTED = "not_collected"
    READY_FOR_PICKUP = "ready_for_pickup"
    RETURN_REQUESTED = "return_requested"
    RETURN_RECEIVED = "return_received"
    VISIT = "visit"
    CART = "cart"
    SUPPORT_NOTE = "support_note"
    MESSAGE = "message"
    CALL = "call"


INTERACTIONS = frozenset({Kind.VISIT, Kind.CART, Kind.SUPPORT_NOTE, Kind.MESSAGE, Kind.CALL})
"""What channels and staff tell; the others follow from orders."""


class InteractionIdReused(Conflict):
    """The id names another interaction."""

    code = "interaction_id_reused"


@dataclass(frozen=True)
class Entry:
    """One fact about one order, or an interaction (`order_id` empty, `key` its id).

    `key` is the fact's own name within its order, so a repeat is the same entry. `customer_id` and `channel` are empty
    until the order's customer is known.
    """

    order_id: str
    key: str
    at: datetime
    kind: Kind
    reference: str
    summary: str
    customer_id: str = ""
    channel: str = ""
    details: tuple[tuple[str, str], ...] = ()
    """Of an interaction: what the channel said, by name (a contact reason, a text)."""
    by: str = ""


def attached(entry: Entry, *, customer_id: str, channel: str) -> Entry:
    """The entry in the timeline of its order's customer."""
    return replace(entry, customer_id=customer_id, channel=channel)
