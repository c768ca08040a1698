"""Where holds are pinned, and what of them an order may use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.domain.reservation import (
    OrderLine,
    Reservation,
    ReservationEnded,
    Scope,
    Status,
    TooManyExtensions,
    Wanted,
    choose_pins,
    extended,
    moved,
    usable_pins,
)
from functions.inventory.domain.units import Units, by_position

HELD = Reservation(
    reservation_id="R1",
    owner="cart-1",
    channel="web",
    scope=Scope.NETWORK,
    wanted=(Wanted("1", "MUG", 3),),
    pins=(Units("1", "MUG", "A", 2), Units("1", "MUG", "B", 1)),
    until=100,
    fingerprint="f",
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
)


@given(
    st.lists(st.tuples(st.sampled_from("XY"), st.integers(1, 5), st.sampled_from([None, "A", "B"])), max_size=6),
    st.dictionaries(st.tuples(st.sampled_from("XY"), st.sampled_from("ABC")), st.integers(0, 6)),
)
def test_pins_never_exceed_what_is_there_nor_what_was_asked_and_shortages_tell_the_rest(
    lines: list[tuple[str, int, str | None]], available: dict[tuple[str, str], int]
) -> None:
    wanted = [Wanted(str(number), *line) for number, line in enumerate(lines)]
    pinning = choose_pins(wanted, available)
    assert all(quantity <= available[position] for position, quantity in by_position(pinning.pins).items())
    for line in wanted:
        pinned = [pin for pin in pinning.pins if pin.line_id == line.line_id]
        assert sum(pin.quantity for pin in pinned) <= line.quantity
        assert all(line.location_id in (None, pin.location_id) for pin in pinned)
    missing = sum(line.quantity for line in wanted) - sum(pin.quantity for pin in pinning.pins)
    assert missing == sum(int(one["requested"]) - int(one["available"]) for one in pinning.shortages)
    free = {line.sku for line in wanted} - {line.sku for line in wanted if line.location_id}
    for one in pinning.shortages:
        if one["sku"] in free:
            assert one["available"] == sum(q for (sku, _), q in available.items() if sku == one["sku"])


def test_one_place_for_a_whole_line_is_preferred_to_the_nearest_with_less() -> None:
    available = {("MUG", "A"): 1, ("MUG", "B"): 5}
    near = {"A": 1.0, "B": 50.0}
    assert choose_pins([Wanted("1", "MUG", 2)], available, rank=near.__getitem__).pins == (Units("1", "MUG", "B", 2),)
    assert choose_pins([Wanted("1", "MUG", 1)], available, rank=near.__getitem__).pins == (Units("1", "MUG", "A", 1),)


def test_a_hold_ends_once() -> None:
    for end in (Status.COMMITTED, Status.RELEASED, Status.EXPIRED):
        with pytest.raises(ReservationEnded):
            moved(moved(HELD, end), Status.RELEASED)


def test_a_lapsed_hold_is_not_extended_and_no_hold_three_times() -> None:
    with pytest.raises(ReservationEnded):
        extended(HELD, now=100, until=200)
    twice = extended(extended(HELD, now=99, until=150), now=149, until=200)
    with pytest.raises(TooManyExtensions):
        extended(twice, now=150, until=300)


def use(lines: list[OrderLine], held: Reservation | None = HELD, *, channel: str = "web", placed: int = 99) -> str:
    pins, because = usable_pins(held, lines, channel=channel, placed=placed)
    return because or ",".join(f"{pin.line_id}:{pin.location_id}{pin.quantity}" for pin in pins)


def test_an_order_uses_its_own_live_fitting_hold_and_no_other() -> None:
    order = [OrderLine("7", "MUG", 3)]
    assert use(order) == "7:A2,7:B1"
    assert use(order, None) == "unknown"
    assert use(order, channel="app") == "foreign"
    assert use(order, replace(HELD, channel=None), channel="app") == "7:A2,7:B1"
    assert use(order, placed=100) == "lapsed"
    assert use(order, replace(HELD, status=Status.COMMITTED)) == "used"
    assert use(order, replace(HELD, status=Status.RELEASED)) == "ended"
    assert use([OrderLine("7", "LAMP", 1)]) == "mismatched"


def test_a_hold_of_what_left_at_the_till_is_used_up_by_its_order() -> None:
    assert usable_pins(HELD, [], channel="web", placed=99, carried={"MUG"}) == ((), "")
    assert usable_pins(HELD, [], channel="web", placed=99, carried={"LAMP"}) == ((), "mismatched")


def test_an_order_for_less_uses_less_and_a_collection_only_what_lies_there() -> None:
    assert use([OrderLine("7", "MUG", 1)]) == "7:A1"
    assert use([OrderLine("7", "MUG", 3, "B")]) == "7:B1"
    assert use([OrderLine("7", "MUG", 2), OrderLine("8", "MUG", 2, "A")]) == "8:A2,7:B1"
    assert use([OrderLine("7", "MUG", 3, "C")]) == "mismatched"
