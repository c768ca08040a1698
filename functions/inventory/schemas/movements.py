"""HTTP models of movements."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from functions.inventory.domain.movements import Bucket, check_buckets
from functions.inventory.domain.stock import MovementKind
from functions.inventory.repository.movements import PostedLine, PostedMovement
from functions.inventory.schemas.fingerprint import fingerprint
from functions.inventory.schemas.positions import Position
from functions.inventory.service.movements import MAX_LINES, MovedLine, MovementCommand, ReversalCommand
from shared.errors import InvalidField
from shared.money import Money
from shared.schemas import MAX_QUANTITY, Identifier, MoneySchema, OptionalText, Schema, Text, UtcTime

OUR_DOCUMENTS = ("order/", "reservation/", "transfer/", "count/", "movement/")
"""What our own movements name as their reference: the audit follows those."""


class MovementLine(Schema):
    """Units of one item: signed for an adjustment, else at least 1."""

    sku: Identifier
    quantity: Annotated[int, Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY)]
    unit_cost: MoneySchema | None = None


class MovementBody(Schema):
    """A receipt, an adjustment, damage, or units taken out of sale (`unavailable`) and put back (`available`) at one
    place; one transaction, hence at most 90 lines. `bucket` is why units are unavailable: they go there, out of
    `from_bucket` where that is named; `available` takes them out of `bucket`."""

    movement_id: Identifier
    kind: Literal["receipt", "adjustment", "damage", "unavailable", "available"]
    location_id: Identifier
    lines: Annotated[list[MovementLine], Field(min_length=1, max_length=MAX_LINES)]
    bucket: Bucket | None = None
    from_bucket: Bucket | None = None
    reason: OptionalText = ""
    reference: OptionalText = ""

    def to_command(self) -> MovementCommand:
        """The movement to post. Raises InvalidField for a quantity or bucket that the kind does not take."""
        for index, line in enumerate(self.lines):
            if line.quantity == 0 or (line.quantity < 0 and self.kind != "adjustment"):
                takes = "not 0" if self.kind == "adjustment" else "at least 1"
                raise InvalidField(f"/lines/{index}/quantity", f"the quantity of a {self.kind} is {takes}")
        kind = MovementKind(self.kind)
        check_buckets(kind, self.bucket, self.from_bucket)
        lines = [
            MovedLine(line.sku, line.quantity, line.unit_cost.to_money() if line.unit_cost else None)
            for line in self.lines
        ]
        # A document of ours cannot be forged as the reference.
        forged = self.reference.startswith(OUR_DOCUMENTS)
        return MovementCommand(
            self.movement_id,
            kind,
            self.location_id,
            lines,
            self.reason,
            self.reference.replace("/", ":") if forged else self.reference,
            fingerprint(self),
            self.bucket,
            self.from_bucket,
        )


class MovementView(Schema):
    """A movement as posted, with the positions after it."""

    movement_id: str
    positions: list[Position]

    @classmethod
    def of(cls, posted: PostedMovement) -> MovementView:
        """The same on every repeat."""
        return cls.model_construct(movement_id=posted.movement_id, positions=_positions(posted))


class ReversalBody(Schema):
    """Why a movement is undone; `reversal_id` becomes the id of the movement that does it."""

    reversal_id: Identifier
    reason: Text

    def to_command(self, movement_id: str) -> ReversalCommand:
        """The reversal to post."""
        return ReversalCommand(movement_id, self.reversal_id, self.reason, fingerprint(self, movement_id))


class PostedLineView(Schema):
    """Units of one item, as they were posted."""

    sku: str
    quantity: int
    unit_cost: MoneySchema | None = None

    @classmethod
    def of(cls, line: PostedLine) -> PostedLineView:
        """The line."""
        cost = None
        if line.unit_cost is not None and line.currency is not None:
            cost = MoneySchema.of(Money(line.unit_cost, line.currency))
        return cls.model_construct(sku=line.sku, quantity=line.quantity, unit_cost=cost)


class MovementRecord(Schema):
    """A movement in full: what was posted, by whom and why, and which other one has undone it."""

    movement_id: str
    kind: MovementKind
    location_id: str
    bucket: Bucket | None = None
    from_bucket: Bucket | None = None
    reason: str
    reference: str
    lines: list[PostedLineView]
    posted_at: UtcTime
    actor: str
    reverses: str | None = None
    reversed_by: str | None = None
    positions: list[Position]

    @classmethod
    def of(cls, posted: PostedMovement, reversed_by: str | None) -> MovementRecord:
        """The movement as it was posted."""
        return cls.model_construct(
            movement_id=posted.movement_id,
            kind=posted.kind,
            location_id=posted.location_id,
            bucket=posted.bucket,
            from_bucket=posted.from_bucket,
            reason=posted.reason,
            reference=posted.reference,
            lines=[PostedLineView.of(line) for line in posted.lines],
            posted_at=posted.posted_at,
            actor=posted.actor,
            reverses=posted.reverses or None,
            reversed_by=reversed_by,
            positions=_positions(posted),
        )


def _positions(posted: PostedMovement) -> list[Position]:
    return [Position.of_line(line, posted.location_id, paused=posted.paused) for line in posted.lines]
