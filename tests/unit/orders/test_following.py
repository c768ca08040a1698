"""Quantity vectors: derived from what fulfilment tells, whatever comes late, twice or in the wrong order."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.orders.domain.cancelling import UnknownRequest, decide_cancel, request_cancel
from functions.orders.domain.following import Unfilled, UnknownLine, ignore_reservation, progress, route
from functions.orders.domain.lines import Units, Waiting, quantities, together
from functions.orders.domain.order import Flag, Order, Status
from tests.unit.orders.orders import CHANGE, answered, at_location, line, placed, released

Step = Callable[[Order], Order]
counts = st.integers(0, 9)


@given(
    ordered=st.integers(1, 20),
    cancelled=counts,
    units=st.builds(Units, counts, counts, counts, counts, counts, counts),
    waiting=st.builds(Waiting, counts, counts, counts),
)
def test_a_vector_always_sums_to_what_was_ordered(ordered: int, cancelled: int, units: Units, waiting: Waiting) -> None:
    vector = quantities(line(quantity=ordered), cancelled=min(cancelled, ordered), units=units, waiting=waiting)

    parts = [count for name, count in vars(vector).items() if name not in ("ordered", "returned")]
    assert min(parts) >= 0
    assert sum(parts) == ordered


@given(ordered=st.integers(1, 9), cancelled=counts, gone=counts)
def test_of_units_told_twice_those_that_have_come_least_far_give_way(ordered: int, cancelled: int, gone: int) -> None:
    cancelled, gone = min(cancelled, ordered), min(gone, ordered)
    units = Units(allocated=ordered - gone, shipped=gone)

    vector = quantities(line(quantity=ordered), cancelled=cancelled, units=units, waiting=Waiting())

    assert vector.shipped == min(gone, ordered - cancelled)


def test_units_of_several_locations_add_up() -> None:
    assert together([Units(allocated=1, shipped=2), Units(picked=3, shipped=1)]) == Units(
        allocated=1, picked=3, shipped=3
    )


def _history_free(order: Order) -> tuple[object, ...]:
    return (dict(order.quantities), order.status, order.fulfilment, order.waiting, order.plan_version, order.cancelled)


def test_every_order_of_arrival_ends_the_same() -> None:
    base = released(line(quantity=5))
    base = request_cancel(base, request_id="X", lines={"1": 2}, reason="no", change=CHANGE)
    out_of_stock = (Unfilled("1", 1, "OUT_OF_STOCK"),)
    steps: list[Step] = [
        lambda order: route(
            order,
            plan_version=1,
            opened={"F": at_location(0, l1={"allocated": 4})},
            unfilled=out_of_stock,
            change=CHANGE,
        ),
        lambda order: decide_cancel(order, request_id="X", cancelled={"1": 2}, refused={}, change=CHANGE),
        lambda order: progress(order, "F", at_location(2, l1={"allocated": 2}), CHANGE),
        lambda order: progress(order, "F", at_location(3, status="SHIPPED", l1={"shipped": 2}), CHANGE),
    ]
    ends = []
    for sequence in itertools.permutations(steps):
        order = base
        for step in (*sequence, *sequence[:2]):
            order = step(order)
        ends.append((_history_free(order), answered(order).operations[-2].amount))

    assert all(end == ends[0] for end in ends)
    (vectors, *_), captured = ends[0]
    assert vectors["1"].cancelled == 3  # type: ignore[index]  # the tuple is of anything, its first is the vectors
    assert captured == 2 * 1200 + 399


def test_an_older_plan_only_adds_what_is_not_known_yet() -> None:
    order = released(line(quantity=2))
    second = {"F2": at_location(0, l1={"allocated": 1})}
    order = route(order, plan_version=2, opened=second, unfilled=(), change=CHANGE)

    late = {"F1": at_location(0, l1={"allocated": 1})}
    order = route(order, plan_version=1, opened=late, unfilled=(Unfilled("1", 1, "BACKORDERED"),), change=CHANGE)

    assert order.plan_version == 2
    assert vars(order.quantities["1"])["allocated"] == 2
    assert order.status is Status.CONFIRMED


def test_the_same_plan_again_changes_nothing() -> None:
    order = released()
    opened = {"F": at_location(0, l1={"allocated": 2})}
    once = route(order, plan_version=1, opened=opened, unfilled=(), change=CHANGE)

    assert route(once, plan_version=1, opened=opened, unfilled=(), change=CHANGE) is once


def test_a_whole_order_without_stock_ends_cancelled() -> None:
    order = route(released(), plan_version=1, opened={}, unfilled=(Unfilled("1", 2, "OUT_OF_STOCK"),), change=CHANGE)

    assert order.status is Status.CANCELLED


def test_units_that_the_routing_and_a_decision_both_cancel_are_cancelled_once() -> None:
    order = request_cancel(released(), request_id="X", lines=None, reason="no", change=CHANGE)
    order = route(order, plan_version=1, opened={}, unfilled=(Unfilled("1", 2, "OUT_OF_STOCK"),), change=CHANGE)

    order = decide_cancel(order, request_id="X", cancelled={"1": 2}, refused={}, change=CHANGE)

    assert vars(order.quantities["1"])["cancelled"] == 2
    assert order.status is Status.CANCELLED


def test_flags_vanish_with_their_cause() -> None:
    order = route(released(), plan_version=1, opened={}, unfilled=(Unfilled("1", 2, "OVERSOLD"),), change=CHANGE)
    assert order.line_flags(order.lines[0]) == (Flag.OVERSOLD,)

    order = route(order, plan_version=2, opened={"F": at_location(0, l1={"allocated": 2})}, unfilled=(), change=CHANGE)

    assert order.line_flags(order.lines[0]) == ()


def test_an_unused_reservation_is_noted_once() -> None:
    once = ignore_reservation(placed(), reason="lapsed", change=CHANGE)

    assert ignore_reservation(once, reason="lapsed", change=CHANGE) is once


def test_what_does_not_belong_to_the_order_is_an_error_and_no_guess() -> None:
    order = released()

    with pytest.raises(UnknownLine):
        progress(order, "F", at_location(2, l9={"picked": 1}), CHANGE)
    with pytest.raises(UnknownLine):
        route(order, plan_version=1, opened={}, unfilled=(Unfilled("9", 1, "OVERSOLD"),), change=CHANGE)
    with pytest.raises(UnknownRequest):
        decide_cancel(order, request_id="X", cancelled={}, refused={}, change=CHANGE)
