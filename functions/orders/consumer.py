"""Lambda entry: what the other services tell -> the order book."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from functions.orders.counter import CounterService
from functions.orders.erasures import Erasures
from functions.orders.floor import FloorService
from functions.orders.news import News
from functions.orders.people import People
from functions.orders.wiring import book, table
from shared.cause import Cause
from shared.events.base import Event
from shared.events.customers import CustomerErasureRequested, CustomersLinked, CustomersUnlinked, OrderCustomerKnown
from shared.events.fulfilment import (
    CancellationDecided,
    ChoiceMade,
    ChoiceOffered,
    FulfilmentOrderDelayed,
    FulfilmentOrderMoved,
    HandedOver,
    LabelVoidRefused,
    OptionChosen,
    OptionsOffered,
    OrderRouted,
    ParcelTracked,
    PickupExtended,
    PickupNotCollected,
    ReadyForPickup,
    ReceivedAtStore,
    SentToStore,
    Shipped,
    UnitsShort,
)
from shared.events.inventory import ReservationIgnored
from shared.inbox import Inbox, UseCase


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    """Which use case each event is for."""
    news, counter = News(book()), CounterService(book())
    erasures, people, floor = Erasures(book(), table()), People(table()), FloorService(book())

    def know_customer(event: OrderCustomerKnown, cause: Cause) -> None:
        erasures.know_customer(event, cause, otherwise=news.know_customer)

    return {
        ReservationIgnored: news.ignore_reservation,
        OrderRouted: news.route,
        CancellationDecided: news.decide_cancel,
        FulfilmentOrderMoved: news.follow,
        ReadyForPickup: news.follow,
        Shipped: news.follow,
        HandedOver: counter.handed_over,
        PickupExtended: counter.pickup_extended,
        PickupNotCollected: counter.not_collected,
        OptionsOffered: counter.options_offered,
        OptionChosen: counter.option_chosen,
        ChoiceOffered: news.ask,
        ChoiceMade: news.chosen,
        SentToStore: news.follow,
        ReceivedAtStore: news.follow,
        OrderCustomerKnown: know_customer,
        CustomerErasureRequested: erasures.erase,
        CustomersLinked: people.linked,
        CustomersUnlinked: people.unlinked,
        UnitsShort: floor.units_short,
        FulfilmentOrderDelayed: floor.delayed,
        ParcelTracked: floor.parcel_tracked,
        LabelVoidRefused: floor.void_refused,
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
        PickupExtended,
        PickupNotCollected,
        OptionsOffered,
        OptionChosen,
        ChoiceOffered,
        ChoiceMade,
        SentToStore,
        ReceivedAtStore,
        OrderCustomerKnown,
        CustomerErasureRequested,
        CustomersLinked,
        CustomersUnlinked,
        UnitsShort,
        FulfilmentOrderDelayed,
        ParcelTracked,
        LabelVoidRefused,
    ),
    use_cases,
)
