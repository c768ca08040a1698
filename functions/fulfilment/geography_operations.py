"""The HTTP operations of geography, and their models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from functions.fulfilment import wiring
from functions.fulfilment.domain.geography import Area, area_of
from shared.errors import InvalidField
from shared.http import Answer, Api, Call
from shared.schemas import GeoSchema, Schema, Text

MAX_DISTRICTS = 2000
DECIMALS = 4
"""About ten metres: a district is larger."""

District = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,10}$")]


class AreaBody(Schema):
    """The postal districts that begin with the area's characters, each with its middle; whose data they are."""

    source: Text
    licence: Text
    districts: Annotated[dict[District, GeoSchema], Field(min_length=1, max_length=MAX_DISTRICTS)]

    def to_area(self, country: str, area: str) -> Area:
        """Raises InvalidField for a country or an area that is none, and for a district of another area."""
        if not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
            raise InvalidField("/country", "a country has two capital letters (ISO 3166-1)")
        if not (area.isascii() and area.isalnum() and area == area.upper() and area == area_of(area)):
            raise InvalidField("/area", "an area is named by the first two characters of its districts")
        for district in self.districts:
            if area_of(district) != area:
                raise InvalidField(f"/districts/{district}", f"this district does not begin with {area}")
        points = {
            name: (round(geo.lat, DECIMALS), round(geo.lng, DECIMALS)) for name, geo in sorted(self.districts.items())
        }
        return Area(country, area, points, self.source, self.licence)


class AreaView(AreaBody):
    """An area as loaded."""

    country: str
    area: str

    @classmethod
    def of(cls, area: Area) -> AreaView:
        return cls(
            country=area.country,
            area=area.area,
            source=area.source,
            licence=area.licence,
            districts={name: GeoSchema(lat=lat, lng=lng) for name, (lat, lng) in area.districts.items()},
        )


def bind(api: Api) -> None:
    """Bind every operation."""

    @api.operation("put_geography", body=AreaBody, answers={200: AreaView})
    def put_geography(call: Call[AreaBody, None]) -> Answer:
        """Load an area: what was loaded for it before is replaced."""
        area = call.body.to_area(call.path["country"], call.path["area"])
        return Answer(200, AreaView.of(wiring.geography().put(area, cause=call.cause)))

    @api.operation("get_geography", answers={200: AreaView})
    def get_geography(call: Call[None, None]) -> Answer:
        """An area as loaded, and whose data it is."""
        return Answer(200, AreaView.of(wiring.geography().get(call.path["country"], call.path["area"])))
