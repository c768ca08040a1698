"""Works an import off: a slice of steps per invocation, each step one transaction with the mark of how far it came.

A worker that dies leaves the mark of its last whole step; the next one goes on there. Two workers on one import get in
each other's way at the mark, and the one that loses has nothing more to do. So every row counts once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import Action, ConditionFailed
from shared.errors import DomainError
from shared.ids import new_id
from shared.imports.columns import (
    MAX_REASON_CHARACTERS,
    BadRow,
    WrongHeader,
    columns_of,
    from_csv,
    from_json,
    header_of,
)
from shared.imports.files import FileReplaced, Files, Uploaded
from shared.imports.job import ENDED, Job, Jobs, Rejected, Status, Superseded, Tally
from shared.imports.rows import RawRow, raw_rows
from shared.inbox import come_again
from shared.observability import logger
from shared.settings import settings

SLICE_SECONDS = 20.0
"""How long one invocation goes on; then the import stands in line again behind the others."""
STEP_ROWS = 90
"""Rows that one transaction of 100 actions can change, beside the mark and what was rejected."""
STEP_READ_ROWS = 500
"""Rows that one step looks at, when most of them are rejected or change nothing."""
STEP_BYTES = 1024 * 1024
"""A transaction takes 4 MB."""
MAX_ROW_BYTES = 64 * 1024
MAX_FILE_BYTES = 512 * 1024 * 1024

Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True)
class Numbered(Generic[Row]):
    """A row that the schema accepts. `cause` is the same whenever this row of this import is worked off."""

    line: int
    row: Row
    cause: Cause


@dataclass
class Applied:
    """What a step means: writes for the step's transaction, and what becomes of each row."""

    actions: list[Action] = field(default_factory=list)
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def reject(self, line: int, error: DomainError) -> None:
        """The row is not taken; the reason names the field where the error does."""
        pointer = error.errors[0].pointer if error.errors else ""
        column = pointer.strip("/").replace("/", ".")
        reason = f"{column}: {error.detail}" if column else error.detail
        self.rejected.append(Rejected(line, reason[:MAX_REASON_CHARACTERS]))


@dataclass(frozen=True)
class Kind(Generic[Row]):
    """One kind of rows. Rows of one `target` never share a step: in the file's order, the later one wins."""

    model: type[Row]
    target: Callable[[Row], object]
    apply: Callable[[Sequence[Numbered[Row]]], Applied]
    """May raise LostRace to be asked again; what it writes by itself must bear repeating."""
    step_rows: int = STEP_ROWS
    max_row_bytes: int = MAX_ROW_BYTES


@dataclass(frozen=True)
class Parts:
    """What a worker works with."""

    jobs: Jobs
    files: Files
    kinds: Mapping[str, Kind[Any]]


