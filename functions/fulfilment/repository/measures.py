"""Figures of places.

MEASURE#<location>#<day> / <figure>#<name>      one figure, noted once
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from functions.fulfilment.domain.measures import Figure, Noted
from functions.fulfilment.repository.rows import row
from shared.cause import Cause
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

KEPT_FOR = timedelta(days=400)


class MeasureRepository:
    """The figures of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, noted: Noted, *, cause: Cause) -> bool:
        """Note the figure unless it is; answers whether it was news."""
        sk, ttl = f"{noted.figure}#{noted.name}", int((cause.at + KEPT_FOR).timestamp())
        pk = _pk(noted.location_id, noted.day)
        try:
            self._table.write(Put(row("measure", pk, sk, version=1, cause=cause, value=noted.value, ttl=ttl), ABSENT))
        except ConditionFailed:  # a redelivery
            return False
        return True

    def of_day(self, location_id: str, day: date) -> Iterator[tuple[Figure, int]]:
        """Every figure of a place on a day."""
        for found in self._table.query_all(_pk(location_id, day)):
            yield Figure(found["sk"].partition("#")[0]), int(found["value"])


def _pk(location_id: str, day: date) -> str:
    return f"MEASURE#{location_id}#{day.isoformat()}"
