"""Comparing two sets of traits, field by field: each field reaches one level, or says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from functions.customers.domain.matching.distance import likeness, one_edit_apart, sound
from functions.customers.domain.matching.nicknames import may_be_the_same, variants
from functions.customers.domain.matching.traits import Traits, district, sector

LEVELS: Mapping[str, tuple[str, ...]] = {
    "given": ("same", "nickname", "typo", "initial", "different"),
    "family": ("same", "typo", "part", "different"),
    "birth": ("same", "typo", "different"),
    "email": ("same", "typo", "mailbox", "different"),
    "phone": ("same", "typo", "different"),
    "place": ("home", "house", "postcode", "sector", "district", "different"),
    "card": ("same", "typo", "different"),
}
"""The strongest first, per field."""

ALIKE = 0.9
MIN_PART = 4

Levels = Mapping[str, tuple[str, str]]
"""Per field that both have: the level, and the value it was reached with."""


def compared(one: Traits, other: Traits) -> Levels:
    """The best level of each field over all its values; names are also tried the other way round."""
    found: dict[str, tuple[str, str]] = {}
    for field, mine, theirs, compare in (
        ("given", one.given, other.given, given_level),
        ("family", one.family, other.family, family_level),
        ("birth", one.births, other.births, birth_level),
        ("email", one.emails, other.emails, email_level),
        ("phone", one.phones, other.phones, digits_level),
        ("place", one.places, other.places, place_level),
        ("card", one.cards, other.cards, digits_level),
    ):
        best = _best(LEVELS[field], mine, theirs, compare)
        if best is not None:
            found[field] = best
    if found.get("email", ("", ""))[0] == "mailbox" and _of_the_name(found["email"][1], one.family):
        del found["email"]  # jsmith@one and jsmith@other: that says Smith again, which the name has said
    if found.get("given", ("",))[0] == "different" and (turned := _swapped(one, other)):
        found["given"] = "initial" if turned == "initial" else "typo", one.given[0]
        found["family"] = "typo", one.family[0]
    return found


def given_level(one: str, other: str) -> str:
    if one == other:
        return "same" if len(one) > 1 else "initial"
    if len(one) == 1 or len(other) == 1:
        return "initial" if one[0] == other[0] else "different"
    if may_be_the_same(one, other):
        return "nickname"
    meant = _mistyped(one, other) or any(_mistyped(name, other) for name in variants(one))
    return "typo" if meant or any(_mistyped(one, name) for name in variants(other)) else "different"


def family_level(one: str, other: str) -> str:
    if one == other:
        return "same"
    if _mistyped(one, other) or (sound(one) == sound(other) and likeness(one, other) >= ALIKE):
        return "typo"
    short, long = sorted((one, other), key=len)
    if len(short) >= MIN_PART and (long.startswith(short) or long.endswith(short)):
        return "part"
    return "different"


def birth_level(one: str, other: str) -> str:
    """`typo`: day and month swapped, or one digit of the eight."""
    if one == other:
        return "same"
    swapped = one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]
    return "typo" if swapped or sum(a != b for a, b in zip(one, other, strict=True)) == 1 else "different"


def email_level(one: str, other: str) -> str:
    if one == other:
        return "same"
    if one_edit_apart(one, other):
        return "typo"
    return "mailbox" if one.split("@")[0] == other.split("@")[0] else "different"


def digits_level(one: str, other: str) -> str:
    if one == other:
        return "same"
    return "typo" if one_edit_apart(one, other) else "different"


def place_level(one: str, other: str) -> str:
    (code, house, street), (code2, house2, street2) = one.split("|"), other.split("|")
    same_street = bool(street) and (street == street2 or one_edit_apart(street, street2))
    if code and code == code2:
        return "home" if house == house2 and (same_street or not (street and street2)) else "postcode"
    if house and house == house2 and same_street and (not code or not code2 or one_edit_apart(code, code2)):
        return "house"
    if not code or not code2:
        return "different"
    if sector(code) == sector(code2):
        return "sector"
    return "district" if district(code) == district(code2) else "different"


def _best(
    levels: tuple[str, ...], mine: Iterable[str], theirs: tuple[str, ...], compare: Callable[[str, str], str]
) -> tuple[str, str] | None:
    reached = None
    rank = len(levels)
    for one in mine:
        for other in theirs:
            level = compare(one, other)
            if (place := levels.index(level)) < rank:
                rank, reached = place, (level, one)
                if not rank:
                    return reached
    return reached


def _mistyped(one: str, other: str) -> bool:
    shortest = min(len(one), len(other))
    if shortest < MIN_PART - 1 or (shortest < MIN_PART and len(one) == len(other)):
        return False  # Ann is Anne and Jon is John, but Jan is not Jon
    return one_edit_apart(one, other) or (abs(len(one) - len(other)) <= 2 and likeness(one, other) >= 0.94)


def _of_the_name(email: str, families: tuple[str, ...]) -> bool:
    return any(family in email.split("@")[0] for family in families if len(family) >= MIN_PART - 1)


def _swapped(one: Traits, other: Traits) -> str | None:
    """How far the given names agree where a record has given and family name the wrong way round."""
    for record, known in ((one, other), (other, one)):
        given, family = record.given[:1], record.family[:1]
        if not given or not family or given == family or len(given[0]) == 1:
            continue
        if any(family_level(given[0], name) in ("same", "typo") for name in known.family):
            best = _best(LEVELS["given"], family, known.given, given_level)
            if best is not None and best[0] != "different":
                return best[0]
    return None
