"""The scheduler finds every bug that is planted; the code without it passes the same search."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.faults.inventory import bugs
from tests.faults.inventory.acts import (
    Act,
    allocate,
    allocate_same,
    allocate_xy,
    commit,
    expire,
    hold,
    hold_two,
    hold_xy,
    hold_yx,
    lapse,
    move,
    move_not,
    plan_again,
    receive,
    release,
    sell_uncounted,
    withdraw_again,
)
from tests.faults.inventory.shop import REFUSALS, shop_of
from tests.support.interleaving import Outcome, Violated, explore, explore_with_faults, without_waiting

Bug = Callable[[], AbstractContextManager[None]]

CASES: list[tuple[Bug, tuple[Act, ...], str]] = [
    (bugs.read_then_write, (hold, hold), "more is promised"),
    (bugs.read_then_write, (hold, allocate), "more is promised"),
    (bugs.lost_update, (hold, release), "held|holds_that_lapse|another copy|more is promised"),
    (bugs.double_release, (release, expire), "below zero|held"),
    (bugs.hold_leaked_by_a_crash, (hold, release), "held"),
    (bugs.expiry_by_the_sweeper_only, (lapse, hold_two), "can be had"),
    (bugs.retry_lost, (hold, release), "a repeat moved stock"),
    (bugs.posted_twice_after_a_timeout, (receive, hold), "a repeat moved stock"),
    (bugs.answered_before_whole, (allocate_xy, hold), "answered before"),
    (bugs.wrong_key_order, (hold_xy, hold_yx), "wrong order"),
    (bugs.no_tombstone, (withdraw_again, plan_again), "was withdrawn"),
    (bugs.committed_although_reclaimed, (lapse, hold_two, commit), "held"),
    (bugs.book_without_condition, (allocate_same, allocate_same), "allocated|a repeat moved stock"),
    (bugs.found_twice, (sell_uncounted, sell_uncounted), "found twice"),
    (bugs.transfer_of_promised_goods, (move_not, hold), "more is promised"),
    (bugs.receipt_forgotten, (move, hold), "a repeat moved stock"),
    (bugs.untrue_refusal, (lapse, expire, hold_two), "refused although"),
]


def search(acts: tuple[Act, ...]) -> list[Outcome]:
    """All interleavings of two, with one fault each; of three without."""
    make = shop_of(*acts)
    with without_waiting():
        found = explore_with_faults(make, expected=REFUSALS) if len(acts) == 2 else explore(make, expected=REFUSALS)
        return list(found)


HOT_CASES: list[tuple[Bug, tuple[Act, ...], str]] = [
    (bugs.own_cell_only, (release, hold_two), "refused although"),
    (bugs.lent_twice, (hold, release), "units are lent"),
]


def search_hot(acts: tuple[Act, ...]) -> list[Outcome]:
    """All interleavings at a position of two cells, and of three."""
    with without_waiting():
        shops = [shop_of(*acts, shards=shards, chunk_rows=90) for shards in (2, 3)]
        return [outcome for make in shops for outcome in explore(make, expected=REFUSALS)]


@pytest.mark.parametrize(("bug", "acts", "says"), HOT_CASES, ids=[bug.__name__ for bug, _, _ in HOT_CASES])
def test_a_bug_planted_into_hot_positions_is_found(bug: Bug, acts: tuple[Act, ...], says: str) -> None:
    with bug(), pytest.raises(Violated, match=says):
        search_hot(acts)


@pytest.mark.parametrize(("bug", "acts", "says"), CASES, ids=[f"{bug.__name__}-{len(acts)}" for bug, acts, _ in CASES])
def test_a_planted_bug_is_found(bug: Bug, acts: tuple[Act, ...], says: str) -> None:
    with bug(), pytest.raises(Violated, match=says):
        search(acts)


@pytest.mark.deep
@pytest.mark.parametrize("acts", sorted({acts for _, acts, _ in CASES}, key=str))
def test_the_same_search_finds_nothing_without_the_bug(acts: tuple[Act, ...]) -> None:
    assert search(acts)
