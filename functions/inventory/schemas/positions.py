"""HTTP models of positions."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.inventory.repository.movements import PostedLine
from functions.inventory.service.movements import Placed
from shared.schemas import Schema, UtcTime


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
