"""What may be promised of an item, place by place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from functions.inventory.domain.places import Capability, Location
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


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What of an item decides about promising it. `safety`: its own default, None where the places' defaults count."""

    sku: str
    category: str = ""
    backorderable: bool = False
    safety: int | None = None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True)
class Market:
    """The places of one question, looked at once for all its items."""

    places: Mapping[str, Location]
    wanted: Filter
    now: datetime

    @cached_property
    def distances(self) -> Mapping[str, float | None]:
        """Kilometres to each place that counts: open, able, near enough and asked for."""
        return {
            location_id: distance
            for location_id, place in self.places.items()
            if self._counts(place)
            for distance in (distance_km(self.wanted.near, place.geo) if self.wanted.near else None,)
            if self.wanted.radius_km is None or distance is None or distance <= self.wanted.radius_km
        }

    def _counts(self, place: Location) -> bool:
        wanted = self.wanted
        if place.paused(self.now) or (wanted.method is not None and wanted.method not in place.capabilities):
            return False
        return wanted.location_ids is None or place.location_id in wanted.location_ids


def availability_of(item: ItemFacts, free: Mapping[str, int], market: Market) -> Availability:
    """Sum up the places that count. `free`: units by place, those that the asking owner holds itself among them."""
    found = []
    distances = market.distances
    for location_id, units in free.items():
        if location_id not in distances:
            continue
        safety = safety_at(item, market.places[location_id])
        found.append(AtPlace(location_id, max(0, units - safety), distances[location_id]))
    found.sort(key=lambda one: (one.available == 0, one.distance_km or 0.0, -one.available, one.location_id))
    total = sum(one.available for one in found)
    return Availability(item.sku, total, _status(total, item), tuple(found[:MAX_PLACES]))


def safety_at(item: ItemFacts, place: Location) -> int:
    """The item's own default, else the place's."""
    return place.default_safety_stock if item.safety is None else item.safety


def _status(available: int, item: ItemFacts) -> StockStatus:
    if available > LOW_STOCK_UNITS:
        return StockStatus.IN_STOCK
    if available > 0:
        return StockStatus.LOW_STOCK
    return StockStatus.BACKORDER if item.backorderable else StockStatus.OUT_OF_STOCK
