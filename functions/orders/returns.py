"""What can be done with returns: ask, receive, inspect, close. Twice is the same as once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from functions.orders.domain import exchanging, returning
from functions.orders.domain.changing import PaymentNeeded
from functions.orders.domain.order import Change, Order
from functions.orders.domain.paying import PaymentIdReused, tender, tender_must_be_complete
from functions.orders.domain.placement import Amount, one_currency
from functions.orders.domain.policies import Terms
from functions.orders.domain.returning import ReturnIdReused, ReturnNotFound
from functions.orders.domain.returns import Handled, Return, Verdict
from functions.orders.domain.tenders import Payment
from functions.orders.policy_book import PolicyBook
from functions.orders.repository import Name, NameTaken, OrderBook
from functions.orders.service import change_of
from shared.auth import Caller
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.errors import FieldError

RECEIVED_AT_ONCE = "receive_now"


@dataclass(frozen=True)
class Returned:
    """A return and the order that it belongs to."""

    order: Order
    return_: Return


class ReturnService:
    """The use cases of returns. A return is a part of its order; its id leads there."""

    def __init__(self, book: OrderBook, policies: PolicyBook) -> None:
        self._book = book
        self._policies = policies

    def get(self, return_id: str, *, caller: Caller) -> Returned:
        """Raises ReturnNotFound, also for what the caller may not see."""
        order = self._book.get(self._order_of(return_id))
        caller.require(channel=order.channel, customer_id=order.customer_id)
        return _found(order, return_id)

    def preview(
        self, order_id: str, wanted: Return, *, amounts: list[Amount], caller: Caller, cause: Cause
    ) -> Returned:
        """What the policy says of a return, and what it would bring; nothing is kept. Raises what `request` does."""
        order = self._book.get(order_id)
        _in_reach(order, wanted, caller)
        one_currency(order.currency, amounts)
        after = returning.request(order, wanted, change_of(cause), self._terms(order, wanted))
        return _found(after, wanted.return_id)

    def request(
        self,
        order_id: str,
        wanted: Return,
        received: tuple[Handled, ...],
        *,
        payment: Payment | None = None,
        amounts: list[Amount] | None = None,
        caller: Caller,
        cause: Cause,
    ) -> tuple[Returned, bool]:
        """Take a return on, and what is handed in with it. Answers it, and whether it is new.

        `payment` pays what an exchange costs more, `amounts` are in the order's currency. Raises OrderNotFound,
        PaymentNeeded for another amount, and what `returning.request` and `returning.receive` do.
        """
        new = True

        def attempt() -> Order:
            nonlocal new
            opened = self._book.change(order_id)
            order = opened.order
            _in_reach(order, wanted, caller)
            new = order.return_(wanted.return_id) is None
            change = change_of(cause)
            one_currency(order.currency, amounts or [])
            after = returning.request(order, wanted, change, self._terms(order, wanted) if new else None)
            if new and payment is not None:
                after = _paying(after, wanted.return_id, payment, change)
            known = after.return_(wanted.return_id)
            assert known is not None, "it was just requested"
            if new and received and known.verdict is Verdict.AUTHORISED:
                after = returning.receive(after, known.return_id, received, step=RECEIVED_AT_ONCE, change=change)
            try:
                return opened.save(after, cause=cause, names=Name("RETURN", wanted.return_id) if new else None)
            except NameTaken as error:
                raise ReturnIdReused("this return_id stands for a return of another order") from error

        return _found(retried(attempt), wanted.return_id), new

    def decide(self, return_id: str, verdict: Verdict, *, waive_fee: bool, caller: Caller, cause: Cause) -> Returned:
        """A person's word, whatever the policy said. Raises what `returning.overrule` and `returning.decide` do."""

        def decide(order: Order, change: Change) -> Order:
            if verdict is Verdict.AUTHORISED:
                return returning.overrule(order, return_id, waive_fee=waive_fee, change=change)
            return returning.decide(order, return_id, verdict, change)

        return self._step(return_id, decide, places=set(), caller=caller, cause=cause)

    def receive(
        self, return_id: str, units: tuple[Handled, ...], *, step: str, caller: Caller, cause: Cause
    ) -> Returned:
        """Units are here. Raises what `returning.receive` does."""
        return self._step(
            return_id,
            lambda order, change: returning.receive(order, return_id, units, step=step, change=change),
            places={one.location_id for one in units},
            caller=caller,
            cause=cause,
        )

    def inspect(
        self, return_id: str, units: tuple[Handled, ...], *, step: str, caller: Caller, cause: Cause
    ) -> Returned:
        """Say what becomes of units that are here. Raises what `returning.inspect` does."""
        return self._step(
            return_id,
            lambda order, change: returning.inspect(order, return_id, units, step=step, change=change),
            places={one.location_id for one in units},
            caller=caller,
            cause=cause,
        )

    def close(self, return_id: str, *, caller: Caller, cause: Cause) -> Returned:
        """What is missing is not expected any more."""
        return self._step(
            return_id,
            lambda order, change: returning.close(order, return_id, change),
            places=set(),
            caller=caller,
            cause=cause,
        )

    def _step(
        self,
        return_id: str,
        decide: Callable[[Order, Change], Order],
        *,
        places: set[str],
        caller: Caller,
        cause: Cause,
    ) -> Returned:
        order_id = self._order_of(return_id)

        def attempt() -> Order:
            opened = self._book.change(order_id)
            order = opened.order
            caller.require(channel=order.channel, customer_id=order.customer_id, locations=places)
            return opened.save(decide(order, change_of(cause)), cause=cause)

        return _found(retried(attempt), return_id)

    def _terms(self, order: Order, wanted: Return) -> Terms:
        return self._policies.terms(order, frozenset(line.line_id for line in wanted.lines))

    def _order_of(self, return_id: str) -> str:
        order_id = self._book.named(Name("RETURN", return_id))
        if order_id is None:
            raise ReturnNotFound
        return order_id


def _in_reach(order: Order, wanted: Return, caller: Caller) -> None:
    places = [wanted.location_id] if wanted.location_id else []
    caller.require(channel=order.channel, customer_id=order.customer_id, locations=places)


def _paying(order: Order, return_id: str, payment: Payment, change: Change) -> Order:
    """With the tender of an exchange set aside and asked for."""
    known = _found(order, return_id).return_
    if known.verdict is not Verdict.AUTHORISED:
        return order  # nothing is charged for what may never be; it is paid once a person has said yes
    due = exchanging.balance(order, known).to_pay
    if payment.amount != due:
        detail = f"{due} {order.currency} are to be paid for this exchange"
        pointed = [FieldError("/exchange/payment/amount", detail)]
        raise PaymentNeeded(detail, errors=pointed, extra={"to_pay": due})
    tender_must_be_complete(payment, pointer="/exchange/payment")
    if order.payment(payment.payment_id) is not None:
        raise PaymentIdReused("this exchange has been paid for already")
    return tender(exchanging.paid_by(order, known, payment.payment_id), payment, change)


def _found(order: Order, return_id: str) -> Returned:
    found = order.return_(return_id)
    assert found is not None, "the name leads to an order with this return"
    return Returned(order, found)
