"""Evidence in bits (Fellegi and Sunter 1969; term frequencies after Winkler 1989), and what households forbid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from functions.customers.domain.matching import weights
from functions.customers.domain.matching.comparison import Levels, compared
from functions.customers.domain.matching.traits import Traits

MARGIN_BITS = 4.0
"""Beyond even odds that a stranger among all records looks like that: 16 to 1. Less finds more of one person's records
(2 bits: F1 +.008), nearly all by a name alone, and two people of one name must not become one."""
NEAR_MISS_BITS = 5.0
"""So little below the threshold that a person should look."""
SMALLEST_POPULATION = 10_000
"""A young shop will grow: who is one person must not depend on how early they came."""

NAMED = frozenset({"same", "nickname", "typo"})
SHARED_FROM = 3
"""A phone number or mailbox of so many customers is not an individual's."""


class Veto(StrEnum):
    """Why evidence alone does not join two."""

    OTHER_GIVEN_NAME = "other_given_name"
    OTHER_BIRTH_DATE = "other_birth_date"
    NO_GIVEN_NAME = "no_given_name"
    HOUSEHOLD_ONLY = "household_only"
    NAMESAKES = "namesakes"


@dataclass(frozen=True)
class Term:
    """One field's part of a score."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True)
class Assessment:
    """How likely a record and a cluster are one person, and why."""

    bits: float
    terms: tuple[Term, ...]
    veto: Veto | None = None


def threshold(population: int) -> float:
    """The bits from which two are one: grows with the number of records, for chance finds more lookalikes."""
    return math.log2(max(population, SMALLEST_POPULATION)) + MARGIN_BITS


def assess(
    record: Traits, cluster: Traits, *, shared: Mapping[str, int] | None = None, population: int = 0
) -> Assessment:
    """The evidence of a record against all that is known of a cluster.

    `shared`: for a field (email, phone, card), how many customers have the record's value.
    """
    levels = compared(record, cluster)
    growth = math.log2(max(population, SMALLEST_POPULATION) / SMALLEST_POPULATION)
    terms = tuple(
        _term(field, level, value, owners=(shared or {}).get(field, 1), growth=growth)
        for field, (level, value) in levels.items()
    )
    return Assessment(round(sum(term.bits for term in terms), 2), terms, veto_of(levels, shared or {}))


def _term(field: str, level: str, value: str, *, owners: int, growth: float) -> Term:
    """`growth`: the more people there are, the less likely one stranger has just this number or mailbox; names,
    birth dates and places are as common in a large shop as in a small one."""
    bits = weights.BITS[field][level]
    if level == "same" and field in weights.COMMON:
        common = weights.COMMON[field]
        bits = math.log2(weights.SAME[field] / common.get(value, weights.RARE[field]))
    elif level == "same" and field in weights.IDENTIFIERS:
        bits += growth - math.log2(max(1, owners))
    return Term(field, level, round(bits, 2))


def veto_of(levels: Levels, shared: Mapping[str, int]) -> Veto | None:
    """What a household or an old address has in common without being one person: also father and son of one name, each
    with a mailbox and a number of his own."""
    level = {field: reached for field, (reached, _) in levels.items()}
    given, birth = level.get("given"), level.get("birth")
    card = level.get("card") == "same"
    own = {field for field in ("email", "phone") if level.get(field) == "same" and shared.get(field, 1) < SHARED_FROM}
    if given == "different" and not (card or (birth == "same" and own)):
        return Veto.OTHER_GIVEN_NAME
    if birth == "different" and not (card or (own and given in NAMED and given != "typo")):
        return Veto.OTHER_BIRTH_DATE
    if given in (None, "initial") and not card:
        nothing_against = own and level.get("family") != "different"
        if not (nothing_against or (given and birth == "same")):
            return Veto.NO_GIVEN_NAME
    if given in NAMED and birth is None and not card and not own and level.get("family") not in ("same", "typo"):
        return Veto.HOUSEHOLD_ONLY
    if birth not in ("same", "typo") and not card and level.get("email") == level.get("phone") == "different":
        return Veto.NAMESAKES
    return None
