"""Lambda entry: events of orders and fulfilment -> what they mean for stock."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from functions.inventory.repository.awaited import AwaitedUnits
from functions.inventory.repository.cart_answers import CartAnswers
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.heat import Heat
from functions.inventory.repository.network import Network
from functions.inventory.repository.owners import Owners
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.allocation import AllocationService
from functions.inventory.service.awaiting import AwaitingService
from functions.inventory.service.cart_holds import CartHolds
from functions.inventory.service.erasures import ErasureService
from functions.inventory.service.order_holds import OrderHolds
from functions.inventory.service.posting import Poster
from functions.inventory.service.reservations import ReservationService
from shared.aws import client
from shared.clock import now
from shared.dynamo.idempotency import Markers
from shared.dynamo.table import Table
from shared.events.base import Event
from shared.events.customers import CartHoldAsked, CartHoldDropped, CustomerErasureRequested
from shared.events.fulfilment import (
    AllocationRequested,
    AllocationWithdrawn,
    HandedOver,
    ReceivedAtStore,
    SentToStore,
    Shipped,
    UnitsAwaited,
    UnitsShort,
)
from shared.events.orders import OrderErased, OrderLinesAdded, OrderLinesCancelled, OrderPlaced, ReturnReceived
from shared.inbox import Inbox, UseCase
from shared.settings import settings

HANDLED: tuple[type[Event], ...] = (
    OrderPlaced,
    OrderLinesAdded,
    OrderLinesCancelled,
    ReturnReceived,
    AllocationRequested,
    AllocationWithdrawn,
    UnitsAwaited,
    UnitsShort,
    SentToStore,
    ReceivedAtStore,
    Shipped,
    HandedOver,
    CartHoldAsked,
    CartHoldDropped,
    CustomerErasureRequested,
    OrderErased,
)


def use_cases() -> Mapping[type[Event], UseCase]:
    """The use case of each event."""
    return _wired(settings().table_name)


@cache
def _wired(table_name: str) -> Mapping[type[Event], UseCase]:
    table = Table(client("dynamodb"), table_name, contended=Heat(Table(client("dynamodb"), table_name)).note)
    poster = Poster(Documents(table), StockRows(table), now)
    allocation = AllocationService(poster, Network(table))
    holds = ReservationService(Documents(table), StockRows(table), Network(table), Owners(table), now)
    carts = CartHolds(holds, CartAnswers(table), now)
    erasures = ErasureService(Documents(table), Markers(table))
    return {
        OrderPlaced: OrderHolds(poster, allocation).placed,
        OrderLinesAdded: OrderHolds(poster, allocation).added,
        OrderLinesCancelled: allocation.cancel,
        ReturnReceived: allocation.take_back,
        AllocationRequested: allocation.allocate,
        AllocationWithdrawn: allocation.withdraw,
        UnitsAwaited: AwaitingService(AwaitedUnits(table)).units_awaited,
        UnitsShort: allocation.units_short,
        SentToStore: allocation.dispatched,
        ReceivedAtStore: allocation.received,
        Shipped: allocation.ship,
        HandedOver: allocation.ship,
        CartHoldAsked: carts.asked,
        CartHoldDropped: carts.dropped,
        CustomerErasureRequested: erasures.erase,
        OrderErased: erasures.erase_order,
    }


handler = Inbox(HANDLED, use_cases)
