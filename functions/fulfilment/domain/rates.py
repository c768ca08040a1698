"""The built-in rate card, in force until the retailer puts one: zones by distance, each kilogram on top."""

from __future__ import annotations

from functions.fulfilment.domain.rate_card import Rate, RateCard, Service, Step, Tariff, Zone, rate_of
from shared import built_in_rates
from shared.built_in_rates import LABELS, SERVICE_SURCHARGE
from shared.geo import Geo

ZONES = tuple(Zone(name, up_to_km) for name, up_to_km in built_in_rates.ZONES)
TRANSIT_DAYS = {"local": 2, "region": 2, "country": 3, "far": 4, "abroad": 6}


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
    zones=(*ZONES, Zone(built_in_rates.ABROAD, countries=())),
    services=tuple(_service(name, surcharge) for name, surcharge in SERVICE_SURCHARGE.items()),
    unknown_distance_zone=built_in_rates.UNKNOWN_DISTANCE_ZONE,
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
