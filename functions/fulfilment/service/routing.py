"""Use cases that explain: a dry run of the router, and why an order was routed as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.fulfilment.domain.choices import Errand
from functions.fulfilment.domain.demand import Demand, Destination
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.network import Item
from functions.fulfilment.domain.profiles import BUILT_IN, Chosen
from functions.fulfilment.domain.routing.limits import NO_LIMITS, Limits
from functions.fulfilment.domain.routing.plan import RoutingPlan, plan
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.sourcing import planned_by
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.profiles import ProfileRepository
from shared.clock import Clock
from shared.errors import InvalidField, NotFound


@dataclass(frozen=True)
class Asked:
    """A line of a dry run; `weighed`: the caller named its weight."""

    want: Want
    weighed: bool


@dataclass(frozen=True)
class Explained:
    """The demand of an order as it stands, and each plan that led there."""

    demand: Demand
    decisions: tuple[Decision, ...]


class RoutingService:
    """Reads only; keeps nothing."""

    def __init__(
        self, copies: CopyRepository, demands: DemandRepository, profiles: ProfileRepository, *, clock: Clock
    ) -> None:
        self._profiles = profiles
        self._copies = copies
        self._demands = demands
        self._clock = clock

    def dry_run(
        self,
        wants: Sequence[Asked],
        destination: Destination,
        *,
        service: str,
        limits: Limits | None = None,
        profile_id: str | None = None,
    ) -> RoutingPlan:
        """The plan that an order with these lines would get now, by the latest version of the profile. A line without
        a weight or value takes its item's. Raises InvalidField for a profile that is not there."""
        profile = self._profile(profile_id)
        copies = self._copies.load(asked.want.sku for asked in wants)
        lines = [_completed(one, copies.items.get(one.want.sku, Item(one.want.sku, 0))) for one in wants]
        errand = Errand(self._copies.located(destination), service, self._clock())
        result, _, _ = planned_by(errand, lines, copies, copies.available, profile=profile, limits=limits)
        return result.plan

    def _profile(self, profile_id: str | None) -> Chosen:
        if profile_id is None:
            return BUILT_IN
        book = self._profiles.book()
        if profile_id == BUILT_IN.profile_id and profile_id not in book.profiles:
            return BUILT_IN
        if profile_id not in book.profiles:
            raise InvalidField("/profile", "no such profile")
        latest = book.profile(profile_id).latest
        return Chosen(profile_id, latest.number, latest.stage, self._profiles.terms(profile_id, latest.digest))

    def dry_run_with(
        self, wants: Sequence[Asked], choices: Sequence[Candidate], *, limits: Limits = NO_LIMITS
    ) -> RoutingPlan:
        """The plan over the places that the caller gives."""
        return plan([one.want for one in wants], choices, limits=limits)

    def explain(self, order_id: str) -> Explained:
        """Raises NotFound for an order that has not been released to fulfilment."""
        demand = self._demands.find(order_id)
        if demand is None or not demand.lines:
            raise NotFound("no such order here")
        return Explained(demand, self._demands.decisions(order_id))


def _completed(asked: Asked, item: Item) -> Want:
    weight = asked.want.weight_grams if asked.weighed else item.weight_grams
    return replace(asked.want, weight_grams=weight, value=asked.want.value or item.value)
