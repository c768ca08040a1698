"""Exchanges and replacements: what comes back is settled against new lines, and only the difference is paid or given
back. Until the units are here and judged, and the difference is paid, nothing of it counts: no credit, no new line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.orders.domain import account
from functions.orders.domain.changes import ChangeStatus
from functions.orders.domain.lines import Line, Method
from functions.orders.domain.order import Change, Order
from functions.orders.domain.returns import (
    Condition,
    Disposition,
    Exchange,
    ExchangeStatus,
    Handled,
    Resolution,
    Return,
    ReturnStatus,
    Verdict,
)
from functions.orders.domain.tenders import Operation, OperationKind, OperationStatus
from shared.errors import InvalidField

PAY_WITHIN = timedelta(days=7)
"""Of the day on which the goods were here and judged: else the shopper gets a refund instead."""
MAX_LINES = 1200


@dataclass(frozen=True)
class Balance:
    """What an exchange comes to, minor units: one of the two, or none."""

    to_pay: int
    to_refund: int


def check(order: Order, wanted: Return) -> None:
    """Raises InvalidField for new lines that the order cannot take."""
    if wanted.exchange is None:
        return
    taken = set(order.line_ids)
    for index, line in enumerate(wanted.exchange.lines):
        pointer = f"/exchange/lines/{index}"
        if line.line_id in taken:
            raise InvalidField(f"{pointer}/line_id", "a new line needs a line_id of its own")
        taken.add(line.line_id)
        if line.method is Method.SHIP and order.shipping.address is None:
            raise InvalidField(f"{pointer}/fulfilment/method", "the order has no address to ship to")
        if line.carried_out and line.location_id != wanted.location_id:
            raise InvalidField(f"{pointer}/fulfilment/location_id", "taken along where the units are handed in")
    if len(taken) > MAX_LINES:
        raise InvalidField("/exchange/lines", f"an order has at most {MAX_LINES} lines")


def with_replacement(order: Order, wanted: Return) -> Return:
    """A replacement as an even exchange: the same items again, each worth exactly what came back."""
    if wanted.resolution is not Resolution.REPLACEMENT:
        return wanted
    lines = tuple(_again(order, line.line_id, line.quantity, wanted) for line in wanted.lines)
    return replace(wanted, exchange=Exchange(lines))


def _again(order: Order, line_id: str, count: int, wanted: Return) -> Line:
    line = next(one for one in order.lines if one.line_id == line_id)
    alone = replace(wanted, lines=tuple(one for one in wanted.lines if one.line_id == line_id), exchange=None)
    worth = account.due(order) - account.due(_with(order, None, _all_here(alone)))
    tax = line.tax * count // line.quantity
    net = worth - (0 if order.tax_included else tax)
    if net < 0:
        net, tax = worth, 0
    price = -(-net // count)
    name = next(name for number in range(1, MAX_LINES + 2) if (name := f"{line_id}.r{number}") not in order.line_ids)
    return replace(line, line_id=name, quantity=count, unit_price=price, discount=price * count - net, tax=tax)


def balance(order: Order, return_: Return) -> Balance:
    """What the exchange comes to once every unit that was asked for is here."""
    after = _settled(order, return_, _all_here(return_))
    to_pay = max(0, account.unsecured(after) - account.unsecured(order))
    return Balance(to_pay, max(0, account.owed(after) - account.owed(order)))


def waiting_for_payment(order: Order) -> Iterator[tuple[Return, int]]:
    """Exchanges of which the difference has to be paid and is not being asked for, with the amount."""
    for one in order.returns:
        exchange = one.exchange
        if exchange is None or not one.exchanging or exchange.payment_id or one.closed:
            continue
        if one.verdict is Verdict.AUTHORISED and (amount := balance(order, one).to_pay):
            yield one, amount


def paid_by(order: Order, return_: Return, payment_id: str) -> Order:
    """The order with a tender set aside for an exchange."""
    assert return_.exchange is not None, "only an exchange has something to pay"
    return _with(order, return_, replace(return_, exchange=replace(return_.exchange, payment_id=payment_id)))


def advanced(order: Order, at: Change) -> Order:
    """Every exchange as far as goods and money allow. Twice is the same as once.

    While a change is pending none is settled: its quote counts on all money there is.
    """
    if any(change.status is ChangeStatus.PENDING for change in order.changes):
        return order
    for one in order.returns:
        if one.exchange and one.exchange.status is ExchangeStatus.PENDING:
            order = _advanced(order, one, one.exchange, at)
        elif one.exchange and one.exchange.status is ExchangeStatus.REFUNDED:
            order = _freed(order, one.exchange, at)
    return order


def given_up_at(order: Order) -> list[datetime]:
    """When each exchange that waits for its payment ends without it; not while an answer is awaited that it needs."""
    if any(change.status is ChangeStatus.PENDING for change in order.changes):
        return []
    waiting = [(one.exchange, one.exchange.due_since) for one in order.returns if one.exchange and one.exchanging]
    return [since + PAY_WITHIN for exchange, since in waiting if since and not _paying(order, exchange)]


def _paying(order: Order, exchange: Exchange) -> bool:
    asked = _authorisation(order, exchange.payment_id)
    return asked is not None and asked.status is OperationStatus.PENDING


def _advanced(order: Order, one: Return, exchange: Exchange, at: Change) -> Order:
    if one.closed or one.verdict is Verdict.DENIED:
        return _given_up(order, one, exchange, "the return was ended", at)
    paying = _authorisation(order, exchange.payment_id)
    if paying is not None and paying.status is OperationStatus.DECLINED:
        exchange = replace(exchange, payment_id="")
        known, one = one, replace(one, exchange=exchange)
        order = _with(order, known, one).noted(f"exchange {one.return_id} waits for another payment", at, before=order)
        paying = None
    if one.status is not ReturnStatus.RESOLVED or (paying and paying.status is OperationStatus.PENDING):
        return order
    after = _settled(order, one, one)
    if account.unsecured(after) <= account.unsecured(order):
        return after.noted(f"exchange {one.return_id} settled", at, before=order)
    if exchange.due_since is None:
        due = replace(one, exchange=replace(exchange, due_since=at.at))
        return _with(order, one, due).noted(f"exchange {one.return_id} waits for payment", at, before=order)
    if at.at >= exchange.due_since + PAY_WITHIN:
        return _given_up(order, one, exchange, "not paid in time", at)
    return order


def _given_up(order: Order, one: Return, exchange: Exchange, why: str, at: Change) -> Order:
    """What came back is refunded instead, and what was authorised for the exchange is given back."""
    ended = replace(one, exchange=replace(exchange, status=ExchangeStatus.REFUNDED))
    after = _with(order, one, _granted(order, one, ended))
    after = _freed(after, exchange, at)
    return after.noted(f"exchange {one.return_id} ended: refund instead", replace(at, why=why), before=order)


def _freed(order: Order, exchange: Exchange, at: Change) -> Order:
    """What was set aside for an exchange that came to nothing is given back, as soon as the provider has said yes."""
    paid = _authorisation(order, exchange.payment_id)
    if paid is None or paid.status is not OperationStatus.DONE:
        return order
    if any(one.kind is OperationKind.VOID and one.payment_id == paid.payment_id for one in order.operations):
        return order
    void = Operation(
        f"{order.order_id}.p{len(order.operations) + 1}",
        paid.payment_id,
        OperationKind.VOID,
        paid.amount,
        at.at,
        authorisation=paid.operation_id,
    )
    return replace(order, operations=(*order.operations, void))


def _settled(order: Order, known: Return, here: Return) -> Order:
    """With the credit of what came back and with the new lines, in one."""
    assert here.exchange is not None, "only an exchange is settled"
    done = replace(here, exchange=replace(here.exchange, status=ExchangeStatus.APPLIED))
    after = _with(order, known, _granted(order, known, done))
    return replace(after, lines=(*order.lines, *here.exchange.lines))


def _granted(order: Order, known: Return, ended: Return) -> Return:
    """With what the units that came back are worth, from now on counted."""
    return replace(ended, refund=known.refund + account.due(order) - account.due(_with(order, known, ended)))


def _all_here(return_: Return) -> Return:
    """As if every unit that was asked for were here and judged."""
    place = return_.location_id or ""
    units = tuple(
        Handled(line.line_id, line.quantity, place, Disposition.RESTOCK, Condition.NEW) for line in return_.lines
    )
    return replace(return_, handled=units, verdict=Verdict.AUTHORISED)


def _with(order: Order, known: Return | None, after: Return) -> Order:
    others = tuple(one for one in order.returns if one is not known and one.return_id != after.return_id)
    if known is None:
        return replace(order, returns=(*others, after))
    return replace(order, returns=tuple(after if one is known else one for one in order.returns))


def _authorisation(order: Order, payment_id: str) -> Operation | None:
    if not payment_id:
        return None
    return next(
        (one for one in order.operations if one.payment_id == payment_id and one.kind is OperationKind.AUTHORISE),
        None,
    )
