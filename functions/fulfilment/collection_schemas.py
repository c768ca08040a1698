"""HTTP models of collections."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from functions.fulfilment.domain.collecting import Given
from functions.fulfilment.domain.work import RefusedUnits
from functions.fulfilment.service.collections import Handing
from functions.fulfilment.step_schemas import MAX_LINES, Name
from shared.schemas import Identifier, OptionalText, Quantity, Schema


class RefusalReason(StrEnum):
    """Why a shopper does not want units at the counter."""

    CHANGED_MIND = "CHANGED_MIND"
    DAMAGED = "DAMAGED"
    WRONG_ITEM = "WRONG_ITEM"
    NOT_AS_DESCRIBED = "NOT_AS_DESCRIBED"
    ARRIVED_LATE = "ARRIVED_LATE"
    OTHER = "OTHER"


class ArriveBody(Schema):
    """Where the shopper waits, and in what."""

    bay: OptionalText = ""
    vehicle: OptionalText = ""


class HandedLine(Schema):
    """Units of a line that the shopper takes along."""

    line_id: Identifier
    quantity: Quantity


class RefusedLine(Schema):
    """Units of a line that the shopper does not want, and why: they come back as a return at once."""

    line_id: Identifier
    quantity: Quantity
    reason: RefusalReason = Field(strict=False)


class IdCheck(Schema):
    """Somebody's ID was looked at. The digits show that it was; only the relation is kept."""

    relation: Name
    document_last4: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{4}$")]


class HandOverBody(Schema):
    """The shopper's code (`relation`: who came for them), or a checked ID. Without `lines` all that is there and not
    refused. Two equal parts handed over one after the other take two different `hand_over_id`."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=32)] | None = None
    id_check: IdCheck | None = None
    relation: Name | None = None
    lines: Annotated[list[HandedLine], Field(min_length=1, max_length=MAX_LINES)] | None = None
    refused: Annotated[list[RefusedLine], Field(max_length=MAX_LINES)] = Field(default_factory=list)
    hand_over_id: Identifier | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> HandOverBody:
        if (self.code is None) == (self.id_check is None):
            raise ValueError("give either code or id_check")
        named = [line.line_id for line in self.lines or ()]
        if len(set(named)) != len(named):
            raise ValueError("a line is named twice")
        return self

    def handing(self) -> Handing:
        relation = self.id_check.relation if self.id_check else self.relation or ""
        lines = None if self.lines is None else {line.line_id: line.quantity for line in self.lines}
        refused = tuple(RefusedUnits(line.line_id, line.quantity, line.reason) for line in self.refused)
        request = self.model_dump_json(exclude={"code"}) + ("code" if self.code else "")
        return Handing(request, self.code, relation, Given(lines, refused))
