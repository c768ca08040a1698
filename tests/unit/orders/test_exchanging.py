"""Exchanges: what comes back is settled against new lines, and only the difference moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.orders.domain import account, due, exchanging, returning
from functions.orders.domain.advance import advance
from functions.orders.domain.cancelling import request_cancel
from functions.orders.domain.following import progress
from functions.orders.domain.lines import Method
from functions.orders.domain.order import Change, Order
from functions.orders.domain.paying import pay, settle
from functions.orders.domain.returns import (
    Disposition,
    Exchange,
    ExchangeStatus,
    Handled,
    Resolution,
    Return,
    ReturnLine,
    ReturnMethod,
    ReturnReason,
    Verdict,
)
from functions.orders.domain.tenders import OperationKind
from tests.unit.orders.orders import AT, CHANGE, answered, at_location, line, payment, released


def delivered(*, tax_included: bool = True) -> Order:
    """Three units for 1000 less a discount of 100 in all, captured."""
    bought = line("1", 3, 1000, discount=100, tax=90)
    told = replace(at_location(3, status="DELIVERED", l1={"fulfilled": 3}), at=AT)
    return answered(progress(released(bought, tax_included=tax_included), "O-1.1", told, CHANGE))


def wanted(price: int | None, *, resolution: Resolution = Resolution.EXCHANGE) -> Return:
    """One unit back for one of another item."""
    new = Exchange((replace(line("2", 1, price), sku="VASE"),)) if price is not None else None
    lines = (ReturnLine("1", 1, ReturnReason.OTHER),)
    return Return("R", ReturnMethod.MAIL, lines, Verdict.MANUAL, AT, "hash", resolution=resolution, exchange=new)


def exchanged(price: int | None, *, resolution: Resolution = Resolution.EXCHANGE, taxed: bool = True) -> Order:
    return returning.request(delivered(tax_included=taxed), wanted(price, resolution=resolution), CHANGE)


def here(order: Order) -> Order:
    units = [Handled("1", 1, "S1", Disposition.RESTOCK)]
    return returning.receive(order, "R", units, step="s", change=CHANGE)


def status_of(order: Order) -> ExchangeStatus:
    (one,) = order.returns
    assert one.exchange is not None
    return one.exchange.status


CREDIT = 2900 - 2900 * 2 // 3
"""What the last of the three units is worth."""


def test_nothing_moves_before_the_goods_are_here() -> None:
    order = exchanged(5000)
    assert (account.due(order), account.refunding(order), len(order.lines)) == (2900 + 399, 0, 1)
    assert exchanging.balance(order, order.returns[0]) == exchanging.Balance(5000 - CREDIT, 0)


def test_an_even_exchange_moves_no_money() -> None:
    order = here(exchanged(CREDIT))
    assert status_of(order) is ExchangeStatus.APPLIED
    assert [one.kind for one in order.operations] == [OperationKind.AUTHORISE, OperationKind.CAPTURE]
    assert (account.due(order), account.unsecured(order)) == (2900 + 399, 0)
    assert order.quantities["2"].unsourced == 1


def test_a_cheaper_one_gives_the_difference_back() -> None:
    order = answered(here(exchanged(CREDIT - 300)))
    assert account.refunded(order) == 300
    assert account.due(order) == 2900 + 399 - 300


def test_a_dearer_one_waits_until_the_difference_is_paid_and_is_never_charged_silently() -> None:
    order = here(exchanged(CREDIT + 700))
    assert status_of(order) is ExchangeStatus.PENDING
    assert len(order.operations) == 2
    assert account.unsecured(order) == 0

    paid = pay(order, payment(700, "P-2"), CHANGE)
    assert status_of(paid) is ExchangeStatus.PENDING
    done = answered(paid)
    assert status_of(done) is ExchangeStatus.APPLIED
    assert account.due(done) == account.authorised(done) == 2900 + 399 + 700
    left = replace(at_location(1, status="DELIVERED", l2={"fulfilled": 1}), at=AT)
    end = answered(progress(done, "O-1.2", left, CHANGE))
    assert account.captured(end) == 2900 + 399 + 700
    assert account.refunded(end) == 0


def test_a_declined_payment_leaves_it_waiting_for_another() -> None:
    order = pay(here(exchanged(CREDIT + 700)), payment(700, "P-2"), CHANGE)
    declined = settle(order, order.operations[-1].operation_id, declined="card_declined", change=CHANGE)
    assert status_of(declined) is ExchangeStatus.PENDING
    assert [amount for _, amount in exchanging.waiting_for_payment(declined)] == [700]
    assert status_of(answered(pay(declined, payment(700, "P-3"), CHANGE))) is ExchangeStatus.APPLIED


def test_what_is_not_paid_in_time_is_refunded_instead() -> None:
    order = here(exchanged(CREDIT + 700))
    end_at = CHANGE.at + exchanging.PAY_WITHIN
    assert due.next_look(order) == end_at
    early = due.look(order, Change(at=end_at - timedelta(seconds=1), by="timer"))
    assert status_of(early) is ExchangeStatus.PENDING
    ended = answered(due.look(order, Change(at=end_at, by="timer")))
    assert status_of(ended) is ExchangeStatus.REFUNDED
    assert (account.refunded(ended), len(ended.lines)) == (CREDIT, 1)


def test_a_return_that_ends_without_the_goods_ends_the_exchange_and_voids_its_payment() -> None:
    order = answered(pay(exchanged(CREDIT + 700), payment(700, "P-2"), CHANGE))
    assert status_of(order) is ExchangeStatus.PENDING
    ended = answered(returning.close(order, "R", CHANGE))
    assert status_of(ended) is ExchangeStatus.REFUNDED
    assert (account.voided(ended), account.refunded(ended), account.captured(ended)) == (700, 0, 2900 + 399)


def test_a_new_line_that_cannot_come_is_paid_back() -> None:
    order = here(exchanged(CREDIT))
    cancelled = request_cancel(order, request_id="X", lines={"2": 1}, reason="OUT", change=CHANGE)
    (asked,) = cancelled.cancellations
    stopped = replace(cancelled, cancellations=(replace(asked, cancelled={"2": 1}, decided=True),))
    assert account.refunded(answered(advance(stopped, CHANGE))) == CREDIT


@pytest.mark.parametrize("taxed", [True, False])
def test_a_replacement_is_even_to_the_cent_and_keeps_its_tax(taxed: bool) -> None:
    before = delivered(tax_included=taxed)
    order = here(exchanged(None, resolution=Resolution.REPLACEMENT, taxed=taxed))
    assert status_of(order) is ExchangeStatus.APPLIED
    assert account.due(order) == account.due(before)
    again = order.lines[-1]
    assert (again.sku, again.quantity, again.method, again.tax) == ("MUG", 1, Method.SHIP, 30)
    assert len(order.operations) == len(before.operations)


def test_steps_may_come_twice() -> None:
    order = here(exchanged(CREDIT + 700))
    assert here(order) == order
    assert advance(order, CHANGE) == order
