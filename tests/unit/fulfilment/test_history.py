"""What is remembered of demand: days count once, fade, and outweigh what was believed of an item before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain.history import (
    KEPT_PER_DAY,
    LINES,
    OPEN_DAYS,
    PICKS,
    SHARED,
    History,
    Seen,
    Shares,
    beliefs,
    market_of_counter,
    market_of_region,
    picks_at,
    region,
)
from functions.fulfilment.domain.pricing import failing
from shared.geo import Geo

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NORTH, S1 = "online:GB/26/-1", market_of_counter("S1")
days = st.integers(0, 40).map(lambda n: DAY + timedelta(days=n))
counts = st.dictionaries(days, st.dictionaries(st.sampled_from([NORTH, S1]), st.integers(1, 9), min_size=1), max_size=8)


def test_counting_a_day_again_changes_nothing_and_a_later_count_replaces_it() -> None:
    once = History("MUG").counted({DAY: {NORTH: 3}})
    assert once.counted({DAY: {NORTH: 3}}) is once
    assert once.counted({DAY: {NORTH: 5}}).totals() == {NORTH: 5}


@given(counts, days)
def test_it_does_not_matter_how_often_a_history_was_closed_on_the_way(
    told: dict[date, dict[str, int]], today: date
) -> None:
    at_once = History("MUG").counted(told).closed(today)
    daily = History("MUG").counted(told)
    day = min([*told, today])
    while day <= today:
        daily = daily.closed(day)
        day += timedelta(days=1)
    assert daily.through == at_once.through
    assert daily.days == pytest.approx(at_once.days)
    assert daily.totals() == pytest.approx(at_once.totals())


def test_what_a_closed_day_told_stands_however_late_something_else_comes() -> None:
    closed = History("MUG").counted({DAY: {NORTH: 3}}).closed(DAY + timedelta(days=OPEN_DAYS))
    assert closed.through == DAY
    assert closed.counted({DAY: {NORTH: 99}}).totals() == {NORTH: 3.0}


def test_old_days_fade() -> None:
    history = History("MUG").counted({DAY: {NORTH: 10}}).closed(DAY + timedelta(days=30 + OPEN_DAYS))
    assert history.totals()[NORTH] == pytest.approx(10 * KEPT_PER_DAY**30)
    assert history.days < 31


def test_a_decade_of_silence_is_closed_in_one_step() -> None:
    history = History("MUG").counted({DAY: {NORTH: 10}}).closed(DAY.replace(year=2036))
    assert history.totals()[NORTH] < 1e-9
    assert history.days == pytest.approx(1 / (1 - KEPT_PER_DAY))


def test_an_item_sells_where_everything_sells_until_its_own_sales_say_otherwise() -> None:
    other = History("LAMP").counted({DAY: {NORTH: 900, S1: 100}})
    new = History("MUG").counted({DAY: {NORTH: 1}})
    shares = Shares.of([other, new])
    early = beliefs(new.closed(DAY), shares, NOON)
    assert early[NORTH].units_per_day > 5 * early[S1].units_per_day
    sold = {DAY + timedelta(days=n): {S1: 4} for n in range(20)}
    known = History("MUG").counted(sold).closed(DAY + timedelta(days=20))
    late = beliefs(known, shares, NOON + timedelta(days=20))
    assert late[S1].units_per_day > 3 * late[NORTH].units_per_day
    assert late[S1].units_per_day == pytest.approx(4, rel=0.35)


def test_a_region_is_a_cell_of_the_map_and_knows_its_middle() -> None:
    market = market_of_region("GB", Geo(53.8, -1.55))
    assert region(market) == ("GB", Geo(53.0, -1.0))
    assert market == market_of_region("GB", Geo(52.1, -0.1))
    assert market != market_of_region("GB", Geo(51.5, -1.55))
    assert region(market_of_region("GB", None)) == ("GB", None)
    assert region(market_of_region("", None)) == ("", None)


def test_a_place_that_often_does_not_find_units_is_known_by_it() -> None:
    told = [*picks_at("S1", found=60, failed=20).units, *picks_at("S2", found=200).units]
    picks = History(PICKS).counted({DAY: {market: units for _, market, units in told}})
    rates = failing(picks)
    assert rates["S1"] == pytest.approx(0.202, abs=0.001)
    assert rates["S2"] < 0.002
    assert "S3" not in rates


def test_picks_are_nobodys_demand() -> None:
    picks = History(PICKS).counted({DAY: {"found:S1": 1000}})
    mug = History("MUG").counted({DAY: {NORTH: 1}})
    assert set(Shares.of([picks, mug]).by_market) == {NORTH}


def test_order_lines_are_counted_beside_units_and_are_nobodys_demand() -> None:
    together = Seen((("MUG", NORTH, 2), ("LAMP", NORTH, 1), ("MUG", S1, 4)))
    assert list(together.lines()) == [("MUG", LINES), ("MUG", SHARED), ("LAMP", LINES), ("LAMP", SHARED)]
    assert list(Seen((("MUG", NORTH, 2), ("MUG", NORTH, 1))).lines()) == [("MUG", LINES), ("MUG", LINES)]
    assert not list(Seen((("MUG", S1, 2), ("LAMP", S1, 1))).lines())
    history = History("MUG").counted({DAY: {NORTH: 2, LINES: 4, SHARED: 3}}).closed(DAY + timedelta(days=OPEN_DAYS))
    assert history.totals() == {NORTH: 2.0}
    assert history.lines() == (4.0, 3.0)
    shares = Shares.of([history, History("LAMP").counted({DAY: {NORTH: 1, LINES: 1}})])
    assert set(shares.by_market) == {NORTH}
    assert shares.shared == pytest.approx(3 / 5)
    assert set(beliefs(history, shares, NOON + timedelta(days=OPEN_DAYS))) == {NORTH}
