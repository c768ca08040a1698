"""HTTP models of the router: the dry run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.fulfilment.domain import demand as domain
from functions.fulfilment.domain.profiles import BUILT_IN
from functions.fulfilment.domain.routing.limits import Limits
from functions.fulfilment.domain.routing.plan import Reason, RoutingPlan
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.limit_schemas import PlanLimits
from functions.fulfilment.service.routing import Asked
from shared.errors import InvalidField
from shared.geo import postal_district
from shared.money import MAX_MINOR
from shared.schemas import Count, Country, GeoSchema, Identifier, MoneySchema, Quantity, Schema, Text

MAX_LINES = 1200
MAX_CANDIDATES = 2000
MAX_CHOICES = 120_000
"""Lines times candidates: what the router answers well within the time of one call."""
MAX_SKUS = 5000
MAX_WEIGHT_GRAMS = 10_000_000
MAX_UNIT_COST = 10**9

Setup = Annotated[int, Field(ge=0, le=MAX_MINOR)]
UnitCost = Annotated[int, Field(ge=0, le=MAX_UNIT_COST)]


class PlanLine(Schema):
    """A line to be planned. `cancel_penalty`: per unit left unfilled; without it units are filled whenever possible.
    `value` of one unit counts for `limits.min_parcel_value`."""

    line_id: Identifier
    sku: Identifier
    quantity: Quantity
    weight_grams: Annotated[int, Field(ge=0, le=MAX_WEIGHT_GRAMS)] | None = None
    cancel_penalty: MoneySchema | None = None
    value: MoneySchema | None = None

    def asked(self) -> Asked:
        penalty = self.cancel_penalty.amount if self.cancel_penalty else None
        return Asked(
            Want(self.line_id, self.sku, self.quantity, self.weight_grams or 0, penalty, self.worth),
            weighed=self.weight_grams is not None,
        )

    @property
    def worth(self) -> int:
        return self.value.amount if self.value else 0


class PlanCandidate(Schema):
    """A place that may ship; costs in minor units, `capacity_left` in parcels (absent: no limit)."""

    location_id: Identifier
    fixed_cost: Setup
    cost_per_kg: UnitCost = 0
    unit_cost: UnitCost = 0
    capacity_left: Count | None = None
    stock: Annotated[dict[Identifier, Count], Field(max_length=MAX_SKUS)]
    unit_price: Annotated[dict[Identifier, UnitCost], Field(max_length=MAX_SKUS)] = Field(default_factory=dict)

    def candidate(self) -> Candidate:
        return Candidate(
            self.location_id,
            self.fixed_cost,
            self.cost_per_kg,
            self.unit_cost,
            self.stock,
            self.capacity_left,
            self.unit_price,
        )


class PlanDestination(Schema):
    """Where the parcels go: the point counts, else about the middle of the postal code's district."""

    geo: GeoSchema | None = None
    country: Country | None = None
    postal_code: Annotated[str, StringConstraints(max_length=16, strip_whitespace=True)] = ""

    def to_destination(self) -> domain.Destination:
        country = self.country or ""
        district = postal_district(country, self.postal_code)
        return domain.Destination(country, self.geo.to_geo() if self.geo else None, district)


class PlanBody(Schema):
    """A question to the router: over live data (by the terms of the latest version of `profile`, if one is named), or
    whole with `candidates`. `limits` go before those of the profile."""

    lines: Annotated[list[PlanLine], Field(min_length=1, max_length=MAX_LINES)]
    destination: PlanDestination | None = None
    service: Text = "standard"
    profile: Identifier | None = None
    limits: PlanLimits | None = None
    candidates: Annotated[list[PlanCandidate], Field(max_length=MAX_CANDIDATES)] | None = None

    def kept_limits(self) -> Limits | None:
        """Raises InvalidField for a set of lines that names one which is not there."""
        return self.limits.limits({line.line_id for line in self.lines}) if self.limits else None

    def check(self) -> None:
        """Raises InvalidField for repeated ids, money in several currencies, and questions that are too large."""
        if len(self.lines) * len(self.candidates or ()) > MAX_CHOICES:
            raise InvalidField("/candidates", f"lines times candidates may be {MAX_CHOICES}", code="too_many_choices")
        _unique([line.line_id for line in self.lines], "/lines/{}/line_id")
        _unique([one.location_id for one in self.candidates or ()], "/candidates/{}/location_id")
        if self.profile not in (None, BUILT_IN.profile_id) and self.candidates is not None:
            raise InvalidField("/profile", "profiles are of live data: state limits beside candidates instead")
        least = self.limits.min_parcel_value if self.limits else None
        amounts = [("/limits/min_parcel_value", least)]
        for index, line in enumerate(self.lines):
            amounts += [(f"/lines/{index}/cancel_penalty", line.cancel_penalty), (f"/lines/{index}/value", line.value)]
        first = next((amount.currency for _, amount in amounts if amount), None)
        for pointer, amount in amounts:
            if amount and amount.currency != first:
                raise InvalidField(f"{pointer}/currency", f"the other amounts are in {first}")


