"""One position: whatever is done to it in whatever order, its counters stay what they have to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.domain.stock import (
    BelowZero,
    Change,
    Counters,
    Movement,
    MovementKind,
    Short,
    Stock,
    applied,
    extend,
    found,
    hold,
    keep,
    lapse_second,
    moved,
    reclaim,
    ship,
    unhold,
)

NOTE = Movement("m", MovementKind.NONE)
RECEIPT = Movement("m", MovementKind.RECEIPT)
DAMAGE = Movement("m", MovementKind.DAMAGE)


def stock(on_hand: int = 10, **fields: int) -> Stock:
    safety = fields.pop("safety", 0)
    return Stock("MUG", "DC1", Counters(on_hand=on_hand, **fields), safety=safety, version=1)


@pytest.mark.parametrize(
    ("row", "available", "withheld", "shortage"),
    [(stock(4, allocated=3, safety=2), 0, 1, 0), (stock(4, allocated=5, safety=2), 0, 0, 1)],
)
def test_the_golden_vectors_of_a_position(row: Stock, available: int, withheld: int, shortage: int) -> None:
    assert row.available(0) == available
    assert min(row.safety, max(0, row.free)) == withheld
    assert max(0, -row.free) == shortage


def test_no_more_is_held_than_is_free_beyond_the_safety_stock() -> None:
    row = stock(5, allocated=1, safety=2)
    assert applied(row, hold(row, 2, until=100, movement=NOTE)).available(0) == 0
    with pytest.raises(Short):
        hold(row, 3, until=100, movement=NOTE)


def test_a_hold_that_fitted_when_it_was_read_does_not_fit_when_a_rival_was_faster() -> None:
    row = stock(2)
    mine, rivals = (hold(row, 2, until=second, movement=NOTE) for second in (100, 200))
    with pytest.raises(Short):
        applied(applied(row, rivals), mine)


def test_a_reclaimed_hold_cannot_be_released_kept_or_extended() -> None:
    row = stock(2)
    held = applied(row, hold(row, 2, until=100, movement=NOTE))
    change = reclaim(held, now=100)
    assert change is not None
    gone = applied(held, change)
    assert (gone.counters.held, gone.lapses) == (0, {})
    for act in (unhold, keep):
        with pytest.raises(Short):
            act(gone, 2, until=100, movement=NOTE)
    with pytest.raises(Short):
        extend(gone, 2, until=100, later=200, movement=NOTE)
    assert reclaim(gone, now=100) is None


def test_a_release_that_raced_with_a_reclaim_fails_on_the_row() -> None:
    row = stock(2)
    held = applied(row, hold(row, 2, until=100, movement=NOTE))
    release, change = unhold(held, 2, until=100, movement=NOTE), reclaim(held, now=100)
    assert change is not None
    with pytest.raises(Short):
        applied(applied(held, change), release)


def test_movements_never_leave_less_than_nothing() -> None:
    with pytest.raises(BelowZero):
        moved(stock(1), Counters(on_hand=-2), RECEIPT)
    with pytest.raises(BelowZero):
        moved(stock(3, display=2), Counters(damaged=2), DAMAGE)
    with pytest.raises(BelowZero):
        moved(stock(3, display=2), Counters(display=-3), DAMAGE)
    short = applied(stock(3, allocated=3), moved(stock(3, allocated=3), Counters(on_hand=-1), RECEIPT))
    assert short.free == -1


def test_what_leaves_although_it_was_unavailable_is_unavailable_no_longer() -> None:
    row = stock(3, display=1, damaged=2)
    after = applied(row, ship(row, 2, promised=0, movement=NOTE))
    assert (after.counters.on_hand, after.counters.display, after.counters.damaged) == (1, 0, 1)
    with pytest.raises(Short):
        ship(row, 4, promised=0, movement=NOTE)
    more = applied(row, found(row, 1, reference="order/O1"))
    assert (more.counters.on_hand, more.count_due) == (4, True)


def test_holds_of_a_hot_item_share_buckets_so_that_the_row_stays_small() -> None:
    assert lapse_second(1000, 7, crowd=0) == 1007
    assert lapse_second(1000, 7, crowd=60) == 1010
    assert lapse_second(1000, 7, crowd=500) == 1020


actions = st.lists(
    st.tuples(st.sampled_from(["hold", "unhold", "keep", "extend", "reclaim", "move", "ship"]), st.integers(1, 4)),
    max_size=30,
)


@given(actions, st.integers(0, 3))
def test_whatever_happens_holds_and_buckets_agree_and_nothing_is_promised_twice(
    steps: list[tuple[str, int]], safety: int
) -> None:
    """The model: open holds as a plain list; time ticks with every step."""
    row, committed = stock(6, safety=safety), 0
    open_holds: list[tuple[int, int]] = []
    for now, (name, quantity) in enumerate(steps):
        change: Change | None = None
        try:
            match name:
                case "hold":
                    change = hold(row, quantity, until=now + quantity, movement=NOTE)
                    open_holds.append((quantity, now + quantity))
                case "unhold" | "keep" | "extend" if open_holds:
                    held, until = open_holds[0]
                    if name == "unhold":
                        change = unhold(row, held, until=until, movement=NOTE)
                    elif name == "keep":
                        change = keep(row, held, until=until, movement=NOTE)
                    else:
                        change = extend(row, held, until=until, later=until + quantity, movement=NOTE)
                    open_holds.pop(0)
                    committed += held if name == "keep" else 0
                    open_holds += [(held, until + quantity)] if name == "extend" else []
                case "reclaim":
                    change = reclaim(row, now=now)
                    open_holds = [one for one in open_holds if one[1] > now]
                case "move":
                    change = moved(row, Counters(on_hand=quantity - 2 or 1), RECEIPT)
                case "ship":
                    change = ship(row, quantity, promised=0, movement=NOTE)
        except (Short, BelowZero):
            change = None
        if change is not None:
            row = applied(row, change)
        assert row.counters.held == sum(quantity for quantity, _ in open_holds) + committed
        assert sum(row.lapses.values()) == sum(quantity for quantity, _ in open_holds)
        assert row.counters.on_hand >= row.counters.unavailable >= 0
        assert all(quantity > 0 for quantity in row.lapses.values())


@given(st.integers(0, 9), st.integers(0, 9))
def test_deltas_add_up(first: int, second: int) -> None:
    a, b = Counters(on_hand=first, held=second), Counters(on_hand=second, allocated=first)
    assert (a + b) - b == a
    assert (a + b).free == a.free + b.free
    assert replace(a).nonzero() == {k: v for k, v in (("on_hand", first), ("held", second)) if v}
