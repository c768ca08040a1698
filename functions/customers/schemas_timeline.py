"""HTTP models of the timeline."""

from __future__ import annotations

from datetime import UTC
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import StringConstraints

from functions.customers.domain.timeline import ContactReason, Entry, Kind
from shared.errors import InvalidField
from shared.schemas import (
    PageOf,
    PageQuery,
    Schema,
    Text,
    UtcTime,
)


class TimelineQuery(PageQuery):
    """How a timeline pages; `kind`, `contact_reason`: only these, comma-joined."""

    kind: Annotated[str, StringConstraints(max_length=200)] = ""
    contact_reason: Annotated[str, StringConstraints(max_length=200)] = ""

    def kinds(self) -> frozenset[str]:
        """The kinds asked for; empty: all. Raises InvalidField for one that there is not."""
        return _among(Kind, self.kind, "/kind", "kind")

    def reasons(self) -> frozenset[str]:
        """The contact reasons asked for; empty: all. Raises InvalidField for one that there is not."""
        return _among(ContactReason, self.contact_reason, "/contact_reason", "reason")


def _among(known: type[StrEnum], asked: str, pointer: str, name: str) -> frozenset[str]:
    wanted = frozenset(filter(None, asked.split(",")))
    if unknown := wanted - set(known):
        raise InvalidField(pointer, f"no such {name}: {', '.join(sorted(unknown))[:100]}")
    return wanted


class EntryView(Schema):
    """One thing that happened. `reference`: the order or fulfilment order that it is about."""

    at: UtcTime
    kind: Literal[
        "order_placed",
        "order_cancelled",
        "payment",
        "shipped",
        "handed_over",
        "delivered",
        "units_short",
        "choice_offered",
        "choice_made",
        "delayed",
        "not_collected",
        "not_delivered",
        "comes_back",
        "ready_for_pickup",
        "return_requested",
        "return_received",
        "visit",
        "cart",
        "support_note",
        "message",
        "call",
    ]
    channel: str
    reference: str
    order_id: str
    summary: Text
    data: dict[str, str]
    contact_reason: ContactReason | None
    by: str | None

    @classmethod
    def of(cls, entry: Entry) -> EntryView:
        return cls.model_construct(
            at=entry.at.astimezone(UTC),
            kind=entry.kind.value,
            channel=entry.channel,
            reference=entry.reference,
            order_id=entry.order_id,
            summary=entry.summary,
            data=dict(entry.details),
            contact_reason=entry.contact_reason,
            by=entry.by or None,
        )


class TimelineView(PageOf[EntryView]):
    """What happened, newest first."""