def _unique(ids: list[str], pointer: str) -> None:
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if one in seen:
            raise InvalidField(pointer.format(index), "this id is there twice")
        seen.add(one)


class AssignmentView(Schema):
    """Units of a line from a location."""

    line_id: str
    sku: str
    location_id: str
    quantity: int


class UnfilledView(Schema):
    """Units of a line that no place gives. `outcome`: what is done about them (decisions only)."""

    line_id: str
    sku: str
    quantity: int
    outcome: domain.Outcome | None = None


class TermView(Schema):
    """A term of the cost in minor units: `parcel`, `handling`, `weight`, `stock_price` by location, or `unfilled`."""

    term: str
    amount: int
    location_id: str | None = None


class CostView(Schema):
    """The cost in minor units, and what it is made of."""

    total: int
    terms: list[TermView]


class AlternativeView(Schema):
    """What another rule would have cost: everything from the `best_single` place, or each line from the `nearest`;
    `breaks` are the limits that it would not keep."""

    kind: str
    location_ids: list[str]
    total: int
    difference: int
    unfilled_units: int
    breaks: list[str] = Field(default_factory=list)


class ConsideredView(Schema):
    """A place that was a choice; `alone_total`: what everything from there would cost, what it lacks unfilled."""

    location_id: str
    used: bool
    units: int
    alone_total: int
    distance_km: float | None = None


class ExclusionView(Schema):
    """A place that was no choice, and why."""

    location_id: str
    reason: Reason


class PlanView(Schema):
    """The cheapest split; where the search was cut short, the best one found and a lower bound that is proven."""

    assignments: list[AssignmentView]
    unfilled: list[UnfilledView]
    cost: CostView
    lower_bound: int
    proven_optimal: bool
    alternatives: list[AlternativeView]
    considered: list[ConsideredView]
    excluded: list[ExclusionView]

    @classmethod
    def of(cls, plan: RoutingPlan) -> PlanView:
        return cls(
            assignments=[
                AssignmentView(line_id=one.line_id, sku=one.sku, location_id=one.location_id, quantity=one.quantity)
                for one in plan.assignments
            ],
            unfilled=[UnfilledView(line_id=one.line_id, sku=one.sku, quantity=one.quantity) for one in plan.unfilled],
            cost=cost_of(plan),
            lower_bound=plan.lower_bound,
            proven_optimal=plan.proven_optimal,
            alternatives=alternatives_of(plan),
            considered=considered_of(plan),
            excluded=excluded_of(plan),
        )


def cost_of(plan: RoutingPlan) -> CostView:
    """What the plan costs, term by term."""
    terms = [TermView(term=one.kind, amount=one.amount, location_id=one.location_id) for one in plan.terms]
    return CostView(total=plan.total, terms=terms)


def alternatives_of(plan: RoutingPlan) -> list[AlternativeView]:
    """What other rules would have cost."""
    return [
        AlternativeView(
            kind=one.kind,
            location_ids=list(one.location_ids),
            total=one.total,
            difference=one.difference,
            unfilled_units=one.unfilled_units,
            breaks=list(one.breaks),
        )
        for one in plan.alternatives
    ]


def considered_of(plan: RoutingPlan) -> list[ConsideredView]:
    """Which places were a choice."""
    return [
        ConsideredView(
            location_id=one.location_id,
            used=one.used,
            units=one.units,
            alone_total=one.alone_total,
            distance_km=one.distance_km,
        )
        for one in plan.considered
    ]


def excluded_of(plan: RoutingPlan) -> list[ExclusionView]:
    """Which places were no choice."""
    return [ExclusionView(location_id=one.location_id, reason=one.reason) for one in plan.excluded]
