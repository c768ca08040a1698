"""HTTP models of how a place works."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from functions.fulfilment.domain.measures import Figure, Times, times
from functions.fulfilment.service.measures import Measures
from shared.schemas import QuerySchema, Schema

MAX_DAYS = 31


class MeasureQuery(QuerySchema):
    """The days of the place, by its own time zone, from the first to the last, at most a month."""

    first: Annotated[date, Field(alias="from", strict=False)]
    last: Annotated[date, Field(alias="to", strict=False)]

    @model_validator(mode="after")
    def a_month_at_most(self) -> MeasureQuery:
        if not timedelta(0) <= self.last - self.first < timedelta(days=MAX_DAYS):
            raise ValueError(f"from comes before to, and they are at most {MAX_DAYS} days")
        return self


class TimesView(Schema):
    """Durations in seconds: how many there were, and how long they took."""

    count: int
    mean_seconds: int
    median_seconds: int
    p90_seconds: int

    @classmethod
    def of(cls, found: Times | None) -> TimesView | None:
        if found is None:
            return None
        return cls(count=found.count, mean_seconds=found.mean, median_seconds=found.median, p90_seconds=found.p90)


class CollectionTimesView(Schema):
    """How long collections took. `ready`: from the opening of the work until it lay ready, without the time on hold;
    `ready_open`: the same, as far as the place was open; `wait`: from a shopper's arrival until they had the goods, or
    went with a part of them; `collected`: from lying ready until the shopper had all of it."""

    ready: TimesView | None
    ready_open: TimesView | None
    wait: TimesView | None
    collected: TimesView | None

    @classmethod
    def of(cls, found: Measures, method: str | None = None) -> Self:
        return cls(**_times(found, method))


def _times(found: Measures, method: str | None = None) -> dict[str, TimesView | None]:
    figures = {
        "ready": Figure.READY_SECONDS,
        "ready_open": Figure.READY_OPEN_SECONDS,
        "wait": Figure.WAIT_SECONDS,
        "collected": Figure.COLLECTED_SECONDS,
    }
    return {name: TimesView.of(times(found.of(figure, method))) for name, figure in figures.items()}


class MeasuresView(CollectionTimesView):
    """How a place worked on these days, by its own calendar; the times of all collections together, and `by_method`.
    `short_rate`: short units of all that were to be picked; null without any."""

    location_id: str
    first_day: str
    last_day: str
    by_method: dict[str, CollectionTimesView]
    picked_units: int
    short_units: int
    rejected_units: int
    short_rate: float | None
    late: int
    not_collected: int

    @classmethod
    def at(cls, location_id: str, query: MeasureQuery, found: Measures) -> MeasuresView:
        picked, short = found.total(Figure.PICKED_UNITS), found.total(Figure.SHORT_UNITS)
        return cls(
            location_id=location_id,
            first_day=query.first.isoformat(),
            last_day=query.last.isoformat(),
            **_times(found),
            by_method={method: CollectionTimesView.of(found, method) for method in found.methods},
            picked_units=picked,
            short_units=short,
            rejected_units=found.total(Figure.REJECTED_UNITS),
            short_rate=round(short / (picked + short), 4) if picked + short else None,
            late=found.total(Figure.LATE),
            not_collected=found.total(Figure.NOT_COLLECTED),
        )
