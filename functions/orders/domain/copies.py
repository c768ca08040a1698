"""Stock, places and items as others told the book of them last: what it quotes and judges by, behind the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.geo import Geo


@dataclass(frozen=True)
class Item:
    """A SKU as inventory described it last."""

    sku: str
    version: int
    weight_grams: int = 0
    category: str = ""
    backorderable: bool = False


@dataclass(frozen=True)
class Place:
    """A location as inventory described it last; handling in minor units."""

    location_id: str
    version: int
    country: str
    geo: Geo | None = None
    capabilities: tuple[str, ...] = ()
    handling_per_parcel: int = 0
    handling_per_unit: int = 0
    paused: bool = False
    paused_until: datetime | None = None

    def does(self, capability: str, at: datetime) -> bool:
        """Whether it does this, and is open by then."""
        is_open = not self.paused or (self.paused_until is not None and self.paused_until <= at)
        return is_open and capability in self.capabilities


@dataclass(frozen=True)
class Position:
    """Units of one SKU at one place (or of one part of a hot position) that may be promised, below zero where more is
    promised than there is; as of `at`, after `version` changes."""

    sku: str
    location_id: str
    part: int
    surplus: int
    at: datetime
    version: int


@dataclass(frozen=True)
class Copies:
    """What a quote is made from: items and places by id, absent when nothing is known of them; positions by SKU."""

    items: Mapping[str, Item] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    positions: Mapping[str, tuple[Position, ...]] = field(default_factory=dict)

    def by_place(self, sku: str) -> dict[str, int]:
        """Units that may be promised at each place: the sum of its parts, never below zero."""
        sums: defaultdict[str, int] = defaultdict(int)
        for one in self.positions.get(sku, ()):
            sums[one.location_id] += one.surplus
        return {location_id: max(0, surplus) for location_id, surplus in sums.items()}

    def as_of(self, skus: Iterable[str]) -> datetime | None:
        """Of the newest news about these SKUs; None where nothing was ever told."""
        return max((one.at for sku in skus for one in self.positions.get(sku, ())), default=None)
