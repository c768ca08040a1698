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


def distance_km(a: Geo, b: Geo) -> float:
    """Great-circle distance by the haversine formula (Sinnott 1984), in kilometres."""
    phi_a, phi_b = radians(a.lat), radians(b.lat)
    half = sin((phi_b - phi_a) / 2) ** 2 + cos(phi_a) * cos(phi_b) * sin(radians(b.lng - a.lng) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))
