"""HTTP models of what looks back: the routing report and simulations."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from functions.fulfilment.domain.figures import Figures
from functions.fulfilment.domain.simulation import (
    MAX_CANDIDATES,
    MAX_DAYS,
    Contender,
    Difference,
    Progress,
    Simulation,
)
from functions.fulfilment.repository.history import TOTAL
from functions.fulfilment.routing_schemas import AssignmentView
from functions.fulfilment.service.simulations import Tried
from shared.errors import InvalidField
from shared.ids import new_id
from shared.schemas import Identifier, PageQuery, QuerySchema, Schema, UtcTime

MAX_REPORT_DAYS = 366


class ReportQuery(QuerySchema):
    """Days (UTC, both included; by default the last seven), and one location or the whole network."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    location_id: Identifier | None = None

    def days(self, today: date) -> tuple[date, date]:
        """Raises InvalidField for days in the wrong order, or too many."""
        last = self.last or today
        first = self.first or last - timedelta(days=6)
        if not 0 <= (last - first).days < MAX_REPORT_DAYS:
            raise InvalidField("/to", f"not before `from`, and at most {MAX_REPORT_DAYS} days")
        return first, last


class SumsView(Schema):
    """Sums over a day or the window; money in minor units, as planned. `units` and `unfilled` of orders' first plans;
    `late_planned` parcels that were planned to be late, `shipped_late` those that left late; positions that were
    `emptied` and `refilled`."""

    orders: int = 0
    plans: int = 0
    units: int = 0
    unfilled: int = 0
    parcels: int = 0
    cost: int = 0
    late_planned: int = 0
    shipped: int = 0
    shipped_late: int = 0
    emptied: int = 0
    refilled: int = 0
    parcels_per_order: float | None = None
    cost_per_order: float | None = None
    fill: float | None = None
    distance_km_per_parcel: float | None = None

    @classmethod
    def of(cls, sums: Counter[str]) -> SumsView:
        plain = {name: sums[name] for name, field in cls.model_fields.items() if field.default == 0}
        orders, units = sums["orders"], sums["units"]
        return cls(
            **plain,
            parcels_per_order=round(sums["parcels"] / orders, 4) if orders else None,
            cost_per_order=round(sums["cost"] / orders, 2) if orders else None,
            fill=round(1 - sums["unfilled"] / units, 4) if units else None,
            distance_km_per_parcel=round(sums["distance_m"] / 1000 / sums["measured"], 1) if sums["measured"] else None,
        )


class DayView(SumsView):
    """The sums of one day."""

    day: str


class ReportView(Schema):
    """What routing has come to. `positions_at_zero`: positions that have nothing to give now."""

    first: str
    last: str
    location_id: str | None = None
    total: SumsView
    days: list[DayView]
    positions_at_zero: int

    @classmethod
    def of(cls, first: date, last: date, location_id: str | None, rows: list[tuple[str, Counter[str]]]) -> ReportView:
        days = [(day, sums) for day, sums in rows if day != TOTAL]
        whole: Counter[str] = Counter()
        for _, sums in days:
            whole.update(sums)
        return cls(
            first=first.isoformat(),
            last=last.isoformat(),
            location_id=location_id,
            total=SumsView.of(whole),
            days=[DayView(day=day, **SumsView.of(sums).model_dump()) for day, sums in days],
            positions_at_zero=max(0, next((sums["at_zero"] for day, sums in rows if day == TOTAL), 0)),
        )


class TriedProfile(Schema):
    """A profile to be tried; without a version its latest. `default`: the built-in one, unless another is so named."""

    profile_id: Identifier
    version: Annotated[int, Field(ge=1)] | None = None


