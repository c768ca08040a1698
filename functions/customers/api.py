"""Lambda entry: the HTTP routes of customers."""

from __future__ import annotations

from functools import cache

from functions.customers.domain.customer import Customer, CustomerNotFound
from functions.customers.repository import CustomerRepository
from functions.customers.schemas import (
    CustomersPage,
    CustomerView,
    EntryView,
    FindCustomers,
    PutCustomer,
    TimelineQuery,
    TimelineView,
)
from functions.customers.service import Customers
from shared.auth import Caller
from shared.aws import client
from shared.clock import now
from shared.dynamo.idempotency import Markers, pending_marker
from shared.dynamo.table import Table
from shared.http import Answer, Api, Call
from shared.settings import settings


@cache
def _table() -> Table:
    return Table(client("dynamodb"), settings().table_name, marker=pending_marker)


@cache
def _customers() -> Customers:
    return Customers(CustomerRepository(_table()))


api = Api("customers", markers=lambda: Markers(Table(client("dynamodb"), settings().table_name)))
handler = api


@api.operation("put_customer", body=PutCustomer, answers={200: CustomerView, 201: CustomerView})
def put_customer(call: Call[PutCustomer, None]) -> Answer:
    """Find or create the shopper whom an account of a channel describes."""
    call.caller.require(channel=call.body.source.channel)
    customer, created = _customers().put_customer(call.body.to_statement(at=call.cause.at), call.cause)
    return Answer(201 if created else 200, CustomerView.of(customer, as_of=now()))


@api.operation("find_customers", query=FindCustomers, answers={200: CustomersPage})
def find_customers(call: Call[None, FindCustomers]) -> Answer:
    """The customer that an identity points at; an empty list when there is none, or not the caller's to see."""
    as_of = now()
    customer = _customers().find(call.query.to_identity())
    mine = call.caller.own_channel
    visible = customer is not None and (mine is None or mine in customer.channels)
    items = [CustomerView.of(customer, as_of=as_of)] if customer is not None and visible else []
    return Answer(200, CustomersPage.model_construct(items=items, next_cursor=None))


@api.operation("get_customer", answers={200: CustomerView})
def get_customer(call: Call[None, None]) -> Answer:
    """One shopper over all channels."""
    as_of = now()
    return Answer(200, CustomerView.of(_visible(call.path["customer_id"], call.caller), as_of=as_of))


@api.operation("get_timeline", query=TimelineQuery, answers={200: TimelineView})
def get_timeline(call: Call[None, TimelineQuery]) -> Answer:
    """What happened to the shopper over all channels, newest first."""
    customer = _visible(call.path["customer_id"], call.caller)
    page = _customers().timeline(customer.customer_id, limit=call.query.limit, cursor=call.query.cursor)
    items = [EntryView.of(entry) for entry in page.entries]
    return Answer(200, TimelineView.model_construct(items=items, next_cursor=page.next_cursor))


def _visible(customer_id: str, caller: Caller) -> Customer:
    """The customer, if the caller may see it: a channel those who came through it, a shopper oneself.

    Raises CustomerNotFound, the same whether it does not exist or is somebody else's.
    """
    mine = caller.own_customer_id
    if mine is not None and mine != customer_id:
        raise CustomerNotFound
    customer = _customers().get(customer_id)
    channel = caller.own_channel
    if channel is not None and channel not in customer.channels:
        raise CustomerNotFound
    return customer
