"""What can be done about changes of orders: quote one, apply one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.orders.copies import CopyBook
from functions.orders.domain import account, changing, quoting
from functions.orders.domain.advance import advance
from functions.orders.domain.changes import OrderChange
from functions.orders.domain.changing import ChangeIdReused, PaymentNeeded, Quote
from functions.orders.domain.order import Order
from functions.orders.domain.paying import PaymentIdReused, PaymentInProgress, tender, tender_must_be_complete
from functions.orders.domain.quoting import ShippingQuote, StockQuote
from functions.orders.domain.tenders import Payment
from functions.orders.repository import Name, NameTaken, OrderBook
from functions.orders.service import change_of, in_reach
from shared.auth import Caller
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.errors import FieldError, InvalidField


@dataclass(frozen=True)
class Changed:
    """The order, its quote, and the change where it has been asked for (not in a preview).

    `stock` and `shipping`: what the copies say of the units that it needs and of their way, by a preview only.
    """

    order: Order
    quote: Quote
    change: OrderChange | None
    stock: tuple[StockQuote, ...] = ()
    shipping: ShippingQuote | None = None


class ChangeService:
    """The use cases of changes. A change is a part of its order; its id leads there."""

    def __init__(self, book: OrderBook, copies: CopyBook) -> None:
        self._book = book
        self._copies = copies

    def preview(self, order: Order, change: OrderChange) -> Changed:
        """The whole difference that the change would make; nothing is kept. Raises what `changing.quote` does."""
        quote = changing.quote(order, change.wanted)
        needed, after = quoting.needs(order, change.wanted), changing.with_all(order, change.wanted)
        skus = {need.sku for need in needed} | quoting.sampled(order, after)
        copies = self._copies.load(skus, channel=order.channel, weighed=quoting.weighed(order, after))
        stock = quoting.stock(needed, copies, change.at)
        return Changed(order, quote, None, stock, quoting.shipping(order, after, copies, change.at))

    def apply(
        self, order_id: str, change: OrderChange, payment: Payment | None, *, caller: Caller, cause: Cause
    ) -> Changed:
        """Do it: at once, or as soon as a provider and fulfilment have said yes. The same change again changes nothing.

        Raises what `changing.quote` and `changing.begin` do, PaymentNeeded, ChangeIdReused.
        """
        quoted: Quote | None = None

        def attempt() -> Order:
            nonlocal quoted
            opened = self._book.change(order_id)
            order = opened.order
            in_reach(order, caller)
            if changing.known(order, change) is not None:
                return order
            quoted = changing.quote(order, change.wanted)
            begun = self._begun(order, change, payment, quoted, cause)
            try:
                return opened.save(begun, cause=cause, names=Name("CHANGE", change.change_id))
            except NameTaken as error:
                raise ChangeIdReused("this change_id stands for a change of another order") from error

        order = retried(attempt)
        done = changing.known(order, change)
        due = account.due(order)
        return Changed(order, quoted or Quote({}, due, due, 0), done)

    def _begun(self, order: Order, change: OrderChange, payment: Payment | None, quoted: Quote, cause: Cause) -> Order:
        at = change_of(cause)
        if quoted.to_pay:
            payment = _must_pay(order, payment, quoted)
            order = tender(order, payment, at)
            change = replace(change, payment_id=payment.payment_id)
        elif payment is not None:
            raise InvalidField("/payment", "nothing is to be paid for this change")
        return advance(changing.begin(order, change, at), at)


def _must_pay(order: Order, payment: Payment | None, quoted: Quote) -> Payment:
    if payment is None or payment.amount != quoted.to_pay:
        detail = f"{quoted.to_pay} {order.currency} are to be paid for this change"
        raise PaymentNeeded(detail, errors=[FieldError("/payment/amount", detail)], extra={"to_pay": quoted.to_pay})
    tender_must_be_complete(payment, pointer="/payment")
    if account.authorising(order):
        raise PaymentInProgress("an earlier payment has not been answered yet")
    if order.payment(payment.payment_id) is not None:
        raise PaymentIdReused("this change has been paid for already")
    return payment
