"""Past orders planned again under other profiles, on the stock and costs that their plans saw then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from functions.fulfilment.domain.demand import Missing, Outcome, Share
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.figures import Figures, by_place, in_all
from functions.fulfilment.domain.profiles import Chosen, Stage, Terms
from functions.fulfilment.domain.replaying import Seen, made
from functions.fulfilment.domain.routing.plan import RoutingPlan

MAX_CANDIDATES = 5
MAX_DAYS = 92


class Progress(StrEnum):
    """How far a simulation is."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True)
class Contender:
    """A version of a profile that is tried, and what its plans come to. `different`: plans unlike those recorded."""

    profile_id: str
    version: int
    terms: Terms
    figures: Figures = field(default_factory=Figures)
    different: int = 0

    @property
    def chosen(self) -> Chosen:
        return Chosen(self.profile_id, self.version, Stage.DRAFT, self.terms)


@dataclass(frozen=True)
class Position:
    """Where the replay goes on: which of the window's parts, and from where in it."""

    part: int = 0
    cursor: str | None = None


@dataclass(frozen=True)
class Simulation:
    """A replay of the decisions taken in [start, end). `version` counts its stored changes; `approximate`: plans of
    which the record left out choices; `left_out`: plans of collections only, which profiles do not change."""

    simulation_id: str
    start: datetime
    end: datetime
    contenders: tuple[Contender, ...]
    version: int = 0
    progress: Progress = Progress.PENDING
    position: Position = field(default_factory=Position)
    recorded: Figures = field(default_factory=Figures)
    approximate: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class Difference:
    """A plan that a contender would have made otherwise. Costs as paid, in minor units."""

    order_id: str
    plan_version: int
    profile_id: str
    version: int
    shares: tuple[Share, ...]
    unfilled: int
    cost: int
    recorded_cost: int
    parcels: int
    recorded_parcels: int


def replayed(simulation: Simulation, decisions: Iterable[Decision]) -> tuple[Simulation, list[Difference]]:
    """The simulation after these decisions as well, and each plan that a contender would have made otherwise."""
    differences: list[Difference] = []
    for decision in decisions:
        if not simulation.start <= decision.at < simulation.end:
            continue
        if decision.seen is None or decision.routing is None:
            simulation = replace(simulation, left_out=simulation.left_out + 1)
            continue
        simulation, found = _replayed_one(simulation, decision, decision.seen, decision.routing)
        differences += found
    return simulation, differences


def _replayed_one(
    simulation: Simulation, decision: Decision, seen: Seen, routing: RoutingPlan
) -> tuple[Simulation, list[Difference]]:
    lines = {want.line_id for want in seen.wants}
    was = tuple(sorted((one for one in decision.shares if one.line_id in lines), key=_key))
    before = in_all(seen, by_place(seen, was, routing.terms), decision.missing)
    contenders: list[Contender] = []
    found: list[Difference] = []
    for contender in simulation.contenders:
        if not seen.asker.meets(contender.terms.when):  # decided as it was
            contenders.append(replace(contender, figures=contender.figures + before))
            continue
        plan = made(seen, contender.chosen).plan
        shares = tuple(
            sorted((Share(one.line_id, one.sku, one.location_id, one.quantity) for one in plan.assignments), key=_key)
        )
        missing = [Missing(one.line_id, one.sku, one.quantity, Outcome.QUEUED) for one in plan.unfilled]
        after = in_all(seen, by_place(seen, shares, plan.terms), missing)
        differs = shares != was
        contenders.append(
            replace(contender, figures=contender.figures + after, different=contender.different + differs)
        )
        if differs:
            found.append(
                Difference(
                    decision.order_id,
                    decision.plan_version,
                    contender.profile_id,
                    contender.version,
                    shares,
                    after.unfilled,
                    after.cost,
                    before.cost,
                    after.parcels,
                    before.parcels,
                )
            )
    following = replace(
        simulation,
        contenders=tuple(contenders),
        recorded=simulation.recorded + before,
        approximate=simulation.approximate + (not seen.complete),
    )
    return following, found


def _key(share: Share) -> tuple[str, str]:
    return share.line_id, share.location_id
