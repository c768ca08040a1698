"""HTTP models of profiles: choices, consents, interactions, readings, the export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from functions.customers.domain.consent import Consent, Standing
from functions.customers.domain.customer import OrderLink
from functions.customers.domain.identity import Statement
from functions.customers.domain.profile import Choices
from functions.customers.domain.timeline import CONTACTS, ContactReason, Entry, Kind
from functions.customers.dossier import Access
from functions.customers.profiles import Held
from functions.customers.schemas import (
    BirthDate,
    CustomerView,
    Email,
    LoyaltyNumber,
    PersonName,
    Phone,
    ShortText,
    address_of,
)
from functions.customers.schemas_timeline import EntryView
from shared.addresses import Address
from shared.errors import InvalidField
from shared.schemas import AddressSchema, Identifier, LongText, OptionalText, Schema, Text, UtcTime


class ChangeProfile(Schema):
    """What is new: fields left out stay as they are. `preferences` are merged, an empty text removes one."""

    name: PersonName | None = None
    email: Email | None = None
    phone: Phone | None = None
    birth_date: BirthDate | None = None
    address: AddressSchema | None = None
    loyalty_number: LoyaltyNumber | None = None
    preferences: Annotated[dict[ShortText, OptionalText], Field(max_length=50)] | None = None
    favourite_store: Identifier | Literal[""] | None = None
    tags: Annotated[list[ShortText], Field(max_length=50)] | None = None

    def to_statement(self, *, channel: str, at: datetime, country: str) -> Statement:
        address = self.address
        return Statement(
            channel=channel,
            at=at,
            given=self.name.given if self.name else "",
            family=self.name.family if self.name else "",
            email=self.email or "",
            phone=self.phone or "",
            loyalty_number=self.loyalty_number or "",
            birth_date=self.birth_date.isoformat() if self.birth_date else "",
            address=None if address is None else Address(**address.model_dump(exclude={"geo"})),
            country=country,
        )

    def choose(self, before: Choices) -> Choices:
        """The choices after this change. Raises InvalidField beyond 50 preferences."""
        merged = dict(before.preferences) | (self.preferences or {})
        kept = tuple(sorted((name, value) for name, value in merged.items() if value))
        if len(kept) > 50:
            raise InvalidField("/preferences", "at most 50 in all")
        return replace(
            before,
            preferences=kept,
            favourite_store=before.favourite_store if self.favourite_store is None else self.favourite_store,
            tags=before.tags if self.tags is None else tuple(dict.fromkeys(self.tags)),
        )


class PutConsent(Schema):
    """What the shopper allows or refuses, where it was said (`source`) and which text was shown."""

    granted: bool
    source: Text
    text_version: ShortText
    at: UtcTime = Field(strict=False)


class ConsentStatement(Schema):
    """One statement."""

    granted: bool
    source: str
    text_version: str
    at: UtcTime
    recorded_by: str

    @classmethod
    def of(cls, said: Consent) -> ConsentStatement:
        return cls.model_construct(
            granted=said.granted,
            source=said.source,
            text_version=said.text_version,
            at=said.at.astimezone(UTC),
            recorded_by=said.recorded_by,
        )


class ConsentView(Schema):
    """What holds for one channel and purpose, with all that was ever said, the newest first."""

    channel: str
    purpose: str
    granted: bool
    at: UtcTime
    history: list[ConsentStatement]

    @classmethod
    def of(cls, standing: Standing) -> ConsentView:
        now = standing.now
        return cls.model_construct(
            channel=now.channel,
            purpose=now.purpose,
            granted=now.granted,
            at=now.at.astimezone(UTC),
            history=[ConsentStatement.of(said) for said in standing.history],
        )


class ConsentsView(Schema):
    """Everything the shopper allows or refuses."""

    items: list[ConsentView]


class AddInteraction(Schema):
    """Something that happened between the shopper and a channel. `data`: texts by name. `contact_reason`: why the
    shopper got in touch, of notes, messages and calls."""

    interaction_id: Identifier
    kind: Literal["visit", "cart", "support_note", "message", "call"]
    channel: Identifier
    at: UtcTime = Field(strict=False)
    data: Annotated[dict[ShortText, LongText | int | bool | None], Field(max_length=30)] = Field(default_factory=dict)
    contact_reason: ContactReason | None = Field(default=None, strict=False)

    def to_entry(self, *, customer_id: str, by: str) -> Entry:
        """The entry of the timeline. Raises InvalidField for a reason of what nobody had a reason for."""
        if self.contact_reason and self.kind not in CONTACTS:
            raise InvalidField("/contact_reason", f"a {self.kind} has none")
        details = tuple(sorted((name, _as_text(value)) for name, value in self.data.items()))
        words = dict(details)
        told = words.get("summary") or words.get("text") or words.get("reason") or self.kind.replace("_", " ")
        return Entry(
            order_id="",
            key=self.interaction_id,
            at=self.at,
            kind=Kind(self.kind),
            reference=self.interaction_id,
            summary=told[:200],
            customer_id=customer_id,
            channel=self.channel,
            details=details,
            by=by,
            contact_reason=self.contact_reason,
        )


def _as_text(value: str | int | bool | None) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class AccessView(Schema):
    """Somebody read the profile."""

    at: UtcTime
    by: str
    operation: str


class AccessesView(Schema):
    """Who read the profile lately, the newest first."""

    items: list[AccessView]

    @classmethod
    def of(cls, accesses: Sequence[Access]) -> AccessesView:
        views = [AccessView.model_construct(at=one.at, by=one.by, operation=one.operation) for one in accesses]
        return cls.model_construct(items=views)


class SaidView(Schema):
    """What an account or an order said of the shopper."""

    channel: str
    external_id: str
    order_id: str
    at: UtcTime
    given: str
    family: str
    full_name: str
    email: str
    phone: str
    loyalty_number: str
    birth_date: str
    address: AddressSchema | None

    @classmethod
    def of(cls, said: Statement) -> SaidView:
        return cls.model_construct(
            channel=said.channel,
            external_id=said.external_id,
            order_id=said.order_id,
            at=said.at.astimezone(UTC),
            given=said.given,
            family=said.family,
            full_name=said.full_name,
            email=said.email,
            phone=said.phone,
            loyalty_number=said.loyalty_number,
            birth_date=said.birth_date,
            address=address_of(said.address) if said.address else None,
        )


class OrderSaidView(Schema):
    """An order with the contact that it gave."""

    order_id: str
    channel_order_id: str
    placed_at: UtcTime
    contact: SaidView

    @classmethod
    def of(cls, link: OrderLink) -> OrderSaidView:
        return cls.model_construct(
            order_id=link.order_id,
            channel_order_id=link.channel_order_id,
            placed_at=link.placed_at.astimezone(UTC),
            contact=SaidView.of(link.record.statement),
        )


class ExportView(Schema):
    """Everything held of a shopper here. `complete`: false when the timeline is longer than one answer may be; the rest
    is at its own route. Orders themselves, with their lines and payments, are at `/v1/orders?customer_id=`."""

    customer: CustomerView
    statements: list[SaidView]
    orders: list[OrderSaidView]
    consents: list[ConsentView]
    timeline: list[EntryView]
    accesses: list[AccessView]
    complete: bool

    @classmethod
    def of(cls, held: Held, customer: CustomerView) -> ExportView:
        return cls.model_construct(
            customer=customer,
            statements=[SaidView.of(said) for said in held.statements],
            orders=[OrderSaidView.of(link) for link in held.orders],
            consents=[ConsentView.of(standing) for standing in held.consents],
            timeline=[EntryView.of(entry) for entry in held.timeline],
            accesses=AccessesView.of(held.accesses).items,
            complete=held.complete,
        )
