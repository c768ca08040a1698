"""How many parcels each place has to send on each of its days.

CAPACITY#<location> / <local date>      `taken`: parcels of plans in flight and of the work opened from them

One counter holds both: a parcel is counted by the write that makes its plan, stays counted when the work is opened, and
is given back by the write that ends the plan or the work. Nothing lapses, so nothing has to be swept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from functions.fulfilment.domain.demand import Slot
from functions.fulfilment.domain.departure import Day
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.table import Table, Update

KIND = "capacity"
KEPT = timedelta(days=60)
"""How long the count of a day that has passed is kept."""


def taken(table: Table, days: Iterable[Day]) -> dict[Day, int]:
    """The parcels counted on each of the days, read consistently; 0 where nothing is."""
    wanted = sorted(set(days))
    found = table.get_many([(_pk(location_id), day) for location_id, day in wanted])
    return {day: int(found[_pk(day[0]), day[1]]["taken"]) if (_pk(day[0]), day[1]) in found else 0 for day in wanted}


def counting(new: Iterable[Slot], old: Iterable[Slot], *, cause: Cause) -> list[Update]:
    """The writes by which the parcels of `new` are counted and those of `old` are not any more, one per place and day;
    none where nothing changes. Their conditions fail where a place would send more than it takes."""
    limits: dict[Day, int] = {}
    change: Counter[Day] = Counter()
    for sign, slots in ((1, new), (-1, old)):
        for slot in slots:
            if slot.departure.limit is not None:
                day = slot.key[0], slot.departure.day
                change[day] += sign
                limits.setdefault(day, slot.departure.limit)
    return [_counted(day, by, limits[day], cause) for day, by in sorted(change.items()) if by]


def _counted(day: Day, by: int, limit: int, cause: Cause) -> Update:
    ends = datetime.combine(date.fromisoformat(day[1]), time(), tzinfo=UTC) + KEPT
    stamp = {":kind": KIND, ":cause": cause.stamp(), ":ttl": epoch_seconds(ends)}
    names = {"#kind": "kind", "#ttl": "ttl"}
    if by < 0:
        change, condition = "if_not_exists(taken, :by) - :by", "attribute_not_exists(taken) OR taken >= :by"
        values = {":by": -by}
    else:
        change, condition = "if_not_exists(taken, :none) + :by", "taken <= :room"
        if by <= limit:
            condition = f"attribute_not_exists(taken) OR {condition}"
        values = {":by": by, ":none": 0, ":room": limit - by}
    expression = f"SET taken = {change}, #kind = :kind, cause = :cause, #ttl = :ttl"
    return Update(_pk(day[0]), day[1], expression, condition, {**stamp, **values}, names)


def _pk(location_id: str) -> str:
    return f"CAPACITY#{location_id}"
