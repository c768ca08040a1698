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
    CHOICE_OFFERED = "choice_offered"
    CHOICE_MADE = "choice_made"
    DELAYED = "delayed"
    NOT_COLLECTED = "not_collected"
    NOT_DELIVERED = "not_delivered"
    COMES_BACK = "comes_back"
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


CONTACTS = frozenset({Kind.SUPPORT_NOTE, Kind.MESSAGE, Kind.CALL})
"""Interactions that somebody had a reason for."""


class ContactReason(StrEnum):
    """Why a shopper got in touch, so that whoever is next sees the same story."""

    WHERE_IS_MY_ORDER = "where_is_my_order"
    CHANGE_OR_CANCEL = "change_or_cancel"
    RETURN_OR_EXCHANGE = "return_or_exchange"
    DAMAGED_OR_WRONG = "damaged_or_wrong"
    PAYMENT_OR_REFUND = "payment_or_refund"
    COLLECTION = "collection"
    PRODUCT_QUESTION = "product_question"
    LOYALTY = "loyalty"
    ACCOUNT_OR_PRIVACY = "account_or_privacy"
    COMPLAINT = "complaint"
    PRAISE = "praise"
    OTHER = "other"


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
    contact_reason: ContactReason | None = None


def attached(entry: Entry, *, customer_id: str, channel: str) -> Entry:
    """The entry in the timeline of its order's customer."""
    return replace(entry, customer_id=customer_id, channel=channel)
