"""Lambda entry: the HTTP routes of orders."""

from __future__ import annotations

from functools import cache

from functions.orders.domain.placement import one_currency, order_id_of
from functions.orders.domain.tenders import EXTERNAL
from functions.orders.presenting import history_view, order_view, payments_view
from functions.orders.schemas import (
    FIRST_PAYMENT,
    CancelOrder,
    OrderQuery,
    PaymentFor,
    PlaceOrder,
    cancelled_lines,
    content_hash,
)
from functions.orders.service import OrderService, Wanted
from functions.orders.views import HistoryView, OrdersView, OrderView, PaymentsView
from functions.orders.wiring import book, table
from shared.dynamo.idempotency import Markers
from shared.errors import Forbidden
from shared.http import Answer, Api, Call

api = Api("orders", markers=lambda: Markers(table()))


@cache
def orders() -> OrderService:
    """The use cases."""
    return OrderService(book())


@api.operation("place_order", body=PlaceOrder, answers={201: OrderView, 200: OrderView})
def place_order(call: Call[PlaceOrder, None]) -> Answer:
    """Take an order; 200 when the channel sends the same one again."""
    given, at = call.body, call.cause.at
    if call.caller.own_channel not in (None, given.channel):
        raise Forbidden("a channel places its own orders only", code="channel_not_yours")
    one_currency(given.currency, given.amounts())
    payment = given.payment.to_payment(payment_id=FIRST_PAYMENT, at=at) if given.payment else None
    order, new = orders().place(given.to_order(at=at), payment, content_hash=content_hash(given), cause=call.cause)
    return Answer(201 if new else 200, order_view(order))


@api.operation("list_orders", query=OrderQuery, answers={200: OrdersView})
def list_orders(call: Call[None, OrderQuery]) -> Answer:
    """Orders by the channel's own id, by customer or by status; a channel and a customer find their own only."""
    query, caller = call.query, call.caller
    own_channel, own_customer = caller.own_channel, caller.own_customer_id
    if own_channel not in (None, query.channel or own_channel) or own_customer not in (
        None,
        query.customer_id or own_customer,
    ):
        return Answer(200, OrdersView(items=[], next_cursor=None))
    wanted = Wanted(
        channel=query.channel or own_channel,
        channel_order_id=query.channel_order_id,
        customer_id=query.customer_id or own_customer,
        status=query.status,
    )
    if wanted.channel is not None and wanted.channel_order_id is not None:
        page = orders().by_channel_order(order_id_of(wanted.channel, wanted.channel_order_id), wanted)
    else:
        page = orders().find(wanted, limit=query.limit, cursor=query.cursor)
    return Answer(200, OrdersView(items=[order_view(order) for order in page.orders], next_cursor=page.next_cursor))


@api.operation("get_order", answers={200: OrderView})
def get_order(call: Call[None, None]) -> Answer:
    """One order as it is now."""
    return Answer(200, order_view(orders().get(call.path["order_id"], caller=call.caller)))


@api.operation("get_order_history", answers={200: HistoryView})
def get_order_history(call: Call[None, None]) -> Answer:
    """Everything that happened to an order: what, by whom, when and why."""
    return Answer(200, history_view(orders().get(call.path["order_id"], caller=call.caller)))


@api.operation("cancel_order", body=CancelOrder, answers={200: OrderView, 202: OrderView})
def cancel_order(call: Call[CancelOrder, None]) -> Answer:
    """Stop units: 200 decided, 202 fulfilment still has to say by quantity what could be stopped."""
    order, decided = orders().cancel(
        call.path["order_id"],
        request_id=call.body.request_id,
        lines=cancelled_lines(call.body),
        reason=call.body.reason,
        caller=call.caller,
        cause=call.cause,
    )
    return Answer(200 if decided else 202, order_view(order))


@api.operation("get_payments", answers={200: PaymentsView})
def get_payments(call: Call[None, None]) -> Answer:
    """The money of an order: what is due, authorised, captured, and each operation."""
    return Answer(200, payments_view(orders().get(call.path["order_id"], caller=call.caller)))


@api.operation("pay_order", body=PaymentFor, answers={201: PaymentsView, 200: PaymentsView})
def pay_order(call: Call[PaymentFor, None]) -> Answer:
    """Pay what is open; 200 when the same payment is sent again."""
    if call.body.provider == EXTERNAL and call.caller.own_customer_id is not None:
        raise Forbidden("only a channel or staff can say that money was taken elsewhere", code="provider_not_yours")
    payment = call.body.to_payment(payment_id=call.body.payment_id, at=call.cause.at)
    order, new = orders().pay(
        call.path["order_id"],
        payment,
        currency=call.body.amount.currency,
        caller=call.caller,
        cause=call.cause,
    )
    return Answer(201 if new else 200, payments_view(order))


handler = api
