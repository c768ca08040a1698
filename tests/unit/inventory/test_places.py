"""Places and items: what cannot be is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.domain.places import (
    Address,
    Capability,
    Item,
    Location,
    LocationKind,
    check_gtin,
    check_hours,
    check_time_zone,
    paused,
    resumed,
    safety_of,
)
from shared.errors import InvalidField
from shared.geo import Geo

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
STORE = Location(
    location_id="S1",
    name="Leeds",
    kind=LocationKind.STORE,
    address=Address("1 High St", "Leeds", "", "LS1 1AA", "GB"),
    geo=Geo(53.8, -1.55),
    time_zone="Europe/London",
    capabilities=(Capability.SHIP,),
    default_safety_stock=2,
)


@pytest.mark.parametrize("gtin", ["4006381333931", "96385074", "036000291452", "00012345600012"])
def test_a_right_check_digit_is_taken(gtin: str) -> None:
    check_gtin(gtin)


@given(st.integers(0, 11), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(place: int, off: int) -> None:
    digits = "4006381333931"
    wrong = digits[:place] + str((int(digits[place]) + off) % 10) + digits[place + 1 :]
    with pytest.raises(InvalidField):
        check_gtin(wrong)


@pytest.mark.parametrize(
    "check",
    [
        lambda: check_gtin("123"),
        lambda: check_gtin("٤٠٠٦٣٨١٣٣٣٩٣١"),
        lambda: check_time_zone("Mars/Olympus"),
        lambda: check_time_zone("/etc/passwd"),
        lambda: check_hours({"noday": ()}),
        lambda: check_hours({"mon": (("10:00", "10:00"),)}),
        lambda: paused(STORE, reason="x", at=NOW, until=NOW),
    ],
)
def test_what_cannot_be_is_refused(check: Callable[[], None]) -> None:
    with pytest.raises(InvalidField):
        check()


def test_a_pause_with_an_end_lifts_itself() -> None:
    closed = paused(STORE, reason="lunch", at=NOW, until=NOW + timedelta(hours=1))
    assert not closed.can(Capability.SHIP, NOW)
    assert closed.can(Capability.SHIP, NOW + timedelta(hours=1))
    assert not closed.can(Capability.PICKUP, NOW + timedelta(hours=1))
    assert paused(closed, reason="lunch", at=NOW, until=NOW + timedelta(hours=1)) is closed
    assert resumed(closed) == STORE


def test_an_items_own_safety_stock_goes_before_the_places() -> None:
    assert safety_of(Item("MUG", "Mug", 1, default_safety_stock=0), STORE) == 0
    assert safety_of(Item("MUG", "Mug", 1), STORE) == 2
    assert safety_of(None, None) == 0
