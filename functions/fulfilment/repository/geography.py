"""Points of postal districts.

GEO#<country> / <area>      the districts that begin with the area's characters, with their points: one read finds any
"""

from __future__ import annotations

from dataclasses import replace

from functions.fulfilment.domain.geography import Area
from functions.fulfilment.repository.rows import replacing, row
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ConditionFailed, Table

_AREA = Document(Area)


class GeographyRepository:
    """The points of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def area(self, country: str, area: str) -> Area | None:
        """An area as it was loaded last. Half a read unit."""
        found = self._table.get(_pk(country), area, consistent=False)
        return _AREA.load(found["body"]) if found else None

    def save(self, area: Area, *, cause: Cause) -> Area:
        """Keep the area over the version that was read. Raises LostRace."""
        stored = replace(area, version=area.version + 1)
        item = row(
            "geography", _pk(area.country), area.area, version=stored.version, cause=cause, body=_AREA.dump(stored)
        )
        try:
            self._table.write(replacing(item, expected=area.version))
        except ConditionFailed as error:
            raise LostRace("the area was loaded by somebody else meanwhile") from error
        return stored


def _pk(country: str) -> str:
    return f"GEO#{country}"