class SimulationBody(Schema):
    """Which decisions to replay (taken at `from` or later, before `to`), and under which profiles."""

    simulation_id: Identifier | None = None
    start: UtcTime = Field(alias="from")
    end: UtcTime = Field(alias="to")
    profiles: Annotated[list[TriedProfile], Field(min_length=1, max_length=MAX_CANDIDATES)]

    def check(self) -> None:
        """Raises InvalidField for a window of no or too much time, and a profile that is there twice."""
        if not timedelta(0) < self.end - self.start <= timedelta(days=MAX_DAYS):
            raise InvalidField("/to", f"later than `from`, by at most {MAX_DAYS} days")
        seen: set[tuple[str, int | None]] = set()
        for index, one in enumerate(self.profiles):
            if (one.profile_id, one.version) in seen:
                raise InvalidField(f"/profiles/{index}", "this profile is there twice")
            seen.add((one.profile_id, one.version))

    def tried(self) -> list[Tried]:
        return [Tried(one.profile_id, one.version) for one in self.profiles]

    def id(self) -> str:
        return self.simulation_id or new_id()


class SimulationQuery(PageQuery):
    """Pages of the differences."""


class FiguresView(Schema):
    """Sums over the replayed plans; money in minor units, as paid. `late`: parcels that leave or arrive late."""

    plans: int
    units: int
    unfilled: int
    parcels: int
    cost: int
    late: int
    parcels_per_plan: float | None
    fill: float | None
    distance_km_per_parcel: float | None

    @classmethod
    def of(cls, figures: Figures) -> FiguresView:
        return cls(**{name: getattr(figures, name) for name in cls.model_fields})


class ContenderView(Schema):
    """What one profile would have come to; `different` plans are unlike those recorded."""

    profile_id: str
    version: int
    figures: FiguresView
    different: int
    cost_difference: int

    @classmethod
    def of(cls, contender: Contender, recorded: Figures) -> ContenderView:
        return cls(
            profile_id=contender.profile_id,
            version=contender.version,
            figures=FiguresView.of(contender.figures),
            different=contender.different,
            cost_difference=contender.figures.cost - recorded.cost,
        )


class DifferenceView(Schema):
    """A plan that a profile would have made otherwise."""

    order_id: str
    plan_version: int
    profile_id: str
    version: int
    assignments: list[AssignmentView]
    unfilled: int
    cost: int
    recorded_cost: int
    parcels: int
    recorded_parcels: int

    @classmethod
    def of(cls, one: Difference) -> DifferenceView:
        return cls(
            order_id=one.order_id,
            plan_version=one.plan_version,
            profile_id=one.profile_id,
            version=one.version,
            assignments=[
                AssignmentView(line_id=it.line_id, sku=it.sku, location_id=it.location_id, quantity=it.quantity)
                for it in one.shares
            ],
            unfilled=one.unfilled,
            cost=one.cost,
            recorded_cost=one.recorded_cost,
            parcels=one.parcels,
            recorded_parcels=one.recorded_parcels,
        )


class SimulationView(Schema):
    """A simulation as far as it is; final once `status` is COMPLETED. Costs and prices of stock are those of the time,
    as each decision recorded them (`prices`). `approximate` plans had more choices than are recorded, or their effect
    on later stock is not followed, or other stock was left than then and its price would have been another; `left_out`
    had nothing shipped. `items`: what would have been otherwise, by order, in pages."""

    simulation_id: str
    status: Progress
    start: UtcTime
    end: UtcTime
    recorded: FiguresView
    profiles: list[ContenderView]
    prices: Literal["as_recorded"] = "as_recorded"
    approximate: int
    left_out: int
    items: list[DifferenceView]
    next_cursor: str | None = None

    @classmethod
    def of(cls, found: Simulation, differences: list[Difference], next_cursor: str | None) -> SimulationView:
        return cls(
            simulation_id=found.simulation_id,
            status=found.progress,
            start=found.start,
            end=found.end,
            recorded=FiguresView.of(found.recorded),
            profiles=[ContenderView.of(one, found.recorded) for one in found.contenders],
            approximate=found.approximate,
            left_out=found.left_out,
            items=[DifferenceView.of(one) for one in differences],
            next_cursor=next_cursor,
        )
