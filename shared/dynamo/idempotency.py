"""`Idempotency-Key`: a marker that becomes true in the same transaction as the command's effect.

    (none) --begin--> RUNNING --the command's transaction--> APPLIED --finish--> DONE (status and body kept)

A RUNNING or APPLIED marker belongs to its holder until the lease ends; the next try then takes it over, and the old
holder's transaction fails on the marker (fencing), so the effect happens once. An APPLIED marker without an answer
(its holder died) runs the command again: every command also has a natural id, hence answers as the first time. Not a
response cache beside the effect: that charges twice when killed in between.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.dynamo.marshal import Item
from shared.dynamo.subjects import Subjects
from shared.dynamo.table import ABSENT, Action, ConditionFailed, Delete, Put, Table, Update
from shared.errors import Conflict, Refused
from shared.ids import new_id

LEASE_SECONDS = 35
"""Longer than any function that answers HTTP may run (30 s), so a live holder is never robbed."""
KEEP_SECONDS = 48 * 3600
COMPRESS_FROM_CHARACTERS = 4096
MARKER_KIND = "idempotency"
ERASED_STATUS = 404
ERASED_BODY = json.dumps(
    {
        "type": "https://throughline.dev/problems/erased",
        "title": "Not Found",
        "status": ERASED_STATUS,
        "detail": "what this call was about has been erased",
        "code": "erased",
        "trace_id": "",
    }
)
"""What a repeat gets once the person of the first answer has been erased: it must not make them anew either."""

_current: ContextVar[PendingMarker | None] = ContextVar("idempotency_marker", default=None)


class KeyReused(Refused):
    """The key was used with another body."""

    code = "idempotency_key_reused"


class StillRunning(Conflict):
    """The first call with this key has not ended yet."""

    code = "idempotency_in_progress"
    retry_after_seconds = 1


@dataclass(frozen=True)
class Remembered:
    """The answer that the key got the first time."""

    status: int
    body: str


@dataclass(frozen=True)
class PendingMarker:
    """A marker that this invocation holds and that its write makes true."""

    pk: str
    lease: str

    def action(self) -> Action:
        return Update(
            self.pk,
            "-",
            "SET #state = :applied",
            "#lease = :lease AND #state <> :done",
            {":applied": "APPLIED", ":lease": self.lease, ":done": "DONE"},
            {"#state": "state", "#lease": "lease"},
        )

    def lost(self, row: Item | None) -> Exception:  # noqa: ARG002 - whoever took it over is answering
        return StillRunning("another call with the same Idempotency-Key has taken over")


def pending_marker() -> PendingMarker | None:
    """The marker of the request that this invocation is answering."""
    return _current.get()


class Markers:
    """The markers of one service, in its own table (a transaction must reach both)."""

    def __init__(self, table: Table, *, real_now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._table = table
        self._now = real_now  # leases keep real time, whatever a testing clock says

    def begin(self, *, scope: str, key: str, fingerprint: str) -> Remembered | PendingMarker:
        """Take the key, or give the answer that it got before.

        `scope` names principal and route. Raises KeyReused for another fingerprint, StillRunning while the first call
        lives.
        """
        pk = "IDEM#" + hashlib.sha256(f"{scope}\x1f{key}".encode()).hexdigest()
        now = int(self._now().timestamp())
        lease = new_id()
        item = {
            "pk": pk,
            "sk": "-",
            "kind": MARKER_KIND,
            "fingerprint": fingerprint,
            "state": "RUNNING",
            "lease": lease,
            "lease_until": now + LEASE_SECONDS,
            "ttl": now + KEEP_SECONDS,
        }
        free = f"{ABSENT} OR (fingerprint = :fingerprint AND #state <> :done AND lease_until < :now)"
        values = {":fingerprint": fingerprint, ":done": "DONE", ":now": now}
        try:
            self._table.write(Put(item, free, values, {"#state": "state"}))
        except ConditionFailed as error:
            row = error.existing or {}
            if row.get("fingerprint") != fingerprint:
                raise KeyReused("this Idempotency-Key was used for another request") from error
            if row.get("state") == "DONE":
                answer = row["answer"]
                text = zlib.decompress(answer).decode() if isinstance(answer, bytes) else answer
                return Remembered(row["status"], text)
            if row.get("lease") != lease:
                raise StillRunning("the first call with this Idempotency-Key is still running") from error
        return PendingMarker(pk, lease)

    def finish(self, marker: PendingMarker, *, status: int, body: str, about: Iterable[str] = ()) -> None:
        """Keep the answer for the next call with this key, unless the lease ended and somebody else answers by now.

        `about`: whom the answer names, so that `forget` finds it.
        """
        if subjects := list(about):
            ttl = int(self._now().timestamp()) + KEEP_SECONDS
            Subjects(self._table).point(subjects, marker.pk, kind=MARKER_KIND, ttl=ttl)
        # Compressed: the answer to an order of 1,200 lines exceeds the 400 KB that an item takes.
        answer = body if len(body) < COMPRESS_FROM_CHARACTERS else zlib.compress(body.encode())
        try:
            self._table.write(
                Update(
                    marker.pk,
                    "-",
                    "SET #state = :done, #status = :status, answer = :answer",
                    "#lease = :lease",
                    {":done": "DONE", ":status": status, ":answer": answer, ":lease": marker.lease},
                    {"#state": "state", "#lease": "lease", "#status": "status"},
                )
            )
        except ConditionFailed:
            return  # theirs is kept; ours still goes to our caller, who must not see a 5xx for what was decided

    def forget(self, digests: Iterable[str]) -> int:
        """Forget every kept answer that names one of these subjects; answers how many. Their keys stay used."""
        forgotten = 0
        for pk in set(Subjects(self._table).rows_of(digests, kind=MARKER_KIND)):
            try:
                self._table.write(
                    Update(
                        pk,
                        "-",
                        "SET #state = :done, #status = :status, answer = :answer",
                        "#state = :done AND answer <> :answer",
                        {":done": "DONE", ":status": ERASED_STATUS, ":answer": ERASED_BODY},
                        {"#state": "state", "#status": "status"},
                    )
                )
            except ConditionFailed:
                continue  # it is gone, forgotten already, or has no answer yet
            forgotten += 1
        return forgotten

    def abandon(self, marker: PendingMarker) -> None:
        """The call failed unexpectedly: let the next one run at once. What was applied stays applied."""
        try:
            self._table.write(Delete(marker.pk, "-", "#lease = :lease", {":lease": marker.lease}, {"#lease": "lease"}))
        except ConditionFailed:
            return  # somebody else holds it by now; theirs is theirs


@contextmanager
def holding(marker: PendingMarker) -> Iterator[None]:
    """Within: every write of a Table made with `marker=pending_marker` includes this marker."""
    token = _current.set(marker)
    try:
        yield
    finally:
        _current.reset(token)
