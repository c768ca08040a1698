"""Several tenders live at a time, and authorisations that lapse."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.orders.domain import account, due
from functions.orders.domain.cancelling import decide_cancel, request_cancel
from functions.orders.domain.following import progress
from functions.orders.domain.holds import Block
from functions.orders.domain.order import Change, Order
from functions.orders.domain.paying import PaymentAmountMismatch, pay, settle
from functions.orders.domain.placement import place
from functions.orders.domain.tenders import LAPSED, OperationKind, OperationStatus
from shared.errors import InvalidField
from tests.unit.orders.orders import AT, CHANGE, answered, at_location, line, order, payment

EXPIRES = CHANGE.at + timedelta(days=7)


def split(*amounts: int) -> Order:
    """An order of two at 1200 and shipping 399, paid by so many tenders."""
    return place(order(line()), [payment(amount, f"P{n}") for n, amount in enumerate(amounts)], CHANGE)


def asked(order_: Order, kind: OperationKind) -> list[tuple[str, int]]:
    return [(one.payment_id, one.amount) for one in order_.operations if one.kind is kind]


def shipped(order_: Order, count: int, version: int = 3, *, at: Change = CHANGE) -> Order:
    told = at_location(version, status="SHIPPED", l1={"shipped": count, "packed": 2 - count})
    return progress(order_, "O-1.1", told, at)


def last(order_: Order, **word: object) -> Order:
    """The provider's word on what was asked last."""
    given: dict[str, object] = {"declined": None, "change": CHANGE} | word
    return settle(order_, order_.operations[-1].operation_id, **given)  # type: ignore[arg-type]  # members of a call


def expiring() -> Order:
    """Authorised until EXPIRES, released."""
    return last(split(2799), expires_at=EXPIRES)


def test_a_gift_card_is_taken_before_the_card_and_the_order_waits_for_both() -> None:
    placed = split(1000, 1799)
    first = settle(placed, placed.operations[0].operation_id, declined=None, change=CHANGE)
    assert not first.released
    both = answered(first)
    assert both.released
    assert asked(shipped(both, 1), OperationKind.CAPTURE) == [("P0", 1000), ("P1", 599)]
    done = answered(shipped(answered(shipped(both, 1)), 2, 4))
    assert asked(done, OperationKind.CAPTURE) == [("P0", 1000), ("P1", 599), ("P1", 1200)]
    assert account.captured(done) == 2799


def test_one_of_two_tenders_is_declined_and_only_its_part_is_open() -> None:
    placed = split(1000, 1799)
    one = settle(placed, placed.operations[0].operation_id, declined=None, change=CHANGE)
    other = last(one, declined="card_declined")
    assert (account.unsecured(other), other.blocked(Block.ROUTE)) == (1799, True)
    paid = answered(pay(other, payment(1799, "P9"), CHANGE))
    assert (paid.released, account.authorised(paid)) == (True, 2799)


def test_tenders_must_make_up_the_total_and_be_told_apart() -> None:
    with pytest.raises(PaymentAmountMismatch):
        split(1000, 1798)
    with pytest.raises(InvalidField, match="another payment has this payment_id"):
        place(order(line()), [payment(1000, "P"), payment(1799, "P")], CHANGE)


def test_what_has_lapsed_is_set_aside_anew_by_the_timer_and_captured_then() -> None:
    waiting = expiring()
    assert due.next_look(waiting) is not None
    at = Change(at=EXPIRES, by="timer")
    again = due.look(waiting, at)
    assert asked(again, OperationKind.REAUTHORISE) == [("P0", 2799)]
    assert (account.authorised(again), account.unsecured(again)) == (2799, 0)
    anew = last(again, change=at)
    end = answered(shipped(anew, 2, at=at))
    (capture,) = [one for one in end.operations if one.kind is OperationKind.CAPTURE]
    assert (capture.authorisation, capture.status) == (anew.operations[-1].operation_id, OperationStatus.DONE)


def test_money_that_is_not_needed_any_more_lapses_and_nobody_has_to_look() -> None:
    given = split(1000, 600, 1199)
    for one in given.operations:
        given = settle(given, one.operation_id, declined=None, expires_at=EXPIRES, change=CHANGE)
    less = request_cancel(given, request_id="X", lines={"1": 1}, reason="no", change=CHANGE)
    less = decide_cancel(less, request_id="X", cancelled={"1": 1}, refused={}, change=CHANGE)
    late = due.look(less, Change(EXPIRES, "timer"))
    again = [one for one in late.operations if one.kind is OperationKind.REAUTHORISE]
    assert [(one.payment_id, one.amount) for one in again] == [("P0", 1000), ("P1", 600)]
    then = {"declined": None, "expires_at": EXPIRES + timedelta(days=7), "change": Change(EXPIRES, "provider")}
    for one in again:
        late = settle(late, one.operation_id, **then)  # type: ignore[arg-type]  # members of a call
    following = due.next_look(late)
    assert following is not None
    assert following > EXPIRES


def test_goods_that_leave_after_it_lapsed_are_paid_by_a_new_authorisation() -> None:
    late = shipped(expiring(), 2, at=Change(at=EXPIRES + timedelta(hours=1), by="fulfilment"))
    assert (asked(late, OperationKind.CAPTURE), len(asked(late, OperationKind.REAUTHORISE))) == ([], 1)
    assert account.captured(answered(late)) == 2799


def test_a_capture_that_came_too_late_is_asked_for_again_under_a_new_authorisation() -> None:
    late = last(shipped(expiring(), 2), declined=LAPSED)
    assert asked(late, OperationKind.REAUTHORISE) == [("P0", 2799)]
    end = answered(late)
    assert (account.captured(end), account.flags(end)) == (2799, ())


def test_a_declined_second_authorisation_holds_the_order_and_calls_a_person() -> None:
    at = Change(at=EXPIRES, by="timer")
    declined = last(due.look(expiring(), at), declined="card_declined", change=at)
    assert account.unsecured(declined) == 2799
    assert declined.blocked(Block.CAPTURE)
    assert set(declined.raised) == {"PAYMENT_LOST"}
    paid = answered(pay(declined, payment(2799, "P9"), at))
    assert (paid.raised, paid.holds) == ({}, ())


def test_a_refund_goes_back_to_the_authorisations_it_was_taken_from() -> None:
    first = answered(shipped(expiring(), 1))
    at = Change(at=EXPIRES, by="timer")
    both = answered(shipped(answered(due.look(first, at)), 2, 4, at=at))
    (payment_,) = both.payments
    keys = [one.authorisation for one in both.operations if one.kind is OperationKind.CAPTURE]
    assert len(set(keys)) == 2
    assert account.refund_parts(both, payment_, 2000) == [(keys[1], 1200), (keys[0], 800)]


def test_nothing_is_set_aside_anew_when_all_is_captured() -> None:
    done = answered(shipped(expiring(), 2))
    assert AT < EXPIRES
    assert asked(due.look(done, Change(at=EXPIRES, by="timer")), OperationKind.REAUTHORISE) == []
