"""What a shopper's profile shows, and where each value is from: of several the most trusted, then the newest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from functions.customers.domain.identity import Statement
from shared.addresses import Address


class Origin(StrEnum):
    """How a value came to us."""

    PROFILE = "profile"
    """Said of the customer themselves: by the shopper, by staff, or by a channel that changed the profile."""
    ACCOUNT = "account"
    """What an account of a channel holds."""
    ORDER = "order"
    """Typed into one order."""
    IMPORT = "import"
    """Out of a file: it says nothing about when it was true."""


TRUST: Mapping[Origin, int] = {Origin.PROFILE: 3, Origin.ACCOUNT: 3, Origin.ORDER: 2, Origin.IMPORT: 1}
"""The more, the rather a value is shown. Whoever signs in or speaks to staff can look at what is held and correct it;
who types in a hurry, or long ago, cannot."""


@dataclass(frozen=True)
class Stated:
    """One value of a profile, who said it and when."""

    value: str
    channel: str
    at: datetime
    origin: Origin = Origin.ACCOUNT

    @property
    def rank(self) -> tuple[int, datetime]:
        return TRUST[self.origin], self.at


@dataclass(frozen=True)
class StatedAddress:
    """The postal address of a profile, who said it and when."""

    value: Address
    channel: str
    at: datetime
    origin: Origin = Origin.ACCOUNT

    @property
    def rank(self) -> tuple[int, datetime]:
        return TRUST[self.origin], self.at


@dataclass(frozen=True)
class Profile:
    """The best value of each field over all statements."""

    given: Stated | None = None
    family: Stated | None = None
    full_name: Stated | None = None
    email: Stated | None = None
    phone: Stated | None = None
    loyalty_number: Stated | None = None
    birth_date: Stated | None = None
    address: StatedAddress | None = None

    def stated(self) -> dict[str, Stated | StatedAddress]:
        """Every value that there is, by field."""
        held = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in held if value is not None}


@dataclass(frozen=True)
class Chosen:
    """Who said one of the choices, and when. `name`: `preferences.NAME`, `favourite_store` or `tags`."""

    name: str
    channel: str
    at: datetime


@dataclass(frozen=True)
class Choices:
    """What a shopper likes, as last said: preferences by name, a favourite store, tags that staff gave."""

    preferences: tuple[tuple[str, str], ...] = ()
    favourite_store: str = ""
    tags: tuple[str, ...] = ()
    at: datetime | None = None
    sources: tuple[Chosen, ...] = ()


def origin_of(statement: Statement) -> Origin:
    """How what a statement says came to us."""
    if statement.imported:
        return Origin.IMPORT
    if statement.order_id:
        return Origin.ORDER
    return Origin.ACCOUNT if statement.external_id else Origin.PROFILE


def stating(profile: Profile, statement: Statement) -> Profile:
    """The profile after one more statement. The same statement again changes nothing, and the order of two does not
    matter, but that a repeated word of an order does not count as newer: it would rewrite the customer each time."""
    origin = origin_of(statement)
    changes: dict[str, Stated | StatedAddress] = {}
    for name in (each.name for each in fields(Profile)):
        if name == "address" and origin is Origin.ORDER:
            continue  # where one order goes is not where its shopper lives; the order's link keeps it
        said = getattr(statement, name)
        if not said:
            continue
        kind = StatedAddress if isinstance(said, Address) else Stated
        now = kind(said, statement.channel, statement.at, origin)
        before: Stated | StatedAddress | None = getattr(profile, name)
        if before is not None and before.value == said and origin is Origin.ORDER and before.origin is Origin.ORDER:
            continue
        if before is None or before.rank <= now.rank:
            changes[name] = now
    return replace(profile, **changes)  # type: ignore[arg-type]  # each field gets a value of its own class


def better(one: Profile, other: Profile) -> Profile:
    """Of each field the better value of two profiles; of equals the first one's."""
    picked = other.stated()
    for name, value in one.stated().items():
        if name not in picked or value.rank >= picked[name].rank:
            picked[name] = value
    return Profile(**picked)  # type: ignore[arg-type]  # each field gets a value of its own class


def attributed(before: Choices, after: Choices, *, channel: str, at: datetime) -> Choices:
    """The choices with who said what of them is new."""
    if after == before:
        return before
    said, now = _named(before), _named(after)
    sources = {one.name: one for one in before.sources if one.name in now}
    sources |= {name: Chosen(name, channel, at) for name, value in now.items() if said.get(name) != value}
    return replace(after, at=at, sources=tuple(sources[name] for name in sorted(sources)))


def chosen_by(channel: str, choices: Choices) -> Choices:
    """Only what this channel has said."""
    sources = tuple(one for one in choices.sources if one.channel == channel)
    names = {one.name for one in sources}
    return Choices(
        preferences=tuple(pair for pair in choices.preferences if f"preferences.{pair[0]}" in names),
        favourite_store=choices.favourite_store if "favourite_store" in names else "",
        tags=choices.tags if "tags" in names else (),
        at=max((one.at for one in sources), default=None),
        sources=sources,
    )


def _named(choices: Choices) -> dict[str, object]:
    named: dict[str, object] = {f"preferences.{name}": value for name, value in choices.preferences}
    if choices.favourite_store:
        named["favourite_store"] = choices.favourite_store
    if choices.tags:
        named["tags"] = choices.tags
    return named
