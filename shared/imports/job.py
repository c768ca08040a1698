"""One import as stored: how far it has come, and what it could not take.

IMPORT#{import_id} / -                      the job: its version guards every step
IMPORT#{import_id} / REJECTED#{last line}   rows that one step rejected
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.documents import Document, decode_cursor, encode_cursor
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, Action, ConditionFailed, Put, Table
from shared.errors import Conflict, InvalidField, NotFound

KIND = "import"
REJECTED_KIND = "import_rejects"
KEEP_REJECTED_SECONDS = 90 * 24 * 3600


class ImportNotFound(NotFound):
    """There is no such import."""

    code = "import_not_found"


class ImportIdReused(Conflict):
    """The id names an import of another kind or format."""

    code = "import_id_reused"


class Superseded(Exception):
    """Another worker has taken the step; this one has nothing more to do."""


class Status(StrEnum):
    """How far an import is."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_REJECTIONS = "COMPLETED_WITH_REJECTIONS"
    FAILED = "FAILED"


ENDED = frozenset({Status.COMPLETED, Status.COMPLETED_WITH_REJECTIONS, Status.FAILED})


@dataclass(frozen=True)
class Tally:
    """Rows by what became of them."""

    read: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.read + other.read,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True)
class Rejected:
    """A row that was not taken. `line` is where it begins in the file."""

    line: int
    reason: str


@dataclass(frozen=True)
class Job:
    """One import. `offset` and `line` are where the next row begins; everything before is done."""

    import_id: str
    kind: str
    format: str
    actor: str
    created_at: datetime
    status: Status = Status.PENDING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    failure: str = ""
    etag: str = ""
    size: int = 0
    offset: int = 0
    line: int = 1
    header: tuple[str, ...] = ()
    tally: Tally = Tally()
    version: int = 0


@dataclass(frozen=True)
class RejectedPage:
    """Some rejected rows in the file's order, and where to go on."""

    rows: list[Rejected]
    next_cursor: str | None


_jobs = Document(Job)


class Jobs:
    """The imports of one service, in its own table: a step and what it changes are one transaction."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, job: Job, cause: Cause) -> Job:
        """Write a new import, or answer the one that has this id. Raises ImportIdReused for another kind or format."""
        try:
            self._table.write(_put(job, cause))
        except ConditionFailed as error:
            known = _decode(error.existing or {})
            if (known.kind, known.format) != (job.kind, job.format):
                raise ImportIdReused(f"import {job.import_id} takes {known.kind} as {known.format}") from error
            return known
        return replace(job, version=1)

    def find(self, import_id: str) -> Job | None:
        """The import, or None."""
        row = self._table.get(_pk(import_id))
        return _decode(row) if row else None

    def get(self, import_id: str) -> Job:
        """The import. Raises ImportNotFound."""
        job = self.find(import_id)
        if job is None:
            raise ImportNotFound(f"there is no import {import_id}")
        return job

    def save(self, job: Job, cause: Cause, *, actions: Sequence[Action] = (), rejected: Sequence[Rejected] = ()) -> Job:
        """The import at its next version, what the step changes and what it rejected: all or nothing.

        Raises Superseded when another worker has taken a step, ConditionFailed when a row of `actions` stood in the
        way; in both cases nothing was written.
        """
        step = [_put(job, cause), *([_rejects(job, rejected, cause)] if rejected else [])]
        try:
            self._table.write(*step, *actions)
        except ConditionFailed as error:
            if 0 in error.failed and not self._was_ours(job, cause):
                raise Superseded(job.import_id) from error
            if 0 not in error.failed:
                raise
        return replace(job, version=job.version + 1)

    def _was_ours(self, job: Job, cause: Cause) -> bool:
        """Whether the step had been written already, and only its answer was lost."""
        row = self._table.get(_pk(job.import_id))
        return row is not None and row["version"] == job.version + 1 and row["cause"]["id"] == cause.id

    def rejected(self, import_id: str, *, limit: int, cursor: str | None) -> RejectedPage:
        """A page of the rejected rows. Raises InvalidField for a forged cursor."""
        after = _line_of(cursor, import_id)
        rows: list[Rejected] = []
        for item in self._table.query_all(_pk(import_id), sk_between=(_rejected_sk(after + 1), "REJECTED#~")):
            rows += [Rejected(line, reason) for line, reason in item["rows"] if line > after]
            if len(rows) > limit:
                end = encode_cursor({"import": import_id, "line": rows[limit - 1].line})
                return RejectedPage(rows[:limit], end)
        return RejectedPage(rows, None)


def _pk(import_id: str) -> str:
    return f"IMPORT#{import_id}"


def _rejected_sk(line: int) -> str:
    return f"REJECTED#{line:012d}"


def _decode(row: Item) -> Job:
    return replace(_jobs.load(row["body"]), version=row["version"])


def _put(job: Job, cause: Cause) -> Put:
    row = {
        "pk": _pk(job.import_id),
        "sk": "-",
        "kind": KIND,
        "version": job.version + 1,
        "cause": cause.stamp(),
        "body": _jobs.dump(replace(job, version=0)),
    }
    if not job.version:
        return Put(row, ABSENT)
    return Put(row, "#version = :expected", {":expected": job.version}, {"#version": "version"})


def _rejects(job: Job, rejected: Sequence[Rejected], cause: Cause) -> Put:
    row = {
        "pk": _pk(job.import_id),
        "sk": _rejected_sk(rejected[-1].line),
        "kind": REJECTED_KIND,
        "version": 1,
        "cause": cause.stamp(),
        "rows": [[one.line, one.reason] for one in rejected],
        "ttl": epoch_seconds(cause.at) + KEEP_REJECTED_SECONDS,
    }
    return Put(row, ABSENT)


def _line_of(cursor: str | None, import_id: str) -> int:
    if cursor is None:
        return 0
    try:
        decoded = decode_cursor(cursor)
    except ValueError as error:
        raise InvalidField("/cursor", "not a cursor of this list") from error
    line = decoded.get("line")
    if decoded.get("import") != import_id or not isinstance(line, int) or line < 0:
        raise InvalidField("/cursor", "not a cursor of this list")
    return line
