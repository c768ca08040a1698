"""The payment worker's use case: ask the provider, write down what it said."""

from __future__ import annotations

import time
from collections.abc import Callable

from functions.orders.domain import paying
from functions.orders.domain.order import Change, Order
from functions.orders.domain.tenders import AUTHORISATIONS, Operation, OperationKind, OperationStatus, Payment
from functions.orders.providers.asking import definite
from functions.orders.providers.port import Authorisation, Declined, Done, Outcome, PaymentProvider
from functions.orders.repository import OrderBook
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.events.orders import PaymentRequested


class OperationMissing(RuntimeError):
    """The order does not have the operation that it asked for: stream and record have drifted apart."""


class Settlement:
    """Settles the operations that orders wait for. `provider_of`: the one by whom a channel's money is set aside."""

    def __init__(
        self,
        book: OrderBook,
        provider_named: Callable[[str], PaymentProvider],
        *,
        provider_of: Callable[[str], str],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._book = book
        self._provider_named = provider_named
        self._provider_of = provider_of
        self._pause = pause

    def settle(self, event: PaymentRequested, cause: Cause) -> None:
        """Ask for one operation under its own idempotency key and keep the answer; what is settled is not asked again.

        Raises OutcomeUnknown while the provider cannot tell: the message comes again.
        """
        order = self._book.get(event.order_id)
        operation = paying.operation(order, event.operation_id)
        if operation is None:
            raise OperationMissing(event.operation_id)
        if operation.status is not OperationStatus.PENDING or _is_external(order, operation):
            return
        said = self._ask(order, operation)
        declined = said.code if isinstance(said, Declined) else None
        done = said if isinstance(said, Done) else Done()
        change = Change(at=cause.at, by=cause.actor)

        def attempt() -> Order:
            opened = self._book.change(event.order_id)
            settled = paying.settle(
                opened.order,
                event.operation_id,
                declined=declined,
                reference=done.reference,
                expires_at=done.expires_at,
                change=change,
            )
            return opened.save(settled, cause=cause)

        retried(attempt)

    def _ask(self, order: Order, operation: Operation) -> Outcome:
        payment = order.payment(operation.payment_id)
        assert payment is not None, "every operation belongs to a payment"
        if operation.kind is OperationKind.AUTHORISE and payment.provider != self._provider_of(order.channel):
            return Declined("provider_not_enabled")
        provider = self._provider_named(payment.provider)
        return definite(
            provider,
            lambda: _call(provider, order, payment, operation),
            key=operation.operation_id,
            pause=self._pause,
        )


def _is_external(order: Order, operation: Operation) -> bool:
    """Whether the channel has the money: it gives it back itself, and a person notes that it did."""
    payment = order.payment(operation.payment_id)
    return payment is not None and payment.external


def _call(provider: PaymentProvider, order: Order, payment: Payment, operation: Operation) -> Outcome:
    key = operation.operation_id
    match operation.kind:
        case OperationKind.AUTHORISE:
            return provider.authorise(
                key=key, token=payment.token or "", amount=operation.amount, currency=order.currency
            )
        case OperationKind.REAUTHORISE:
            about = _authorisation(order, operation)
            return provider.reauthorise(key=key, authorisation=about, amount=operation.amount, currency=order.currency)
        case OperationKind.CAPTURE:
            return provider.capture(key=key, authorisation=_authorisation(order, operation), amount=operation.amount)
        case OperationKind.VOID:
            return provider.void(key=key, authorisation=_authorisation(order, operation))
        case OperationKind.REFUND:
            return provider.refund(key=key, authorisation=_authorisation(order, operation), amount=operation.amount)


def _authorisation(order: Order, operation: Operation) -> Authorisation:
    """What the operation is about; records of older releases do not say, and mean the payment's only one."""
    about = next(
        one
        for one in order.operations
        if one.payment_id == operation.payment_id
        and (one.operation_id == operation.authorisation or not operation.authorisation)
        and one.kind in AUTHORISATIONS
    )
    return Authorisation(about.operation_id, about.reference)
