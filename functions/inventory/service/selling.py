"""Pools, safety rules and exclusions: set, look at, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from functions.inventory.domain.selling import Exclusion, Pool, SafetyRule
from functions.inventory.repository.network import Network
from functions.inventory.repository.selling import POOLS, Selling, Shelf
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.errors import InvalidField, NotFound, Refused

R = TypeVar("R", SafetyRule, Exclusion)

MAX_RULES = 500
"""Of each sort. Every reservation reads them all."""


class PoolNotFound(NotFound):
    """Nothing is set for that channel: it sells from all places."""

    code = "pool_not_found"


class RuleNotFound(NotFound):
    """There is no such rule."""

    code = "rule_not_found"


class TooManyRules(Refused):
    """The limit of rules is reached."""

    code = "too_many_rules"


@dataclass(frozen=True)
class SellingService:
    """Use cases; each may be repeated."""

    selling: Selling
    network: Network
    clock: Callable[[], datetime]

    def put_pool(self, pool: Pool, cause: Cause) -> tuple[Pool, bool]:
        """Say what a channel sells from; answers whether it is new. Raises InvalidField for an unknown place."""
        if pool.location_ids is not None:
            places = self.network.locations()
            for index, location_id in enumerate(sorted(pool.location_ids)):
                if location_id not in places:
                    raise InvalidField(
                        f"/location_ids/{index}", f"there is no location {location_id}", code="unknown_location"
                    )
        return retried(lambda: self._put_pool(pool, cause))

    def _put_pool(self, pool: Pool, cause: Cause) -> tuple[Pool, bool]:
        kept = self.selling.find(POOLS, pool.channel)
        if kept is None:
            return self.selling.save(POOLS, pool.channel, pool, cause), True
        wanted = replace(pool, version=kept.value.version)
        same = wanted == kept.value
        return (kept.value if same else self.selling.save(POOLS, pool.channel, wanted, cause)), False

    def pool(self, channel: str) -> Pool:
        """What is set for the channel. Raises PoolNotFound."""
        kept = self.selling.find(POOLS, channel)
        if kept is None:
            raise PoolNotFound(f"no pool is set for {channel}: it sells from all places")
        return kept.value

    def put_rule(self, shelf: Shelf[R], rule: R, cause: Cause) -> tuple[R, bool]:
        """Set a rule; answers whether it is new. The same content again changes nothing. Raises TooManyRules."""
        return retried(lambda: self._put_rule(shelf, rule, cause))

    def _put_rule(self, shelf: Shelf[R], rule: R, cause: Cause) -> tuple[R, bool]:
        kept = self.selling.find(shelf, rule.rule_id)
        fresh = kept is None or kept.gone
        if fresh and self.selling.count(shelf) >= MAX_RULES:
            raise TooManyRules(f"there are {MAX_RULES} rules already")
        if kept is None:
            return self.selling.save(shelf, rule.rule_id, rule, cause), True
        wanted = replace(rule, version=kept.value.version)
        if not kept.gone and replace(wanted, changed_at=kept.value.changed_at) == kept.value:
            return kept.value, False
        return self.selling.save(shelf, rule.rule_id, wanted, cause), kept.gone

    def rule(self, shelf: Shelf[R], rule_id: str) -> R:
        """The rule. Raises RuleNotFound."""
        kept = self.selling.find(shelf, rule_id)
        if kept is None or kept.gone:
            raise RuleNotFound(f"there is no rule {rule_id}")
        return kept.value

    def delete_rule(self, shelf: Shelf[R], rule_id: str, cause: Cause) -> R:
        """The rule counts no more; twice is the same. Raises RuleNotFound."""
        return retried(lambda: self._delete_rule(shelf, rule_id, cause))

    def _delete_rule(self, shelf: Shelf[R], rule_id: str, cause: Cause) -> R:
        kept = self.selling.find(shelf, rule_id)
        if kept is None:
            raise RuleNotFound(f"there is no rule {rule_id}")
        return kept.value if kept.gone else self.selling.save(shelf, rule_id, kept.value, cause, gone=True)
