"""What plans come to, added up: cost, parcels per order, fill, lateness, distance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from functions.fulfilment.domain.demand import Missing, Share
from functions.fulfilment.domain.replaying import Seen
from functions.fulfilment.domain.routing.plan import Term

PAID = frozenset({"parcel", "handling", "weight"})
"""Terms that somebody pays; prices of stock, risk, preference and penalties only steer."""


@dataclass(frozen=True)
class Figures:
    """Sums over plans, of shipped lines. `cost` in minor units as planned, `distance_m` of all parcels where it is
    known (`measured` of them), `late` parcels that leave or arrive later than they should."""

    plans: int = 0
    units: int = 0
    unfilled: int = 0
    parcels: int = 0
    cost: int = 0
    distance_m: int = 0
    measured: int = 0
    late: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Figures)))

    @property
    def parcels_per_plan(self) -> float | None:
        return round(self.parcels / self.plans, 4) if self.plans else None

    @property
    def fill(self) -> float | None:
        """The share of the wanted units that got a place."""
        return round(1 - self.unfilled / self.units, 4) if self.units else None

    @property
    def distance_km_per_parcel(self) -> float | None:
        return round(self.distance_m / 1000 / self.measured, 1) if self.measured else None


def by_place(seen: Seen, shares: Iterable[Share], terms: Iterable[Term]) -> dict[str, Figures]:
    """What each place does in a plan of what was seen, by its id."""
    lines = {want.line_id for want in seen.wants}
    units: dict[str, int] = {}
    for one in shares:
        if one.line_id in lines:
            units[one.location_id] = units.get(one.location_id, 0) + one.quantity
    cost: dict[str, int] = {}
    for term in terms:
        if term.kind in PAID and term.location_id:
            cost[term.location_id] = cost.get(term.location_id, 0) + term.amount
    choices = {one.location_id: one for one in seen.choices}
    found = {}
    for location_id, given in units.items():
        choice = choices.get(location_id)
        far = choice.distance_km if choice else None
        found[location_id] = Figures(
            plans=1,
            units=given,
            parcels=1,
            cost=cost.get(location_id, 0),
            distance_m=round((far or 0.0) * 1000),
            measured=int(far is not None),
            late=int(choice is not None and bool(choice.days_waiting or choice.days_late or choice.lateness)),
        )
    return found


def in_all(seen: Seen, places: Mapping[str, Figures], missing: Iterable[Missing]) -> Figures:
    """The whole plan, from what its places do."""
    lines = {want.line_id for want in seen.wants}
    lacking = sum(one.quantity for one in missing if one.line_id in lines)
    whole = sum(places.values(), Figures())
    return Figures(
        plans=1,
        units=whole.units + lacking,
        unfilled=lacking,
        parcels=whole.parcels,
        cost=whole.cost,
        distance_m=whole.distance_m,
        measured=whole.measured,
        late=whole.late,
    )
