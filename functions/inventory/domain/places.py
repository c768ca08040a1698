"""Places and items: what the network and the SKU master say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.errors import InvalidField, NotFound
from shared.geo import Geo
from shared.money import Money

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Hours = Mapping[str, tuple[tuple[str, str], ...]]
"""Per weekday the spans in which the place is open, `HH:MM` local time."""


class LocationNotFound(NotFound):
    """There is no such place."""

    code = "location_not_found"


class ItemNotFound(NotFound):
    """There is no such item."""

    code = "item_not_found"


class LocationKind(StrEnum):
    """What a place is."""

    DC = "dc"
    STORE = "store"
    SUPPLIER = "supplier"


class Capability(StrEnum):
    """What a place can do for a shopper."""

    SHIP = "ship"
    PICKUP = "pickup"
    CURBSIDE = "curbside"
    RETURNS = "returns"


@dataclass(frozen=True)
class Address:
    """Where a place is."""

    line1: str
    city: str
    region: str
    postal_code: str
    country: str


@dataclass(frozen=True)
class Pause:
    """Why a place takes no work, and until when (None: until somebody resumes it)."""

    reason: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Location:
    """A place that holds stock."""

    location_id: str
    name: str
    kind: LocationKind
    address: Address
    geo: Geo
    time_zone: str
    opening_hours: Hours | None = None
    capabilities: tuple[Capability, ...] = ()
    parcels_per_day: int | None = None
    cutoff: str | None = None
    handling_per_parcel: Money | None = None
    handling_per_unit: Money | None = None
    default_safety_stock: int = 0
    closed_dates: tuple[str, ...] = ()
    """Local dates on which it stays closed, `YYYY-MM-DD`."""
    lead_time_minutes: int | None = None
    """Open minutes until a collection is ready there (None: fulfilment's default)."""
    pickup_days: int | None = None
    """Open days that a collection waits there (None: fulfilment's default)."""
    pause: Pause | None = None
    version: int = 0

    def paused(self, now: datetime) -> bool:
        """Whether the place takes no new work now; a pause with an end lifts itself."""
        return self.pause is not None and (self.pause.until is None or now < self.pause.until)

    def can(self, capability: Capability, now: datetime) -> bool:
        """Whether the place is open for work and able."""
        return capability in self.capabilities and not self.paused(now)


@dataclass(frozen=True)
class Item:
    """An item of the SKU master."""

    sku: str
    name: str
    weight_grams: int
    gtin: str | None = None
    value: Money | None = None
    margin: Money | None = None
    category: str = ""
    backorderable: bool = False
    default_safety_stock: int | None = None
    shards: int | None = None
    """Over how many cells each of its positions is spread (see `domain.shards`); None: as hot as it runs."""
    ships_from: tuple[LocationKind, ...] | None = None
    """The kinds of place that may ship it (none: it is never shipped); None: any place that ships."""
    version: int = 0


def safety_of(item: Item | None, location: Location | None) -> int:
    """The safety stock of a position: the item's own default, else the place's."""
    if item is not None and item.default_safety_stock is not None:
        return item.default_safety_stock
    return location.default_safety_stock if location is not None else 0


def paused(location: Location, *, reason: str, at: datetime, until: datetime | None) -> Location:
    """The place takes no new work. Raises InvalidField for an end that has passed."""
    if until is not None and until <= at:
        raise InvalidField("/until", "lies in the past")
    if location.paused(at) and location.pause and (location.pause.reason, location.pause.until) == (reason, until):
        return location
    return replace(location, pause=Pause(reason, at, until))


def resumed(location: Location) -> Location:
    """The place works again."""
    return replace(location, pause=None)


def check_time_zone(name: str) -> None:
    """Raises InvalidField unless it is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidField("/time_zone", "not a time zone of the IANA database, such as Europe/London") from error


def check_hours(hours: Hours) -> None:
    """Raises InvalidField for an unknown day, a span that does not end after it begins, or overlapping spans."""
    for day, spans in hours.items():
        if day not in DAYS:
            raise InvalidField(f"/opening_hours/{day}", f"days are {', '.join(DAYS)}")
        end = ""
        for index, (opens, closes) in enumerate(spans):
            if not opens < closes or opens < end:
                raise InvalidField(f"/opening_hours/{day}/{index}", "spans end after they begin, and do not overlap")
            end = closes


def check_gtin(gtin: str) -> None:
    """Raises InvalidField unless it is a GTIN-8, -12, -13 or -14 with the right check digit (GS1, modulo 10)."""
    if len(gtin) not in (8, 12, 13, 14) or not (gtin.isascii() and gtin.isdigit()):
        raise InvalidField("/gtin", "a GTIN has 8, 12, 13 or 14 digits")
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(gtin[:-1])))
    if (-weighted) % 10 != int(gtin[-1]):
        raise InvalidField("/gtin", "the check digit is wrong")
