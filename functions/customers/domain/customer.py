"""The customer: one shopper over all channels, a view of what the source records say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from functions.customers.domain.identity import Address, Conflict, Identity, IdentityType, SourceRecord, Statement
from functions.customers.domain.matching.traits import Traits, joined, traits_of
from shared.errors import NotFound

MAX_IDENTITIES = 100
"""Per customer. Whoever has more is not one person (a shop's own number typed for everyone): no more are linked."""


class CustomerNotFound(NotFound):
    """There is no such customer, or it is not the caller's to see."""

    code = "customer_not_found"

    def __init__(self) -> None:
        super().__init__("no such customer, or not yours to see")


@dataclass(frozen=True)
class KnownIdentity:
    """An identity that is linked to a customer, who said it first and when."""

    type: IdentityType
    value: str
    channel: str
    at: datetime

    @property
    def identity(self) -> Identity:
        return Identity(self.type, self.value)


@dataclass(frozen=True)
class Stated:
    """One value of a profile, who said it and when."""

    value: str
    channel: str
    at: datetime


@dataclass(frozen=True)
class StatedAddress:
    """The postal address of a profile, who said it and when."""

    value: Address
    channel: str
    at: datetime


@dataclass(frozen=True)
class Profile:
    """The newest value of each field over all statements."""

    given: Stated | None = None
    family: Stated | None = None
    full_name: Stated | None = None
    email: Stated | None = None
    phone: Stated | None = None
    loyalty_number: Stated | None = None
    birth_date: Stated | None = None
    address: StatedAddress | None = None


@dataclass(frozen=True)
class Choices:
    """What a shopper likes, as last said: preferences by name, a favourite store, tags that staff gave."""

    preferences: tuple[tuple[str, str], ...] = ()
    favourite_store: str = ""
    tags: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True)
class Customer:
    """One shopper. `channels`: those that the shopper came through; `version` 0: not stored yet."""

    customer_id: str
    created_at: datetime
    channels: tuple[str, ...] = ()
    identities: tuple[KnownIdentity, ...] = ()
    profile: Profile = field(default_factory=Profile)
    version: int = 0
    traits: Traits = field(default_factory=Traits)
    """What is comparable of everything that was said."""
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True)
class OrderLink:
    """An order belongs to a customer. Keeps the contact as the order gave it; `erased`: the customer was forgotten, and
    whatever is told of the order is dropped."""

    order_id: str
    channel_order_id: str
    placed_at: datetime
    customer_id: str
    record: SourceRecord
    erased: bool = False

    @property
    def channel(self) -> str:
        return self.record.statement.channel


def linkable(customer: Customer, identities: Iterable[Identity]) -> tuple[tuple[Identity, ...], tuple[Conflict, ...]]:
    """Which of the identities are new and still fit, and a conflict for each one beyond the limit."""
    known = {one.identity for one in customer.identities}
    new = [one for one in identities if one not in known]
    room = max(0, MAX_IDENTITIES - len(known))
    return tuple(new[:room]), tuple(Conflict(one.type) for one in new[room:])


def told(customer: Customer, statement: Statement, new: Iterable[Identity]) -> Customer:
    """The customer after one more statement with these new identities. The same statement again changes nothing."""
    channels = customer.channels
    return replace(
        customer,
        channels=channels if statement.channel in channels else (*channels, statement.channel),
        identities=(
            *customer.identities,
            *(KnownIdentity(one.type, one.value, statement.channel, statement.at) for one in new),
        ),
        profile=_newest(customer.profile, statement),
        traits=joined(traits_of(statement), customer.traits),
    )


def self_described(customer: Customer, statement: Statement) -> Customer:
    """The customer after the shopper's own word. It shows, but proves nothing: whoever could claim another's mailbox
    here would be linked to them. So it is neither an identity nor evidence."""
    return replace(customer, profile=_newest(customer.profile, statement))


def _newest(profile: Profile, statement: Statement) -> Profile:
    changes: dict[str, Stated | StatedAddress] = {}
    for name in (each.name for each in fields(Profile)):
        if name == "address" and statement.order_id:
            continue  # where one order goes is not where its shopper lives; the order's link keeps it
        said = getattr(statement, name)
        before: Stated | StatedAddress | None = getattr(profile, name)
        if said and (before is None or (before.value != said and before.at <= statement.at)):
            stated = StatedAddress if isinstance(said, Address) else Stated
            changes[name] = stated(said, statement.channel, statement.at)
    return replace(profile, **changes)  # type: ignore[arg-type]  # each field gets a value of its own class
