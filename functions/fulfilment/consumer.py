"""Lambda entry: events of the other services -> one use case each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from functions.fulfilment.repository.addresses import AddressRepository
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.erasures import ErasureRepository
from functions.fulfilment.repository.measures import MeasureRepository
from functions.fulfilment.repository.prices import PriceRepository
from functions.fulfilment.repository.rounds import RoundRepository
from functions.fulfilment.repository.secret import LinkSecret
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.addresses import AddressService
from functions.fulfilment.service.copies import CopiesService
from functions.fulfilment.service.erasures import ErasureService
from functions.fulfilment.service.holding import HoldingService
from functions.fulfilment.service.learning import LearningService
from functions.fulfilment.service.measures import MeasureService
from functions.fulfilment.service.pausing import PausingService
from functions.fulfilment.service.reevaluation import MovingService
from functions.fulfilment.service.rerouting import ReroutingService
from functions.fulfilment.service.shortages import ShortageService
from functions.fulfilment.service.sourcing import SourcingService
from functions.fulfilment.service.waking import WakingService
from functions.fulfilment.service.work import WorkService
from shared import clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.idempotency import Markers
from shared.dynamo.table import Table
from shared.events import fulfilment, inventory, orders
from shared.events.base import Event
from shared.inbox import Inbox, UseCase
from shared.metrics import emit
from shared.settings import settings

EVENTS: tuple[type[Event], ...] = (
    inventory.LocationChanged,
    inventory.ItemChanged,
    inventory.PoolChanged,
    inventory.ExclusionChanged,
    inventory.StockChanged,
    inventory.StockShort,
    inventory.ReservationCommitted,
    inventory.ReservationIgnored,
    inventory.StockAllocated,
    inventory.AllocationRefused,
    orders.OrderPlaced,
    orders.OrderReleased,
    orders.OrderAddressGiven,
    orders.OrderCancelRequested,
    orders.OrderLinesAdded,
    orders.OrderHoldsChanged,
    orders.OrderErased,
    fulfilment.RoutingTermsChanged,
    fulfilment.QueueAdvanced,
    fulfilment.Shipped,
    fulfilment.UnitsShort,
    fulfilment.ReadyForPickup,
    fulfilment.HandedOver,
    fulfilment.FulfilmentOrderMoved,
    fulfilment.FulfilmentOrderDelayed,
    fulfilment.PickupNotCollected,
)


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    table = Table(client("dynamodb"), settings().table_name)
    addresses = AddressRepository(table)
    copies, demands, work = CopyRepository(table), DemandRepository(table), WorkRepository(table)
    secret = LinkSecret(table)
    sourcing = SourcingService(demands, copies, work, clock=clock.now, key=secret.key)
    rounds = RoundRepository(table)
    waking = WakingService(demands, copies, rounds, sourcing, clock=clock.now)
    rerouting = ReroutingService(demands, copies, sourcing, secret, clock=clock.now)
    steps = WorkService(work, lambda: rerouting, clock=clock.now)
    shortages = ShortageService(work, steps)
    pausing = PausingService(work, steps, rerouting, copies, rounds, clock=clock.now)
    news = CopiesService(copies, waking, clock=clock.now)
    moves = MovingService(demands, copies, work, sourcing, clock=clock.now)
    learning = LearningService(PriceRepository(table))
    measures = MeasureService(MeasureRepository(table), copies, emit)
    return {
        inventory.LocationChanged: both(news.location_changed, pausing.location_changed),
        inventory.ItemChanged: news.item_changed,
        inventory.PoolChanged: news.pool_changed,
        inventory.ExclusionChanged: news.exclusion_changed,
        inventory.StockChanged: news.stock_changed,
        inventory.StockShort: shortages.stock_short,
        inventory.ReservationCommitted: sourcing.reservation_committed,
        inventory.ReservationIgnored: sourcing.reservation_ignored,
        inventory.StockAllocated: both(waking.stock_allocated, moves.stock_allocated),
        inventory.AllocationRefused: both(news.allocation_refused, moves.allocation_refused),
        orders.OrderPlaced: learning.placed,
        orders.OrderReleased: both(sourcing.release, learning.released),
        orders.OrderAddressGiven: AddressService(addresses).given,
        orders.OrderCancelRequested: sourcing.cancel_requested,
        orders.OrderLinesAdded: both(sourcing.lines_added, learning.lines_added),
        orders.OrderHoldsChanged: HoldingService(demands, work, clock=clock.now).holds_changed,
        orders.OrderErased: ErasureService(demands, work, addresses, ErasureRepository(table), Markers(table)).erase,
        fulfilment.RoutingTermsChanged: waking.terms_changed,
        fulfilment.QueueAdvanced: both(waking.advance, pausing.advance),
        fulfilment.Shipped: learning.shipped,
        fulfilment.UnitsShort: both(learning.short, measures.short),
        fulfilment.ReadyForPickup: measures.ready,
        fulfilment.HandedOver: measures.handed_over,
        fulfilment.FulfilmentOrderMoved: measures.moved,
        fulfilment.FulfilmentOrderDelayed: measures.delayed,
        fulfilment.PickupNotCollected: measures.not_collected,
    }


def both(first: UseCase, second: UseCase) -> UseCase:
    """One after the other. When the second fails both come again, which changes nothing of the first."""

    def use_case(event: Event, cause: Cause) -> None:
        first(event, cause)
        second(event, cause)

    return use_case


handler = Inbox(EVENTS, use_cases)
