"""HTTP models of availability."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from functions.inventory.domain import availability, places
from functions.inventory.service.availability import Answered
from shared.errors import InvalidField
from shared.schemas import (
    GeoSchema,
    Identifier,
    Schema,
    UtcTime,
)

MAX_SKUS = 1000
HALF_EARTH_KM = 20_038


class AvailabilityBody(Schema):
    """Which items, for whom and where."""

    skus: Annotated[list[Identifier], Field(min_length=1, max_length=MAX_SKUS)]
    channel: Identifier | None = None
    method: Literal["ship", "pickup", "curbside"] | None = None
    near: GeoSchema | None = None
    radius_km: Annotated[float, Field(gt=0, le=HALF_EARTH_KM, strict=False)] | None = None
    location_ids: Annotated[list[Identifier], Field(min_length=1, max_length=1000)] | None = None
    owner: Identifier | None = None

    def to_filter(self) -> availability.Filter:
        """The places that count. Raises InvalidField for a radius around nothing."""
        if self.radius_km is not None and self.near is None:
            raise InvalidField("/near", "a radius needs a centre")
        return availability.Filter(
            method=places.Capability(self.method) if self.method else None,
            near=self.near.to_geo() if self.near else None,
            radius_km=self.radius_km,
            location_ids=frozenset(self.location_ids) if self.location_ids is not None else None,
        )


class AtPlaceView(Schema):
    """What one place can give."""

    location_id: str
    available: int
    distance_km: float | None = None


class AvailabilityItem(Schema):
    """What can be promised of one item; at most 50 places are listed, all are summed."""

    sku: str
    available: int
    status: availability.StockStatus
    locations: list[AtPlaceView]

    @classmethod
    def of(cls, found: availability.Availability) -> AvailabilityItem:
        """The item's answer."""
        at_places = [
            AtPlaceView.model_construct(
                location_id=one.location_id,
                available=one.available,
                distance_km=None if one.distance_km is None else round(one.distance_km, 1),
            )
            for one in found.places
        ]
        return cls.model_construct(sku=found.sku, available=found.available, status=found.status, locations=at_places)


class AvailabilityView(Schema):
    """What can be promised. `staleness_seconds`: how late the pages behind the answer were when last written."""

    items: list[AvailabilityItem]
    as_of: UtcTime
    staleness_seconds: int

    @classmethod
    def of(cls, answered: Answered) -> AvailabilityView:
        """The answer as JSON."""
        return cls.model_construct(
            items=[AvailabilityItem.of(one) for one in answered.items],
            as_of=answered.as_of,
            staleness_seconds=answered.staleness_seconds,
        )
