"""Open days and open time of a place: golden cases, both changes of the clock, and a slow reference."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain.calendar import WEEKDAYS, Calendar
from functions.fulfilment.domain.deadlines import collect_by, deadlines
from functions.fulfilment.domain.network import Place

NINE_TO_SIX = (("09:00", "18:00"),)
CLOSED_SUNDAY = {day: NINE_TO_SIX for day in WEEKDAYS if day != "sun"}
EVERY_DAY = dict.fromkeys(WEEKDAYS, NINE_TO_SIX)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type, misc]  # year, month, day, ...


def test_ready_on_saturday_with_two_open_days_and_a_closed_sunday_waits_until_tuesday() -> None:
    ready = local("Europe/London", 2026, 12, 5, 11)
    closed = Calendar("Europe/London", CLOSED_SUNDAY).after_open_days(ready, 2)
    assert closed == local("Europe/London", 2026, 12, 8, 18)
    assert Calendar("Europe/London", EVERY_DAY).after_open_days(ready, 2) == local("Europe/London", 2026, 12, 7, 18)


def test_a_holiday_is_no_open_day() -> None:
    calendar = Calendar("Europe/London", EVERY_DAY, ("2026-12-25", "2026-12-26"))
    ready = local("Europe/London", 2026, 12, 24, 10)
    assert calendar.after_open_days(ready, 1) == local("Europe/London", 2026, 12, 27, 18)


@pytest.mark.parametrize(
    ("ready", "until"),
    [
        ((2026, 3, 28, 12), (2026, 3, 30, 18)),  # clocks go forward on the 29th
        ((2026, 10, 24, 12), (2026, 10, 26, 18)),  # and back on the 25th
    ],
)
def test_across_a_change_of_the_clock_the_wall_counts(ready: tuple[int, ...], until: tuple[int, ...]) -> None:
    calendar = Calendar("Europe/London", EVERY_DAY)
    assert calendar.after_open_days(local("Europe/London", *ready), 2) == local("Europe/London", *until)


def test_open_time_is_real_time_on_the_days_of_23_and_25_hours() -> None:
    night = Calendar("Europe/London", {"sun": (("00:00", "06:00"),)})
    for day, length in ((29, 5), (22, 6)):
        opens, closes = night.spans(date(2026, 3, day))[0]
        assert closes - opens == timedelta(hours=length)
    opens, closes = night.spans(date(2026, 10, 25))[0]
    assert closes - opens == timedelta(hours=7)


def test_a_store_in_another_zone_counts_its_own_days() -> None:
    sydney = Calendar("Australia/Sydney", EVERY_DAY)
    ready = datetime(2026, 12, 5, 20, tzinfo=UTC)  # Sunday morning there
    assert sydney.after_open_days(ready, 2) == local("Australia/Sydney", 2026, 12, 8, 18)


def test_a_place_without_hours_is_always_open_and_the_day_ends_on_its_date() -> None:
    until = Calendar("America/New_York").after_open_days(local("America/New_York", 2026, 12, 5, 11), 2)
    assert until == local("America/New_York", 2026, 12, 7, 23, 59)


def test_a_place_that_never_opens_still_gives_an_end() -> None:
    never = Calendar("Europe/London", {})
    now = datetime(2026, 12, 5, tzinfo=UTC)
    assert never.after_open_days(now, 2) == now + timedelta(days=2)
    assert never.after_open_time(now, timedelta(hours=2)) == now + timedelta(hours=2)
    assert never.next_cutoff(now, "15:00") == now + timedelta(days=1)


def test_readiness_counts_the_lead_time_in_the_stores_hours() -> None:
    store = Place("S1", "store", "GB", 1, calendar=Calendar("Europe/London", CLOSED_SUNDAY), lead_time_minutes=120)
    saturday = local("Europe/London", 2026, 12, 5, 17)
    due = deadlines(store, "pickup", at=saturday)
    assert due.due_by == local("Europe/London", 2026, 12, 7, 10)  # an hour on Saturday, an hour on Monday
    assert due.acknowledge_by == local("Europe/London", 2026, 12, 5, 18)
    assert collect_by(store, ready_at=saturday) == local("Europe/London", 2026, 12, 14, 18)


def test_parcels_are_due_at_the_next_cutoff_of_an_open_day() -> None:
    store = Place("S1", "store", "GB", 1, calendar=Calendar("Europe/London", CLOSED_SUNDAY), cutoff="15:00")
    assert deadlines(store, "ship", at=local("Europe/London", 2026, 12, 5, 14)).due_by == local(
        "Europe/London", 2026, 12, 5, 15
    )
    assert deadlines(store, "ship", at=local("Europe/London", 2026, 12, 5, 15)).due_by == local(
        "Europe/London", 2026, 12, 7, 15
    )


hours = st.lists(st.integers(4, 24), min_size=2, max_size=4, unique=True).map(sorted)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    zone = draw(st.sampled_from(["Europe/London", "America/New_York", "Australia/Sydney", "Asia/Kolkata"]))
    week = {}
    for day in WEEKDAYS:
        edges = draw(hours)
        spans = tuple((f"{a:02d}:00", f"{b:02d}:00") for a, b in zip(edges[::2], edges[1::2], strict=False))
        if draw(st.booleans()):
            week[day] = spans
    closed = draw(st.sets(st.dates(date(2026, 3, 1), date(2026, 4, 30)), max_size=10))
    return Calendar(zone, week, tuple(sorted(day.isoformat() for day in closed)))


def slowly_open(calendar: Calendar, moment: datetime) -> bool:
    """By the wall, without spans: the reference."""
    wall = moment.astimezone(ZoneInfo(calendar.time_zone))
    if wall.date().isoformat() in calendar.closed_dates:
        return False
    text = wall.strftime("%H:%M")
    assert calendar.hours is not None
    return any(opens <= text < closes for opens, closes in calendar.hours.get(WEEKDAYS[wall.weekday()], ()))


HALF_HOUR = timedelta(minutes=30)


def slow_after_open_days(calendar: Calendar, moment: datetime, days: int) -> datetime | None:
    """The end of the last open half hour of the `days`-th open date after the moment's."""
    zone = ZoneInfo(calendar.time_zone)
    today, step = moment.astimezone(zone).date(), moment
    ends: dict[date, datetime] = {}
    for _ in range(48 * 60):
        day = step.astimezone(zone).date()
        if day != today and slowly_open(calendar, step):
            ends[day] = step + HALF_HOUR
            if len(ends) > days:
                return ends[sorted(ends)[days - 1]]
        step += HALF_HOUR
    return None


