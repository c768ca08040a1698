"""When a place is open: its hours and closed days in its own time zone, across the changes of the clock.

Hours are wall-clock times of the place (IANA zone), durations are real time. "24:00" is the next midnight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = (("00:00", "24:00"),)
LOOK_AHEAD_DAYS = 400
"""A place that does not open for so long is treated as if it were always open: a promise needs an end."""


@dataclass(frozen=True)
class Calendar:
    """The opening times of one place. `hours` by weekday, None: always open; a weekday that is not named is closed.
    `closed_dates` are local dates, `YYYY-MM-DD`."""

    time_zone: str = "UTC"
    hours: Mapping[str, tuple[tuple[str, str], ...]] | None = None
    closed_dates: tuple[str, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def local_date(self, moment: datetime) -> date:
        """The date on the place's wall."""
        return moment.astimezone(self.zone).date()

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """From when to when it is open on that local date, in UTC; empty when it is closed."""
        if day.isoformat() in self.closed_dates:
            return []
        hours = WHOLE_DAY if self.hours is None else self.hours.get(WEEKDAYS[day.weekday()], ())
        found = ((self.moment(day, opens), self.moment(day, closes)) for opens, closes in hours)
        return [(opens, closes) for opens, closes in found if opens < closes]

    def moment(self, day: date, wall: str) -> datetime:
        """That time on the place's wall on that date, in UTC."""
        if wall == "24:00":
            day, wall = day + timedelta(days=1), "00:00"
        return datetime.combine(day, time.fromisoformat(wall), tzinfo=self.zone).astimezone(UTC)

    def open_at(self, moment: datetime) -> bool:
        """Whether it is open at that moment."""
        return any(opens <= moment < closes for opens, closes in self.spans(self.local_date(moment)))

    def after_open_days(self, moment: datetime, days: int) -> datetime:
        """When the place closes on its `days`-th open day after the (local) day of the moment.

        Ready on Saturday the 5th, 2 days, closed on Sunday: Tuesday the 8th.
        """
        left = days
        for day, spans in self._days(moment):
            if day == self.local_date(moment) or not spans:
                continue
            left -= 1
            if left <= 0:
                return min(max(closes for _, closes in spans), self.moment(day, "23:59"))
        return moment + timedelta(days=days)

    def after_open_time(self, moment: datetime, length: timedelta) -> datetime:
        """The first moment at which the place has been open for `length` since `moment`."""
        left = length
        for _, spans in self._days(moment):
            for opens, closes in spans:
                start = max(opens, moment)
                if start >= closes:
                    continue
                if closes - start >= left:
                    return start + left
                left -= closes - start
        return moment + length

    def open_seconds(self, since: datetime, until: datetime) -> int:
        """For how long the place was open between two moments."""
        found = 0.0
        for day, spans in self._days(since):
            if day > self.local_date(until):
                break
            overlaps = ((min(closes, until) - max(opens, since)).total_seconds() for opens, closes in spans)
            found += sum(max(0.0, one) for one in overlaps)
        return round(found)

    def cutoffs(self, moment: datetime, wall: str) -> Iterator[tuple[date, datetime]]:
        """The times after the moment when the place's wall shows `wall` on an open day, each with its local date."""
        for day, spans in self._days(moment):
            if spans and (at := self.moment(day, wall)) > moment:
                yield day, at

    def next_cutoff(self, moment: datetime, wall: str) -> datetime:
        """The first of the `cutoffs`."""
        return next((at for _, at in self.cutoffs(moment, wall)), moment + timedelta(days=1))

    def _days(self, moment: datetime) -> Iterator[tuple[date, list[tuple[datetime, datetime]]]]:
        day = self.local_date(moment)
        for number in range(LOOK_AHEAD_DAYS):
            yield day + timedelta(days=number), self.spans(day + timedelta(days=number))
