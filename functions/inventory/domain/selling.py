"""Which stock a channel may promise: pools, exclusions and safety stock, by rules with conditions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from math import inf
from typing import Literal

from functions.inventory.domain.places import Capability, Item, Location, LocationKind
from functions.inventory.domain.units import Position


@dataclass(frozen=True)
class Pool:
    """The places that a channel sells from (None: all), and the units of each item that are never offered to it."""

    channel: str
    location_ids: frozenset[str] | None = None
    threshold: int = 0
    version: int = 0

    def holds(self, location_id: str) -> bool:
        """Whether the channel sells from the place."""
        return self.location_ids is None or location_id in self.location_ids

    def meets(self, other: Pool) -> bool:
        """Whether both channels sell from a same place."""
        if self.location_ids is None or other.location_ids is None:
            return True
        return not self.location_ids.isdisjoint(other.location_ids)


@dataclass(frozen=True)
class When:
    """Conditions; all that are given have to hold."""

    sku: str | None = None
    category: str | None = None
    location_id: str | None = None
    location_kind: LocationKind | None = None
    method: Capability | None = None
    channel: str | None = None

    @property
    def count(self) -> int:
        """How many conditions are given."""
        return sum(value is not None for value in vars(self).values())


@dataclass(frozen=True)
class Rule:
    """What holds where its conditions do, until it expires. `rank`: 1 comes before 2, and any before none."""

    rule_id: str
    name: str
    when: When
    changed_at: datetime
    rank: int | None = None
    expires_at: datetime | None = None
    version: int = 0

    @property
    def precedence(self) -> tuple[int, float, float, float, str]:
        """Most conditions, then soonest expiry, then rank, then newest: the least one wins."""
        return (
            -self.when.count,
            self.expires_at.timestamp() if self.expires_at else inf,
            inf if self.rank is None else self.rank,
            -self.changed_at.timestamp(),
            self.rule_id,
        )


@dataclass(frozen=True)
class SafetyRule(Rule):
    """So many units of each position are not promised."""

    safety_stock: int = 0


@dataclass(frozen=True)
class Exclusion(Rule):
    """The item is not offered."""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What of an item decides about promising it. `safety`: its own default, None where the places' defaults count."""

    sku: str
    category: str = ""
    backorderable: bool = False
    safety: int | None = None

    @classmethod
    def of(cls, item: Item) -> ItemFacts:
        """The facts of an item of the SKU master."""
        return cls(item.sku, item.category, item.backorderable, item.default_safety_stock)


@dataclass(frozen=True, slots=True)
class Safety:
    """The safety stock of a position and what says so: a rule, or the default of the item or the place."""

    units: int
    rule_id: str | None = None
    default_of: Literal["item", "location"] | None = None


@dataclass(frozen=True)
class Rules:
    """Everything that is set, as it is now."""

    pools: Mapping[str, Pool] = field(default_factory=dict)
    safety: tuple[SafetyRule, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()

    def pool(self, channel: str | None) -> Pool:
        """The channel's pool; all places where none is set."""
        return self.pools.get(channel or "") or Pool(channel or "")

    def terms(self, *, channel: str | None, method: Capability | None, now: datetime) -> Terms:
        """What counts for one channel and method. Without a channel (or method), rules that name one do not."""
        return Terms(
            self.pool(channel),
            _Matcher(self.safety, channel, method, now),
            _Matcher(self.exclusions, channel, method, now),
        )


class _Matcher:
    """Finds the best rule of a position: those that name the item are few and looked at one by one, the others are
    looked up by category and place and remembered."""

    def __init__(self, rules: Iterable[Rule], channel: str | None, method: Capability | None, now: datetime) -> None:
        by_sku: dict[str, list[Rule]] = defaultdict(list)
        self._general: list[Rule] = []
        for rule in sorted(rules, key=lambda rule: rule.precedence):
            when = rule.when
            live = rule.expires_at is None or now < rule.expires_at
            if live and when.channel in (None, channel) and when.method in (None, method):
                (self._general if when.sku is None else by_sku[when.sku]).append(rule)
        self._by_sku = dict(by_sku)
        self._idle = not self._general and not by_sku
        self._known: dict[tuple[str, str], Rule | None] = {}

    def best(self, item: ItemFacts, place: Location) -> Rule | None:
        """The rule that wins there."""
        if self._idle:
            return None
        key = item.category, place.location_id
        if key not in self._known:
            self._known[key] = _first(self._general, item, place)
        general = self._known[key]
        own = _first(self._by_sku[item.sku], item, place) if item.sku in self._by_sku else None
        if own is None or general is None:
            return own or general
        return min(own, general, key=lambda rule: rule.precedence)


def _first(rules: Iterable[Rule], item: ItemFacts, place: Location) -> Rule | None:
    return next((rule for rule in rules if _holds(rule.when, item, place)), None)


def _holds(when: When, item: ItemFacts, place: Location) -> bool:
    return (
        when.category in (None, item.category)
        and when.location_id in (None, place.location_id)
        and when.location_kind in (None, place.kind)
    )


@dataclass(frozen=True)
class Terms:
    """What one channel may promise by one method."""

    pool: Pool
    _safety: _Matcher
    _exclusions: _Matcher

    def safety(self, item: ItemFacts, place: Location) -> Safety:
        """The ONE best rule; where there is none the item's own default, else the place's."""
        rule = self._safety.best(item, place)
        if isinstance(rule, SafetyRule):
            return Safety(rule.safety_stock, rule.rule_id)
        if item.safety is not None:
            return _default(item.safety, "item")
        return _default(place.default_safety_stock, "location")

    def excluded_by(self, item: ItemFacts, place: Location) -> str | None:
        """The id of the exclusion that keeps the item at the place from being offered."""
        rule = self._exclusions.best(item, place)
        return rule.rule_id if rule else None


@lru_cache(maxsize=1024)
def _default(units: int, of: Literal["item", "location"]) -> Safety:
    return Safety(units, default_of=of)


def withheld(available: Mapping[Position, int], units: int, *, last: Collection[str] = ()) -> dict[Position, int]:
    """Where `units` of each item are kept back: by location id, in the places of `last` only what is left by then.

    The order is the same for everybody, so that rivals keep back the same units and the sum holds for them together.
    """
    shares: dict[Position, int] = {}
    left: dict[str, int] = {}
    for sku, location_id in sorted(available, key=lambda position: (position[1] in last, position)):
        missing = left.get(sku, units)
        share = min(missing, available[sku, location_id])
        left[sku] = missing - share
        if share:
            shares[sku, location_id] = share
    return shares
