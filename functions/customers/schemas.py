"""HTTP models of customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from functions.customers.domain.contact import normalised_email, normalised_phone
from functions.customers.domain.customer import Customer, KnownIdentity
from functions.customers.domain.identity import (
    UNREADABLE_PHONE,
    Identity,
    IdentityType,
    Statement,
    channel_account,
    normalised_loyalty_number,
)
from functions.customers.domain.linking import Merge
from functions.customers.domain.profile import TRUST, Choices, Origin, Stated
from shared.addresses import Address
from shared.errors import InvalidField
from shared.schemas import (
    AddressSchema,
    Identifier,
    OptionalText,
    PageOf,
    QuerySchema,
    Schema,
    UtcTime,
)

Email = Annotated[
    str, StringConstraints(max_length=254, strip_whitespace=True, pattern=r"^\s*[^@\s]{1,64}@[^@\s]{1,189}\s*$")
]
Phone = Annotated[str, StringConstraints(min_length=3, max_length=40, strip_whitespace=True)]
LoyaltyNumber = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=128, strip_whitespace=True)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
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

    def to_statement(self, *, at: datetime, country: str) -> Statement:
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
            country=country,
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

    def to_identity(self, *, country: str) -> Identity:
        """The identity in normal form. Raises InvalidField for one that could not identify anybody."""
        if self.channel is not None and self.external_id is not None:
            return channel_account(self.channel, self.external_id)
        if self.email is not None:
            return _identity(IdentityType.EMAIL, normalised_email(self.email), "not an e-mail address")
        if self.phone is not None:
            # A `+` that was not escaped in the URL arrives as a blank.
            phone = "+" + self.phone[1:] if self.phone.startswith(" ") else self.phone
            return _identity(IdentityType.PHONE, normalised_phone(phone, country), UNREADABLE_PHONE)
        number = normalised_loyalty_number(self.loyalty_number or "")
        return _identity(IdentityType.LOYALTY_NUMBER, number, "not a loyalty number")


def _identity(kind: IdentityType, value: str | None, otherwise: str) -> Identity:
    if value is None:
        raise InvalidField(f"/{kind}", otherwise)
    return Identity(kind, value)


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


class ProvenanceView(Schema):
    """Where one value shown is from. `trust`: of several values the most trusted is shown, then the newest."""

    field: str
    channel: str
    origin: Literal["profile", "account", "order", "import"]
    at: UtcTime
    trust: int

    @classmethod
    def all_of(cls, customer: Customer) -> list[ProvenanceView]:
        """Of every value of the profile and of the choices, by field."""
        stated = [(name, one.channel, one.origin, one.at) for name, one in customer.profile.stated().items()]
        chosen = [(one.name, one.channel, Origin.PROFILE, one.at) for one in customer.choices.sources]
        return [
            cls.model_construct(
                field=name, channel=channel, origin=origin.value, at=at.astimezone(UTC), trust=TRUST[origin]
            )
            for name, channel, origin, at in (*stated, *chosen)
        ]


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


class CustomerView(Schema):
    """One shopper over all channels: the best value of each field with where it is from, and every identity. A channel
    gets `customer_id` and what it has said itself; staff and the shopper get the whole."""

    customer_id: str
    name: PersonName
    email: str | None
    phone: str | None
    birth_date: str | None
    loyalty_number: str | None
    address: AddressSchema | None
    channels: list[str]
    identities: list[IdentityView]
    provenance: list[ProvenanceView]
    choices: Choice
    merges: list[MergeView]
    created_at: UtcTime
    version: int
    as_of: UtcTime

    @classmethod
    def of(cls, customer: Customer, merges: Sequence[Merge], *, as_of: datetime) -> CustomerView:
        profile = customer.profile
        return cls.model_construct(
            customer_id=customer.customer_id,
            name=_name(customer),
            email=_value(profile.email),
            phone=_value(profile.phone),
            birth_date=_value(profile.birth_date),
            loyalty_number=_value(profile.loyalty_number),
            address=address_of(profile.address.value) if profile.address else None,
            channels=list(customer.channels),
            identities=[IdentityView.of(known) for known in customer.identities],
            provenance=ProvenanceView.all_of(customer),
            choices=Choice.of(customer.choices),
            merges=[MergeView.of(link) for link in merges],
            created_at=customer.created_at,
            version=customer.version,
            as_of=as_of,
        )


class CustomersPage(PageOf[CustomerView]):
    """The customers found: one or none."""


def _name(customer: Customer) -> PersonName:
    """As an account states it, in two parts; else the name on an order, split before its last word."""
    given, family = _value(customer.profile.given), _value(customer.profile.family)
    if not given and not family:
        given, _, family = (_value(customer.profile.full_name) or "").rpartition(" ")
    return PersonName.model_construct(given=given or "", family=family or "")


def _value(stated: Stated | None) -> str | None:
    return stated.value if stated else None


def address_of(address: Address) -> AddressSchema:
    return AddressSchema.model_construct(
        name=address.name,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
    )
