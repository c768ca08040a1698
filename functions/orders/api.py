"""Lambda entry: the HTTP routes of orders."""

from __future__ import annotations

from functools import cache

from functions.orders.change_schemas import ChangeOrder, ChangeView, change_view, known_as, to_change
from functions.orders.changes import ChangeService
from functions.orders.domain.changes import ChangeStatus
from functions.orders.domain.placement import one_currency, order_id_of
from functions.orders.domain.tenders import EXTERNAL
from functions.orders.import_schemas import OrderImportBody
from functions.orders.people import People
from functions.orders.presenting import history_view, order_view, payments_view
from functions.orders.repository import During
from functions.orders.schemas import (
    CancelOrder,
    OrderQuery,
    PaymentFor,
    PlaceOrder,
    cancelled_lines,
    content_hash,
)
from functions.orders.service import OrderService, Wanted
from functions.orders.views import HistoryView, OrdersView, OrderView, PaymentsView
from functions.orders.wiring import book, copy_book, provider_of, table
from functions.orders.worklist import Worklist
from functions.orders.worklist_schemas import (
    ExceptionQuery,
    ExceptionsView,
    PlaceHold,
    ResolveException,
    exception_view,
)
from shared.dynamo.idempotency import Markers
from shared.errors import Forbidden, InvalidField
from shared.http import Answer, Api, Call
from shared.imports.desk import ImportDesk, ImportView
from shared.imports.wiring import desk
from shared.routes import Role
from shared.schemas import PageQuery

NOBODY = "nobody"
"""Asks the worklist for what nobody has taken on."""


@cache
def people() -> People:
    """Who is one person."""
    return People(table())


def _same_person(customer_id: str) -> tuple[str, ...]:
    return people().cluster(customer_id)


api = Api("orders", markers=lambda: Markers(table()), same_person=_same_person)


@cache
def orders() -> OrderService:
    """The use cases."""
    return OrderService(book())


@cache
def changes() -> ChangeService:
    """The use cases of changes."""
    return ChangeService(book(), copy_book())


@cache
def worklist() -> Worklist:
    """The use cases of what needs a person."""
    return Worklist(book())


@api.operation("place_order", body=PlaceOrder, answers={201: OrderView, 200: OrderView})
def place_order(call: Call[PlaceOrder, None]) -> Answer:
    """Take an order; 200 when the channel sends the same one again."""
    given, at = call.body, call.cause.at
    if call.caller.own_channel not in (None, given.channel):
        raise Forbidden("a channel places its own orders only", code="channel_not_yours")
    one_currency(given.currency, given.amounts())
    payments = given.to_payments(at=at)
    _through_the_channels_provider(given, provider_of(given.channel))
    order, new = orders().place(given.to_order(at=at), payments, content_hash=content_hash(given), cause=call.cause)
    return Answer(201 if new else 200, order_view(order))


def _through_the_channels_provider(given: PlaceOrder, provider: str) -> None:
    """Raises InvalidField for a provider that is not the channel's."""
    tenders = [("/payment", given.payment), *((f"/payments/{n}", one) for n, one in enumerate(given.payments or ()))]
    for pointer, one in tenders:
        if one is not None and one.provider not in (provider, EXTERNAL):
            raise InvalidField(
                f"{pointer}/provider", f"payments of {given.channel} go through {provider}", code="provider_not_enabled"
            )


@api.operation("list_orders", query=OrderQuery, answers={200: OrdersView})
def list_orders(call: Call[None, OrderQuery]) -> Answer:
    """Orders by channel, customer (with all who are the same person), place, status and time; a channel and a customer
    find their own only."""
    query, caller = call.query, call.caller
    own_channel, own_customer = caller.own_channel, caller.own_customer_id
    asked = query.customer_id or own_customer
    cluster = None if asked is None else people().cluster(asked)
    if own_channel not in (None, query.channel or own_channel) or (
        own_customer is not None and own_customer not in (cluster or ())
    ):
        return Answer(200, OrdersView(items=[], next_cursor=None))
    wanted = Wanted(
        channel=query.channel or own_channel,
        channel_order_id=query.channel_order_id,
        customer_ids=cluster,
        status=query.status,
        location_id=query.location_id,
        during=During(query.placed_from, query.placed_before),
    )
    if wanted.channel is not None and wanted.channel_order_id is not None:
        page = orders().by_channel_order(order_id_of(wanted.channel, wanted.channel_order_id), wanted)
    else:
        page = orders().find(wanted, limit=query.limit, cursor=query.cursor)
    return Answer(200, OrdersView(items=[order_view(order) for order in page.orders], next_cursor=page.next_cursor))


