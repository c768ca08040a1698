"""Counts while selling, posted against what the ledger says was there at the moment of the scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.domain.counting import Counted, CountNotFound, CountReused, corrected, scan_times
from functions.inventory.domain.places import safety_of
from functions.inventory.domain.stock import Change, Movement, MovementKind, Stock
from functions.inventory.domain.units import Position
from functions.inventory.repository.counts import CountedLine, Counts, PostedCount
from functions.inventory.repository.history import History, Standing
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.movements import known_items, known_location, posted_line
from functions.inventory.service.shards import brought_home
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import retried


@dataclass(frozen=True)
class CountCommand:
    """What somebody counted at one place. `fingerprint` tells the same content from another."""

    count_id: str
    location_id: str
    lines: Sequence[Counted]
    reason: str
    fingerprint: str


@dataclass(frozen=True)
class CountService:
    """Use cases of counts; each may be repeated."""

    counts: Counts
    stock: StockRows
    history: History
    network: Network
    clock: Callable[[], datetime]

    def post(self, command: CountCommand, cause: Cause) -> PostedCount:
        """Correct every line or none; the same id again answers as the first time.

        Raises CountReused, BelowZero, LedgerBehind, InvalidField for an unknown place or item or an impossible time.
        """
        return retried(lambda: self._post(command, cause))

    def _post(self, command: CountCommand, cause: Cause) -> PostedCount:
        known = self.counts.find(command.count_id)
        if known is not None:
            if known.fingerprint != command.fingerprint:
                raise CountReused(f"count {command.count_id} has another content")
            return known
        location = known_location(self.network, command.location_id)
        items = known_items(self.network, [line.sku for line in command.lines])
        times = scan_times(command.lines, self.clock())
        newest = self.history.newest((line.sku, command.location_id) for line in command.lines)
        expected = self._expected(command, times, newest)
        movement = Movement(command.count_id, MovementKind.COUNT, command.reason, f"count/{command.count_id}")
        lines, changes, moved = [], [], []
        for index, line in enumerate(command.lines):
            position = line.sku, command.location_id
            row = newest[position].stock if position in newest else Stock(*position)
            safety = safety_of(items[line.sku], location)
            change = corrected(row, line.counted, expected[position], movement, index=index, opening_safety=safety)
            lines.append(_line(line, expected[position], times[index] or cause.at, row, change, cause))
            changes += [change] if change else []
            moved += [(row, change)] if change else []
        brought_home(self.stock, ((row, -change.delta.free) for row, change in moved), cause)
        posted = PostedCount(
            count_id=command.count_id,
            fingerprint=command.fingerprint,
            location_id=command.location_id,
            posted_at=cause.at,
            actor=cause.actor,
            paused=location.paused(self.clock()),
            lines=tuple(lines),
            reason=command.reason,
        )
        self.counts.save(posted, changes, cause)
        return posted

    def _expected(
        self, command: CountCommand, times: Sequence[datetime | None], newest: Mapping[Position, Standing]
    ) -> dict[Position, int]:
        """What was on hand at each line's scan; where it was scanned just now, what is (the write checks that)."""
        positions = [(line.sku, command.location_id) for line in command.lines]
        moments = {position: at for position, at in zip(positions, times, strict=True) if at is not None}
        then = {**dict.fromkeys(positions), **newest, **self.history.at(moments, newest)}
        return {
            position: standing.stock.counters.on_hand if (standing := then[position]) else 0 for position in positions
        }

    def get(self, count_id: str) -> PostedCount:
        """The count as posted. Raises CountNotFound."""
        known = self.counts.find(count_id)
        if known is None:
            raise CountNotFound(f"there is no count {count_id}")
        return known


def _line(
    line: Counted, expected: int, scanned_at: datetime, row: Stock, change: Change | None, cause: Cause
) -> CountedLine:
    after = posted_line(row, change, line.counted - expected, now=epoch_seconds(cause.at)) if change else None
    return CountedLine(line.sku, line.counted, expected, scanned_at, after)
