"""A plan and its explanation: what it costs and why, what else was possible, and who was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from functions.fulfilment.domain.routing.groups import Group, Served, grouped
from functions.fulfilment.domain.routing.limited import Solved, solved
from functions.fulfilment.domain.routing.limits import NO_LIMITS, Limits, broken
from functions.fulfilment.domain.routing.problem import Assignment, Candidate, Unfilled, Want, with_penalties
from functions.fulfilment.domain.routing.search import NODE_BUDGET, Search


class Reason(StrEnum):
    """Why a place was no choice, or units have no place."""

    NO_STOCK = "NO_STOCK"
    NOT_IN_POOL = "NOT_IN_POOL"
    METHOD_OFF = "METHOD_OFF"
    PAUSED = "PAUSED"
    CAPACITY_FULL = "CAPACITY_FULL"
    PAST_CUTOFF = "PAST_CUTOFF"
    """A guaranteed service: it would be there in time, had the order come before today's cut-off."""
    PROMISE_MISS = "PROMISE_MISS"
    """A guaranteed service: from there it would not be there in time."""
    TOO_FAR = "TOO_FAR"
    ATTRIBUTE = "ATTRIBUTE"
    """Nothing of what it has may travel this way from there."""
    ALREADY_TRIED = "ALREADY_TRIED"
    EXCLUDED = "EXCLUDED"


@dataclass(frozen=True)
class Exclusion:
    """A place that was no choice."""

    location_id: str
    reason: Reason


@dataclass(frozen=True)
class Term:
    """One term of the cost: `parcel`, `lateness`, `preference`, `handling`, `weight`, `stock_price`, `reject_risk` by
    location, or `unfilled`."""

    kind: str
    amount: int
    location_id: str | None = None


@dataclass(frozen=True)
class Alternative:
    """What another rule would have cost: `best_single` location, or `nearest` first. `difference` to the plan; `breaks`
    are the limits that it would not keep."""

    kind: str
    location_ids: tuple[str, ...]
    total: int
    difference: int
    unfilled_units: int
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Considered:
    """A place that was a choice, and what everything from there alone would cost (with what it cannot fill)."""

    location_id: str
    units: int
    alone_total: int
    distance_km: float | None = None

    @property
    def used(self) -> bool:
        return self.units > 0


@dataclass(frozen=True)
class RoutingPlan:
    """The cheapest split, or the best one found within the budget: no plan costs less than `lower_bound`."""

    assignments: tuple[Assignment, ...]
    unfilled: tuple[Unfilled, ...]
    total: int
    terms: tuple[Term, ...]
    lower_bound: int
    proven_optimal: bool
    alternatives: tuple[Alternative, ...]
    considered: tuple[Considered, ...]
    excluded: tuple[Exclusion, ...]
    nodes: int


def plan(
    wants: Iterable[Want],
    candidates: Iterable[Candidate],
    *,
    excluded: Iterable[Exclusion] = (),
    limits: Limits = NO_LIMITS,
    node_budget: int = NODE_BUDGET,
) -> RoutingPlan:
    """Which location ships which units, at the least cost within the limits; the same question in any order gets the
    same answer (of equal costs mostly the nearest).

    Cost in minor units: setup per location used, unit costs, and the penalty of units left unfilled. `excluded` were
    filtered out before; places without capacity or stock join them here.
    """
    ordered = tuple(sorted(candidates, key=lambda candidate: (candidate.distance_km or 0.0, candidate.location_id)))
    lines = with_penalties(tuple(sorted(wants, key=lambda want: want.line_id)), ordered)
    skus = {want.sku for want in lines}
    left_out = list(excluded)
    choices: list[Candidate] = []
    for candidate in ordered:
        if candidate.capacity_left is not None and candidate.capacity_left <= 0:
            left_out.append(Exclusion(candidate.location_id, Reason.CAPACITY_FULL))
        elif not any(candidate.stock.get(sku, 0) > 0 for sku in skus):
            left_out.append(Exclusion(candidate.location_id, Reason.NO_STOCK))
        else:
            choices.append(candidate)
    groups = grouped(lines, choices)
    if limits.plain:
        search = Search(groups, [candidate.fixed_cost for candidate in choices], node_budget=node_budget).run()
        served = [one for group in groups for one in group.serve(search.opened)]
        found = Solved(served, search.total, search.lower_bound, search.nodes)
    else:
        found = solved(lines, choices, limits, node_budget=node_budget)
    answer = _Answer(lines, choices, groups, found.served)
    assert answer.total == found.total, "the assignments cost what the search says"
    considered = tuple(answer.considered())
    return RoutingPlan(
        assignments=answer.assignments,
        unfilled=answer.unfilled,
        total=answer.total,
        terms=answer.terms,
        lower_bound=found.lower_bound,
        proven_optimal=found.total == found.lower_bound,
        alternatives=tuple(_alternatives(groups, choices, lines, considered, limits, total=answer.total)),
        considered=considered,
        excluded=tuple(sorted(left_out, key=lambda one: one.location_id)),
        nodes=found.nodes,
    )


