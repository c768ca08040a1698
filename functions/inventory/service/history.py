"""The past of an item: its ledger, and what its positions were at a moment. A hot position is told as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.inventory.domain.shards import cells_of
from functions.inventory.domain.stock import Counters
from functions.inventory.domain.units import Position, part_of, place_of
from functions.inventory.repository.history import History, Standing
from functions.inventory.repository.projection import LedgerLine, LedgerPage, Projection


@dataclass(frozen=True)
class HistoryService:
    """Reads only."""

    history: History
    projection: Projection

    def positions(self, sku: str, at: datetime, *, location_id: str | None = None) -> list[Standing]:
        """The positions that the item had at that moment, by location, each with what had made it so.

        Raises LedgerBehind while the ledger lags behind that moment.
        """
        newest = self._newest(sku, location_id)
        found = self.history.at(dict.fromkeys(newest, at), newest)
        rows: dict[Position, list[Standing]] = defaultdict(list)
        for (_, row), standing in sorted(found.items()):
            if standing is not None:
                rows[sku, place_of(row)].append(standing)
        return [_whole(standings) for _, standings in sorted(rows.items())]

    def _newest(self, sku: str, location_id: str | None) -> dict[Position, Standing]:
        heads = self.history.newest_of(sku) if location_id is None else self.history.newest([(sku, location_id)])
        cells = [cell for standing in heads.values() for cell in cells_of(standing.stock)]
        return heads | self.history.newest(cells) if cells else heads

    def ledger(
        self, sku: str, location_id: str | None, *, at: datetime | None, limit: int, cursor: str | None
    ) -> LedgerPage:
        """Movements of an item up to that moment, newest first. Raises InvalidField, LedgerBehind."""
        newest = self._newest(sku, location_id)
        if any(part_of(row) for _, row in newest):
            page = self.projection.ledger(sku, None, limit=limit, cursor=cursor, up_to=at)
            lines = [line for line in page.lines if location_id in (None, place_of(line.location_id))]
            return LedgerPage(self._as_one(lines, newest), page.next_cursor)
        if at is None or location_id is None:
            return self.projection.ledger(sku, location_id, limit=limit, cursor=cursor, up_to=at)
        then = self.positions(sku, at, location_id=location_id)
        version = then[0].stock.version if then else 0
        return self.projection.ledger(sku, location_id, limit=limit, cursor=cursor, up_to=version)

    def _as_one(self, lines: Sequence[LedgerLine], newest: Mapping[Position, Standing]) -> list[LedgerLine]:
        """The same lines with the balances of whole positions, summed up from the eldest line on."""
        if not lines:
            return []
        known: dict[Position, tuple[Counters, int]] = {}
        for line in lines:  # newest first: the eldest line of each row has the last word on what was there before it
            known[line.position] = line.balances - line.deltas, line.version - 1
        others = dict.fromkeys((row for row in newest if row not in known), lines[-1].cause.at)
        for row, standing in self.history.at(others, newest).items():
            known[row] = (standing.stock.counters, standing.stock.version) if standing else (Counters(), 0)
        told: list[LedgerLine] = []
        for line in reversed(lines):
            known[line.position] = line.balances, line.version
            place = place_of(line.location_id)
            parts = [known[row] for row in known if place_of(row[1]) == place]
            seen = [_seen(row[1], known[row][0]) for row in known if place_of(row[1]) == place]
            told.append(
                replace(
                    line,
                    location_id=place,
                    version=sum(version for _, version in parts),
                    deltas=_seen(line.location_id, line.deltas),
                    balances=sum(seen, Counters()),
                )
            )
        return told[::-1]


def _seen(row: str, counters: Counters) -> Counters:
    """A row's counters as others see them: what is lent lies at the place all the time, and cells have no goods."""
    return replace(counters, on_hand=0) if part_of(row) else replace(counters, lent=0)


def _whole(rows: Sequence[Standing]) -> Standing:
    """Head and cells as one position, made so by whatever moved it last."""
    last = max(rows, key=lambda standing: standing.cause.at)
    counters = sum((_seen(one.stock.location_id, one.stock.counters) for one in rows), Counters())
    version = sum(one.stock.version for one in rows)
    place = place_of(last.stock.location_id)
    return replace(last, stock=replace(last.stock, location_id=place, counters=counters, version=version))
