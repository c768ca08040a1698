"""Stock, places and items as others told the book of them last: what it quotes and judges by, behind the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared import built_in_rates
from shared.geo import Geo, distance_km


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
class Tariff:
    """What a parcel costs in one zone: steps of (grams, amount), then `per_kg` on what is above the last one."""

    steps: tuple[tuple[int, int], ...]
    per_kg: int = 0

    def amount(self, weight_grams: int) -> int:
        """Minor units, rounded half up."""
        for up_to, amount in self.steps:
            if weight_grams <= up_to:
                return amount
        last, amount = self.steps[-1]
        return amount + (self.per_kg * (weight_grams - last) + 500) // 1000


@dataclass(frozen=True)
class Zone:
    """At home up to a distance (None: any), or abroad in `countries` (empty: all)."""

    name: str
    up_to_km: float | None = None
    countries: tuple[str, ...] | None = None


@dataclass(frozen=True)
class RateCard:
    """One version of fulfilment's rates, in force from `effective_from` on. `tariffs` by service, then zone.

    Without a currency its amounts are minor units of any.
    """

    card_id: str
    version: int
    currency: str
    effective_from: datetime
    zones: tuple[Zone, ...]
    tariffs: dict[str, dict[str, Tariff]]
    unknown_distance_zone: str | None = None

    def tariff(self, service: str, origin: Place, country: str, geo: Geo | None) -> Tariff | None:
        """What a parcel from there costs; the first service for one that the card does not have, None where it does not
        reach."""
        zone = self._zone(origin, country, geo)
        offered = self.tariffs.get(service) or next(iter(self.tariffs.values()), {})
        return offered.get(zone) if zone else None

    def _zone(self, origin: Place, country: str, geo: Geo | None) -> str | None:
        if country != origin.country:
            abroad = [one for one in self.zones if one.countries is not None]
            named = [one for one in abroad if country in (one.countries or ())]
            return next((one.name for one in (*named, *(one for one in abroad if not one.countries))), None)
        home = [one for one in self.zones if one.countries is None]
        if origin.geo is None or geo is None:
            return self.unknown_distance_zone or (home[-1].name if home else None)
        distance = distance_km(origin.geo, geo)
        return next((one.name for one in home if one.up_to_km is None or distance <= one.up_to_km), None)


BUILT_IN = RateCard(
    card_id="built-in",
    version=1,
    currency="",
    effective_from=datetime.min.replace(tzinfo=UTC),
    zones=(*(Zone(*one) for one in built_in_rates.ZONES), Zone(built_in_rates.ABROAD, countries=())),
    tariffs={
        service: {
            zone: Tariff(((0, label + surcharge),), per_kg) for zone, (label, per_kg) in built_in_rates.LABELS.items()
        }
        for service, surcharge in built_in_rates.SERVICE_SURCHARGE.items()
    },
    unknown_distance_zone=built_in_rates.UNKNOWN_DISTANCE_ZONE,
)
"""Until another is in force, as for fulfilment's plans."""


@dataclass(frozen=True)
class Pool:
    """The places that a channel sells from (None: all), as inventory told them last."""

    channel: str
    version: int
    location_ids: frozenset[str] | None = None


@dataclass(frozen=True)
class Copies:
    """What a quote is made from: items and places by id, absent when nothing is known of them; positions by SKU.

    `pool`: the places that the order's channel sells from; None: all.
    """

    items: Mapping[str, Item] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    positions: Mapping[str, tuple[Position, ...]] = field(default_factory=dict)
    cards: tuple[RateCard, ...] = ()
    pool: frozenset[str] | None = None

    def card(self, at: datetime) -> RateCard:
        """The rates in force by then: the built-in ones as long as no others were told."""
        begun = [one for one in self.cards if one.effective_from <= at]
        return max(begun, key=lambda one: (one.effective_from, one.version), default=BUILT_IN)

    def selling(self, location_id: str) -> Place | None:
        """The place, if anything is known of it and the channel sells from it."""
        return self.places.get(location_id) if self.pool is None or location_id in self.pool else None

    def by_place(self, sku: str) -> dict[str, int]:
        """Units that may be promised at each place: the sum of its parts, never below zero."""
        sums: defaultdict[str, int] = defaultdict(int)
        for one in self.positions.get(sku, ()):
            sums[one.location_id] += one.surplus
        return {location_id: max(0, surplus) for location_id, surplus in sums.items()}

    def as_of(self, skus: Iterable[str]) -> datetime | None:
        """Of the newest news about these SKUs; None where nothing was ever told."""
        return max((one.at for sku in skus for one in self.positions.get(sku, ())), default=None)
