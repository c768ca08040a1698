"""HTTP models of counts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from functions.inventory.domain.counting import Counted
from functions.inventory.repository.counts import CountedLine, PostedCount
from functions.inventory.schemas.fingerprint import fingerprint
from functions.inventory.schemas.positions import Position
from functions.inventory.service.counts import CountCommand
from functions.inventory.service.movements import MAX_LINES
from shared.errors import InvalidField
from shared.schemas import Count, Identifier, OptionalText, Schema, UtcTime


class CountLine(Schema):
    """Units of one item that were seen at the place, whoever they are promised to; without `scanned_at`: seen now."""

    sku: Identifier
    counted: Count
    scanned_at: UtcTime | None = None


class CountBody(Schema):
    """A count of items at one place; one transaction, hence at most 90 lines."""

    count_id: Identifier
    location_id: Identifier
    lines: Annotated[list[CountLine], Field(min_length=1, max_length=MAX_LINES)]
    reason: OptionalText = ""

    def to_command(self) -> CountCommand:
        """The count to post. Raises InvalidField for an item counted twice."""
        seen: set[str] = set()
        for index, line in enumerate(self.lines):
            if line.sku in seen:
                raise InvalidField(f"/lines/{index}/sku", "counted by an earlier line")
            seen.add(line.sku)
        lines = [Counted(line.sku, line.counted, line.scanned_at) for line in self.lines]
        return CountCommand(self.count_id, self.location_id, lines, self.reason, fingerprint(self))


class VarianceView(Schema):
    """What was seen of one item, what the ledger says was there at the scan, and the difference, which was posted."""

    sku: str
    counted: int
    expected: int
    variance: int
    scanned_at: UtcTime

    @classmethod
    def of(cls, line: CountedLine) -> VarianceView:
        """The line."""
        return cls.model_construct(
            sku=line.sku,
            counted=line.counted,
            expected=line.expected,
            variance=line.counted - line.expected,
            scanned_at=line.scanned_at,
        )


class CountView(Schema):
    """A count as posted, with the positions after it."""

    count_id: str
    location_id: str
    posted: Literal[True] = True
    posted_at: UtcTime
    actor: str
    reason: str
    variances: list[VarianceView]
    positions: list[Position]

    @classmethod
    def of(cls, posted: PostedCount) -> CountView:
        """The same on every repeat."""
        positions = [
            Position.of_line(line.after, posted.location_id, paused=posted.paused)
            for line in posted.lines
            if line.after
        ]
        return cls.model_construct(
            count_id=posted.count_id,
            location_id=posted.location_id,
            posted=True,
            posted_at=posted.posted_at,
            actor=posted.actor,
            reason=posted.reason,
            variances=[VarianceView.of(line) for line in posted.lines],
            positions=positions,
        )
