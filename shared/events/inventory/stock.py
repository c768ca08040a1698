"""What inventory tells of what there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from shared.events.base import Event, Fact
from shared.events.inventory.source import SOURCE


class PositionState(Fact):
    """One position's counters after `version` changes (DOMAIN: stock). A hot position is told in parts, each with a
    version of its own: what is there is their sum."""

    sku: str
    location_id: str
    part: int = 0
    on_hand: int
    unavailable: int = 0
    held: int = 0
    allocated: int = 0
    safety: int = 0
    version: int

    @property
    def available(self) -> int:
        """What may be promised, when the place is open."""
        return max(0, self.on_hand - self.unavailable - self.held - self.allocated - self.safety)


class StockChanged(Event):
    """Positions as they are after a change. Many changes of one batch travel as one event; of a position that changed
    several times only the newest state is told."""

    source = SOURCE
    detail_type = "StockChanged.v1"

    positions: tuple[PositionState, ...]

    @classmethod
    def merged(cls, events: Sequence[Self]) -> Iterable[Self]:
        newest: dict[tuple[str, str, int], PositionState] = {}
        for position in (position for event in events for position in event.positions):
            key = position.sku, position.location_id, position.part
            known = newest.get(key)
            if known is None or known.version < position.version:
                newest[key] = position
        yield cls(positions=tuple(newest.values()))


class StockShort(Event):
    """A count, damage or a correction left fewer units than are promised there (held and allocated), by `shortage` in
    all. Every promise still stands as it was: whoever made one decides which to take back and to re-route. Told again
    when the shortage grows, not when it shrinks."""

    source = SOURCE
    detail_type = "StockShort.v1"

    position: PositionState
    shortage: int


class LowStock(Event):
    """A position has just come to offer no more than `threshold` units, by its own safety stock; said once each time.
    Other places may have plenty."""

    source = SOURCE
    detail_type = "LowStock.v1"

    sku: str
    location_id: str
    available: int
    threshold: int


class BackInStock(Event):
    """A position that offered nothing, or is new, has just come to offer units; said once each time. Other places may
    have had some all the while."""

    source = SOURCE
    detail_type = "BackInStock.v1"

    sku: str
    location_id: str
    available: int
