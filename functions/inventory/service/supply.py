"""What will be available when: positions as they are, and what is expected of purchase orders and transfers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.domain.places import ItemNotFound
from functions.inventory.domain.shards import whole
from functions.inventory.domain.stock import Stock
from functions.inventory.domain.supply import Inbound, Step, curve, summed
from functions.inventory.repository.network import Network
from functions.inventory.repository.page_states import item_page
from functions.inventory.repository.pages import Pages
from functions.inventory.repository.stock import StockRows
from shared.clock import epoch_seconds


@dataclass(frozen=True)
class AtPlace:
    """What one place will be able to give, and what it waits for."""

    location_id: str
    paused: bool
    steps: Sequence[Step]
    inbound: Sequence[Inbound]


@dataclass(frozen=True)
class Outlook:
    """What all open places together will be able to give."""

    sku: str
    as_of: datetime
    steps: Sequence[Step]
    places: Sequence[AtPlace]


@dataclass(frozen=True)
class SupplyService:
    """Reads only. What is expected is derived from documents and may be seconds old; what is there is exact."""

    stock: StockRows
    pages: Pages
    network: Network
    clock: Callable[[], datetime]

    def of(self, sku: str) -> Outlook:
        """The dated curve of an item, per place and over all of them. A paused place gives nothing.

        Raises ItemNotFound.
        """
        rows = {row.location_id: row for row in whole(self.stock.rows_of([sku]))}
        expected = self._expected(sku)
        if not rows and self.network.find_item(sku) is None:
            raise ItemNotFound(f"there is no item {sku}")
        now = self.clock()
        known = self.network.locations()
        places = []
        for location_id in sorted({*rows, *(one.location_id for one in expected)}):
            inbound = [one for one in expected if one.location_id == location_id]
            paused = location_id not in known or known[location_id].paused(now)
            steps = [Step(now, 0)] if paused else _curve(rows.get(location_id), inbound, now)
            places.append(AtPlace(location_id, paused, steps, inbound))
        return Outlook(sku, now, summed([place.steps for place in places], now=now), places)

    def _expected(self, sku: str) -> Sequence[Inbound]:
        self.pages.refresh()
        known = self.pages.parts([sku]).get(sku, {})
        return sorted(item_page(sku, known, 0).inbound, key=lambda one: (one.location_id, one.document))


def _curve(row: Stock | None, inbound: Sequence[Inbound], now: datetime) -> list[Step]:
    free = row.free + row.lapsed(epoch_seconds(now)) if row else 0
    supply = [(one.due, one.quantity) for one in inbound if one.due]
    return curve(free, supply, safety=row.safety if row else 0, now=now)
