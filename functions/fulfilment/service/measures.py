"""Use cases that measure how places work: from fulfilment's own events, each figure once however often it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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

_ALL = Status.HANDED_OVER
METRICS = {figure: "".join(part.capitalize() for part in figure.split("_")) for figure in Figure}
"""What each figure is called among the metrics: `ReadySeconds`."""


@dataclass(frozen=True)
class Measures:
    """All figures of a place over some days, each with its method where it has one."""

    values: dict[Figure, list[tuple[str, int]]] = field(default_factory=dict)

    def of(self, figure: Figure, method: str | None = None) -> list[int]:
        """Those of a figure; by one method, or by all."""
        return [value for by, value in self.values.get(figure, []) if method in (None, by)]

    @property
    def methods(self) -> list[str]:
        """By which something was measured."""
        return sorted({by for values in self.values.values() for by, _ in values if by})

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
        """How long it took until the goods lay ready: for the shopper, and of the place's opening hours."""
        if not event.opened_at or not event.ready_at:
            return
        ready_at = datetime.fromisoformat(event.ready_at)
        since = datetime.fromisoformat(event.opened_at) + timedelta(seconds=event.held_seconds)
        calendar = self._calendar(event.location_id)
        for figure, seconds in (
            (Figure.READY_SECONDS, _seconds(since, ready_at)),
            (Figure.READY_OPEN_SECONDS, calendar.open_seconds(since, ready_at)),
        ):
            noted = Noted(event.location_id, ready_at, figure, event.fulfilment_order_id, seconds, event.method)
            self._keep(noted, cause)

    def handed_over(self, event: HandedOver, cause: Cause) -> None:
        """How long the shopper waited, each time they came and got something, and the goods for the shopper until they
        had all of them."""
        if not event.handed_over_at:
            return
        at, name, whole = datetime.fromisoformat(event.handed_over_at), event.fulfilment_order_id, event.status == _ALL
        if event.arrived_at:
            arrived_at = datetime.fromisoformat(event.arrived_at)
            visit = name if whole else f"{name}#{event.arrived_at}"
            waited = _seconds(arrived_at, at)
            self._keep(Noted(event.location_id, at, Figure.WAIT_SECONDS, visit, waited, event.method), cause)
        if whole and event.ready_at:
            lay = _seconds(datetime.fromisoformat(event.ready_at), at)
            self._keep(Noted(event.location_id, at, Figure.COLLECTED_SECONDS, name, lay, event.method), cause)

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
        self._keep(Noted(location_id, when, figure, name, value), cause)

    def _keep(self, noted: Noted, cause: Cause) -> None:
        if self._measures.note(noted, cause=cause):
            self._tell({METRICS[noted.figure]: noted.value}, {"location": noted.location_id})

    def _calendar(self, location_id: str) -> Calendar:
        """The place's hours; of one that nothing is known of, as if it were always open, by UTC."""
        place = self._copies.place(location_id)
        return place.calendar if place else Calendar()

    def of(self, location_id: str, *, first: date, last: date) -> Measures:
        """The figures of a place from the first day to the last, by the place's own days (UTC ones where the place is
        not known yet)."""
        calendar = self._calendar(location_id)
        start, end = calendar.moment(first, "00:00"), calendar.moment(last, "24:00")
        values: defaultdict[Figure, list[tuple[str, int]]] = defaultdict(list)
        for noted in self._measures.between(location_id, start, end):
            values[noted.figure].append((noted.method, noted.value))
        return Measures(dict(values))


def _seconds(since: datetime, until: datetime) -> int:
    return max(0, round((until - since).total_seconds()))
