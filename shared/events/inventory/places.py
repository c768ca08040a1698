"""What inventory tells of places, items, and who sells from where."""

from __future__ import annotations

from shared.events.base import Event, Fact
from shared.events.inventory.source import SOURCE


class GeoPoint(Fact):
    """WGS 84 degrees."""

    lat: float
    lng: float


class LocationChanged(Event):
    """A place is as described here from now on, paused or open; stock there is told by StockChanged only."""

    source = SOURCE
    detail_type = "LocationChanged.v1"

    location_id: str
    name: str
    kind: str
    country: str
    postal_code: str = ""
    geo: GeoPoint
    time_zone: str
    opening_hours: dict[str, list[tuple[str, str]]] | None = None
    capabilities: tuple[str, ...] = ()
    parcels_per_day: int | None = None
    cutoff: str | None = None
    handling_per_parcel: int = 0
    handling_per_unit: int = 0
    default_safety_stock: int = 0
    closed_dates: tuple[str, ...] = ()
    lead_time_minutes: int | None = None
    pickup_days: int | None = None
    paused: bool = False
    paused_reason: str = ""
    paused_until: str | None = None
    version: int


class ItemChanged(Event):
    """An item of the SKU master is as described here from now on."""

    source = SOURCE
    detail_type = "ItemChanged.v1"

    sku: str
    name: str
    weight_grams: int
    value: int | None = None
    margin: int | None = None
    currency: str | None = None
    category: str = ""
    backorderable: bool = False
    ships_from: tuple[str, ...] | None = None
    """The kinds of place that may ship it; None: any place that ships."""
    version: int


class PoolChanged(Event):
    """The places that a channel sells from, from now on (None: all). Orders that have their places keep them."""

    source = SOURCE
    detail_type = "PoolChanged.v1"

    channel: str
    location_ids: tuple[str, ...] | None = None
    version: int


class ExclusionChanged(Event):
    """Where all conditions that are given hold, the item is not offered, until the exclusion expires or is `gone`.
    Orders that have their places already keep them."""

    source = SOURCE
    detail_type = "ExclusionChanged.v1"

    exclusion_id: str
    sku: str | None = None
    category: str | None = None
    location_id: str | None = None
    location_kind: str | None = None
    method: str | None = None
    channel: str | None = None
    expires_at: str | None = None
    gone: bool = False
    version: int
