"""HTTP models of customers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from functions.customers.domain.consent import Consent, Standing
from functions.customers.domain.customer import Choices, Customer, KnownIdentity, Stated
from functions.customers.domain.identity import (
    Address,
    Identity,
    IdentityType,
    Statement,
    channel_account,
    normalised_email,
    normalised_loyalty_number,
    normalised_phone,
)
from functions.customers.domain.linking import Merge, Tree
from functions.customers.domain.matching.resolver import Candidate
from functions.customers.domain.matching.scoring import Term
from functions.customers.domain.review import Review
from functions.customers.domain.timeline import Entry, Kind
from functions.customers.dossier import Access
from shared.errors import InvalidField
from shared.schemas import (
    AddressSchema,
    Identifier,
    LongText,
    OptionalText,
    PageOf,
    PageQuery,
    QuerySchema,
    Schema,
    Text,
    UtcTime,
)

Email = Annotated[
    str, StringConstraints(max_length=254, strip_whitespace=True, pattern=r"^\s*[^@\s]{1,64}@[^@\s]{1,189}\s*$")
]
Phone = Annotated[str, StringConstraints(min_length=3, max_length=40, strip_whitespace=True)]
LoyaltyNumber = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True)]
BirthDate = Annotated[date, Field(ge=date(1880, 1, 1), lt=date(2100, 1, 1), strict=False)]


class SourceSchema(Schema):
    """Who says it: an account of a channel."""

    channel: Identifier
    external_id: ExternalId


class PersonName(Schema):
    """A name in two parts; either may be empty."""

    given: OptionalText = ""
    family: OptionalText = ""


class PutCustomer(Schema):
    """What a channel's account says about a shopper."""

    source: SourceSchema
    name: PersonName
    email: Email | None = None
    phone: Phone | None = None
    birth_date: BirthDate | None = None
    address: AddressSchema | None = None
    loyalty_number: LoyaltyNumber | None = None

    def to_statement(self, *, at: datetime) -> Statement:
        address = self.address
        return Statement(
            channel=self.source.channel if self.source else "",
            external_id=self.source.external_id if self.source else "",
            at=at,
            given=self.name.given,
            family=self.name.family,
            email=self.email or "",
            phone=self.phone or "",
            loyalty_number=self.loyalty_number or "",
            birth_date=self.birth_date.isoformat() if self.birth_date else "",
            address=None if address is None else Address(**address.model_dump(exclude={"geo"})),
        )


class FindCustomers(QuerySchema):
    """By exactly one identity; a channel's account takes both of its parts."""

    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None
    loyalty_number: Annotated[str, StringConstraints(max_length=64)] | None = None
    channel: Identifier | None = None
    external_id: ExternalId | None = None

    @model_validator(mode="after")
    def _one_identity(self) -> Self:
        if (self.channel is None) != (self.external_id is None):
            raise ValueError("channel and external_id belong together")
        given = [self.email, self.phone, self.loyalty_number, self.channel]
        if sum(value is not None for value in given) != 1:
            raise ValueError("give exactly one of email, phone, loyalty_number, or channel with external_id")
        return self

    def to_identity(self) -> Identity:
        """The identity in normal form. Raises InvalidField for one that could not identify anybody."""
        if self.channel is not None and self.external_id is not None:
            return channel_account(self.channel, self.external_id)
        if self.email is not None:
            return _identity(IdentityType.EMAIL, normalised_email(self.email), "not an e-mail address")
        if self.phone is not None:
            # A `+` that was not escaped in the URL arrives as a blank.
            phone = "+" + self.phone[1:] if self.phone.startswith(" ") else self.phone
            return _identity(IdentityType.PHONE, normalised_phone(phone), "give + and the country code")
        number = normalised_loyalty_number(self.loyalty_number or "")
        return _identity(IdentityType.LOYALTY_NUMBER, number, "not a loyalty number")


def _identity(kind: IdentityType, value: str | None, otherwise: str) -> Identity:
    if value is None:
        raise InvalidField(f"/{kind}", otherwise)
    return Identity(kind, value)


class TimelineQuery(PageQuery):
    """How a timeline pages; `kind`: only these, comma-joined."""

    kind: Annotated[str, StringConstraints(max_length=200)] = ""

    def kinds(self) -> frozenset[str]:
        """The kinds asked for; empty: all. Raises InvalidField for one that there is not."""
        wanted = frozenset(filter(None, self.kind.split(",")))
        if unknown := wanted - set(Kind):
            raise InvalidField("/kind", f"no such kind: {', '.join(sorted(unknown))[:100]}")
        return wanted


class Choice(Schema):
    """What the shopper likes."""

    preferences: dict[str, str]
    favourite_store: str | None
    tags: list[str]

    @classmethod
    def of(cls, choices: Choices) -> Choice:
        return cls.model_construct(
            preferences=dict(choices.preferences),
            favourite_store=choices.favourite_store or None,
            tags=list(choices.tags),
        )


ShortText = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]


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

    def to_statement(self, *, channel: str, at: datetime) -> Statement:
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
    """Something that happened between the shopper and a channel. `data`: texts by name, e.g. a contact reason."""

    interaction_id: Identifier
    kind: Literal["visit", "cart", "support_note", "message", "call"]
    channel: Identifier
    at: UtcTime = Field(strict=False)
    data: Annotated[dict[ShortText, LongText | int | bool | None], Field(max_length=30)] = Field(default_factory=dict)

    def to_entry(self, *, customer_id: str, by: str) -> Entry:
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


