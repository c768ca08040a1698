"""HTTP models of places and items."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from functions.inventory.domain import places
from functions.inventory.domain.shards import MAX_SHARDS
from shared.errors import InvalidField
from shared.schemas import (
    Count,
    Country,
    GeoSchema,
    MoneySchema,
    OptionalText,
    Schema,
    Text,
    UtcTime,
)

LocalTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
ClosingTime = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
LocalDate = Annotated[date, Field(strict=False)]
MAX_CLOSED_DATES = 400
MAX_LEAD_TIME_MINUTES = 20_160
MAX_PICKUP_DAYS = 60
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class LocationAddress(Schema):
    """Where a place is."""

    line1: Text
    city: Text
    region: OptionalText = ""
    postal_code: Annotated[str, StringConstraints(max_length=16, strip_whitespace=True)] = ""
    country: Country


class Handling(Schema):
    """What work at a place costs."""

    per_parcel: MoneySchema | None = None
    per_unit: MoneySchema | None = None


class LocationBody(Schema):
    """A place that holds stock."""

    name: Text
    kind: places.LocationKind
    address: LocationAddress
    geo: GeoSchema
    time_zone: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    opening_hours: dict[Weekday, Annotated[list[tuple[LocalTime, ClosingTime]], Field(max_length=6)]] | None = None
    capabilities: Annotated[list[places.Capability], Field(max_length=4)]
    parcels_per_day: Count | None = None
    cutoff: LocalTime | None = None
    handling: Handling | None = None
    default_safety_stock: Count = 0
    closed_dates: Annotated[list[LocalDate], Field(max_length=MAX_CLOSED_DATES)] = Field(default_factory=list)
    lead_time_minutes: Annotated[int, Field(ge=0, le=MAX_LEAD_TIME_MINUTES)] | None = None
    pickup_days: Annotated[int, Field(ge=1, le=MAX_PICKUP_DAYS)] | None = None

    def to_location(self, location_id: str) -> places.Location:
        """The place that the body describes."""
        handling = self.handling or Handling()
        hours = self.opening_hours
        return places.Location(
            location_id=location_id,
            name=self.name,
            kind=self.kind,
            address=places.Address(**self.address.model_dump()),
            geo=self.geo.to_geo(),
            time_zone=self.time_zone,
            opening_hours=None if hours is None else {day: tuple(spans) for day, spans in hours.items()},
            capabilities=tuple(dict.fromkeys(self.capabilities)),
            parcels_per_day=self.parcels_per_day,
            cutoff=self.cutoff,
            handling_per_parcel=handling.per_parcel.to_money() if handling.per_parcel else None,
            handling_per_unit=handling.per_unit.to_money() if handling.per_unit else None,
            default_safety_stock=self.default_safety_stock,
            closed_dates=tuple(sorted({day.isoformat() for day in self.closed_dates})),
            lead_time_minutes=self.lead_time_minutes,
            pickup_days=self.pickup_days,
        )


class PauseBody(Schema):
    """Why a place takes no work, and until when."""

    reason: Text
    until: UtcTime | None = None


class PauseView(Schema):
    """A pause under way."""

    reason: str
    since: UtcTime
    until: UtcTime | None = None


class LocationView(LocationBody):
    """A place, open or paused."""

    location_id: str
    status: Literal["open", "paused"]
    pause: PauseView | None = None
    version: int

    @classmethod
    def of(cls, location: places.Location, now: datetime) -> LocationView:
        """The place as it is now."""
        paused = location.paused(now)
        hours = location.opening_hours
        return cls.model_construct(
            location_id=location.location_id,
            name=location.name,
            kind=location.kind,
            address=LocationAddress.model_construct(**vars(location.address)),
            geo=GeoSchema.model_construct(lat=location.geo.lat, lng=location.geo.lng),
            time_zone=location.time_zone,
            opening_hours=None
            if hours is None
            else {day: list(hours[day]) for day in get_args(Weekday) if day in hours},
            capabilities=list(location.capabilities),
            parcels_per_day=location.parcels_per_day,
            cutoff=location.cutoff,
            handling=_handling(location),
            default_safety_stock=location.default_safety_stock,
            closed_dates=[date.fromisoformat(day) for day in location.closed_dates],
            lead_time_minutes=location.lead_time_minutes,
            pickup_days=location.pickup_days,
            status="paused" if paused else "open",
            pause=PauseView.model_construct(**vars(location.pause)) if paused and location.pause else None,
            version=location.version,
        )


def _handling(location: places.Location) -> Handling | None:
    parcel, unit = location.handling_per_parcel, location.handling_per_unit
    if parcel is None and unit is None:
        return None
    return Handling.model_construct(
        per_parcel=MoneySchema.of(parcel) if parcel else None, per_unit=MoneySchema.of(unit) if unit else None
    )


class LocationPageView(Schema):
    """A page of the places, by id."""

    items: list[LocationView]
    next_cursor: str | None = None


class ItemBody(Schema):
    """An item of the SKU master."""

    name: Text
    gtin: Annotated[str, StringConstraints(max_length=14)] | None = None
    weight_grams: Annotated[int, Field(ge=0, le=10_000_000)]
    value: MoneySchema | None = None
    margin: MoneySchema | None = None
    category: OptionalText = ""
    backorderable: bool = False
    default_safety_stock: Count | None = None
    shards: Annotated[int, Field(ge=1, le=MAX_SHARDS)] | None = None
    ships_from: Annotated[list[places.LocationKind], Field(max_length=3)] | None = None
    """The kinds of place that may ship it (empty: it is never shipped); null: any place that ships."""

    def to_item(self, sku: str) -> places.Item:
        """The item that the body describes. Raises InvalidField for two currencies."""
        if self.value and self.margin and self.value.currency != self.margin.currency:
            raise InvalidField("/margin/currency", "value and margin take one currency")
        return places.Item(
            sku=sku,
            name=self.name,
            weight_grams=self.weight_grams,
            gtin=self.gtin,
            value=self.value.to_money() if self.value else None,
            margin=self.margin.to_money() if self.margin else None,
            category=self.category,
            backorderable=self.backorderable,
            ships_from=None if self.ships_from is None else tuple(sorted(set(self.ships_from))),
            default_safety_stock=self.default_safety_stock,
            shards=self.shards,
        )


class ItemView(ItemBody):
    """An item as stored."""

    sku: str
    version: int

    @classmethod
    def of(cls, item: places.Item) -> ItemView:
        """The item as it is now."""
        return cls.model_construct(
            sku=item.sku,
            name=item.name,
            gtin=item.gtin,
            weight_grams=item.weight_grams,
            value=MoneySchema.of(item.value) if item.value else None,
            margin=MoneySchema.of(item.margin) if item.margin else None,
            category=item.category,
            backorderable=item.backorderable,
            ships_from=None if item.ships_from is None else list(item.ships_from),
            default_safety_stock=item.default_safety_stock,
            version=item.version,
        )
