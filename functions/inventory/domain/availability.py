"""What may be promised of an item, place by place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.inventory.domain.places import Capability, Location
from functions.inventory.domain.stock import Stock
from functions.inventory.domain.units import place_of
from shared.geo import Geo, distance_km

LOW_STOCK_UNITS = 5
MAX_PLACES = 50
"""Places listed per item; the sum counts all of them."""


class StockStatus(StrEnum):
    """What to tell a shopper."""

    IN_STOCK = "IN_STOCK"
    LOW_STOCK = "LOW_STOCK"
    BACKORDER = "BACKORDER"
    OUT_OF_STOCK = "OUT_OF_STOCK"


@dataclass(frozen=True)
class Filter:
    """Which places count."""

    method: Capability | None = None
    near: Geo | None = None
    radius_km: float | None = None
    location_ids: frozenset[str] | None = None

    def distance(self, place: Location) -> float | None:
        """Kilometres from where the shopper is."""
        return distance_km(self.near, place.geo) if self.near else None

    def admits(self, place: Location, now: datetime) -> bool:
        """Whether the place is open, able, near enough and asked for."""
        if place.paused(now) or (self.method is not None and self.method not in place.capabilities):
            return False
        if self.location_ids is not None and place.location_id not in self.location_ids:
            return False
        distance = self.distance(place)
        return self.radius_km is None or distance is None or distance <= self.radius_km


@dataclass(frozen=True)
class AtPlace:
    """What one place can give."""

    location_id: str
    available: int
    distance_km: float | None


@dataclass(frozen=True)
class Availability:
    """What all places together can give; places with stock first, then nearest."""

    sku: str
    available: int
    status: StockStatus
    places: tuple[AtPlace, ...]


def availability_of(
    sku: str,
    positions: Iterable[Stock],
    places: Mapping[str, Location],
    wanted: Filter,
    *,
    backorderable: bool,
    now: datetime,
    own: Mapping[str, int] | None = None,
) -> Availability:
    """Sum up the admitted places. `own`: units per place that the asking owner holds itself, which do not block it."""
    second = int(now.timestamp())
    free: dict[str, int] = dict(own or {})
    there: set[str] = set()
    for stock in positions:  # of a hot position: its head and its cells
        location_id = place_of(stock.location_id)
        there.add(location_id)
        free[location_id] = free.get(location_id, 0) + stock.free + stock.lapsed(second) - stock.safety
    found = []
    for location_id in there:
        place = places.get(location_id)
        if place is not None and wanted.admits(place, now):
            found.append(AtPlace(location_id, max(0, free[location_id]), wanted.distance(place)))
    found.sort(key=lambda one: (one.available == 0, one.distance_km or 0.0, -one.available, one.location_id))
    total = sum(one.available for one in found)
    return Availability(sku, total, _status(total, backorderable=backorderable), tuple(found[:MAX_PLACES]))


def _status(available: int, *, backorderable: bool) -> StockStatus:
    if available > LOW_STOCK_UNITS:
        return StockStatus.IN_STOCK
    if available > 0:
        return StockStatus.LOW_STOCK
    return StockStatus.BACKORDER if backorderable else StockStatus.OUT_OF_STOCK
