"""Lambda entry: what others tell of stock, places, pools, items and rates -> the copies by which changes are quoted.

Apart from the consumer: there is far more news of stock than of orders, and none of it may hold up an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from functions.orders.copying import Copying
from functions.orders.wiring import copy_book
from shared.events.base import Event
from shared.events.fulfilment import RateCardPut
from shared.events.inventory import ItemChanged, LocationChanged, PoolChanged, StockChanged
from shared.inbox import Inbox, UseCase


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    """Which use case each event is for."""
    copying = Copying(copy_book())
    return {
        ItemChanged: copying.item_changed,
        LocationChanged: copying.location_changed,
        PoolChanged: copying.pool_changed,
        StockChanged: copying.stock_changed,
        RateCardPut: copying.rate_card_put,
    }


handler = Inbox((ItemChanged, LocationChanged, PoolChanged, StockChanged, RateCardPut), use_cases)
