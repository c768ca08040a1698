"""What positions were at a time: the stored row is the newest word, the ledger tells every earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.domain.stock import Movement, Stock
from functions.inventory.domain.units import Position
from functions.inventory.repository.projection import decode_line, ledger_key
from functions.inventory.repository.stock import decode_movement, decode_stock, stock_key
from shared.cause import Cause
from shared.dynamo.marshal import Item
from shared.dynamo.table import Table
from shared.errors import Busy


class LedgerBehind(Busy):
    """The ledger has not reached what is asked for; it is seconds late as a rule. Nothing was done."""

    code = "ledger_behind"


@dataclass(frozen=True)
class Standing:
    """A position at one version, and what made it so. Of an earlier version only counters and version are known."""

    stock: Stock
    movement: Movement
    cause: Cause


class History:
    """Reads only. A position's past is judged by the times of its movements, in the order of its versions."""

    def __init__(self, table: Table, projection: Table) -> None:
        self._table = table
        self._projection = projection

    def newest(self, positions: Iterable[Position]) -> dict[Position, Standing]:
        """Those of the positions that exist, as they are now."""
        wanted = {stock_key(*position): position for position in positions}
        rows = self._table.get_many(list(wanted))
        return {wanted[key]: _standing(item) for key, item in rows.items()}

    def newest_of(self, sku: str) -> dict[Position, Standing]:
        """Every position of an item as it is now, by location."""
        rows = self._table.query_all(stock_key(sku, "")[0], consistent=True)
        return {standing.stock.key: standing for standing in map(_standing, rows)}

    def at(
        self, moments: Mapping[Position, datetime], newest: Mapping[Position, Standing]
    ) -> dict[Position, Standing | None]:
        """Each position as it was at its moment; None where it had not begun. Raises LedgerBehind.

        All positions are bisected in step: about log2(versions) batches of reads, however many positions there are.
        """
        found: dict[Position, Standing | None] = {}
        spans: dict[Position, tuple[int, int]] = {}
        for position, moment in moments.items():
            standing = newest.get(position)
            if standing is None or standing.cause.at <= moment:
                found[position] = standing
            else:
                spans[position] = (0, standing.stock.version)
        lines: dict[tuple[Position, int], Standing | None] = {}
        while open_spans := {position: span for position, span in spans.items() if span[1] - span[0] > 1}:
            middles = {position: sum(span) // 2 for position, span in open_spans.items()}
            lines |= self._lines(middles)
            for position, middle in middles.items():
                line = lines[position, middle]
                low, high = spans[position]
                later = line is None or line.cause.at > moments[position]  # what is missing is newer than all we have
                spans[position] = (low, middle) if later else (middle, high)
        for position, (low, high) in spans.items():
            if lines.get((position, high), newest[position]) is None:
                raise LedgerBehind(
                    f"the ledger of {position[0]} at {position[1]} lags; try again", retry_after_seconds=2
                )
            found[position] = lines[position, low] if low else None
        return found

    def _lines(self, versions: Mapping[Position, int]) -> dict[tuple[Position, int], Standing | None]:
        keys = {position: ledger_key(*position, version) for position, version in versions.items()}
        rows = self._projection.get_many(list(keys.values()))
        return {(position, versions[position]): _past(rows.get(key)) for position, key in keys.items()}


def _standing(item: Item) -> Standing:
    return Standing(decode_stock(item), decode_movement(item), Cause.from_stamp(item["cause"]))


def _past(item: Item | None) -> Standing | None:
    if item is None:
        return None
    line = decode_line(item)
    return Standing(Stock(*line.position, line.balances, version=line.version), line.movement, line.cause)
