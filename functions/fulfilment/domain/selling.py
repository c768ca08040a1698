"""What a channel may be given at all: the places that it sells from, and what is not offered there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

METHODS = {"ship": "ship", "pickup": "pickup", "curbside": "curbside", "ship_to_store": "pickup"}
"""By which method of a place the units of a line leave it, as exclusions name it."""


@dataclass(frozen=True)
class Pool:
    """The places that a channel sells from (None: all)."""

    version: int
    location_ids: frozenset[str] | None = None


@dataclass(frozen=True)
class Exclusion:
    """Not offered where all conditions that are given hold; one that is `gone` is kept to know its version."""

    version: int
    sku: str | None = None
    category: str | None = None
    location_id: str | None = None
    location_kind: str | None = None
    method: str | None = None
    channel: str | None = None
    expires_at: datetime | None = None
    gone: bool = False

    def live(self, *, channel: str, at: datetime) -> bool:
        """Whether it may concern the channel at that moment."""
        expired = self.expires_at is not None and self.expires_at <= at
        return not self.gone and not expired and self.channel in (None, channel)

    def holds(self, *, sku: str, category: str, location_id: str, kind: str, method: str) -> bool:
        """Whether it is about that item at that place by that method."""
        return (
            self.sku in (None, sku)
            and self.category in (None, category)
            and self.location_id in (None, location_id)
            and self.location_kind in (None, kind)
            and self.method in (None, method)
        )


@dataclass(frozen=True)
class Selling:
    """All pools by channel, all exclusions by id."""

    pools: Mapping[str, Pool] = field(default_factory=dict)
    exclusions: Mapping[str, Exclusion] = field(default_factory=dict)

    def with_pool(self, channel: str, pool: Pool) -> Selling | None:
        """With the pool; None when what is known is as new."""
        known = self.pools.get(channel)
        return None if known and known.version >= pool.version else replace(self, pools={**self.pools, channel: pool})

    def with_exclusion(self, exclusion_id: str, rule: Exclusion) -> Selling | None:
        """With the exclusion; None when what is known is as new."""
        known = self.exclusions.get(exclusion_id)
        if known and known.version >= rule.version:
            return None
        return replace(self, exclusions={**self.exclusions, exclusion_id: rule})

    def pool(self, channel: str) -> frozenset[str] | None:
        """The places that the channel sells from; None: all."""
        known = self.pools.get(channel)
        return known.location_ids if known else None

    def terms(self, channel: str, *, at: datetime) -> Terms:
        """What counts for the channel now."""
        rules = tuple(rule for rule in self.exclusions.values() if rule.live(channel=channel, at=at))
        return Terms(self.pool(channel), rules)


@dataclass(frozen=True)
class Terms:
    """What counts for one channel at one moment."""

    pool: frozenset[str] | None
    exclusions: tuple[Exclusion, ...]

    def sells_from(self, location_id: str) -> bool:
        return self.pool is None or location_id in self.pool

    def excluded(self, *, sku: str, category: str, location_id: str, kind: str, method: str) -> bool:
        """Whether the item is not offered there by that method."""
        return any(
            rule.holds(sku=sku, category=category, location_id=location_id, kind=kind, method=method)
            for rule in self.exclusions
        )
