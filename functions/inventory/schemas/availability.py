"""HTTP models of availability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from functions.inventory.domain import availability, places
from functions.inventory.service.availability import Answered
from shared.clock import rfc3339
from shared.errors import InvalidField
from shared.schemas import (
    GeoSchema,
    Identifier,
    Schema,
    UtcTime,
)

MAX_SKUS = 1000
MAX_EXPLAINED = 50
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
    explain: bool = False

    def to_filter(self, own_channel: str | None) -> availability.Filter:
        """For whom, and which places count; a channel's token asks for that channel. Raises InvalidField for a radius
        around nothing, or more items than can be explained."""
        if self.explain and len(self.skus) > MAX_EXPLAINED:
            raise InvalidField("/skus", f"at most {MAX_EXPLAINED} items are explained at once")
        if self.radius_km is not None and self.near is None:
            raise InvalidField("/near", "a radius needs a centre")
        return availability.Filter(
            channel=own_channel or self.channel,
            method=places.Capability(self.method) if self.method else None,
            near=self.near.to_geo() if self.near else None,
            radius_km=self.radius_km,
            location_ids=frozenset(self.location_ids) if self.location_ids is not None else None,
        )


class SafetyTerm(Schema):
    """The safety stock that counts, and what says so: the rule that won, or a default."""

    units: int
    rule_id: str | None = None
    default_of: Literal["item", "location"] | None = None


class PlaceTerms(Schema):
    """Why a place can give what it can: available = max(0, free - safety)."""

    free: int
    safety: SafetyTerm
    withheld: int
    shortage: int

    @classmethod
    def of(cls, at: availability.AtPlace) -> PlaceTerms:
        """The place's terms."""
        safety = SafetyTerm.model_construct(
            units=at.safety.units, rule_id=at.safety.rule_id, default_of=at.safety.default_of
        )
        return cls.model_construct(free=at.free, safety=safety, withheld=at.withheld, shortage=at.shortage)


class AtPlaceView(Schema):
    """What one place can give."""

    location_id: str
    available: int
    distance_km: float | None = None
    explained: PlaceTerms | None = None


class LeftOutView(Schema):
    """A place that has the item and does not count."""

    location_id: str
    reason: availability.LeftOut


class NetworkTerms(Schema):
    """Why all places together can give what they can: max(0, in_pool - unsourced - threshold), or less where fewer
    places were asked for. `unsourced`: units that orders wait for already."""

    in_pool: int
    unsourced: int
    threshold: int
    left_out: list[LeftOutView]

    @classmethod
    def of(cls, found: availability.Availability, left_out: Mapping[str, availability.LeftOut]) -> NetworkTerms:
        """The item's terms."""
        reasons = [
            LeftOutView.model_construct(location_id=location_id, reason=reason)
            for location_id, reason in sorted(left_out.items())
        ]
        return cls.model_construct(
            in_pool=found.in_pool, unsourced=found.unsourced, threshold=found.threshold, left_out=reasons
        )


class AvailabilityItem(Schema):
    """What can be promised of one item; at most 50 places are listed, all are summed."""

    sku: str
    available: int
    status: availability.StockStatus
    locations: list[AtPlaceView]
    explained: NetworkTerms | None = None
    expected_at: UtcTime | None = None
    """Where nothing is there: when dated supply (purchase orders, transfers) should bring something to promise."""

    @classmethod
    def of(
        cls, found: availability.Availability, left_out: Mapping[str, availability.LeftOut] | None
    ) -> AvailabilityItem:
        """The item's answer; explained where it is known what was left out."""
        at_places = [
            AtPlaceView.model_construct(
                location_id=one.location_id,
                available=one.available,
                distance_km=None if one.distance_km is None else round(one.distance_km, 1),
                explained=None if left_out is None else PlaceTerms.of(one),
            )
            for one in found.places
        ]
        return cls.model_construct(
            sku=found.sku,
            available=found.available,
            status=found.status,
            locations=at_places,
            explained=None if left_out is None else NetworkTerms.of(found, left_out),
            expected_at=found.expected_at,
        )


class AvailabilityView(Schema):
    """What can be promised. `staleness_seconds`: how late the pages behind the answer were when last written."""

    items: list[AvailabilityItem]
    as_of: UtcTime
    staleness_seconds: int

    @classmethod
    def of(cls, answered: Answered) -> AvailabilityView:
        """The answer as JSON."""
        return cls.model_construct(
            items=[AvailabilityItem.of(one, answered.left_out.get(one.sku)) for one in answered.items],
            as_of=answered.as_of,
            staleness_seconds=answered.staleness_seconds,
        )


def plain(answered: Answered) -> dict[str, Any]:
    """The JSON of an `AvailabilityView` that explains nothing: of a thousand items, models are a sixth of the work."""
    return {
        "items": [_plain_item(one) for one in answered.items],
        "as_of": rfc3339(answered.as_of),
        "staleness_seconds": answered.staleness_seconds,
    }


def _plain_item(found: availability.Availability) -> dict[str, Any]:
    return {
        "sku": found.sku,
        "available": found.available,
        "status": found.status.value,
        "locations": [
            {
                "location_id": one.location_id,
                "available": one.available,
                "distance_km": None if one.distance_km is None else round(one.distance_km, 1),
                "explained": None,
            }
            for one in found.places
        ],
        "explained": None,
        "expected_at": rfc3339(found.expected_at) if found.expected_at else None,
    }