@dataclass
class _Step:
    """Rows that are taken together."""

    rows: list[Numbered[Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    read: int = 0
    end: RawRow | None = None


class Importer:
    """The Lambda handler of one service's import worker: each message names an import to go on with."""

    def __init__(self, parts: Callable[[], Parts], *, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._parts = parts
        self._elapsed = elapsed

    def __call__(self, event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
        """Answers with the messages to be redelivered (`ReportBatchItemFailures`)."""
        testing_clock.refresh()
        log, failed = logger(), []
        for record in event["Records"]:
            import_id = import_of(json.loads(record["body"]))
            try:
                job = self._slice(import_id)
            except Exception as error:  # whatever it is: the message comes again, and goes on at the last mark
                log.exception("not imported", import_id=import_id, error=type(error).__name__)
                come_again(record)
                failed.append(record)
            else:
                tally = job.tally if job else Tally()
                log.info("imported", import_id=import_id, status=job.status if job else None, rows=tally.read)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    def _slice(self, import_id: str) -> Job | None:
        parts = self._parts()
        job = parts.jobs.find(import_id)
        if job is None:
            return None  # not ours: a file that somebody put into the bucket by hand
        run = Run(parts, self._elapsed() + SLICE_SECONDS, self._elapsed)
        try:
            job = run.through(job)
        except Superseded:
            return job  # another worker is at it, and has a message of its own
        if job.status in ENDED:
            parts.files.delete(import_id)
        else:
            message = json.dumps({"import_id": import_id})
            client("sqs").send_message(QueueUrl=settings().import_queue_url, MessageBody=message)
        return job


def import_of(message: Mapping[str, Any]) -> str:
    """The import that a message is about: S3's word of an upload, or our own of a slice to come."""
    return str(message["detail"]["object"]["key"] if "detail" in message else message["import_id"])


@dataclass
class Run:
    """One invocation's work on one import, until that time by the `elapsed` clock."""

    parts: Parts
    until: float
    elapsed: Callable[[], float]
    run_id: str = field(default_factory=new_id)

    def through(self, job: Job) -> Job:
        """Step by step until the time is up or the file has ended. Raises Superseded."""
        if job.status in ENDED:
            return job
        try:
            file = self.parts.files.uploaded(job.import_id)
            if job.status is Status.PENDING:
                job = self._begin(job, file)
            elif file.etag != job.etag:
                raise FileReplaced
            steps = self._steps(job, partial(self.parts.files.read, job.import_id, file))
            for step in steps:
                job = retried(partial(self._commit, job, step))
                if self.elapsed() >= self.until:
                    return job
            return self._end(job)
        except (WrongHeader, FileReplaced) as wrong:
            return self._save(replace(job, status=Status.FAILED, failure=str(wrong), ended_at=clock.now()))

    def _begin(self, job: Job, file: Uploaded) -> Job:
        started = replace(
            job, status=Status.RUNNING, started_at=clock.now(), etag=file.etag, size=file.size, tally=Tally()
        )
        if file.size > MAX_FILE_BYTES:
            raise WrongHeader(f"the file is larger than {MAX_FILE_BYTES} bytes")
        if job.format == "csv":
            started = self._past_header(started, file)
        return self._save(started)

    def _past_header(self, job: Job, file: Uploaded) -> Job:
        kind = self.parts.kinds[job.kind]
        read = partial(self.parts.files.read, job.import_id, file)
        first = next(raw_rows(read, offset=0, line=1, quotes=True, max_bytes=kind.max_row_bytes), None)
        if first is None:
            raise WrongHeader("the file is empty")
        if first.problem:
            raise WrongHeader(f"the header cannot be read: {first.problem}")
        header = header_of(first.text, columns_of(kind.model))  # type: ignore[arg-type]  # a class is hashable
        return replace(job, header=header, offset=first.next_offset, line=first.next_line)

    def _steps(self, job: Job, read: Callable[[int], bytes]) -> Iterator[_Step]:
        kind = self.parts.kinds[job.kind]
        step, targets = _Step(), set[object]()
        rows = raw_rows(
            read, offset=job.offset, line=job.line, quotes=job.format == "csv", max_bytes=kind.max_row_bytes
        )
        for raw in rows:
            numbered = self._read(job, kind, raw)
            target = kind.target(numbered.row) if isinstance(numbered, Numbered) else None
            if step.end and (_full(step, job, kind) or (target is not None and target in targets)):
                yield step
                job = replace(job, offset=step.end.next_offset)
                step, targets = _Step(), set()
            if isinstance(numbered, Numbered):
                step.rows.append(numbered)
                targets.add(target)
            else:
                step.rejected.append(numbered)
            step.read += 1
            step.end = raw
        if step.end:
            yield step

    def _read(self, job: Job, kind: Kind[Any], raw: RawRow) -> Numbered[Any] | Rejected:
        if raw.problem:
            return Rejected(raw.line, raw.problem)
        try:
            row = from_csv(raw.text, job.header, kind.model) if job.header else from_json(raw.text, kind.model)
        except BadRow as bad:
            return Rejected(raw.line, str(bad))
        return Numbered(raw.line, row, self._row_cause(job, raw.line))

    def _commit(self, job: Job, step: _Step) -> Job:
        assert step.end is not None, "a step has a row"
        applied = self.parts.kinds[job.kind].apply(step.rows) if step.rows else Applied()
        rejected = sorted([*step.rejected, *applied.rejected], key=lambda one: one.line)
        done = Tally(step.read, applied.changed, applied.unchanged, len(rejected))
        assert done.read == done.changed + done.unchanged + done.rejected, "every row comes to something"
        further = replace(job, offset=step.end.next_offset, line=step.end.next_line, tally=job.tally + done)
        try:
            return self._save(further, applied.actions, rejected)
        except ConditionFailed as error:
            raise LostRace("a row changed meanwhile") from error

    def _end(self, job: Job) -> Job:
        if not job.tally.read:
            raise WrongHeader("the file is empty" if not job.header else "the file has a header and no rows")
        ended = Status.COMPLETED_WITH_REJECTIONS if job.tally.rejected else Status.COMPLETED
        return self._save(replace(job, status=ended, ended_at=clock.now()))

    def _save(self, job: Job, actions: Sequence[Action] = (), rejected: Sequence[Rejected] = ()) -> Job:
        cause = replace(self._row_cause(job, job.line), id=f"{self.run_id}-{job.version}")
        return self.parts.jobs.save(job, cause, actions=actions, rejected=rejected)

    def _row_cause(self, job: Job, line: int) -> Cause:
        name = f"import/{job.import_id}"
        return Cause(f"{name}/{line}", f"import_{job.kind}", job.actor, clock.now(), name)


def _full(step: _Step, job: Job, kind: Kind[Any]) -> bool:
    assert step.end is not None
    return (
        len(step.rows) >= kind.step_rows
        or step.read >= STEP_READ_ROWS
        or step.end.next_offset - job.offset >= STEP_BYTES
    )
