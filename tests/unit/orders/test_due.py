"""What time alone does to an order: parcels are taken for delivered, orders close, silence is asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from functions.orders.domain import due
from functions.orders.domain.cancelling import decide_cancel, request_cancel
from functions.orders.domain.following import Unfilled, progress, route
from functions.orders.domain.order import Change, Order, Raised, Status
from functions.orders.domain.paying import settle
from functions.orders.domain.policies import BUILT_IN
from functions.orders.domain.tenders import OperationStatus
from functions.orders.domain.trouble import seen_to
from tests.unit.orders.orders import AT, CHANGE, answered, at_location, released


def _at(moment: datetime) -> Change:
    return Change(at=moment, by="timer")


def _shipped() -> Order:
    told = replace(at_location(3, status="SHIPPED", l1={"shipped": 2}), at=AT)
    return answered(progress(released(), "O-1.1", told, CHANGE))


def _looked(order: Order, moment: datetime) -> Order:
    once = due.look(order, _at(moment))
    assert due.look(once, _at(moment)) == once, "twice is the same as once"
    return once


def test_a_parcel_nobody_spoke_of_is_taken_for_delivered_and_the_order_closes_after_the_return_window() -> None:
    shipped = _shipped()
    assert due.next_look(shipped) == AT + due.DELIVERED_WITHIN
    early = _looked(shipped, AT + due.DELIVERED_WITHIN - timedelta(seconds=1))
    assert early.quantities["1"].shipped == 2

    arrived = _looked(shipped, AT + due.DELIVERED_WITHIN)
    assert (arrived.status, arrived.quantities["1"].fulfilled) == (Status.FULFILLED, 2)
    closes = due.next_look(arrived)
    assert closes is not None
    assert _looked(arrived, closes - timedelta(seconds=1)).status is Status.FULFILLED
    closed = _looked(arrived, closes)
    assert closed.status is Status.CLOSED
    assert due.next_look(closed) is None


def test_an_order_that_a_person_has_to_look_at_neither_closes_nor_is_found_again_and_again() -> None:
    arrived = _looked(_shipped(), AT + due.DELIVERED_WITHIN)
    closes = due.next_look(arrived)
    assert closes is not None
    judged = replace(arrived, returned_parcels=("O-1.1/P1",), raised={"PARCEL_RETURNED": Raised(AT)})
    assert due.next_look(judged) is None
    assert _looked(judged, closes).status is Status.FULFILLED
    settled = seen_to(judged, judged.returned_parcels, _at(closes + timedelta(days=1)), before=judged)
    assert due.next_look(settled) == closes
    assert _looked(settled, closes + timedelta(days=1)).status is Status.CLOSED


def test_a_carrier_that_speaks_late_changes_nothing_of_what_was_presumed() -> None:
    arrived = _looked(_shipped(), AT + due.DELIVERED_WITHIN)
    told = replace(at_location(4, status="DELIVERED", l1={"fulfilled": 2}), at=AT + timedelta(days=11))
    after = progress(arrived, "O-1.1", told, CHANGE)
    assert after.quantities["1"].fulfilled == 2
    assert due.next_look(after) == AT + timedelta(days=11) + BUILT_IN.window


def test_a_release_without_an_answer_is_told_again_and_then_put_before_a_person() -> None:
    order, moment, asked = released(), CHANGE.at, []
    for _ in range(10):
        moment += timedelta(hours=1)
        order = _looked(order, moment)
        asked.append(order.asked_again)
    assert asked[:4] == [1, 2, 3, 3]
    assert set(order.raised) == {"STUCK"}
    assert due.next_look(order) is None

    placed = progress(order, "O-1.1", at_location(1, l1={"allocated": 2}), CHANGE)
    assert (placed.overdue, placed.asked_again, placed.raised) == ("", 0, {})


@pytest.mark.parametrize("outcome", ["BACKORDERED", "QUEUED", "OVERSOLD", "UNROUTABLE"])
def test_what_waits_for_a_person_or_for_stock_is_not_asked_about(outcome: str) -> None:
    waiting = route(released(), plan_version=1, opened={}, unfilled=[Unfilled("1", 2, outcome)], change=CHANGE)
    assert due.next_look(waiting) is None


def test_work_that_does_not_move_for_days_is_asked_about() -> None:
    order = progress(released(), "O-1.1", at_location(2, l1={"picked": 2}), CHANGE)
    assert due.next_look(order) == CHANGE.at + due.NEWS_WITHIN
    assert _looked(order, CHANGE.at + due.NEWS_WITHIN).asked_again == 1


def _stuck(order: Order) -> Order:
    """Looked at for long enough that a person has been called."""
    for _ in range(due.MAX_QUESTIONS + 1):
        moment = due.next_look(order)
        assert moment is not None
        order = _looked(order, moment)
    assert set(order.raised) == {"STUCK"}
    return order


def test_nobody_is_called_any_more_for_a_cancel_that_fulfilment_decides_after_all() -> None:
    working = progress(released(), "O-1.1", at_location(1, l1={"allocated": 2}), CHANGE)
    asked = request_cancel(working, request_id="X", lines={"1": 1}, reason="no", change=CHANGE)
    stuck = _stuck(asked)
    assert stuck.overdue == "no answer: cancel X"
    told = decide_cancel(stuck, request_id="X", cancelled={"1": 1}, refused={}, change=CHANGE)
    assert (told.overdue, told.raised) == ("", {})


def test_nobody_is_called_any_more_for_an_operation_that_a_provider_answers_after_all() -> None:
    waiting = replace(released(), released_at=None)
    (asked, *_) = waiting.operations
    pending = replace(waiting, operations=(replace(asked, status=OperationStatus.PENDING, settled_at=None),))
    stuck = _stuck(pending)
    assert stuck.overdue == f"no answer: {asked.operation_id}"
    told = settle(stuck, asked.operation_id, declined=None, change=CHANGE)
    assert (told.overdue, told.raised) == ("", {})


def test_what_is_lost_after_a_person_was_called_is_asked_for_all_the_same() -> None:
    working = progress(released(), "O-1.1", at_location(1, l1={"allocated": 2}), CHANGE)
    stuck = _stuck(request_cancel(working, request_id="X", lines={"1": 1}, reason="no", change=CHANGE))
    later = replace(CHANGE, at=CHANGE.at + timedelta(hours=6))
    again = request_cancel(stuck, request_id="Y", lines={"1": 1}, reason="no", change=later)
    assert due.next_look(again) == later.at + due.ANSWER_WITHIN
    asked = _looked(again, later.at + due.ANSWER_WITHIN)
    assert [one.asked_again for one in asked.cancellations] == [due.MAX_QUESTIONS, 1]
    first = decide_cancel(asked, request_id="X", cancelled={"1": 1}, refused={}, change=later)
    assert (first.overdue, first.raised) == ("", {}), "Y may still be answered"
