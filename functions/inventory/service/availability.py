"""Availability: from the pages, or exactly where the asking owner's own holds count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.inventory.domain.availability import Availability, Filter, LeftOut, Market, availability_of
from functions.inventory.domain.reservation import Status
from functions.inventory.domain.selling import ItemFacts
from functions.inventory.domain.shards import cells_of, whole
from functions.inventory.domain.units import Position, place_of
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
    left_out: Mapping[str, Mapping[str, LeftOut]] = field(default_factory=dict)
    """By item, where it was asked why: the places that have it and do not count."""


@dataclass(frozen=True)
class AvailabilityService:
    """Reads only."""

    stock: StockRows
    documents: Documents
    network: Network
    projection: Projection
    pages: Pages
    clock: Callable[[], datetime]
    _network: NetworkPage = field(default_factory=NetworkPage)

    def query(self, skus: Sequence[str], wanted: Filter, *, owner: str | None, explain: bool = False) -> Answered:
        """What each item can be promised from the places that count, in the order asked."""
        now = self.clock()
        self.pages.refresh()
        known = self.pages.parts(skus)
        pages = {sku: item_page(sku, known.get(sku, {}), epoch_seconds(now)) for sku in dict.fromkeys(skus)}
        self._network.read(self.pages)
        if owner:
            market = Market(self.network.locations(), self.network.selling.rules(), wanted, now)
        else:
            market = Market(self._network.places, self._network.rules, wanted, now)
        exact = self._exact(pages, owner, epoch_seconds(now)) if owner else {}
        free = {sku: exact.get(sku, page.free) for sku, page in pages.items()}
        items = [
            availability_of(page.facts, free[sku], market, waiting=page.waiting, inbound=page.inbound)
            for sku, page in pages.items()
        ]
        left_out = {sku: _left_out(page.facts, free[sku], market) for sku, page in pages.items()} if explain else {}
        return Answered(items, now, 0 if owner else self._staleness(now), left_out)

    def _staleness(self, now: datetime) -> int:
        silent = now - self._network.beat if self._network.beat else timedelta(0)
        lag = timedelta(milliseconds=self.pages.lag_ms())
        return -(-max(lag, silent - BEAT, timedelta(0)) // timedelta(seconds=1))

    def _exact(self, pages: Mapping[str, ItemPage], owner: str, now: int) -> dict[str, dict[str, int]]:
        """Free units by item and place as they are now, with those that the owner holds itself."""
        own = self._own(owner, now)
        if len(pages) <= QUERIED_EXACTLY:
            rows = self.stock.rows_of(pages)
        else:
            wanted: list[Position] = [
                (sku, location_id)
                for sku, page in pages.items()
                for location_id in sorted({*page.free, *own.get(sku, ())})
            ]
            heads = self.stock.read(wanted).values()
            rows = [*heads, *self.stock.read(key for head in heads for key in cells_of(head)).values()]
        exact: dict[str, dict[str, int]] = {sku: {} for sku in pages}
        for row in whole(rows):
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
                    own[sku][place_of(location_id)] += quantity
        return own


def _left_out(item: ItemFacts, free: Iterable[str], market: Market) -> dict[str, LeftOut]:
    reasons = {location_id: market.left_out(item, location_id) for location_id in free}
    return {location_id: reason for location_id, reason in reasons.items() if reason}