class IdentityView(Schema):
    """One way to recognise the shopper; for a channel's account `value` is its id there."""

    type: Literal["channel", "loyalty_number", "email", "phone"]
    value: str
    channel: str
    since: UtcTime

    @classmethod
    def of(cls, known: KnownIdentity) -> IdentityView:
        account = known.type is IdentityType.CHANNEL
        value = known.value.removeprefix(f"{known.channel}/") if account else known.value
        return cls.model_construct(type=known.type.value, value=value, channel=known.channel, since=known.at)


class MergeView(Schema):
    """A link: `customer_id` stands for `members` as well. `undone_at`: when it was cut."""

    merge_id: str
    customer_id: str
    members: list[str]
    reason: str
    by: str
    at: UtcTime
    undone_at: UtcTime | None

    @classmethod
    def of(cls, merge: Merge) -> MergeView:
        return cls.model_construct(
            merge_id=merge.merge_id,
            customer_id=merge.customer_id,
            members=list(merge.members),
            reason=merge.reason,
            by=merge.by,
            at=merge.at,
            undone_at=merge.undone_at,
        )


class MergeCustomers(Schema):
    """Who else the customer is."""

    other_customer_id: Identifier
    reason: Text


class UnmergeCustomers(Schema):
    """Which link was wrong."""

    merge_id: Identifier
    reason: OptionalText = ""


class ResolveRecord(PutCustomer):
    """What is known of somebody; the account may be left out."""

    source: SourceSchema | None = None  # type: ignore[assignment]  # a question needs no account
    name: PersonName = PersonName()


class ResolveCustomers(Schema):
    """Who are they? Nothing is kept."""

    records: Annotated[list[ResolveRecord], Field(min_length=1, max_length=100)]


class TermView(Schema):
    """One field's part of a score, in bits."""

    field: str
    level: str
    bits: float

    @classmethod
    def of(cls, term: Term) -> TermView:
        return cls.model_construct(field=term.field, level=term.level, bits=term.bits)


class CandidateView(Schema):
    """A shopper whom a record may be about. `veto`: why it is not linked however high the score."""

    customer_id: str
    score: float
    veto: str | None
    evidence: list[TermView]

    @classmethod
    def of(cls, candidate: Candidate) -> CandidateView:
        found = candidate.assessment
        return cls.model_construct(
            customer_id=candidate.root,
            score=found.bits,
            veto=found.veto.value if found.veto else None,
            evidence=[TermView.of(term) for term in found.terms],
        )


class ResolutionView(Schema):
    """Whom a record is about (null: somebody new), and who was considered."""

    customer_id: str | None
    threshold: float
    candidates: list[CandidateView]


class ResolutionsView(Schema):
    """One answer per record, in their order."""

    items: list[ResolutionView]


class ReviewsQuery(PageQuery):
    """Which reviews; the open ones unless said otherwise."""

    state: Literal["OPEN", "MERGED", "DISMISSED"] = "OPEN"


class ReviewView(Schema):
    """Two customers that may be one, and what was decided."""

    review_id: str
    customer_ids: list[str]
    score: float
    veto: str | None
    evidence: list[TermView]
    state: Literal["OPEN", "MERGED", "DISMISSED"]
    at: UtcTime
    decided_by: str | None
    decided_at: UtcTime | None

    @classmethod
    def of(cls, review: Review) -> ReviewView:
        return cls.model_construct(
            review_id=review.review_id,
            customer_ids=list(review.customer_ids),
            score=review.bits,
            veto=review.veto or None,
            evidence=[TermView.of(term) for term in review.terms],
            state=review.state.value,
            at=review.at,
            decided_by=review.decided_by or None,
            decided_at=review.decided_at,
        )


class ReviewsPage(PageOf[ReviewView]):
    """Reviews, the oldest first."""


class CustomerView(Schema):
    """One shopper over all channels: the newest value of each field, and every identity."""

    customer_id: str
    name: PersonName
    email: str | None
    phone: str | None
    birth_date: str | None
    loyalty_number: str | None
    address: AddressSchema | None
    channels: list[str]
    identities: list[IdentityView]
    choices: Choice
    merges: list[MergeView]
    created_at: UtcTime
    version: int
    as_of: UtcTime

    @classmethod
    def of(cls, customer: Customer, tree: Tree, *, as_of: datetime) -> CustomerView:
        profile = customer.profile
        return cls.model_construct(
            customer_id=customer.customer_id,
            name=_name(customer),
            email=_value(profile.email),
            phone=_value(profile.phone),
            birth_date=_value(profile.birth_date),
            loyalty_number=_value(profile.loyalty_number),
            address=_address(profile.address.value) if profile.address else None,
            channels=list(customer.channels),
            identities=[IdentityView.of(known) for known in customer.identities],
            choices=Choice.of(customer.choices),
            merges=[MergeView.of(link) for link in tree.links],
            created_at=customer.created_at,
            version=customer.version,
            as_of=as_of,
        )


class CustomersPage(PageOf[CustomerView]):
    """The customers found: one or none."""


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
            by=entry.by or None,
        )


class TimelineView(PageOf[EntryView]):
    """What happened, newest first."""


def _name(customer: Customer) -> PersonName:
    """As an account states it, in two parts; else the name on an order, split before its last word."""
    given, family = _value(customer.profile.given), _value(customer.profile.family)
    if not given and not family:
        given, _, family = (_value(customer.profile.full_name) or "").rpartition(" ")
    return PersonName.model_construct(given=given or "", family=family or "")


def _value(stated: Stated | None) -> str | None:
    return stated.value if stated else None


def _address(address: Address) -> AddressSchema:
    return AddressSchema.model_construct(
        name=address.name,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
    )
