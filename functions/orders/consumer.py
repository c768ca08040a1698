"""Lambda entry: what the other services tell -> the order book."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from functions.orders.service import OrderService
from functions.orders.wiring import book
from shared.events.base import Event
from shared.events.customers import CustomersLinked, CustomersUnlinked, OrderCustomerKnown
from shared.events.fulfilment import (
    CancellationDecided,
    FulfilmentOrderMoved,
    HandedOver,
    OrderRouted,
    ReadyForPickup,
    Shipped,
)
from shared.events.inventory import ReservationIgnored
from shared.inbox import Inbox, UseCase


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    """Which use case each event is for."""
    orders = OrderService(book())
    return {
        ReservationIgnored: orders.ignore_reservation,
        OrderRouted: orders.route,
        CancellationDecided: orders.decide_cancel,
        FulfilmentOrderMoved: orders.follow,
        ReadyForPickup: orders.follow,
        Shipped: orders.follow,
        HandedOver: orders.follow,
        OrderCustomerKnown: orders.know_customer,
        CustomersLinked: orders.link_customers,
        CustomersUnlinked: orders.unlink_customers,
    }


handler = Inbox(
    (
        ReservationIgnored,
        OrderRouted,
        CancellationDecided,
        FulfilmentOrderMoved,
        ReadyForPickup,
        Shipped,
        HandedOver,
        OrderCustomerKnown,
        CustomersLinked,
        CustomersUnlinked,
    ),
    use_cases,
)
