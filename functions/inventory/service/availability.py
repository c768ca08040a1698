"""Availability: from the pages, or exactly where the asking owner's own holds count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.inventory.domain.availability import Availability, Filter, Market, availability_of
from functions.inventory.domain.reservation import Status
from functions.inventory.domain.units import Position
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.network import Network
from functions.inventory.repository.page_states import ItemPage, NetworkPage, item_page
from functions.inventory.repository.pages import Pages
from functions.inventory.repository.projection import Projection
from functions.inventory.repository.stock import StockRows
from shared.clock import epoch_seconds

QUERIED_EXACTLY = 20
"""Up to so many items every position is found by query; beyond, those that the pages know of."""
BEAT = timedelta(minutes=2)
"""The sweeper's tick reaches the pages every minute; one that is older tells that the projector stands still."""


@dataclass(frozen=True)
class Answered:
    """What is available. `staleness_seconds`: how late the pages were when they were last written, or how long they
    have heard of nothing."""

    items: list[Availability]
    as_of: datetime
    staleness_seconds: int


@dataclass(frozen=True)
class AvailabilityService:
    """Reads only."""

    stock: StockRows
    documents: Documents
    network: Network
    projection: Projection
    pages: Pages
    clock: Callable[[], datetime]
    _places: NetworkPage = field(default_factory=NetworkPage)

    def query(self, skus: Sequence[str], wanted: Filter, *, owner: str | None) -> Answered:
        """What each item can be promised from the places that count, in the order asked."""
        now = self.clock()
        self.pages.refresh()
        known = self.pages.parts(skus)
        pages = {sku: item_page(sku, known.get(sku, {}), epoch_seconds(now)) for sku in dict.fromkeys(skus)}
        places = self.network.locations() if owner else self._places.read(self.pages)
        market = Market(places, wanted, now)
        free = self._exact(pages, owner, epoch_seconds(now)) if owner else {}
        items = [availability_of(page.facts, free.get(sku, page.free), market) for sku, page in pages.items()]
        return Answered(items, now, 0 if owner else self._staleness(now))

    def _staleness(self, now: datetime) -> int:
        silent = now - self._places.beat if self._places.beat else timedelta(0)
        lag = timedelta(milliseconds=self.pages.lag_ms())
        return -(-max(lag, silent - BEAT, timedelta(0)) // timedelta(seconds=1))

    def _exact(self, pages: Mapping[str, ItemPage], owner: str, now: int) -> dict[str, dict[str, int]]:
        """Free units by item and place as they are now, with those that the owner holds itself."""
        own = self._own(owner, now)
        if len(pages) <= QUERIED_EXACTLY:
            rows = [row for sku in pages for row in self.stock.of_sku(sku)]
        else:
            wanted: list[Position] = [
                (sku, location_id)
                for sku, page in pages.items()
                for location_id in sorted({*page.free, *own.get(sku, ())})
            ]
            rows = list(self.stock.read(wanted).values())
        exact: dict[str, dict[str, int]] = {sku: {} for sku in pages}
        for row in rows:
            mine = own.get(row.sku, {}).get(row.location_id, 0)
            exact[row.sku][row.location_id] = row.free + row.lapsed(now) + mine
        return exact

    def _own(self, owner: str, now: int) -> dict[str, dict[str, int]]:
        """Units that the owner holds, by item and place."""
        ids = [document.partition("/")[2] for document in self.projection.documents_of(owner)]
        own: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for held in self.documents.reservations(ids):
            if held.status_at(now) is Status.HELD:
                for (sku, location_id), quantity in held.held_at().items():
                    own[sku][location_id] += quantity
        return own
