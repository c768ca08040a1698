"""Counts as posted: `COUNT#{count_id}`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.domain.stock import Change
from functions.inventory.repository.documents import put_of, row_of, write
from functions.inventory.repository.movements import PostedLine
from functions.inventory.repository.stock import change_actions
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.table import Table

KIND = "count"


@dataclass(frozen=True)
class CountedLine:
    """What was seen of one item, what should have been there then, and the position after the correction (None where
    there was nothing to correct and never had been)."""

    sku: str
    counted: int
    expected: int
    scanned_at: datetime
    after: PostedLine | None


@dataclass(frozen=True)
class PostedCount:
    """A count with its variances."""

    count_id: str
    fingerprint: str
    location_id: str
    posted_at: datetime
    actor: str
    paused: bool
    lines: tuple[CountedLine, ...]
    reason: str = ""


_counts = Document(PostedCount)


class Counts:
    """Reads of counts, and the transaction that writes one together with stock rows."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, count_id: str) -> PostedCount | None:
        """The count, or None."""
        item = self._table.get(f"COUNT#{count_id}")
        return _counts.load(item["body"]) if item else None

    def save(self, count: PostedCount, changes: Iterable[Change], cause: Cause) -> None:
        """The count, once, together with its stock rows. Raises LostRace."""
        row = row_of(f"COUNT#{count.count_id}", "-", KIND, 1, cause, _counts.dump(count))
        write(self._table, [*change_actions(changes, cause), put_of(row)])
