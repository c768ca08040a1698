"""Paying for an order: further tenders, and what the providers' answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from functions.orders.domain import account, exchanging
from functions.orders.domain.advance import advance, asked, noted_and_advanced
from functions.orders.domain.due import answered
from functions.orders.domain.order import Change, Order
from functions.orders.domain.tenders import AUTHORISATIONS, EXTERNAL, Operation, OperationKind, OperationStatus, Payment
from shared.errors import Conflict, FieldError, InvalidField, Refused


class PaymentAmountMismatch(Refused):
    """The payment is not for exactly what is to be paid."""

    code = "payment_amount_mismatch"


class PaymentIdReused(Conflict):
    """The payment id was used for another payment of this order."""

    code = "payment_id_reused"


class NothingToPay(Conflict):
    """Everything that is due is paid or authorised."""

    code = "nothing_to_pay"


class PaymentInProgress(Conflict):
    """A provider has not answered yet; its answer comes first."""

    code = "payment_in_progress"


def amount_must_be(expected: int, given: int) -> None:
    """Raises PaymentAmountMismatch, with a pointer to the amount, unless they are the same."""
    if given != expected:
        pointed = FieldError("/payment/amount", f"{expected} is to be paid, not {given}")
        raise PaymentAmountMismatch(pointed.detail, errors=[pointed])


def tender_must_be_complete(payment: Payment, *, pointer: str = "") -> None:
    """Raises InvalidField unless a provider's payment has a token, and one that the channel took a reference."""
    if payment.provider == EXTERNAL:
        if payment.token is not None:
            raise InvalidField(f"{pointer}/token", "a payment taken by the channel has a reference, no token")
        if payment.reference is None:
            raise InvalidField(f"{pointer}/reference", "the channel's reference of the payment is needed")
    elif payment.token is None:
        raise InvalidField(f"{pointer}/token", f"{payment.provider} needs a token")
    elif payment.reference is not None:
        raise InvalidField(f"{pointer}/reference", "only a payment taken by the channel has a reference")


def tenders_must_be_told_apart(payments: Sequence[Payment]) -> None:
    """Raises InvalidField for a payment id that is named twice."""
    seen: set[str] = set()
    for index, payment in enumerate(payments):
        if payment.payment_id in seen:
            raise InvalidField(f"/payments/{index}/payment_id", "another payment has this payment_id")
        seen.add(payment.payment_id)


def tender(order: Order, payment: Payment, change: Change) -> Order:
    """The order with one more tender: what an external one brings is captured already, any other is asked for."""
    if not payment.external:
        return asked(
            replace(order, payments=(*order.payments, payment)),
            payment,
            OperationKind.AUTHORISE,
            payment.amount,
            change,
        )
    paid = Operation(
        operation_id=f"{order.order_id}.p{len(order.operations) + 1}",
        payment_id=payment.payment_id,
        kind=OperationKind.CAPTURE,
        amount=payment.amount,
        at=change.at,
        status=OperationStatus.DONE,
        settled_at=change.at,
    )
    after = replace(order, payments=(*order.payments, payment), operations=(*order.operations, paid))
    return after.noted(f"{payment.amount} paid at the channel", change, before=order)


def pay(order: Order, payment: Payment, change: Change) -> Order:
    """Pay what is open. The same payment again changes nothing.

    Raises InvalidField for an incomplete payment, PaymentIdReused, PaymentInProgress, NothingToPay,
    PaymentAmountMismatch.
    """
    tender_must_be_complete(payment)
    known = order.payment(payment.payment_id)
    if known is not None:
        if known.content_hash != payment.content_hash:
            raise PaymentIdReused("this payment_id stands for another payment of the order")
        return order
    if account.authorising(order):
        raise PaymentInProgress("an earlier payment has not been answered yet")
    open_amount = account.unsecured(order)
    exchange = next(exchanging.waiting_for_payment(order), None) if not open_amount else None
    if exchange is not None:
        open_amount = exchange[1]
    if not open_amount:
        raise NothingToPay("nothing of this order is open")
    if payment.amount != open_amount:
        pointed = FieldError("/amount", f"{open_amount} is open, not {payment.amount}")
        raise PaymentAmountMismatch(pointed.detail, errors=[pointed])
    if exchange is not None:
        order = exchanging.paid_by(order, exchange[0], payment.payment_id)
    return advance(tender(order, payment, change), change)


def operation(order: Order, operation_id: str) -> Operation | None:
    """The operation with this id."""
    return next((one for one in order.operations if one.operation_id == operation_id), None)


def settle(
    order: Order,
    operation_id: str,
    *,
    declined: str | None,
    reference: str = "",
    expires_at: datetime | None = None,
    change: Change,
) -> Order:
    """The provider's definite word on a pending operation: done, or declined for a reason.

    `reference` and `expires_at` are those of an authorisation. An operation that is settled stays as it is.
    """
    asked_for = operation(order, operation_id)
    if asked_for is None or asked_for.status is not OperationStatus.PENDING:
        return order
    status = OperationStatus.DONE if declined is None else OperationStatus.DECLINED
    settled = replace(asked_for, status=status, settled_at=change.at, code=declined or "")
    if declined is None and settled.kind in AUTHORISATIONS:
        settled = replace(settled, reference=reference, expires_at=expires_at)
    after = replace(
        order,
        operations=tuple(settled if one is asked_for else one for one in order.operations),
        payments=tuple(_without_token(one, asked_for) for one in order.payments),
    )
    why = replace(change, why=declined or "")
    return noted_and_advanced(answered(after), f"{settled.kind} {settled.amount} {status.lower()}", why, before=order)


def _without_token(payment: Payment, settled: Operation) -> Payment:
    if settled.kind is OperationKind.AUTHORISE and settled.payment_id == payment.payment_id:
        return replace(payment, token=None)
    return payment
