"""HTTP models of the limits that a split keeps."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import Field

from functions.fulfilment.domain.routing.limits import Limits
from shared.errors import InvalidField
from shared.schemas import Identifier, MoneySchema, Schema

MAX_PARCELS = 100
MAX_SETS = 50
MAX_SET_LINES = 100

Parcels = Annotated[int, Field(ge=1, le=MAX_PARCELS)]


class PlanLimits(Schema):
    """What a plan may look like: parcels at most, all or nothing, sets of lines that come whole from one place or not
    at all (a set of one line is not split), and what each parcel is worth at least by the `value` of the lines."""

    max_parcels: Parcels | None = None
    ship_complete: bool = False
    together: Annotated[
        list[Annotated[list[Identifier], Field(min_length=1, max_length=MAX_SET_LINES)]], Field(max_length=MAX_SETS)
    ] = Field(default_factory=list)
    min_parcel_value: MoneySchema | None = None

    def limits(self, line_ids: Collection[str]) -> Limits:
        """Raises InvalidField for a set that names a line which is not there."""
        for index, kept in enumerate(self.together):
            for number, line_id in enumerate(kept):
                if line_id not in line_ids:
                    raise InvalidField(f"/limits/together/{index}/{number}", "there is no such line")
        return Limits(
            max_parcels=self.max_parcels,
            ship_complete=self.ship_complete,
            together=tuple(frozenset(kept) for kept in self.together),
            min_parcel_value=self.min_parcel_value.amount if self.min_parcel_value else 0,
        )