@api.operation("get_order", answers={200: OrderView})
def get_order(call: Call[None, None]) -> Answer:
    """One order as it is now; an associate, who may have to take goods back, sees no codes and no tracking numbers."""
    order = orders().get(call.path["order_id"], caller=call.caller)
    return Answer(200, order_view(order, codes=call.caller.principal.role is not Role.ASSOCIATE))


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


@api.operation("change_order", body=ChangeOrder, answers={200: ChangeView, 202: ChangeView})
def change_order(call: Call[ChangeOrder, None]) -> Answer:
    """Quote a change, or apply it whole or not at all; 202: a provider or fulfilment answers first."""
    body, order_id = call.body, call.path["order_id"]
    order = orders().get(order_id, caller=call.caller)
    known = next((one for one in order.changes if one.change_id == body.change_id), None)
    change = known_as(known, body) if known else to_change(body, order, at=call.cause.at)
    if body.preview and known is None:
        quoted = changes().preview(order, change)
        return Answer(200, change_view(body, quoted, at=call.cause.at))
    payment = (
        body.payment.to_payment(payment_id=f"change-{body.change_id}"[:64], at=call.cause.at) if body.payment else None
    )
    changed = changes().apply(order_id, change, payment, caller=call.caller, cause=call.cause)
    assert changed.change is not None, "it was just applied"
    return Answer(
        202 if changed.change.status is ChangeStatus.PENDING else 200, change_view(body, changed, at=call.cause.at)
    )


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


@api.operation("place_hold", body=PlaceHold, answers={201: OrderView, 200: OrderView})
def place_hold(call: Call[PlaceHold, None]) -> Answer:
    """Hold an order back; 200 when the same hold is sent again."""
    hold = call.body.to_hold(at=call.cause.at, owner=call.cause.actor)
    order, new = orders().hold(call.path["order_id"], hold, caller=call.caller, cause=call.cause)
    return Answer(201 if new else 200, order_view(order))


@api.operation("lift_hold", answers={200: OrderView})
def lift_hold(call: Call[None, None]) -> Answer:
    """The reason to hold the order back is gone."""
    order_id, hold_id = call.path["order_id"], call.path["hold_id"]
    return Answer(200, order_view(orders().lift(order_id, hold_id, caller=call.caller, cause=call.cause)))


@api.operation("list_exceptions", query=ExceptionQuery, answers={200: ExceptionsView})
def list_exceptions(call: Call[None, ExceptionQuery]) -> Answer:
    """What needs a person; a channel sees what is about its own orders."""
    query = call.query
    page = worklist().find(
        kind=query.kind.value if query.kind else None,
        owner="" if query.owner == NOBODY else query.owner,
        channel=call.caller.own_channel,
        limit=query.limit,
        cursor=query.cursor,
    )
    items = [exception_view(one, at=call.cause.at) for one in page.items]
    return Answer(200, ExceptionsView(items=items, next_cursor=page.next_cursor))


@api.operation("resolve_exception", body=ResolveException, answers={200: OrderView})
def resolve_exception(call: Call[ResolveException, None]) -> Answer:
    """Do what a person decided; answers the order."""
    command = call.body.to_resolve(request_id=call.cause.id)
    order = worklist().resolve(call.path["exception_id"], command, caller=call.caller, cause=call.cause)
    return Answer(200, order_view(order))


handler = api


def import_desk() -> ImportDesk:
    """Imports kept in this function's table."""
    return desk(table())


@api.operation("start_order_import", body=OrderImportBody, answers={201: ImportView})
def start_order_import(call: Call[OrderImportBody, None]) -> Answer:
    """Bulk import of orders that are over, with what became of their units."""
    return Answer(201, import_desk().start(call.body, call.cause))


@api.operation("get_order_import", query=PageQuery, answers={200: ImportView})
def get_order_import(call: Call[None, PageQuery]) -> Answer:
    return Answer(200, import_desk().look(call.path["import_id"], call.query))
