"""What a routing profile says: for which orders it decides, what a plan may look like, what becomes of other units."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from functions.fulfilment.domain.routing.limits import Limits
from functions.fulfilment.domain.routing.plan import Exclusion, Reason
from functions.fulfilment.domain.routing.problem import Candidate, Want

WAIT_PER_DAY = 50
"""Minor units for each day that a parcel waits before it leaves: the sooner one of two that cost about the same."""
LATE_PER_DAY = 1_000
"""Minor units for each day after the promise."""


class Goods(Protocol):
    """An item, as far as profiles ask."""

    @property
    def sku(self) -> str: ...
    @property
    def category(self) -> str: ...


class Stage(StrEnum):
    """How far a version has come. SHADOW decides beside the others and is only recorded; CANARY decides a share of the
    orders; ACTIVE decides."""

    DRAFT = "DRAFT"
    SHADOW = "SHADOW"
    CANARY = "CANARY"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class Unroutable(StrEnum):
    """What becomes of units that no place can give."""

    ITEM = "item"
    """As the item says: backordered, or cancelled as out of stock."""
    QUEUE = "queue"
    BACKORDER = "backorder"
    OFFER = "offer"
    """The shopper is asked: wait, collect where it is, or cancel; whoever does not answer waits."""
    CANCEL = "cancel"


class Together(StrEnum):
    """What is not split over places."""

    NOTHING = "nothing"
    LINES = "lines"
    CATEGORIES = "categories"
    ORDER = "order"


@dataclass(frozen=True)
class Conditions:
    """For which orders a profile decides: each condition that is there must hold. Methods and categories: of any line.
    Values in minor units, by the items' own values."""

    channels: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    min_value: int | None = None
    max_value: int | None = None


@dataclass(frozen=True)
class LineRule:
    """Items (of these categories, or these SKUs) come only from such places, and not from those."""

    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def forbids(self, sku: str, category: str, location_id: str, kind: str) -> bool:
        """Whether the place may not give the item."""
        if category not in self.categories and sku not in self.skus:
            return False
        return location_id in self.excluded or bool(self.kinds and kind not in self.kinds)


@dataclass(frozen=True)
class Terms:
    """One version of a profile. Of the profiles that match an order the one of the highest rank decides, of equal ones
    the first by id. `preference`: minor units by which a parcel from a place not `preferred` counts as dearer."""

    when: Conditions = field(default_factory=Conditions)
    rank: int = 0
    max_parcels: int | None = None
    ship_complete: bool = False
    together: Together = Together.NOTHING
    min_parcel_value: int = 0
    kinds: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    preference: int = 0
    max_distance_km: float | None = None
    line_rules: tuple[LineRule, ...] = ()
    cancel_penalty: int | None = None
    """Per unit left unfilled; None: filled whenever possible."""
    unroutable: Unroutable = Unroutable.ITEM
    max_reroutes: int = 4
    """Further places that are asked for units of a SKU after the first has failed to give them."""
    acknowledge_minutes: int | None = None
    """Open minutes in which a place takes the work on, before it goes elsewhere."""
    wait_per_day: int = WAIT_PER_DAY
    late_per_day: int = LATE_PER_DAY

    def limits(self, wants: Iterable[Want], items: Mapping[str, Goods]) -> Limits:
        """What the plan of these lines may look like."""
        sets: dict[str, set[str]] = {}
        for want in wants:
            category = items[want.sku].category if want.sku in items else ""
            if self.together is Together.ORDER:
                sets.setdefault("", set()).add(want.line_id)
            elif self.together is Together.LINES:
                sets[want.line_id] = {want.line_id}
            elif self.together is Together.CATEGORIES and category:
                sets.setdefault(category, set()).add(want.line_id)
        together = tuple(frozenset(kept) for _, kept in sorted(sets.items()))
        return Limits(self.max_parcels, self.ship_complete, together, self.min_parcel_value)

    def applied(
        self, choices: Iterable[Candidate], kinds: Mapping[str, str], items: Mapping[str, Goods]
    ) -> tuple[list[Candidate], list[Exclusion]]:
        """The choices as this profile takes them, and the others with why not. `kinds` by location."""
        kept: list[Candidate] = []
        left_out: list[Exclusion] = []
        for one in choices:
            reason, taken = self._taken(one, kinds.get(one.location_id, ""), items)
            if reason:
                left_out.append(Exclusion(one.location_id, reason))
            else:
                kept.append(taken)
        return kept, left_out

    def _taken(self, one: Candidate, kind: str, items: Mapping[str, Goods]) -> tuple[Reason | None, Candidate]:
        if one.location_id in self.excluded or (self.kinds and kind not in self.kinds):
            return Reason.EXCLUDED, one
        if self.max_distance_km is not None and (one.distance_km or 0.0) > self.max_distance_km:
            return Reason.TOO_FAR, one
        if self.line_rules:
            allowed = {sku: units for sku, units in one.stock.items() if not self._forbids(sku, one, kind, items)}
            if not allowed:
                return Reason.ATTRIBUTE, one
            one = replace(one, stock=allowed)
        one = self.priced(one)
        if self.preferred and one.location_id not in self.preferred:
            one = replace(one, fixed_cost=one.fixed_cost + self.preference, handicap=self.preference)
        return None, one

    def priced(self, one: Candidate) -> Candidate:
        """The choice with what it costs that a parcel from there leaves or arrives late."""
        if not (one.days_waiting or one.days_late):
            return one
        lateness = self.wait_per_day * one.days_waiting + self.late_per_day * one.days_late
        return replace(one, fixed_cost=one.fixed_cost + lateness, lateness=lateness)

    def _forbids(self, sku: str, one: Candidate, kind: str, items: Mapping[str, Goods]) -> bool:
        category = items[sku].category if sku in items else ""
        return any(rule.forbids(sku, category, one.location_id, kind) for rule in self.line_rules)


