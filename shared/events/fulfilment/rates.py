"""What fulfilment tells of what parcels cost the retailer."""

from __future__ import annotations

from shared.events.base import Event, Fact
from shared.events.fulfilment.source import SOURCE


class RateZone(Fact):
    """Destinations that cost the same: at home up to a distance (None: any), or abroad in `countries` (empty: all)."""

    zone: str
    up_to_km: float | None = None
    countries: tuple[str, ...] | None = None


class RateStep(Fact):
    """A parcel of up to this weight costs `amount` minor units."""

    up_to_grams: int
    amount: int


class RateTariff(Fact):
    """One zone of a service: steps by weight, then `per_kg` on what is above the last one."""

    zone: str
    steps: tuple[RateStep, ...]
    per_kg: int = 0


class RateService(Fact):
    """A delivery service, and what it costs by zone."""

    service: str
    tariffs: tuple[RateTariff, ...]


class RateCardPut(Event):
    """What parcels cost the retailer for plans made from `effective_from` on, until a later card's time comes."""

    source = SOURCE
    detail_type = "RateCardPut.v1"

    card_id: str
    version: int
    currency: str
    effective_from: str
    zones: tuple[RateZone, ...]
    services: tuple[RateService, ...]
    unknown_distance_zone: str | None = None
