"""Over how many cells a position is spread: as its item is configured, else by how hot it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from functions.inventory.domain.places import Item
from functions.inventory.domain.shards import MAX_AUTOMATIC_SHARDS, cells_of, gathered, split_movement, spread_over
from functions.inventory.domain.stock import Stock
from functions.inventory.domain.units import Position
from functions.inventory.repository.heat import Heat
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from shared.cause import Cause
from shared.dynamo.retry import LostRace, retried

HOT = 64
"""So many waits for rivals between two looks (a minute): about one conflict a second, seen by several processes."""
ROWS_AT_ONCE = 90


@dataclass(frozen=True)
class ShardService:
    """Use cases of hot positions; each may be repeated, and nothing sold depends on them."""

    stock: StockRows

    def configure(self, item: Item, cause: Cause) -> None:
        """Spread every position of the item as it says; where it says nothing, what is, stays."""
        if item.shards is None:
            return
        for key in [head.key for head in self.stock.of_sku(item.sku)]:
            retried(partial(self._spread, key, item.shards or 0, cause))

    def _spread(self, position: Position, shards: int, cause: Cause) -> None:
        head = self.stock.read([position])[position]
        change = spread_over(head, shards, split_movement(cause.id))
        if change is not None:
            self.stock.change(change, cause)
        if shards < 2 and head.cells:
            self.gather([position], cause)

    def gather(self, positions: Iterable[Position], cause: Cause) -> None:
        """Bring home what is free in the cells of these positions. Raises LostRace."""
        for head in self.stock.read(positions).values():
            if head.cells:
                cells = self.stock.read(cells_of(head)).values()
                changes = gathered(head, cells, split_movement(cause.id))
                if changes:
                    self.stock.change_together(changes, cause)

    def balance(self, heat: Heat, network: Network, cause: Cause) -> int:
        """Spread what is fought for over twice as many cells; answers how many positions that were."""
        hot = {position: times for position, times in heat.noted().items() if times >= HOT}
        items = network.items({sku for sku, _ in hot})
        spread = 0
        for position, times in hot.items():
            if position[0] in items and items[position[0]].shards is None:
                try:
                    spread += self._double(position, cause)
                except LostRace:
                    continue  # so hot that the head moved just now: the next look tries again
            heat.forget(position, times)
        return spread

    def _double(self, position: Position, cause: Cause) -> int:
        head = self.stock.read([position])[position]
        change = spread_over(head, min(MAX_AUTOMATIC_SHARDS, max(2, 2 * head.shards)), split_movement(cause.id))
        if change is None or not head.version:
            return 0
        self.stock.change(change, cause)
        return 1


def brought_home(stock: StockRows, rows: Iterable[tuple[Stock, int]], cause: Cause) -> None:
    """Of (head, units that it is about to lose): where it has too few, what its cells have free comes home first.

    Raises LostRace when something came: the caller decides again on what is there now.
    """
    short = [head.key for head, less in rows if head.counters.lent and head.free - head.safety < less]
    if not short:
        return
    before = {key: row.version for key, row in stock.read(short).items()}
    ShardService(stock).gather(short, cause)
    if any(row.version != before[key] for key, row in stock.read(short).items()):
        raise LostRace("units came home from cells")
