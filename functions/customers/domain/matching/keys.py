"""Blocking keys: who could be the same person at all. Two records that share no key are never compared."""

from __future__ import annotations

from dataclasses import dataclass

from functions.customers.domain.matching.distance import sound
from functions.customers.domain.matching.nicknames import full_names
from functions.customers.domain.matching.traits import Traits, district, sector

MAX_KEYS = 18
"""Per record: what it costs to read and to write one."""
BUCKET_SIZE = 24
"""Customers that a key remembers, the newest."""
HOT_FROM = 48
"""A key that so many customers have had says nothing any more: it is counted, but leads nowhere."""
MIN_TELLING_LOCAL = 6
END_LETTERS = 6
"""Of a mailbox or number, with an initial: finds those that are mistyped further in front."""
INDIVIDUAL = frozenset({"card", "email", "phone"})
"""Keys that are evidence by themselves."""


@dataclass(frozen=True)
class Key:
    """One way to look somebody up. `value` is personal; stores keep a digest of it."""

    kind: str
    value: str


def keys_of(record: Traits) -> tuple[Key, ...]:
    """The keys of a record, the most telling first."""
    found: dict[Key, None] = {}

    def add(kind: str, *parts: str) -> None:
        if all(parts):
            found.setdefault(Key(kind, "|".join(parts)))

    given, family = _first(record.given), _first(record.family)
    initial, heard = given[:1], sound(family)
    whole = min(full_names(given)) if given else ""
    for card in record.cards:
        add("card", card)
    for email in record.emails:
        add("email", email)
        local = email.split("@")[0]
        if len(local) >= MIN_TELLING_LOCAL:
            add("local", local)
            add("local_end", local[-END_LETTERS:], initial, heard)
    for phone in record.phones:
        add("phone", phone)
        add("phone_end", phone[-END_LETTERS:], initial)
        add("phone_start", phone[:6], initial)
    for born in record.births:
        add("birth", born, initial)
        add("birth_family", born, heard)
        add("decade", born[:3], whole, heard)
    for where in record.places:
        postcode, house, street = where.split("|")
        add("sector", sector(postcode), heard, initial)
        add("home", postcode, house, initial)
        add("family_home", postcode, house, heard)
        add("district", district(postcode), whole, family)
        add("street", house, street, heard)
    if len(given) > 1:
        add("name", *sorted((whole, family)))
    return tuple(found)[:MAX_KEYS]


def _first(values: tuple[str, ...]) -> str:
    return values[0] if values else ""
