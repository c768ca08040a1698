"""Record by record: candidates by blocking keys, evidence against their clusters, a verdict."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Protocol

from functions.customers.domain.matching.keys import HOT_FROM, INDIVIDUAL, Key, keys_of
from functions.customers.domain.matching.scoring import NEAR_MISS_BITS, Assessment, Veto, assess, threshold
from functions.customers.domain.matching.traits import Traits, joined

MAX_CANDIDATES = 8
MAX_REVIEWS = 3
_RANK = {"card": 8.0, "email": 8.0, "phone": 7.0, "birth": 4.0, "birth_family": 4.0, "home": 3.0}


@dataclass(frozen=True)
class Bucket:
    """What a key leads to: the newest customers that had it, and how many there have been."""

    customer_ids: tuple[str, ...]
    count: int
    version: int = 0


@dataclass(frozen=True)
class Cluster:
    """Customers that are one person: their root's id and everything known of them."""

    root: str
    traits: Traits


class Catalogue(Protocol):
    """Where keys and clusters are looked up."""

    def buckets(self, keys: Sequence[Key]) -> Mapping[Key, Bucket]: ...

    def clusters(self, customer_ids: Sequence[str]) -> Mapping[str, Cluster]:
        """The cluster of each customer."""
        ...


@dataclass(frozen=True)
class Candidate:
    """A cluster with what speaks for and against it."""

    root: str
    assessment: Assessment


@dataclass(frozen=True)
class Verdict:
    """Whom a record is about: `links` (the best first; empty: somebody new), and what a person should look at."""

    links: tuple[Candidate, ...] = ()
    reviews: tuple[Candidate, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    keys: tuple[Key, ...] = ()
    buckets: Mapping[Key, Bucket] = field(default_factory=dict)
    """What was read on the way, for whoever keeps the record afterwards."""


def candidates_of(keys: Sequence[Key], buckets: Mapping[Key, Bucket]) -> list[str]:
    """The customers worth comparing, the likeliest first: many shared keys, rare ones before common ones."""
    ranks: dict[str, float] = {}
    for key in keys:
        bucket = buckets.get(key)
        if bucket is None or bucket.count >= HOT_FROM:
            continue
        for customer_id in bucket.customer_ids:
            ranks[customer_id] = ranks.get(customer_id, 0.0) + _RANK.get(key.kind, 1.0) + 1 / bucket.count
    return sorted(ranks, key=lambda customer_id: (-ranks[customer_id], customer_id))[:MAX_CANDIDATES]


def shared_by(keys: Sequence[Key], buckets: Mapping[Key, Bucket]) -> dict[str, int]:
    """How many customers have the record's own e-mail address, phone number and card."""
    return {key.kind: buckets[key].count for key in keys if key.kind in INDIVIDUAL and key in buckets}


def resolve(record: Traits, catalogue: Catalogue, *, population: int, without: Collection[str] = ()) -> Verdict:
    """Whom the record is about. `without`: customers that it is not to be compared with (its own).

    Once it is about somebody, everything known of them looks again: clusters that said too little to be joined by their
    own records may be joined by this one.
    """
    keys = keys_of(record)
    buckets = catalogue.buckets(keys)
    found = _clusters(keys, buckets, catalogue, without)
    shared = shared_by(keys, buckets)
    judged = _judged(record, found, shared=shared, population=population)
    known = {root: cluster.traits for root, cluster in found.items()}
    first = replace(verdict(record, judged, known, population=population), keys=keys, buckets=buckets)
    if not first.links:
        return first
    together = reduce(joined, (known[one.root] for one in first.links), record)
    more = tuple(key for key in keys_of(together) if key not in keys)
    linked = {one.root for one in first.links}
    seen = {**buckets, **catalogue.buckets(more)}
    others = _clusters(more, seen, catalogue, {*without, *found, *linked})
    if not others:
        return first
    again = _judged(together, others, shared=shared_by((*keys, *more), seen), population=population)
    enough = threshold(population)
    links = tuple(one for one in again if one.assessment.bits >= enough and one.assessment.veto is None)
    return replace(first, links=(*first.links, *links), candidates=(*first.candidates, *again))


def _clusters(
    keys: Sequence[Key], buckets: Mapping[Key, Bucket], catalogue: Catalogue, without: Collection[str]
) -> dict[str, Cluster]:
    names = [one for one in candidates_of(keys, buckets) if one not in without]
    return {one.root: one for one in catalogue.clusters(names).values() if one.root not in without}


def _judged(
    record: Traits, found: Mapping[str, Cluster], *, shared: Mapping[str, int], population: int
) -> list[Candidate]:
    judged = [
        Candidate(root, assess(record, cluster.traits, shared=shared, population=population))
        for root, cluster in found.items()
    ]
    return sorted(judged, key=lambda one: (-one.assessment.bits, one.root))


def verdict(record: Traits, judged: Sequence[Candidate], known: Mapping[str, Traits], *, population: int) -> Verdict:
    """The best above the threshold, and those that then fit record and best together; doubts for a person.

    A record often is the missing piece between two clusters: what it brings counts for the others at once.
    """
    enough = threshold(population)
    links: list[Candidate] = []
    reviews: list[Candidate] = []
    together = record
    if _ambiguous(record, judged, known, enough):
        near = [one for one in judged if one.assessment.bits >= enough - NEAR_MISS_BITS]
        return Verdict((), tuple(near[:MAX_REVIEWS]), tuple(judged))
    for one in judged:
        found = one
        if links:
            found = Candidate(one.root, assess(together, known[one.root], population=population))
        bits, veto = found.assessment.bits, found.assessment.veto
        if bits >= enough and veto is None:
            links.append(found)
            together = joined(together, known[one.root])
        elif bits >= enough - NEAR_MISS_BITS:
            reviews.append(found)
    return Verdict(tuple(links), tuple(reviews[:MAX_REVIEWS]), tuple(judged))


def _ambiguous(record: Traits, judged: Sequence[Candidate], known: Mapping[str, Traits], enough: float) -> bool:
    """Whether a record without a given name fits two who are not one: a mailbox or number that a household shares."""
    if any(len(name) > 1 for name in record.given) or record.cards:
        return False
    fits = [known[one.root] for one in judged if one.assessment.bits >= enough and one.assessment.veto is None]
    return any(assess(one, other).veto is Veto.OTHER_GIVEN_NAME for one, other in itertools.combinations(fits[:3], 2))
