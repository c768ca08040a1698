"""By when work is due at a place: acknowledged, ready or shipped, collected."""

from __future__ import annotations

from datetime import datetime, timedelta

from functions.fulfilment.domain.network import Place
from functions.fulfilment.domain.work import COLLECTED, Deadlines

ACKNOWLEDGE_WITHIN = timedelta(hours=1)
"""Open time of the place in which somebody should take the work on."""
READY_WITHIN = timedelta(hours=2)
"""Open time in which a collection is ready, where the place does not say otherwise."""
PICKUP_DAYS = 7
"""Open days that a collection waits, where the place does not say otherwise."""
SHIPPED_BY = "23:59"
"""Local time of the day by which parcels leave a place without a carrier's cut-off."""


def deadlines(place: Place | None, method: str, *, at: datetime, acknowledge_minutes: int | None = None) -> Deadlines:
    """The deadlines of work that opens at `at`; of a place that nothing is known of, as if it were always open.
    `acknowledge_minutes`: open time in which somebody should take it on, where the profile says so."""
    where = place or Place("", "store", "", 0)
    calendar = where.calendar
    if method in COLLECTED:
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
