"""The built-in rate card, in force until the retailer puts one: zones by distance, each kilogram on top."""

from __future__ import annotations

from functions.fulfilment.domain.rate_card import Rate, RateCard, Service, Step, Tariff, Zone, rate_of
from shared.geo import Geo

ZONES = (Zone("local", up_to_km=50), Zone("region", up_to_km=200), Zone("country", up_to_km=600), Zone("far"))
ABROAD = Zone("abroad", countries=())
LABELS = {"local": (320, 30), "region": (390, 45), "country": (460, 60), "far": (690, 90), "abroad": (1450, 250)}
"""Minor units: the label, and each kilogram."""
TRANSIT_DAYS = {"local": 2, "region": 2, "country": 3, "far": 4, "abroad": 6}
SERVICE_SURCHARGE = {"standard": 0, "express": 350}


def _service(name: str, surcharge: int) -> Service:
    express = name == "express"
    tariffs = (
        Tariff(zone, (Step(0, label + surcharge),), per_kg, 1 if express and zone != "abroad" else TRANSIT_DAYS[zone])
        for zone, (label, per_kg) in LABELS.items()
    )
    return Service(name, tuple(tariffs), guaranteed=express)


BUILT_IN = RateCard(
    card_id="built-in",
    version=1,
    currency="",
    zones=(*ZONES, ABROAD),
    services=tuple(_service(name, surcharge) for name, surcharge in SERVICE_SURCHARGE.items()),
    unknown_distance_zone="region",
)
"""Its amounts are minor units of whatever currency the network's handling costs are in."""


def rate(
    origin: Geo | None,
    origin_country: str,
    destination: Geo | None,
    destination_country: str | None,
    *,
    service: str,
) -> Rate:
    """What a label costs by the built-in card, which reaches everywhere."""
    found = rate_of(
        BUILT_IN, origin, origin_country, destination, destination_country or "", service=BUILT_IN.service(service)
    )
    assert found is not None, "the built-in card has a tariff for every zone"
    return found
