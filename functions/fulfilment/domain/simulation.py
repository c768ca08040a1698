"""Past orders planned again under other profiles, on the costs of then and on the stock that would have been left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from functions.fulfilment.domain.demand import Missing, Outcome, Share
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.figures import Figures, by_place, in_all
from functions.fulfilment.domain.profiles import Chosen, Stage, Terms
from functions.fulfilment.domain.replaying import Seen, made
from functions.fulfilment.domain.routing.plan import RoutingPlan
from functions.fulfilment.domain.routing.problem import Candidate

MAX_CANDIDATES = 5
MAX_DAYS = 92
MAX_FOLLOWED = 2_000
"""Items at places of which a contender's stock is followed: what is beyond is decided on the stock of that time."""
Ahead = Mapping[str, Mapping[str, int]]
"""Units by SKU and place that a contender has taken more than was taken (below zero: less)."""


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
    ahead: Ahead = field(default_factory=dict)

    @property
    def chosen(self) -> Chosen:
        return Chosen(self.profile_id, self.version, Stage.DRAFT, self.terms)


@dataclass(frozen=True)
class Position:
    """Where the replay goes on: on which day of the window, and behind which of its decisions."""

    part: int = 0
    cursor: str | None = None


@dataclass(frozen=True)
class Simulation:
    """A replay of the decisions taken in [start, end). `version` counts its stored changes; `approximate`: plans of
    which the record left out choices, whose effect on later stock is not followed, or that were made on other stock
    than then at the prices of then; `left_out`: plans of collections only, which profiles do not change."""

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
    followed = True
    for contender in simulation.contenders:
        if not seen.asker.meets(contender.terms.when):  # decided as it was
            contenders.append(replace(contender, figures=contender.figures + before))
            continue
        left = as_left(seen, contender.ahead)
        plan = made(left, contender.chosen).plan
        shares = tuple(
            sorted((Share(one.line_id, one.sku, one.location_id, one.quantity) for one in plan.assignments), key=_key)
        )
        missing = [Missing(one.line_id, one.sku, one.quantity, Outcome.QUEUED) for one in plan.unfilled]
        after = in_all(left, by_place(left, shares, plan.terms), missing)
        differs = shares != was
        ahead, known = _further_ahead(contender.ahead, shares, was) if differs else (contender.ahead, True)
        followed = followed and known and not guessed(seen, contender.ahead)
        contenders.append(
            replace(contender, figures=contender.figures + after, different=contender.different + differs, ahead=ahead)
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
        approximate=simulation.approximate + (not seen.complete or not followed),
    )
    return following, found


def as_left(seen: Seen, ahead: Ahead) -> Seen:
    """What would have been seen, had earlier orders been decided as the contender decides: `ahead` units less. A place
    that was no choice then, because it had nothing, is none here."""
    wanted = {want.sku for want in seen.wants} & ahead.keys()
    if not wanted:
        return seen
    return replace(seen, choices=tuple(_as_left(one, wanted, ahead) for one in seen.choices))


def guessed(seen: Seen, ahead: Ahead) -> bool:
    """Whether what would have been seen is not known exactly: a unit that would be scarcer or less scarce has the price
    of then, and of a place that was no choice only the record of one that was would tell why."""
    choices = {one.location_id: one for one in seen.choices}
    for sku in {want.sku for want in seen.wants} & ahead.keys():
        for location_id, units in ahead[sku].items():
            choice = choices.get(location_id)
            if (choice and choice.unit_price.get(sku)) or (choice is None and units < 0):
                return True
    return False


def _as_left(choice: Candidate, wanted: Set[str], ahead: Ahead) -> Candidate:
    taken = {sku: units for sku in wanted if (units := ahead[sku].get(choice.location_id, 0))}
    if not taken:
        return choice
    stock = {sku: choice.stock.get(sku, 0) - taken.get(sku, 0) for sku in choice.stock.keys() | taken.keys()}
    return replace(choice, stock={sku: units for sku, units in stock.items() if units > 0})


def _further_ahead(ahead: Ahead, shares: Sequence[Share], was: Sequence[Share]) -> tuple[Ahead, bool]:
    """With what the contender takes and without what was taken; and whether all of it is followed."""
    after = {sku: Counter(places) for sku, places in ahead.items()}
    for sign, taken in ((1, shares), (-1, was)):
        for one in taken:
            after.setdefault(one.sku, Counter())[one.location_id] += sign * one.quantity
    kept = {sku: {name: units for name, units in sorted(places.items()) if units} for sku, places in after.items()}
    kept = {sku: places for sku, places in kept.items() if places}
    if sum(map(len, kept.values())) > MAX_FOLLOWED:
        return ahead, False
    return kept, True


def _key(share: Share) -> tuple[str, str]:
    return share.line_id, share.location_id
