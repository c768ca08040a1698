"""Where imports are asked for: opens one, and tells how far it has come. The HTTP models of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.cause import Cause
from shared.imports.files import Files
from shared.imports.job import Job, Jobs, Rejected, Status
from shared.schemas import Identifier, PageQuery, Schema, UtcTime


class ImportRequest(Schema):
    """An import to come. Each service names the kinds of rows that it takes."""

    import_id: Identifier
    format: Annotated[Literal["csv", "jsonl"], Field(description="Both UTF-8; CSV with a header of field names")]
    kind: str


class RowCounts(Schema):
    """Rows so far: each one that was read has changed something, said what was known, or was rejected."""

    read: int
    changed: int
    unchanged: int
    rejected: int


class Progress(Schema):
    """How much of the file is done, in bytes."""

    done: int
    total: int


class RejectedRow(Schema):
    """A row that was not taken; `line` is where it begins in the file, and the reason names the field."""

    line: int
    reason: str


class ImportView(Schema):
    """An import, and a page of the rows that it rejected."""

    import_id: str
    kind: str
    format: str
    status: Status
    upload_url: Annotated[str | None, Field(description="Takes the file by an HTTP PUT, for an hour")]
    failure: Annotated[str | None, Field(description="Why the file as a whole was not taken")]
    rows: RowCounts
    bytes: Progress
    created_at: UtcTime
    started_at: UtcTime | None
    ended_at: UtcTime | None
    rejected: list[RejectedRow]
    next_cursor: str | None


@dataclass(frozen=True)
class ImportDesk:
    """Use cases of imports for who asks for them; each may be repeated."""

    jobs: Jobs
    files: Files
    clock: Callable[[], datetime]

    def start(self, request: ImportRequest, cause: Cause) -> ImportView:
        """A new import, or the one of this id, with a fresh address for its file as long as that has not come.

        Raises ImportIdReused.
        """
        wanted = Job(request.import_id, request.kind, request.format, cause.actor, self.clock())
        job = self.jobs.open(wanted, cause)
        return _view(job, [], None, self.files.upload_url(job.import_id) if job.status is Status.PENDING else None)

    def look(self, import_id: str, query: PageQuery) -> ImportView:
        """How far the import is. Raises ImportNotFound, and InvalidField for a forged cursor."""
        job = self.jobs.get(import_id)
        page = self.jobs.rejected(import_id, limit=query.limit, cursor=query.cursor)
        return _view(job, page.rows, page.next_cursor, None)


def _view(job: Job, rejected: list[Rejected], next_cursor: str | None, upload_url: str | None) -> ImportView:
    tally = job.tally
    return ImportView.model_construct(
        import_id=job.import_id,
        kind=job.kind,
        format=job.format,
        status=job.status,
        upload_url=upload_url,
        failure=job.failure or None,
        rows=RowCounts.model_construct(
            read=tally.read, changed=tally.changed, unchanged=tally.unchanged, rejected=tally.rejected
        ),
        bytes=Progress.model_construct(done=job.offset, total=job.size),
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        rejected=[RejectedRow.model_construct(line=one.line, reason=one.reason) for one in rejected],
        next_cursor=next_cursor,
    )
