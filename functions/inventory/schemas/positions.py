"""HTTP models of movements and positions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from functions.inventory.domain import stock
from functions.inventory.repository.documents import PostedLine, PostedMovement
from functions.inventory.schemas.fingerprint import fingerprint
from functions.inventory.service.movements import MAX_LINES, MovedLine, MovementCommand, Placed
from shared.errors import InvalidField
from shared.schemas import (
    MAX_QUANTITY,
    Identifier,
    MoneySchema,
    OptionalText,
    Schema,
    UtcTime,
)


class MovementLine(Schema):
    """Units of one item: signed for an adjustment, else at least 1."""

    sku: Identifier
    quantity: Annotated[int, Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY)]
    unit_cost: MoneySchema | None = None


class MovementBody(Schema):
    """A receipt, an adjustment or damage at one place; one transaction, hence at most 90 lines."""

    movement_id: Identifier
    kind: Literal["receipt", "adjustment", "damage"]
    location_id: Identifier
    lines: Annotated[list[MovementLine], Field(min_length=1, max_length=MAX_LINES)]
    reason: OptionalText = ""
    reference: OptionalText = ""

    def to_command(self) -> MovementCommand:
        """The movement to post. Raises InvalidField for a quantity that the kind does not take."""
        for index, line in enumerate(self.lines):
            if line.quantity == 0 or (line.quantity < 0 and self.kind != "adjustment"):
                takes = "not 0" if self.kind == "adjustment" else "at least 1"
                raise InvalidField(f"/lines/{index}/quantity", f"the quantity of a {self.kind} is {takes}")
        lines = [
            MovedLine(line.sku, line.quantity, line.unit_cost.to_money() if line.unit_cost else None)
            for line in self.lines
        ]
        kind = stock.MovementKind(self.kind)
        # A document of ours cannot be forged as the reference: the audit follows those.
        reference = self.reference.replace("/", ":") if self.reference.startswith(("order/", "reservation/")) else ""
        return MovementCommand(
            self.movement_id,
            kind,
            self.location_id,
            lines,
            self.reason,
            reference or self.reference,
            fingerprint(self),
        )


class Position(Schema):
    """One (sku, location): what is there, and what may be promised of it."""

    sku: str
    location_id: str
    on_hand: int
    unavailable: int
    held: int
    allocated: int
    safety: int
    available: int
    shortage: int
    version: int

    @classmethod
    def of_line(cls, line: PostedLine, location_id: str, *, paused: bool) -> Position:
        """The position after a movement."""
        free = line.on_hand - line.unavailable - line.held - line.allocated
        return cls.model_construct(
            sku=line.sku,
            location_id=location_id,
            on_hand=line.on_hand,
            unavailable=line.unavailable,
            held=line.held,
            allocated=line.allocated,
            safety=line.safety,
            available=0 if paused else max(0, free - line.safety),
            shortage=max(0, -free),
            version=line.version,
        )


class PositionView(Position):
    """One position in full."""

    damaged: int
    quality_control: int
    display: int
    withheld: int
    count_due: bool

    @classmethod
    def of(cls, placed: Placed, now: int) -> PositionView:
        """The position as it is now; lapsed holds are free again."""
        row, counters = placed.stock, placed.stock.counters
        free = row.free + row.lapsed(now)
        return cls.model_construct(
            sku=row.sku,
            location_id=row.location_id,
            on_hand=counters.on_hand,
            unavailable=counters.unavailable,
            damaged=counters.damaged,
            quality_control=counters.quality_control,
            display=counters.display,
            held=row.held(now),
            allocated=counters.allocated,
            safety=row.safety,
            available=0 if placed.paused else row.available(now),
            withheld=min(row.safety, max(0, free)),
            shortage=max(0, -free),
            count_due=row.count_due,
            version=row.version,
        )


class MovementView(Schema):
    """A movement as posted, with the positions after it."""

    movement_id: str
    positions: list[Position]

    @classmethod
    def of(cls, posted: PostedMovement) -> MovementView:
        """The same on every repeat."""
        positions = [Position.of_line(line, posted.location_id, paused=posted.paused) for line in posted.lines]
        return cls.model_construct(movement_id=posted.movement_id, positions=positions)


class Totals(Schema):
    """Sums over all places."""

    on_hand: int
    unavailable: int
    held: int
    allocated: int
    available: int


class InventoryView(Schema):
    """Every position of an item, exact."""

    sku: str
    positions: list[PositionView]
    totals: Totals
    as_of: UtcTime

    @classmethod
    def of(cls, sku: str, placed: list[Placed], at: datetime) -> InventoryView:
        """The item's positions at that time."""
        positions = [PositionView.of(one, int(at.timestamp())) for one in placed]
        totals = {name: sum(getattr(one, name) for one in positions) for name in Totals.model_fields}
        return cls.model_construct(
            sku=sku, positions=positions, totals=Totals.model_construct(**totals), as_of=at.astimezone(UTC)
        )
