"""The rate card: what a parcel costs by zone, service and weight (minor units). Later issues load cards of carriers."""

from __future__ import annotations

from dataclasses import dataclass

from shared.geo import Geo, distance_km


@dataclass(frozen=True, slots=True)
class Zone:
    """Up to this distance a label costs `label`, and each kilogram `per_kg` on top."""

    up_to_km: float
    label: int
    per_kg: int


ZONES = (
    Zone(up_to_km=50, label=320, per_kg=30),
    Zone(up_to_km=200, label=390, per_kg=45),
    Zone(up_to_km=600, label=460, per_kg=60),
    Zone(up_to_km=float("inf"), label=690, per_kg=90),
)
UNKNOWN_DISTANCE = ZONES[1]
"""Without a point on the globe: a middle zone, the same for every place."""
ABROAD = Zone(up_to_km=float("inf"), label=1450, per_kg=250)
SERVICE_SURCHARGE = {"standard": 0, "express": 350}
OTHER_SERVICE_SURCHARGE = 200


@dataclass(frozen=True, slots=True)
class Rate:
    """A parcel from one place to one destination. `distance_km` is None where either point is unknown."""

    label: int
    per_kg: int
    distance_km: float | None


def rate(
    origin: Geo | None,
    origin_country: str,
    destination: Geo | None,
    destination_country: str | None,
    *,
    service: str,
) -> Rate:
    """What a label costs; the zone follows from the distance as the crow flies."""
    surcharge = SERVICE_SURCHARGE.get(service, OTHER_SERVICE_SURCHARGE)
    distance = distance_km(origin, destination) if origin and destination else None
    if destination_country and origin_country and destination_country != origin_country:
        zone = ABROAD
    elif distance is None:
        zone = UNKNOWN_DISTANCE
    else:
        zone = next(zone for zone in ZONES if distance <= zone.up_to_km)
    return Rate(zone.label + surcharge, zone.per_kg, None if distance is None else round(distance, 1))
