"""By when work is due at a place: acknowledged, ready or shipped, collected."""

from __future__ import annotations

from datetime import datetime, timedelta

from functions.fulfilment.domain.departure import Departure
from functions.fulfilment.domain.departures import SHIPPED_BY
from functions.fulfilment.domain.network import Place
from functions.fulfilment.domain.states import COLLECTED
from functions.fulfilment.domain.work import Deadlines

ACKNOWLEDGE_WITHIN = timedelta(hours=1)
"""Open time of the place in which somebody should take the work on."""
READY_WITHIN = timedelta(hours=2)
"""Open time in which a collection is ready, where the place does not say otherwise."""
PICKUP_DAYS = 7
"""Open days that a collection waits, where the place does not say otherwise."""


def deadlines(
    place: Place | None,
    method: str,
    *,
    at: datetime,
    departure: Departure | None = None,
    acknowledge_minutes: int | None = None,
) -> Deadlines:
    """The deadlines of work that opens at `at`; of a place that nothing is known of, as if it were always open. A
    parcel is due when it leaves as planned. `acknowledge_minutes`: open time in which somebody should take it on, where
    the profile says so."""
    where = place or Place("", "store", "", 0)
    calendar = where.calendar
    if departure is not None:
        due_by = departure.ship_by
    elif method in COLLECTED:
        lead = READY_WITHIN if where.lead_time_minutes is None else timedelta(minutes=where.lead_time_minutes)
        due_by = calendar.after_open_time(at, lead)
    else:
        due_by = calendar.next_cutoff(at, where.cutoff or SHIPPED_BY)
    within = ACKNOWLEDGE_WITHIN if acknowledge_minutes is None else timedelta(minutes=acknowledge_minutes)
    return Deadlines(calendar.after_open_time(at, within), due_by)


def collect_by(place: Place | None, *, ready_at: datetime) -> datetime:
    """Until when a collection waits: so many open days of the place after the day on which it was ready."""
    where = place or Place("", "store", "", 0)
    return where.calendar.after_open_days(ready_at, where.pickup_days or PICKUP_DAYS)
