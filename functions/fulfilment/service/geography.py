"""Use cases of geography: load an area, look at it."""

from __future__ import annotations

from dataclasses import replace

from functions.fulfilment.domain.geography import Area
from functions.fulfilment.repository.geography import GeographyRepository
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.errors import NotFound


class GeographyService:
    """Offline: nobody outside is asked where anybody lives."""

    def __init__(self, areas: GeographyRepository) -> None:
        self._areas = areas

    def put(self, area: Area, *, cause: Cause) -> Area:
        """Replace all districts of an area; the same content again changes nothing."""

        def attempt() -> Area:
            known = self._areas.area(area.country, area.area)
            wanted = replace(area, version=known.version if known else 0)
            return known if known and wanted == known else self._areas.save(wanted, cause=cause)

        return retried(attempt)

    def get(self, country: str, area: str) -> Area:
        """An area as loaded. Raises NotFound."""
        found = self._areas.area(country, area)
        if found is None:
            raise NotFound("nothing was loaded for this area")
        return found
