"""Use cases that explain: a dry run of the router, and why an order was routed as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.fulfilment.domain.choices import Errand
from functions.fulfilment.domain.demand import Demand, Destination
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.routing.limits import NO_LIMITS, Limits
from functions.fulfilment.domain.routing.plan import RoutingPlan, plan
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.sourcing import planned_for
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from shared.clock import Clock
from shared.errors import NotFound


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

    def __init__(self, copies: CopyRepository, demands: DemandRepository, *, clock: Clock) -> None:
        self._copies = copies
        self._demands = demands
        self._clock = clock

    def dry_run(
        self, wants: Sequence[Asked], destination: Destination, *, service: str, limits: Limits = NO_LIMITS
    ) -> RoutingPlan:
        """The plan that an order with these lines would get now. A line without a weight takes its item's."""
        copies = self._copies.load(asked.want.sku for asked in wants)
        weights = {sku: item.weight_grams for sku, item in copies.items.items()}
        lines = [
            one.want if one.weighed else replace(one.want, weight_grams=weights.get(one.want.sku, 0)) for one in wants
        ]
        errand = Errand(destination, service, self._clock())
        planned, _ = planned_for(errand, lines, copies, copies.available, limits=limits)
        return planned

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
