"""Use cases that measure how places work: from fulfilment's own events, each figure once however often it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from functions.fulfilment.domain.alarms import AlarmKind
from functions.fulfilment.domain.calendar import Calendar
from functions.fulfilment.domain.measures import SHORT_REASONS, Figure, Noted
from functions.fulfilment.domain.states import Status
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.measures import MeasureRepository
from shared.cause import Cause

if TYPE_CHECKING:  # making these models is start-up time that the API need not spend
    from shared.events.fulfilment import (
        FulfilmentOrderDelayed,
        FulfilmentOrderMoved,
        HandedOver,
        PickupNotCollected,
        ReadyForPickup,
        UnitsShort,
    )

METRICS = {figure: "".join(part.capitalize() for part in figure.split("_")) for figure in Figure}
"""What each figure is called among the metrics: `ReadySeconds`."""


@dataclass(frozen=True)
class Measures:
    """All figures of a place over some days."""

    values: dict[Figure, list[int]] = field(default_factory=dict)

    def of(self, figure: Figure) -> list[int]:
        return self.values.get(figure, [])

    def total(self, figure: Figure) -> int:
        return sum(self.of(figure))


class MeasureService:
    """Notes and sums. `tell` gives each figure that is news to the metrics, with the place: at most once."""

    def __init__(
        self,
        measures: MeasureRepository,
        copies: CopyRepository,
        tell: Callable[[dict[str, int], dict[str, str]], None],
    ) -> None:
        self._measures = measures
        self._copies = copies
        self._tell = tell

    def ready(self, event: ReadyForPickup, cause: Cause) -> None:
        """How long it took until the goods lay ready."""
        if event.opened_at and event.ready_at:
            seconds = _seconds(event.opened_at, event.ready_at)
            self._note(
                event.location_id, Figure.READY_SECONDS, event.fulfilment_order_id, seconds, event.ready_at, cause
            )

    def handed_over(self, event: HandedOver, cause: Cause) -> None:
        """How long the shopper waited, and the goods for the shopper. Of a partial hand-over the last part counts."""
        if event.status != Status.HANDED_OVER or not event.handed_over_at:
            return
        for figure, since in ((Figure.WAIT_SECONDS, event.arrived_at), (Figure.COLLECTED_SECONDS, event.ready_at)):
            if since:
                seconds = _seconds(since, event.handed_over_at)
                self._note(event.location_id, figure, event.fulfilment_order_id, seconds, event.handed_over_at, cause)

    def moved(self, event: FulfilmentOrderMoved, cause: Cause) -> None:
        """How many units were in hand at the shelf."""
        picked = sum(line.picked for line in event.lines)
        if event.status == Status.PICKED and picked:
            name = event.fulfilment_order_id
            self._note(event.location_id, Figure.PICKED_UNITS, name, picked, event.reached_at, cause)

    def short(self, event: UnitsShort, cause: Cause) -> None:
        """How many were not."""
        units = sum(line.quantity for line in event.lines)
        figure = Figure.SHORT_UNITS if event.reason in SHORT_REASONS else Figure.REJECTED_UNITS
        self._note(event.location_id, figure, f"{event.fulfilment_order_id}#{event.number}", units, event.at, cause)

    def delayed(self, event: FulfilmentOrderDelayed, cause: Cause) -> None:
        """It was late."""
        if event.cause == AlarmKind.LATE:
            self._note(event.location_id, Figure.LATE, event.fulfilment_order_id, 1, event.due_at, cause)

    def not_collected(self, event: PickupNotCollected, cause: Cause) -> None:
        """Nobody came."""
        self._note(event.location_id, Figure.NOT_COLLECTED, event.fulfilment_order_id, 1, event.at, cause)

    def _note(self, location_id: str, figure: Figure, name: str, value: int, at: str | None, cause: Cause) -> None:
        """`at`: when it happened, by the event's own word, which stays when the event is told again."""
        when = datetime.fromisoformat(at) if at else cause.occurred_at or cause.at
        if self._measures.note(Noted(location_id, when, figure, name, value), cause=cause):
            self._tell({METRICS[figure]: value}, {"location": location_id})

    def of(self, location_id: str, *, first: date, last: date) -> Measures:
        """The figures of a place from the first day to the last, by the place's own days (UTC ones where the place is
        not known yet)."""
        place = self._copies.place(location_id)
        calendar = place.calendar if place else Calendar()
        start, end = calendar.moment(first, "00:00"), calendar.moment(last, "24:00")
        values: defaultdict[Figure, list[int]] = defaultdict(list)
        for figure, value in self._measures.between(location_id, start, end):
            values[figure].append(value)
        return Measures(dict(values))


def _seconds(since: str, until: str) -> int:
    passed = datetime.fromisoformat(until) - datetime.fromisoformat(since)
    return max(0, round(passed.total_seconds()))
