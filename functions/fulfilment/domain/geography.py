"""Where a postal district lies: by the file that the retailer loaded, else roughly by the built-in table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.geo import Geo

AREA_CHARACTERS = 2
"""Districts that begin alike are kept together: a few hundred at most."""


@dataclass(frozen=True)
class Area:
    """The districts of a country that begin with the same characters, each with its point; and whose data these are."""

    country: str
    area: str
    districts: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    source: str = ""
    licence: str = ""
    version: int = 0

    def point(self, district: str) -> Geo | None:
        found = self.districts.get(district)
        return Geo(*found) if found else None


def area_of(district: str) -> str:
    """The area that a district is kept in."""
    return district[:AREA_CHARACTERS]


def built_in(country: str, district: str) -> Geo | None:
    """About where the district lies; None where nothing is built in."""
    if country != "GB":
        return None
    from functions.fulfilment.domain.gb_areas import AREAS  # only where no file was loaded: not in every cold start

    letters = "".join(one for one in district[:2] if one.isalpha())
    found = AREAS.get(letters)
    return Geo(*found) if found else None
