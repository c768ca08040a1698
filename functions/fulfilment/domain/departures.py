"""When a parcel can leave a place: its open days, its carrier's cut-off, and how many parcels it takes a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

from functions.fulfilment.domain.departure import Day, Departure
from functions.fulfilment.domain.network import Place

SHIPPED_BY = "23:59"
"""Local time of the day by which parcels leave a place without a carrier's cut-off."""
DAYS_AHEAD = 5
"""Open days on which a parcel may leave; a place that has no room on any of them is no choice."""

LATER_DAYS_AHEAD = 200


def departures(place: Place, *, at: datetime) -> tuple[Departure, ...]:
    """The next days on which parcels leave the place, soonest first. Remembered with the place until the first one's
    cut-off: to work it out anew for each of thousands of places would cost more than the plan."""
    for since, memo in place.departures:
        if since <= at and memo and at < memo[0].ship_by:
            return memo
    found = islice(place.calendar.cutoffs(at, place.cutoff or SHIPPED_BY), DAYS_AHEAD)
    known = tuple(Departure(day.isoformat(), moment, limit=place.parcels_per_day) for day, moment in found)
    place.departures[:] = [(at, known)]
    return known


def departure(place: Place, *, at: datetime, taken: Mapping[Day, int]) -> Departure | None:
    """The first of them with room for one more parcel, as far as is known; None: there is none."""
    return _first_with_room(place, departures(place, at=at), taken)


def later_departure(place: Place, *, at: datetime, taken: Mapping[Day, int]) -> Departure | None:
    """As `departure`, for a parcel that must not leave before a later day: it may wait long for room."""
    days = islice(place.calendar.cutoffs(at, place.cutoff or SHIPPED_BY), LATER_DAYS_AHEAD)
    return _first_with_room(
        place, (Departure(day.isoformat(), by, limit=place.parcels_per_day) for day, by in days), taken
    )


def _first_with_room(place: Place, days: Iterable[Departure], taken: Mapping[Day, int]) -> Departure | None:
    for one in days:
        if one.limit is None or taken.get((place.location_id, one.day), 0) < one.limit:
            return one
    return None
