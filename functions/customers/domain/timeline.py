"""The timeline: what happened to a shopper over all channels, one entry per fact, without personal data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What an entry tells."""

    ORDER_PLACED = "order_placed"
    ORDER_CANCELLED = "order_cancelled"
    PAYMENT = "payment"
    SHIPPED = "shipped"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Entry:
    """One fact about one order. `key` is the fact's own name within its order, so a repeat is the same entry.

    `customer_id` and `channel` are empty until the order's customer is known.
    """

    order_id: str
    key: str
    at: datetime
    kind: Kind
    reference: str
    summary: str
    customer_id: str = ""
    channel: str = ""


def attached(entry: Entry, *, customer_id: str, channel: str) -> Entry:
    """The entry in the timeline of its order's customer."""
    return replace(entry, customer_id=customer_id, channel=channel)
