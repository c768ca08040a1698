"""When one parcel leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

Day = tuple[str, str]
"""A location and one of its local dates (`YYYY-MM-DD`)."""


@dataclass(frozen=True)
class Departure:
    """A parcel leaves on that local day of its place, by that moment. `limit`: parcels that the place takes that day,
    None: it does not count them. `delivered_by`: when it should be there, as far as that is known."""

    day: str
    ship_by: datetime
    delivered_by: datetime | None = None
    limit: int | None = None

    @property
    def date(self) -> date:
        return date.fromisoformat(self.day)
