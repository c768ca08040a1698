"""The past of an item: its ledger, and what its positions were at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.inventory.repository.history import History, Standing
from functions.inventory.repository.projection import LedgerPage, Projection


@dataclass(frozen=True)
class HistoryService:
    """Reads only."""

    history: History
    projection: Projection

    def positions(self, sku: str, at: datetime, *, location_id: str | None = None) -> list[Standing]:
        """The positions that the item had at that moment, by location, each with what had made it so.

        Raises LedgerBehind while the ledger lags behind that moment.
        """
        newest = self.history.newest_of(sku) if location_id is None else self.history.newest([(sku, location_id)])
        found = self.history.at(dict.fromkeys(newest, at), newest)
        return [standing for _, standing in sorted(found.items()) if standing is not None]

    def ledger(
        self, sku: str, location_id: str | None, *, at: datetime | None, limit: int, cursor: str | None
    ) -> LedgerPage:
        """Movements of an item up to that moment, newest first. Raises InvalidField, LedgerBehind."""
        if at is None or location_id is None:
            return self.projection.ledger(sku, location_id, limit=limit, cursor=cursor, up_to=at)
        then = self.positions(sku, at, location_id=location_id)
        version = then[0].stock.version if then else 0
        return self.projection.ledger(sku, location_id, limit=limit, cursor=cursor, up_to=version)