class _Answer:
    """The assignments, and what they cost."""

    def __init__(
        self, wants: Sequence[Want], choices: Sequence[Candidate], groups: Sequence[Group], served: Sequence[Served]
    ):
        self._choices, self._groups, self._served = choices, groups, served
        given: Counter[str] = Counter()
        self._units: Counter[int] = Counter()
        for want, place, units in self._served:
            given[want.line_id] += units
            self._units[place] += units
        self._missing = [(want, want.quantity - given[want.line_id]) for want in wants]
        self.unfilled = tuple(Unfilled(want.line_id, want.sku, units) for want, units in self._missing if units)
        self.assignments = _assigned(served, choices)
        self.terms = self._terms()
        self.total = sum(term.amount for term in self.terms)

    def _terms(self) -> tuple[Term, ...]:
        amounts: Counter[tuple[int, str]] = Counter()
        for want, place, units in self._served:
            candidate = self._choices[place]
            amounts[place, "handling"] += units * candidate.unit_cost
            amounts[place, "weight"] += units * candidate.weight_cost(want.weight_grams)
            amounts[place, "reject_risk"] += units * candidate.unit_risk
            amounts[place, "stock_price"] += units * candidate.unit_price.get(want.sku, 0)
        for place in self._units:
            choice = self._choices[place]
            amounts[place, "lateness"] = choice.lateness
            amounts[place, "preference"] = choice.handicap
            amounts[place, "parcel"] = choice.fixed_cost - choice.lateness - choice.handicap
        terms = [
            Term(kind, amount, self._choices[place].location_id)
            for (place, kind), amount in sorted(amounts.items())
            if amount
        ]
        penalty = sum((want.cancel_penalty or 0) * units for want, units in self._missing)
        return (*terms, Term("unfilled", penalty)) if penalty else tuple(terms)

    def considered(self) -> Iterable[Considered]:
        nothing = sum(group.unmet[-1] for group in self._groups)
        saved = [0] * len(self._choices)
        for group in self._groups:
            for place, alone in group.alone.items():
                saved[place] += group.unmet[-1] - alone
        for place, candidate in enumerate(self._choices):
            alone = candidate.fixed_cost + nothing - saved[place]
            yield Considered(candidate.location_id, self._units[place], alone, candidate.distance_km)


def _alternatives(
    groups: Sequence[Group],
    choices: Sequence[Candidate],
    wants: Sequence[Want],
    considered: Sequence[Considered],
    limits: Limits,
    *,
    total: int,
) -> Iterable[Alternative]:
    if not choices:
        return
    best = min(range(len(choices)), key=lambda place: (considered[place].alone_total, place))
    alone = considered[best].alone_total
    served = _assigned([one for group in groups for one in group.serve(1 << best)], choices)
    unfilled = sum(want.quantity for want in wants) - sum(one.quantity for one in served)
    breaks = broken(limits, wants, served)
    yield Alternative("best_single", (choices[best].location_id,), alone, alone - total, unfilled, breaks)
    if all(candidate.distance_km is not None for candidate in choices):
        yield _nearest(choices, wants, limits, total=total)


def _assigned(served: Iterable[Served], choices: Sequence[Candidate]) -> tuple[Assignment, ...]:
    found = (Assignment(want.line_id, want.sku, choices[place].location_id, units) for want, place, units in served)
    return tuple(sorted(found, key=lambda one: (one.line_id, one.location_id)))


def _nearest(choices: Sequence[Candidate], wants: Sequence[Want], limits: Limits, *, total: int) -> Alternative:
    """What most systems do: each line from the nearest place that still has some."""
    by_distance = sorted(range(len(choices)), key=lambda one: (choices[one].distance_km or 0.0, one))
    gone: Counter[tuple[int, str]] = Counter()
    served: list[Served] = []
    cost = missing_units = 0
    for want in wants:
        missing = want.quantity
        for place in by_distance:
            if not missing:
                break
            have = choices[place].stock.get(want.sku, 0)
            taken = min(missing, have - gone[place, want.sku]) if have else 0
            if taken > 0:
                served.append((want, place, taken))
                gone[place, want.sku] += taken
                missing -= taken
                cost += taken * choices[place].cost_of(want)
        missing_units += missing
        cost += missing * (want.cancel_penalty or 0)
    used = {place for _, place, _ in served}
    cost += sum(choices[place].fixed_cost for place in used)
    names = tuple(sorted(choices[place].location_id for place in used))
    breaks = broken(limits, wants, _assigned(served, choices))
    return Alternative("nearest", names, cost, cost - total, missing_units, breaks)
