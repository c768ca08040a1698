"""The sweep of what has been kept long enough.

RETAIN#{kind}#{shard}   {at}#{...}     interactions on gsi2, shared carts on gsi1
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime

from functions.customers.domain.retention import SHARED_CART, kept_since
from shared.clock import rfc3339
from shared.dynamo.marshal import Item
from shared.dynamo.table import ConditionFailed, Delete, Table

SHARDS = 4
"""So that no kind is one hot partition."""
ROWS_AT_ONCE = 200


def retained(kind: str, name: str, at: datetime, *, index: str) -> Item:
    """The attributes by which the sweep finds a row."""
    return {f"{index}pk": _partition(kind, zlib.crc32(name.encode()) % SHARDS), f"{index}sk": f"{rfc3339(at)}#{name}"}


class Sweep:
    """Removes rows whose period is over. `days` by kind."""

    def __init__(self, table: Table, days: Mapping[str, int]) -> None:
        self._table = table
        self._days = days

    def run(self, at: datetime) -> tuple[int, bool]:
        """Remove what is due, as much as fits into one run. Answers how many rows went, and whether there are more."""
        removed, more = 0, False
        for kind, days in self._days.items():
            before = rfc3339(kept_since(days, at=at))
            index = "gsi1" if kind == SHARED_CART else "gsi2"
            for shard in range(SHARDS):
                page = self._table.query(
                    _partition(kind, shard), index=index, sk_between=("0", before), limit=ROWS_AT_ONCE
                )
                removed += sum(self._remove(row) for row in page.items)
                more = more or page.next_cursor is not None
        return removed, more

    def _remove(self, row: Item) -> bool:
        """Unless it was changed since: a cart that somebody works on again stays."""
        try:
            self._table.write(
                Delete(row["pk"], row["sk"], "#version = :seen", {":seen": row["version"]}, {"#version": "version"})
            )
        except ConditionFailed:
            return False
        return True


def _partition(kind: str, shard: int) -> str:
    return f"RETAIN#{kind}#{shard}"
