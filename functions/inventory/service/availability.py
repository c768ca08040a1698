"""Availability: from the projector's pages, or exactly where the asking owner's own holds count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.domain.availability import Availability, Filter, availability_of
from functions.inventory.domain.reservation import Status
from functions.inventory.domain.shards import whole
from functions.inventory.domain.stock import Stock
from functions.inventory.domain.units import Position, place_of
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.network import Network
from functions.inventory.repository.projection import Page, Projection
from functions.inventory.repository.stock import StockRows
from shared.clock import epoch_seconds

QUERIED_EXACTLY = 20
"""Up to so many items every position is found by query; beyond, those that the pages know of."""


@dataclass(frozen=True)
class Answered:
    """What is available. `staleness_seconds`: how long the last change of the stalest page took to get there."""

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
    clock: Callable[[], datetime]

    def query(self, skus: Sequence[str], wanted: Filter, *, owner: str | None) -> Answered:
        """What each item can be promised from the places that count, in the order asked."""
        now = self.clock()
        pages = self.projection.pages(skus)
        places = self.network.locations()
        own = self._own(owner, epoch_seconds(now)) if owner else {}
        exact = self._exact(skus, pages, own) if owner else None
        items = [
            availability_of(
                sku,
                exact[sku] if exact is not None else list(pages[sku].positions.values()) if sku in pages else [],
                places,
                wanted,
                backorderable=sku in pages and pages[sku].backorderable,
                now=now,
                own=own.get(sku),
            )
            for sku in dict.fromkeys(skus)
        ]
        lag_ms = 0 if owner else max((page.lag_ms for page in pages.values()), default=0)
        return Answered(items, now, -(-lag_ms // 1000))

    def _own(self, owner: str, now: int) -> dict[str, dict[str, int]]:
        """Units that the owner holds, by item and place."""
        ids = [document.partition("/")[2] for document in self.projection.documents_of(owner)]
        own: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for held in self.documents.reservations(ids):
            if held.status_at(now) is Status.HELD:
                for (sku, location_id), quantity in held.held_at().items():
                    own[sku][place_of(location_id)] += quantity
        return own

    def _exact(
        self, skus: Sequence[str], pages: dict[str, Page], own: dict[str, dict[str, int]]
    ) -> dict[str, list[Stock]]:
        if len(skus) <= QUERIED_EXACTLY:
            return {sku: whole(self.stock.rows_of([sku])) for sku in skus}
        positions: list[Position] = [
            (sku, location_id)
            for sku in skus
            for location_id in sorted({*(pages[sku].positions if sku in pages else ()), *own.get(sku, ())})
        ]
        exact: dict[str, list[Stock]] = {sku: [] for sku in skus}
        for (sku, _), stock in self.stock.read(positions).items():
            exact[sku].append(stock)
        return exact
