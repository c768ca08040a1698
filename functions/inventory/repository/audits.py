"""How far the scheduled audit has come (`AUDIT`)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.inventory.repository.documents import put_of, row_of, write
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.table import Table

KIND = "audit"


@dataclass(frozen=True)
class Progress:
    """Where the next run goes on (None: from the beginning), and the items that were wrong when last looked at."""

    cursor: str | None = None
    wrong: tuple[str, ...] = ()
    version: int = 0


_progress = Document(Progress)


class Audits:
    """One row."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def progress(self) -> Progress:
        """Where the audit stands."""
        row = self._table.get("AUDIT")
        return replace(_progress.load(row["body"]), version=row["version"]) if row else Progress()

    def advance(self, progress: Progress, cause: Cause) -> None:
        """Remember where the next run goes on. Raises LostRace when another run was faster."""
        body = _progress.dump(replace(progress, version=0))
        write(self._table, [put_of(row_of("AUDIT", "-", KIND, progress.version + 1, cause, body))])
