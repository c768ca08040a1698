"""HTTP models of pools, safety rules and exclusions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from functions.inventory.domain import places, selling
from shared.schemas import Count, Identifier, Schema, Text, UtcTime

MAX_POOL_PLACES = 2000


class PoolBody(Schema):
    """The places that a channel sells from (null: all), and the units of each item that are never offered to it."""

    location_ids: Annotated[list[Identifier], Field(min_length=1, max_length=MAX_POOL_PLACES)] | None
    threshold: Count = 0

    def to_pool(self, channel: str) -> selling.Pool:
        """The pool that the body describes."""
        ids = None if self.location_ids is None else frozenset(self.location_ids)
        return selling.Pool(channel, ids, self.threshold)


class PoolView(Schema):
    """A pool as stored."""

    channel: str
    location_ids: list[str] | None
    threshold: int
    version: int

    @classmethod
    def of(cls, pool: selling.Pool) -> PoolView:
        """The pool as JSON."""
        return cls.model_construct(
            channel=pool.channel,
            location_ids=None if pool.location_ids is None else sorted(pool.location_ids),
            threshold=pool.threshold,
            version=pool.version,
        )


class PoolPageView(Schema):
    """A page of the pools, by channel."""

    items: list[PoolView]
    next_cursor: str | None = None


class WhenSchema(Schema):
    """Conditions; all that are given have to hold. A rule that names a channel or method counts for those only."""

    sku: Identifier | None = None
    category: Text | None = None
    location_id: Identifier | None = None
    location_kind: places.LocationKind | None = None
    method: Literal["ship", "pickup", "curbside"] | None = None
    channel: Identifier | None = None

    def to_when(self) -> selling.When:
        """The conditions."""
        method = places.Capability(self.method) if self.method else None
        return selling.When(self.sku, self.category, self.location_id, self.location_kind, method, self.channel)

    @classmethod
    def of(cls, when: selling.When) -> WhenSchema:
        """The conditions as JSON."""
        return cls.model_construct(**vars(when))


class _RuleBody(Schema):
    name: Text
    when: WhenSchema
    rank: Count | None = None
    expires_at: UtcTime | None = None


class SafetyRuleBody(_RuleBody):
    """So many units of each position that it holds for are not promised. Of all rules that hold, ONE counts: that with
    most conditions, then soonest expiry, then lowest rank (none comes last), then the newest."""

    safety_stock: Count

    def to_rule(self, rule_id: str, changed_at: datetime) -> selling.SafetyRule:
        """The rule that the body describes."""
        return selling.SafetyRule(
            rule_id, self.name, self.when.to_when(), changed_at, self.rank, self.expires_at, 0, self.safety_stock
        )


class ExclusionBody(_RuleBody):
    """The item is not offered where the conditions hold."""

    def to_rule(self, rule_id: str, changed_at: datetime) -> selling.Exclusion:
        """The exclusion that the body describes."""
        return selling.Exclusion(rule_id, self.name, self.when.to_when(), changed_at, self.rank, self.expires_at)


class SafetyRuleView(SafetyRuleBody):
    """A safety rule as stored."""

    rule_id: str
    version: int

    @classmethod
    def of(cls, rule: selling.SafetyRule) -> SafetyRuleView:
        """The rule as JSON."""
        return cls.model_construct(
            rule_id=rule.rule_id,
            name=rule.name,
            safety_stock=rule.safety_stock,
            when=WhenSchema.of(rule.when),
            rank=rule.rank,
            expires_at=rule.expires_at,
            version=rule.version,
        )


class SafetyRulePageView(Schema):
    """A page of the safety rules, by id."""

    items: list[SafetyRuleView]
    next_cursor: str | None = None


class ExclusionView(ExclusionBody):
    """An exclusion as stored."""

    exclusion_id: str
    version: int

    @classmethod
    def of(cls, rule: selling.Exclusion) -> ExclusionView:
        """The exclusion as JSON."""
        return cls.model_construct(
            exclusion_id=rule.rule_id,
            name=rule.name,
            when=WhenSchema.of(rule.when),
            rank=rule.rank,
            expires_at=rule.expires_at,
            version=rule.version,
        )


class ExclusionPageView(Schema):
    """A page of the exclusions, by id."""

    items: list[ExclusionView]
    next_cursor: str | None = None
