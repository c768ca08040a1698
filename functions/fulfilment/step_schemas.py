"""HTTP models of the steps of the work at the locations."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from functions.fulfilment.domain.execution import Handed
from functions.fulfilment.domain.parcels import Packed, Parcel
from functions.fulfilment.domain.shortfall import PickedUnits
from functions.fulfilment.domain.work import Reason
from functions.fulfilment.service.work import Rejection
from shared.schemas import Count, Identifier, Quantity, Schema, UtcTime

MAX_LINES = 1200
MAX_PARCELS = 500
MAX_PACKED_LINES = 3_000
"""Over all parcels: a fulfilment order is one row (400 KB)."""
MAX_WEIGHT_GRAMS = 10_000_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]


class ShortReason(StrEnum):
    """Why a picker does not have a unit in hand."""

    NOT_FOUND = "NOT_FOUND"
    DAMAGED = "DAMAGED"


class RejectReason(StrEnum):
    """Why a place does not give units."""

    NOT_FOUND = "NOT_FOUND"
    DAMAGED = "DAMAGED"
    TOO_BUSY = "TOO_BUSY"
    STORE_CLOSED = "STORE_CLOSED"
    OTHER = "OTHER"


class PickedLine(Schema):
    """How many units of a line are in hand, and why not more: off the shelf (the default) or damaged."""

    line_id: Identifier
    picked: Count
    reason: ShortReason = Field(ShortReason.NOT_FOUND, strict=False)


class PickBody(Schema):
    """What is in hand of each line. Less than wanted is short: those units are sourced elsewhere at once; with
    `collateral` the whole fulfilment order is, so that it comes in one piece."""

    lines: Annotated[list[PickedLine], Field(min_length=1, max_length=MAX_LINES)]
    collateral: bool = False

    def picked(self) -> list[PickedUnits]:
        return [PickedUnits(line.line_id, line.picked, Reason(line.reason)) for line in self.lines]


class RejectedLine(Schema):
    """Units of a line that the place does not give."""

    line_id: Identifier
    quantity: Quantity


class RejectBody(Schema):
    """What the place does not give, and why; without `lines` all of it. `pause_until`: when a place that is too busy
    or closed takes work again (two and twelve hours when not said)."""

    reason: RejectReason = Field(strict=False)
    lines: Annotated[list[RejectedLine], Field(min_length=1, max_length=MAX_LINES)] | None = None
    collateral: bool = False
    pause_until: UtcTime | None = None

    @model_validator(mode="after")
    def each_line_once(self) -> RejectBody:
        if self.lines and len({line.line_id for line in self.lines}) != len(self.lines):
            raise ValueError("a line is named twice")
        return self

    def rejection(self) -> Rejection:
        lines = None if self.lines is None else {line.line_id: line.quantity for line in self.lines}
        return Rejection(Reason(self.reason), lines, self.collateral, self.pause_until)


class PackedLine(Schema):
    """Units of a line in a parcel."""

    line_id: Identifier
    quantity: Quantity


class PackedParcel(Schema):
    """A parcel and what is in it."""

    parcel_id: Identifier
    weight_grams: Annotated[int, Field(ge=1, le=MAX_WEIGHT_GRAMS)] | None = None
    lines: Annotated[list[PackedLine], Field(min_length=1, max_length=MAX_LINES)]


class PackBody(Schema):
    """Every picked unit in exactly one parcel; together they have at most 3,000 lines."""

    parcels: Annotated[list[PackedParcel], Field(min_length=1, max_length=MAX_PARCELS)]

    @model_validator(mode="after")
    def a_row_at_most(self) -> PackBody:
        if sum(len(parcel.lines) for parcel in self.parcels) > MAX_PACKED_LINES:
            raise ValueError(f"all parcels together take {MAX_PACKED_LINES} lines")
        return self

    def packed(self) -> list[Parcel]:
        return [
            Parcel(
                parcel.parcel_id,
                tuple(Packed(line.line_id, line.quantity) for line in parcel.lines),
                parcel.weight_grams,
            )
            for parcel in self.parcels
        ]


class ShippedParcel(Schema):
    """By which carrier a parcel goes."""

    parcel_id: Identifier
    carrier: Name
    tracking_number: Name


class ShipBody(Schema):
    """All parcels with their carriers; those whose label was bought here need not be named."""

    parcels: Annotated[list[ShippedParcel], Field(max_length=MAX_PARCELS)] = Field(default_factory=list)

    def labels(self) -> list[Handed]:
        return [Handed(parcel.parcel_id, parcel.carrier, parcel.tracking_number) for parcel in self.parcels]
