"""Places on the globe."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
"""Mean radius R1 of the IUGG."""


@dataclass(frozen=True, slots=True)
class Geo:
    """WGS 84 degrees."""

    lat: float
    lng: float


def postal_district(country: str, postal_code: str) -> str:
    """As much of a postal code as says about where it is: the outward code in Great Britain (the last three characters
    are the inward code), else three characters. Capital letters and digits, without spaces."""
    compact = postal_code.replace(" ", "").replace("-", "").upper()
    if country != "GB":
        return compact[:3]
    if " " in postal_code.strip():
        return postal_code.split()[0].upper()
    return compact[:-3] if len(compact) > 4 else compact


def distance_km(a: Geo, b: Geo) -> float:
    """Great-circle distance by the haversine formula (Sinnott 1984), in kilometres."""
    phi_a, phi_b = radians(a.lat), radians(b.lat)
    half = sin((phi_b - phi_a) / 2) ** 2 + cos(phi_a) * cos(phi_b) * sin(radians(b.lng - a.lng) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))
