"""Figures of places.

MEASURE#<location>#<UTC day> / <figure>#<name>      one figure, noted once, with the moment `at` which it happened
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from functions.fulfilment.domain.measures import Figure, Noted
from functions.fulfilment.repository.rows import row
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

KEPT_FOR = timedelta(days=400)


class MeasureRepository:
    """The figures of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, noted: Noted, *, cause: Cause) -> bool:
        """Note the figure unless it is; answers whether it was news."""
        sk, ttl = f"{noted.figure}#{noted.name}", int((cause.at + KEPT_FOR).timestamp())
        pk, at = _pk(noted.location_id, noted.at.astimezone(UTC).date()), rfc3339(noted.at)
        by = {"method": noted.method} if noted.method else {}
        item = row("measure", pk, sk, version=1, cause=cause, value=noted.value, at=at, ttl=ttl, **by)
        try:
            self._table.write(Put(item, ABSENT))
        except ConditionFailed:  # a redelivery
            return False
        return True

    def between(self, location_id: str, start: datetime, end: datetime) -> Iterator[Noted]:
        """Every figure of a place from `start` to before `end`."""
        day, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
        while day <= last:
            for found in self._table.query_all(_pk(location_id, day)):
                at, (figure, _, name) = datetime.fromisoformat(found["at"]), found["sk"].partition("#")
                if start <= at < end:
                    yield Noted(location_id, at, Figure(figure), name, int(found["value"]), found.get("method", ""))
            day += timedelta(days=1)


def _pk(location_id: str, day: date) -> str:
    return f"MEASURE#{location_id}#{day.isoformat()}"
