"""The customer: one shopper over all channels, a view of what the source records say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.customers.domain.identity import (
    Conflict,
    Identity,
    IdentityType,
    SourceRecord,
    Statement,
    identities_of,
)
from functions.customers.domain.matching.traits import Traits, joined, traits_of
from functions.customers.domain.profile import Choices, Profile, chosen_by, stating
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
        profile=stating(customer.profile, statement),
        traits=joined(traits_of(statement), customer.traits),
    )


def self_described(customer: Customer, statement: Statement) -> Customer:
    """The customer after the shopper's own word. It shows, but proves nothing: whoever could claim another's mailbox
    here would be linked to them. So it is neither an identity nor evidence."""
    return replace(customer, profile=stating(customer.profile, statement))


def as_seen_by(channel: str, customer: Customer, said: Iterable[Statement]) -> Customer:
    """What one channel may know of a shopper: what it has said itself (`said`: of all accounts), and nothing that the
    shopper told others, not even who they are. A shop window, a marketplace or a till that states somebody's e-mail
    address must not be handed their birthday."""
    own = sorted((one for one in said if one.channel == channel), key=lambda one: one.at)
    mine = {name: value for name, value in customer.profile.stated().items() if value.channel == channel}
    profile = Profile(**mine)  # type: ignore[arg-type]  # each field gets a value of its own class
    for statement in own:
        profile = stating(profile, statement)
    stated = {identity for one in own for identity in identities_of(one)}
    identities = tuple(
        one if one.channel == channel else replace(one, channel=channel, at=max(each.at for each in own))
        for one in customer.identities
        if one.channel == channel or one.identity in stated
    )
    times = [*(one.at for one in own), *(one.at for one in identities), *(one.at for one in profile.stated().values())]
    return Customer(
        customer_id=customer.customer_id,
        created_at=min(times, default=customer.created_at),
        channels=tuple(one for one in customer.channels if one == channel),
        identities=identities,
        profile=profile,
        version=customer.version,
        choices=chosen_by(channel, customer.choices),
    )
