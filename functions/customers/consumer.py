"""Lambda entry: events of orders and fulfilment -> the order's customer, and the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache

from functions.customers import entries
from functions.customers.carts import Carts
from functions.customers.catalogue import Catalogue
from functions.customers.domain.customer import CustomerNotFound
from functions.customers.erasure_rows import ErasureRows
from functions.customers.erasures import Erasures
from functions.customers.figures import Account
from functions.customers.links import Links
from functions.customers.repository import CustomerRepository
from functions.customers.service import Customers
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.idempotency import Markers
from shared.dynamo.table import Table
from shared.events.base import Event
from shared.events.customers import CustomerErasureRequested, CustomersLinked, CustomersMatched
from shared.events.fulfilment import (
    ChoiceMade,
    ChoiceOffered,
    FulfilmentErased,
    FulfilmentOrderDelayed,
    FulfilmentOrderMoved,
    HandedOver,
    OptionChosen,
    OptionsOffered,
    ParcelTracked,
    PickupNotCollected,
    ReadyForPickup,
    Shipped,
    UnitsShort,
)
from shared.events.inventory import CartHeld, CartHoldRefused, InventoryErased
from shared.events.orders import (
    OrderContactGiven,
    OrderErased,
    OrderImported,
    OrderLinesCancelled,
    OrderPlaced,
    OrdersToErase,
    OrderValueChanged,
    PaymentSettled,
    ReturnReceived,
    ReturnRequested,
)
from shared.inbox import Inbox, UseCase
from shared.settings import settings


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    """The use case of each event."""
    table = Table(client("dynamodb"), settings().table_name)
    repository, catalogue = CustomerRepository(table), Catalogue(table)
    customers = Customers(repository, catalogue, country=settings().phone_country)
    links = Links(catalogue)
    carts, account = Carts(table), Account(table, repository)
    erasures = Erasures(ErasureRows(table, repository, catalogue), catalogue, Markers(table))

    def contact_given(event: OrderContactGiven, cause: Cause) -> None:
        customers.link_order(event, cause)
        account.settle(event.order_id, cause)

    def matched(event: CustomersMatched, cause: Cause) -> None:
        links.join_matched(event.review_id, cause)

    def linked(event: CustomersLinked, cause: Cause) -> None:
        with suppress(CustomerNotFound):  # forgotten since
            tree, _ = links.shopper(event.customer_id)
            carts.gather(tree.members, cause)

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

    def ready(event: ReadyForPickup, cause: Cause) -> None:
        customers.record(entries.ready(event, at=_at(cause)), cause)

    def return_requested(event: ReturnRequested, cause: Cause) -> None:
        customers.record(entries.return_requested(event, at=_at(cause)), cause)

    def return_received(event: ReturnReceived, cause: Cause) -> None:
        customers.record(entries.return_received(event, at=_at(cause)), cause)

    def imported(event: OrderImported, cause: Cause) -> None:
        customers.record(entries.order_imported(event), cause)

    def short(event: UnitsShort, cause: Cause) -> None:
        customers.record(entries.units_short(event, at=_at(cause)), cause)

    def choice_offered(event: ChoiceOffered, cause: Cause) -> None:
        customers.record(entries.choice_offered(event, at=_at(cause)), cause)

    def choice_made(event: ChoiceMade, cause: Cause) -> None:
        customers.record(entries.choice_made(event, at=_at(cause)), cause)

    def options_offered(event: OptionsOffered, cause: Cause) -> None:
        customers.record(entries.options_offered(event, at=_at(cause)), cause)

    def option_chosen(event: OptionChosen, cause: Cause) -> None:
        customers.record(entries.option_chosen(event, at=_at(cause)), cause)

    def delayed(event: FulfilmentOrderDelayed, cause: Cause) -> None:
        entry = entries.delayed(event, at=_at(cause))
        if entry is not None:
            customers.record(entry, cause)

    def tracked(event: ParcelTracked, cause: Cause) -> None:
        entry = entries.parcel_tracked(event, at=_at(cause))
        if entry is not None:
            customers.record(entry, cause)

    def not_collected(event: PickupNotCollected, cause: Cause) -> None:
        customers.record(entries.not_collected(event, at=_at(cause)), cause)

    return {
        OrderContactGiven: contact_given,
        OrderPlaced: placed,
        CartHeld: carts.held,
        CartHoldRefused: carts.not_held,
        OrderImported: imported,
        OrderLinesCancelled: cancelled,
        PaymentSettled: settled,
        OrderValueChanged: account.order_valued,
        Shipped: shipped,
        HandedOver: handed_over,
        FulfilmentOrderMoved: moved,
        UnitsShort: short,
        ChoiceOffered: choice_offered,
        ChoiceMade: choice_made,
        OptionsOffered: options_offered,
        OptionChosen: option_chosen,
        FulfilmentOrderDelayed: delayed,
        PickupNotCollected: not_collected,
        ParcelTracked: tracked,
        ReadyForPickup: ready,
        ReturnRequested: return_requested,
        ReturnReceived: return_received,
        CustomersMatched: matched,
        CustomersLinked: linked,
        CustomerErasureRequested: erasures.begin,
        OrdersToErase: erasures.orders_found,
        OrderErased: erasures.order_erased,
        FulfilmentErased: erasures.work_erased,
        InventoryErased: erasures.inventory_erased,
    }


def _at(cause: Cause) -> datetime:
    """When it happened, not when this service heard of it."""
    return cause.occurred_at or cause.at


HANDLED: tuple[type[Event], ...] = (
    OrderContactGiven,
    OrderPlaced,
    CartHeld,
    CartHoldRefused,
    OrderImported,
    OrderLinesCancelled,
    PaymentSettled,
    OrderValueChanged,
    Shipped,
    HandedOver,
    FulfilmentOrderMoved,
    UnitsShort,
    ChoiceOffered,
    ChoiceMade,
    OptionsOffered,
    OptionChosen,
    FulfilmentOrderDelayed,
    PickupNotCollected,
    ParcelTracked,
    ReadyForPickup,
    ReturnRequested,
    ReturnReceived,
    CustomersMatched,
    CustomersLinked,
    CustomerErasureRequested,
    OrdersToErase,
    OrderErased,
    FulfilmentErased,
    InventoryErased,
)

handler = Inbox(HANDLED, use_cases)
