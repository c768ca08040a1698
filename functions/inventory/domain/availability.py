"""What may be promised of an item, place by place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from functions.inventory.domain.places import Capability, Location
from functions.inventory.domain.selling import ItemFacts, Rules, Safety, Terms
from functions.inventory.domain.supply import Dated, Inbound, available_at, curve, summed
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


class LeftOut(StrEnum):
    """Why a place that has the item does not count."""

    PAUSED = "PAUSED"
    METHOD_OFF = "METHOD_OFF"
    NOT_IN_POOL = "NOT_IN_POOL"
    EXCLUDED = "EXCLUDED"
    NOT_ASKED = "NOT_ASKED"
    TOO_FAR = "TOO_FAR"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Filter:
    """For whom, and which places count."""

    channel: str | None = None
    method: Capability | None = None
    near: Geo | None = None
    radius_km: float | None = None
    location_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class AtPlace:
    """What one place can give: `free` units less the safety stock."""

    location_id: str
    available: int
    distance_km: float | None
    free: int
    safety: Safety

    @property
    def withheld(self) -> int:
        """Free units that the safety stock keeps back."""
        return min(self.safety.units, max(0, self.free))

    @property
    def shortage(self) -> int:
        """Promised units that are not there."""
        return max(0, -self.free)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Units that an order waits for, at any place or at one."""

    quantity: int
    channel: str
    location_id: str | None = None


@dataclass(frozen=True)
class Availability:
    """What the places together can give; those with stock first, then nearest. Of `in_pool`, the sum over all places
    that the channel sells from by this method, `threshold` and `unsourced` units are not offered."""

    sku: str
    available: int
    status: StockStatus
    places: tuple[AtPlace, ...]
    in_pool: int
    threshold: int
    unsourced: int
    expected_at: datetime | None = None
    """Where nothing is there: from when on something should be, as far as is known."""


@dataclass(frozen=True)
class Market:
    """The places and rules of one question, looked at once for all its items."""

    places: Mapping[str, Location]
    rules: Rules
    wanted: Filter
    now: datetime

    @cached_property
    def terms(self) -> Terms:
        """What the channel may promise by the method."""
        return self.rules.terms(channel=self.wanted.channel, method=self.wanted.method, now=self.now)

    @cached_property
    def pool(self) -> Mapping[str, Location]:
        """Places that the channel sells from by this method: open and able."""
        return {one: place for one, place in self.places.items() if self._out_of_pool(place) is None}

    @cached_property
    def distances(self) -> Mapping[str, float | None]:
        """Kilometres to those of them that were asked for and are near enough."""
        return {one: self._distance(place) for one, place in self.pool.items() if self._not_asked(place) is None}

    def left_out(self, item: ItemFacts, location_id: str) -> LeftOut | None:
        """Why the place does not count for the item; None where it does."""
        place = self.places.get(location_id)
        if place is None:
            return LeftOut.UNKNOWN
        excluded = LeftOut.EXCLUDED if self.terms.excluded_by(item, place) else None
        return self._out_of_pool(place) or excluded or self._not_asked(place)

    def unsourced(self, waiting: Iterable[Waiting]) -> int:
        """Units that orders wait for, as far as they could be sourced from this pool."""
        pool = self.terms.pool
        return sum(
            one.quantity
            for one in waiting
            if (self.rules.pool(one.channel).meets(pool) if one.location_id is None else pool.holds(one.location_id))
        )

    def _out_of_pool(self, place: Location) -> LeftOut | None:
        if place.paused(self.now):
            return LeftOut.PAUSED
        if self.wanted.method is not None and self.wanted.method not in place.capabilities:
            return LeftOut.METHOD_OFF
        return None if self.terms.pool.holds(place.location_id) else LeftOut.NOT_IN_POOL

    def _not_asked(self, place: Location) -> LeftOut | None:
        wanted = self.wanted
        if wanted.location_ids is not None and place.location_id not in wanted.location_ids:
            return LeftOut.NOT_ASKED
        distance = self._distance(place)
        near = wanted.radius_km is None or distance is None or distance <= wanted.radius_km
        return None if near else LeftOut.TOO_FAR

    def _distance(self, place: Location) -> float | None:
        return distance_km(self.wanted.near, place.geo) if self.wanted.near else None


def availability_of(
    item: ItemFacts,
    free: Mapping[str, int],
    market: Market,
    *,
    waiting: Iterable[Waiting] = (),
    inbound: Iterable[Inbound] = (),
) -> Availability:
    """Sum up the places that count. `free`: units by place, those that the asking owner holds itself among them;
    `inbound`: what places may expect."""
    terms, pool, distances = market.terms, market.pool, market.distances
    found, in_pool = [], 0
    for location_id, units in free.items():
        place = pool.get(location_id)
        if place is None or terms.excluded_by(item, place):
            continue
        safety = terms.safety(item, place)
        available = max(0, units - safety.units)
        in_pool += available
        if location_id in distances:
            found.append(AtPlace(location_id, available, distances[location_id], units, safety))
    found.sort(key=lambda one: (one.available == 0, one.distance_km or 0.0, -one.available, one.location_id))
    threshold, unsourced = terms.pool.threshold, market.unsourced(waiting)
    network = max(0, in_pool - unsourced - threshold)
    total = min(network, sum(one.available for one in found))
    status = _status(total, item)
    expected_at = None if total else _expected_at(item, free, market, inbound, owed=unsourced + threshold)
    return Availability(item.sku, total, status, tuple(found[:MAX_PLACES]), in_pool, threshold, unsourced, expected_at)


def _expected_at(
    item: ItemFacts, free: Mapping[str, int], market: Market, inbound: Iterable[Inbound], *, owed: int
) -> datetime | None:
    """From when on the places that count should have something to promise, beyond what the pool owes."""
    due: dict[str, list[Dated]] = defaultdict(list)
    for one in inbound:
        if one.due and one.location_id in market.pool:
            due[one.location_id].append((one.due, one.quantity))
    if not due:
        return None
    curves = {
        place: curve(free.get(place, 0), due.get(place, ()), safety=safety.units, now=market.now)
        for place in sorted({*free, *due} & market.pool.keys())
        if not market.terms.excluded_by(item, market.pool[place])
        for safety in (market.terms.safety(item, market.pool[place]),)
    }
    pool = summed(list(curves.values()), now=market.now)
    here = summed([steps for place, steps in curves.items() if place in market.distances], now=market.now)
    dates = sorted({step.at for step in (*pool, *here)})
    return next((at for at in dates if min(available_at(pool, at) - owed, available_at(here, at)) > 0), None)


def _status(available: int, item: ItemFacts) -> StockStatus:
    if available > LOW_STOCK_UNITS:
        return StockStatus.IN_STOCK
    if available > 0:
        return StockStatus.LOW_STOCK
    return StockStatus.BACKORDER if item.backorderable else StockStatus.OUT_OF_STOCK