moments = st.integers(0, 40 * 24).map(lambda hours: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hours))


@given(calendar=calendars(), moment=moments, days=st.integers(1, 5))
def test_open_days_are_as_the_slow_reference_counts_them(calendar: Calendar, moment: datetime, days: int) -> None:
    slow = slow_after_open_days(calendar, moment, days)
    if slow is not None:
        zone = ZoneInfo(calendar.time_zone)
        fast = calendar.after_open_days(moment, days)
        at_midnight = slow.astimezone(zone).time() == time(0)
        assert fast == (slow - timedelta(minutes=1) if at_midnight else slow)


@given(calendar=calendars(), moment=moments, hours=st.integers(1, 30))
def test_open_time_is_as_the_slow_reference_counts_it(calendar: Calendar, moment: datetime, hours: int) -> None:
    left, step = hours * 2, moment
    for _ in range(48 * 60):
        left -= slowly_open(calendar, step)
        step += HALF_HOUR
        if not left:
            assert calendar.after_open_time(moment, timedelta(hours=hours)) == step
            return


@given(calendar=calendars(), moment=moments, half_hours=st.integers(0, 48 * 4))
def test_open_time_between_moments_is_as_the_slow_reference_counts_it(
    calendar: Calendar, moment: datetime, half_hours: int
) -> None:
    slow = sum(slowly_open(calendar, moment + number * HALF_HOUR) for number in range(half_hours))
    assert calendar.open_seconds(moment, moment + half_hours * HALF_HOUR) == slow * 1800
