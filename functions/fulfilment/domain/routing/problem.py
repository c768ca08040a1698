"""What the router is asked: wanted units, the places that may give them, and what each costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

LEAST_DEFAULT_PENALTY = 1_000_000
"""Minor units per unit left unfilled when the caller names none."""


@dataclass(frozen=True, slots=True)
class Want:
    """Units of one order line. `cancel_penalty`: minor units per unit left unfilled; None: fill whenever possible.
    `value`: minor units that one is worth, for limits only."""

    line_id: str
    sku: str
    quantity: int
    weight_grams: int = 0
    cancel_penalty: int | None = None
    value: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may ship. Costs in minor units, none negative; `capacity_left` in parcels (None: no limit)."""

    location_id: str
    fixed_cost: int
    cost_per_kg: int
    unit_cost: int
    stock: Mapping[str, int]
    capacity_left: int | None = None
    unit_price: Mapping[str, int] = field(default_factory=dict)
    distance_km: float | None = None
    lateness: int = 0
    """The part of the fixed cost that is there because the parcel leaves or arrives late."""
    unit_risk: int = 0
    """What a unit costs in expectation because it may not be found."""
    handicap: int = 0
    """The part of the fixed cost that is there because the profile prefers other places: it steers and is not paid."""
    days_waiting: int = 0
    """Days that a parcel waits there before it leaves, and days after the promise that it arrives: what they cost, the
    profile says."""
    days_late: int = 0

    def weight_cost(self, weight_grams: int) -> int:
        """What one unit of this weight adds to the label, rounded half up."""
        return (self.cost_per_kg * weight_grams + 500) // 1000

    def cost_of(self, want: Want) -> int:
        """What one unit of this line costs from here, the parcel itself apart."""
        own = self.unit_cost + self.unit_risk + self.weight_cost(want.weight_grams)
        return own + self.unit_price.get(want.sku, 0)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Units of one line from one location."""

    line_id: str
    sku: str
    location_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Units of one line that no candidate gives."""

    line_id: str
    sku: str
    quantity: int


def with_penalties(wants: tuple[Want, ...], candidates: tuple[Candidate, ...]) -> tuple[Want, ...]:
    """The wants, each with a penalty: where none was given, one above any cost at which a unit could be filled."""
    if all(want.cancel_penalty is not None for want in wants):
        return wants
    default = LEAST_DEFAULT_PENALTY
    weight = max(want.weight_grams for want in wants)
    for candidate in candidates:
        own = candidate.fixed_cost + candidate.unit_cost + candidate.unit_risk + candidate.weight_cost(weight)
        dearest = own + (max(candidate.unit_price.values()) if candidate.unit_price else 0)
        if dearest >= default:
            default = dearest + 1
    return tuple(replace(want, cancel_penalty=default) if want.cancel_penalty is None else want for want in wants)
