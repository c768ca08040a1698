"""Lambda entry: events of orders and fulfilment -> the order's customer, and the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from functions.customers import entries
from functions.customers.carts import Carts
from functions.customers.catalogue import Catalogue
from functions.customers.repository import CustomerRepository
from functions.customers.service import Customers
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.events.base import Event
from shared.events.fulfilment import FulfilmentOrderMoved, HandedOver, Shipped
from shared.events.orders import OrderContactGiven, OrderImported, OrderLinesCancelled, OrderPlaced, PaymentSettled
from shared.inbox import Inbox, UseCase
from shared.settings import settings


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    """The use case of each event."""
    table = Table(client("dynamodb"), settings().table_name)
    customers = Customers(CustomerRepository(table), Catalogue(table))
    carts = Carts(table)

    def placed(event: OrderPlaced, cause: Cause) -> None:
        carts.order_placed(event, cause)
        customers.record(entries.order_placed(event), cause)

    def cancelled(event: OrderLinesCancelled, cause: Cause) -> None:
        customers.record(entries.order_cancelled(event, at=_at(cause), event_id=cause.id), cause)

    def settled(event: PaymentSettled, cause: Cause) -> None:
        customers.record(entries.payment_settled(event, at=_at(cause)), cause)

    def shipped(event: Shipped, cause: Cause) -> None:
        customers.record(entries.shipped(event, at=_at(cause)), cause)

    def handed_over(event: HandedOver, cause: Cause) -> None:
        customers.record(entries.handed_over(event, at=_at(cause)), cause)

    def moved(event: FulfilmentOrderMoved, cause: Cause) -> None:
        entry = entries.delivered(event, at=_at(cause))
        if entry is not None:
            customers.record(entry, cause)

    def imported(event: OrderImported, cause: Cause) -> None:
        customers.record(entries.order_imported(event), cause)

    return {
        OrderContactGiven: customers.link_order,
        OrderPlaced: placed,
        OrderImported: imported,
        OrderLinesCancelled: cancelled,
        PaymentSettled: settled,
        Shipped: shipped,
        HandedOver: handed_over,
        FulfilmentOrderMoved: moved,
    }


def _at(cause: Cause) -> datetime:
    """When it happened, not when this service heard of it."""
    return cause.occurred_at or cause.at


handler = Inbox(
    (
        OrderContactGiven,
        OrderPlaced,
        OrderImported,
        OrderLinesCancelled,
        PaymentSettled,
        Shipped,
        HandedOver,
        FulfilmentOrderMoved,
    ),
    use_cases,
)
