"""Dated supply: what is promised for later is never taken by somebody sooner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.domain.supply import Dated, Step, available_at, curve, summed

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TENTH, TWENTIETH = NOW + 9 * DAY, NOW + 19 * DAY


def test_the_golden_vector_ten_now_twenty_on_the_tenth_thirty_on_the_twentieth() -> None:
    steps = curve(10, [(TENTH, 10), (TWENTIETH, 10)], now=NOW)
    assert steps == [Step(NOW, 10), Step(TENTH, 20), Step(TWENTIETH, 30)]
    assert [available_at(steps, at) for at in (NOW, TENTH - DAY / 2, TENTH, TWENTIETH + DAY)] == [10, 10, 20, 30]
    assert available_at(steps, NOW - DAY) == 0


def test_what_somebody_will_need_later_is_not_given_away_sooner() -> None:
    steps = curve(10, [(TWENTIETH, 5)], [(TENTH, 8)], now=NOW)
    assert steps == [Step(NOW, 2), Step(TWENTIETH, 7)]


def test_the_safety_stock_stays_and_debts_are_served_first() -> None:
    steps = curve(-3, [(TENTH, 2), (TWENTIETH, 10)], safety=1, now=NOW)
    assert steps == [Step(NOW, 0), Step(TWENTIETH, 8)]


def test_what_is_overdue_is_not_counted_on() -> None:
    assert curve(1, [(NOW - DAY, 10), (NOW, 10)], [(NOW - DAY, 1)], now=NOW) == [Step(NOW, 0)]


def test_places_add_up() -> None:
    first, second = curve(1, [(TENTH, 2)], now=NOW), curve(0, [(TWENTIETH, 5)], now=NOW)
    assert summed([first, second], now=NOW) == [Step(NOW, 1), Step(TENTH, 3), Step(TWENTIETH, 8)]
    assert summed([], now=NOW) == [Step(NOW, 0)]


dated = st.lists(st.tuples(st.integers(-3, 12), st.integers(1, 9)), max_size=6)


@given(st.integers(-5, 15), dated, dated, st.integers(0, 3), st.integers(0, 13))
def test_the_curve_is_the_definition(
    free: int, supply: list[tuple[int, int]], demand: list[tuple[int, int]], safety: int, day: int
) -> None:
    """Against the formula, day by day."""

    def moments(days: list[tuple[int, int]]) -> list[Dated]:
        return [(NOW + number * DAY, quantity) for number, quantity in days]

    def due_by(number: int) -> int:
        came = sum(quantity for at, quantity in supply if 0 < at <= number)
        return free + came - sum(quantity for at, quantity in demand if at <= number)

    expected = max(0, min(due_by(later) for later in range(day, 14)) - safety)
    steps = curve(free, moments(supply), moments(demand), safety=safety, now=NOW)
    assert available_at(steps, NOW + day * DAY) == expected
    assert [step.at for step in steps] == sorted({step.at for step in steps})


@pytest.mark.parametrize("count", [0, 1, 50])
def test_nothing_expected_means_the_same_for_ever(count: int) -> None:
    assert curve(count, [], now=NOW) == [Step(NOW, count)]
