"""Fulfilment's own copy of the network, the items and the stock, as far as routing needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from functions.fulfilment.domain.calendar import Calendar
from functions.fulfilment.domain.departure import Departure
from functions.fulfilment.domain.profiles import Live
from functions.fulfilment.domain.rate_card import RateBook, RateCard
from functions.fulfilment.domain.rates import BUILT_IN
from functions.fulfilment.domain.routing.posted import PricePage
from functions.fulfilment.domain.selling import Selling
from shared.geo import Geo


@dataclass(frozen=True)
class Place:
    """A location as inventory described it last. `version` orders its descriptions."""

    location_id: str
    kind: str
    country: str
    version: int
    geo: Geo | None = None
    capabilities: tuple[str, ...] = ()
    parcels_per_day: int | None = None
    handling_per_parcel: int = 0
    handling_per_unit: int = 0
    paused: bool = False
    paused_until: datetime | None = None
    calendar: Calendar = field(default_factory=Calendar)
    cutoff: str | None = None
    lead_time_minutes: int | None = None
    pickup_days: int | None = None

    def open_at(self, moment: datetime) -> bool:
        """Not paused, or the pause has ended by then."""
        return not self.paused or (self.paused_until is not None and self.paused_until <= moment)

    def can(self, capability: str) -> bool:
        return capability in self.capabilities

    @cached_property
    def departures(self) -> list[tuple[datetime, tuple[Departure, ...]]]:
        """Where `departures.departures` remembers what it has found, and since when it has been so."""
        return []


@dataclass(frozen=True)
class Item:
    """A SKU as inventory described it last."""

    sku: str
    version: int
    weight_grams: int = 0
    backorderable: bool = False
    margin: int | None = None
    """Minor units that a sale earns, where it is known."""
    category: str = ""
    ships_from: tuple[str, ...] | None = None
    """The kinds of place that may ship it; None: any place that ships."""
    value: int = 0
    """Minor units that one is worth, by the item's own word."""


@dataclass(frozen=True)
class Position:
    """One position's counters (or a part of a hot one's) after `version` changes."""

    on_hand: int
    unavailable: int
    held: int
    allocated: int
    safety: int
    version: int

    @property
    def surplus(self) -> int:
        """What may be promised to anybody; below zero where more is promised already."""
        return self.on_hand - self.unavailable - self.held - self.allocated - self.safety

    @property
    def available(self) -> int:
        """What may be promised to anybody."""
        return max(0, self.surplus)


def row_name(location_id: str, part: int) -> str:
    """What a page calls a position, or a part of a hot one (`#` is in no identifier)."""
    return f"{location_id}#{part}" if part else location_id


def _other_safety(known: Position, told: Position) -> bool:
    """Whether the same state is told with the safety stock that counts for an order, as a refusal does."""
    return known.version == told.version and known.safety != told.safety


@dataclass(frozen=True)
class StockPage:
    """All positions of one SKU, by location, a hot one in parts (`row_name`). `version` counts this copy's changes,
    0: nothing is known."""

    sku: str
    version: int = 0
    as_of: datetime | None = None
    positions: dict[str, Position] = field(default_factory=dict)

    def merged(self, news: Iterable[tuple[str, Position]], *, at: datetime) -> StockPage:
        """With every position that is newer than the one known, or as new and told otherwise (a refusal tells the
        safety stock that counts for the order); the same page when none is."""
        newer = {
            location_id: position
            for location_id, position in news
            if location_id not in self.positions
            or self.positions[location_id].version < position.version
            or _other_safety(self.positions[location_id], position)
        }
        return replace(self, positions=self.positions | newer, as_of=at) if newer else self

    def next(self) -> StockPage:
        """As stored after this change."""
        return replace(self, version=self.version + 1)

    @property
    def available(self) -> int:
        """Units that may be promised anywhere."""
        return sum(self.by_place.values())

    @cached_property
    def by_place(self) -> dict[str, int]:
        """Units that may be promised at each place: the sum of its parts, never below zero."""
        sums: dict[str, int] = {}
        for name, position in self.positions.items():
            place = name.partition("#")[0]
            sums[place] = sums.get(place, 0) + position.surplus
        return {place: max(0, surplus) for place, surplus in sums.items()}


@dataclass(frozen=True)
class Copies:
    """What a plan is made from. Places by id; items and pages by SKU, absent when nothing is known of them. `book`: the
    rate cards. `taken`: parcels by location and local day, of those that have been looked up.
    `profiles`: the versions that decide, or would."""

    places: dict[str, Place]
    items: dict[str, Item]
    pages: dict[str, StockPage]
    selling: Selling = field(default_factory=Selling)
    book: RateBook = field(default_factory=RateBook)
    taken: Mapping[tuple[str, str], int] = field(default_factory=dict)
    prices: dict[str, PricePage] = field(default_factory=dict)
    failing: dict[str, float] = field(default_factory=dict)
    """By place, the chance that a unit is not found when it is to be picked; absent where no pick was seen."""
    profiles: tuple[Live, ...] = ()
    terms: str = ""
    """Changes whenever pools, exclusions, profiles or rate cards do."""
    promised: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Units by SKU and place that somebody before this order in the queue has asked for."""

    def only(self, places: dict[str, Place]) -> Copies:
        """The same, of these places."""
        return replace(self, places=places)

    def card(self, at: datetime) -> RateCard:
        """The rates in force."""
        return self.book.in_force(at) or BUILT_IN

    def available(self, sku: str, location_id: str) -> int:
        page = self.pages.get(sku)
        units = page.by_place.get(location_id, 0) if page else 0
        return max(0, units - self.promised.get((sku, location_id), 0)) if self.promised else units

    def price(self, sku: str, location_id: str, units: int, *, at: datetime) -> int:
        """What a unit is worth (minor units) where it lies with so many that may be promised; 0 without prices."""
        page, item = self.prices.get(sku), self.items.get(sku)
        return page.price(location_id, units, margin=item.margin if item else None, now=at) if page else 0

    def price_version(self, skus: Iterable[str]) -> int:
        """The newest run of the price job that a plan for these SKUs knows of; 0: none."""
        return max((page.version for sku in skus if (page := self.prices.get(sku))), default=0)

    def unknown_places(self, sku: str) -> tuple[str, ...]:
        """Places that have the SKU to give, and that nothing else is known of yet (their description is on its way)."""
        page = self.pages.get(sku)
        available = page.by_place if page else {}
        return tuple(
            location_id
            for location_id, quantity in sorted(available.items())
            if quantity and location_id not in self.places
        )

    def seen(self, sku: str) -> int:
        """Grows whenever more is known of the SKU: the sum of its copies' versions."""
        item, page = self.items.get(sku), self.pages.get(sku)
        return (item.version if item else 0) + (page.version if page else 0)