@dataclass(frozen=True)
class Traits:
    """What conditions ask of an order; told when it is planned first, and kept."""

    value: int = 0
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asker:
    """An order, as conditions see it."""

    order_id: str
    channel: str
    service: str
    country: str
    methods: frozenset[str]
    traits: Traits

    def meets(self, when: Conditions) -> bool:
        """Whether every condition holds."""
        return (
            _one_of(self.channel, when.channels)
            and _one_of(self.service, when.services)
            and _one_of(self.country, when.countries)
            and (not when.methods or not self.methods.isdisjoint(when.methods))
            and (not when.categories or not set(self.traits.categories).isdisjoint(when.categories))
            and (when.min_value is None or self.traits.value >= when.min_value)
            and (when.max_value is None or self.traits.value <= when.max_value)
        )


def _one_of(value: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


@dataclass(frozen=True)
class Chosen:
    """The version that decides an order, and in which stage it is."""

    profile_id: str
    version: int
    stage: Stage
    terms: Terms


BUILT_IN = Chosen("default", 0, Stage.ACTIVE, Terms())
"""Decides where no other profile does: no conditions, no limits."""


@dataclass(frozen=True)
class Live:
    """A version that decides, or would."""

    profile_id: str
    version: int
    stage: Stage
    terms: Terms
    share: float = 1.0


def bucket(profile_id: str, order_id: str) -> float:
    """Where in [0, 1) the order falls for the profile: always the same, so a growing share keeps its orders."""
    digest = hashlib.sha256(f"{profile_id}#{order_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64


def choose(live: Iterable[Live], asker: Asker) -> Chosen:
    """Who decides the order. A canary goes before the active version of the same rank, for its share of the orders."""
    found = [one for one in live if one.stage in (Stage.ACTIVE, Stage.CANARY) and _decides(one, asker)]
    if not found:
        return BUILT_IN
    return _chosen(min(found, key=lambda one: (-one.terms.rank, one.stage is Stage.ACTIVE, one.profile_id)))


def _decides(one: Live, asker: Asker) -> bool:
    in_share = one.stage is Stage.ACTIVE or bucket(one.profile_id, asker.order_id) < one.share
    return in_share and asker.meets(one.terms.when)


MAX_SHADOWS = 3
"""Plans made beside the one that counts: each costs as much as that one."""


def shadows(live: Iterable[Live], asker: Asker) -> list[Chosen]:
    """Whose plans are recorded beside the one that counts, highest rank first."""
    found = [one for one in live if one.stage is Stage.SHADOW and asker.meets(one.terms.when)]
    return [_chosen(one) for one in sorted(found, key=lambda one: (-one.terms.rank, one.profile_id))][:MAX_SHADOWS]


def _chosen(one: Live) -> Chosen:
    return Chosen(one.profile_id, one.version, one.stage, one.terms)
