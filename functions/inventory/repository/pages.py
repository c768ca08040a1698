"""Availability pages: a log of changed states and, behind it, chunks that hold everything up to a point of the log.

    PAGELOG#{lane} / {number}   states that changed together, in gapless numbers per lane
    PAGECHUNKS / -              the directory: which chunks there are, and up to which number of each lane they go
    PAGECHUNK#{first} / -       the states of all groups from `first` up to its `end`, where the next chunk begins

A state is a part of a group at a version: a position of an item, an item's own facts, a place of the network. A reader
keeps what it has read (`Pages`) and then reads only what the log has got since, so an answer costs the same however
many items are asked for and however many there are. States may come twice and in any order: the newest version wins.
"""

from __future__ import annotations

import json
import random
import time
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from shared.clock import rfc3339
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table
from shared.ids import new_id
from shared.observability import logger

LANES = 4
"""Each is a partition of its own: 1,000 write units a second. A reader asks all of them."""
STATES_PER_ROW = 250
BYTES_PER_ROW = 100_000
"""Before compression: a row stays well below 400 KB, whatever is in it."""
LOG_ROW_SECONDS = 30 * 24 * 3600
"""The compactor takes the log over at least daily; a month is what it may be out of order without loss."""
NETWORK = "/network"
"""The group of what concerns all items. No SKU has a slash."""

FIRST, END = "", "~"
"""Below and above every group: no identifier has a tilde."""
MANY_UNKNOWN = 100_000


class State(NamedTuple):
    """One part of a group at a version; `value` is JSON, None when the part is gone."""

    group: str
    part: str
    version: int
    value: Any


Parts = dict[str, tuple[int, Any]]
"""Version and value by part."""


class PageLog:
    """Appends to the log. `pick` chooses a lane: writers that stay apart do not meet."""

    def __init__(self, table: Table, *, pick: Callable[[int], int] = random.randrange) -> None:
        self._table = table
        self._lane = pick(LANES)

    def append(self, states: Sequence[State], *, at: datetime, lag_ms: int) -> None:
        """Add states that became known at `at`, `lag_ms` after they happened. Raises Busy; repeats do no harm."""
        for body in _rows(states):
            retried(partial(self._append, body, new_id(), at, lag_ms))

    def _append(self, body: bytes, row_id: str, at: datetime, lag_ms: int) -> None:
        pk = f"PAGELOG#{self._lane}"
        # Asked every time: a number skipped by a memory of old would be a gap that no reader gets over.
        last = self._table.query(pk, forward=False, limit=1, consistent=True).items
        row = {
            "pk": pk,
            "sk": f"{int(last[0]['sk']) + 1 if last else 1:012d}",
            "kind": "pagelog",
            "id": row_id,
            "at": rfc3339(at),
            "lag_ms": lag_ms,
            "ttl": int(time.time()) + LOG_ROW_SECONDS,  # by real time, whatever a testing clock says
            "body": body,
        }
        try:
            self._table.write(Put(row, ABSENT))
        except ConditionFailed as error:
            if (error.existing or {}).get("id") != row_id:  # else the answer to our own write was lost on the way
                raise LostRace("another writer took this number of the lane") from error


def _rows(states: Sequence[State]) -> Iterator[bytes]:
    """The states as bodies of log rows."""
    rows: list[list[str]] = [[]]
    size = 0
    for state in states:
        text = json.dumps(state, separators=(",", ":"))
        if rows[-1] and (len(rows[-1]) == STATES_PER_ROW or size + len(text) > BYTES_PER_ROW):
            rows.append([])
            size = 0
        rows[-1].append(text)
        size += len(text)
    return (zlib.compress(f"[{','.join(row)}]".encode()) for row in rows if row)


@dataclass(frozen=True)
class Chunks:
    """The directory. `versions` of chunks by their first group; `until`: the last number of each lane that they hold;
    `size`: bytes of all of them."""

    version: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)
    until: Mapping[int, int] = field(default_factory=dict)
    at: str = ""
    size: int = 0

    def of(self, groups: Iterable[str]) -> set[str]:
        """The chunks (by their first group) that hold the groups."""
        firsts = sorted(self.versions)
        return {firsts[bisect_right(firsts, group) - 1] for group in groups} if firsts else set()


def chunk_key(first: str) -> tuple[str, str]:
    """The key of the chunk that begins with that group."""
    return f"PAGECHUNK#{first}", "-"


def read_directory(table: Table) -> Chunks:
    """The directory as it is now; empty before the first compaction."""
    row = table.get("PAGECHUNKS")
    if row is None:
        return Chunks()
    body = json.loads(zlib.decompress(row["body"]))
    until = {int(lane): number for lane, number in body["until"].items()}
    return Chunks(row["version"], body["versions"], until, row["at"], body["size"])


def chunk_texts(body: bytes) -> dict[str, str]:
    """Each group's parts, still as text: most of them are never looked at."""
    text = zlib.decompress(body).decode()
    return dict(line.split("\t", 1) for line in text.split("\n")) if text else {}


def parsed(text: str) -> Parts:
    """The parts of a group."""
    return {part: (version, value) for part, (version, value) in json.loads(text).items()}


def merge(parts: Parts, newer: Iterable[tuple[str, tuple[int, Any]]]) -> None:
    """Take over what is of a newer version."""
    for part, state in newer:
        if part not in parts or parts[part][0] < state[0]:
            parts[part] = state


class LogChanged(Exception):
    """The log is not the one read before: restored, or made anew."""


@dataclass
class _Lane:
    """How far a reader has come. `id` is that of the row read last; None while it is not known."""

    number: int = 0
    id: str | None = None


class Pages:
    """What one process knows of the pages. Reads only what is new; memory grows with the chunks looked into."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.forget()

    def forget(self) -> None:
        """Begin anew with the next refresh."""
        self._started = False
        self._lanes = [_Lane() for _ in range(LANES)]
        self._texts: dict[str, str] = {}
        self._loaded: dict[str, int] = {}
        self._unknown: set[str] = set()
        self._recent: dict[str, Parts] = {}
        self._newest: dict[int, tuple[str, int]] = {}
        self.log_bytes = 0

    # ---------------------------------------------------------------- reading

    def refresh(self) -> None:
        """Take over what the log has got since the last time."""
        try:
            self._refresh()
        except LogChanged:
            logger().warning("the log of pages is another one: read anew")
            self.forget()
            self._refresh()

    def parts(self, groups: Iterable[str]) -> dict[str, Parts]:
        """The parts of those groups that are known, parts that are gone left out, as of the last refresh."""
        wanted = list(dict.fromkeys(groups))
        self._load([group for group in wanted if group not in self._texts and group not in self._unknown])
        found = {}
        for group in wanted:
            text, recent = self._texts.get(group), self._recent.get(group)
            if text is None and recent is None:
                continue
            parts = parsed(text) if text else {}
            if recent:
                merge(parts, recent.items())
            found[group] = {part: state for part, state in parts.items() if state[1] is not None}
        return found

    def lag_ms(self) -> int:
        """How long what was projected last had taken to get into the log."""
        return max(self._newest.values(), default=("", 0))[1]

    def groups(self) -> list[str]:
        """Every group of an item, sorted. Loads everything."""
        directory = read_directory(self._table)
        self._load_chunks(directory, directory.versions, (END,))
        return sorted({*self._texts, *self._recent} - {NETWORK})

    def read_until(self) -> dict[int, int]:
        """How far each lane has been read."""
        return {number: lane.number for number, lane in enumerate(self._lanes)}

    def recent(self) -> Mapping[str, Parts]:
        """What the log has said since this process began to read it, by group."""
        return self._recent

    # ---------------------------------------------------------------- details

    def _refresh(self) -> None:
        if not self._started:
            for number, until in read_directory(self._table).until.items():
                self._lanes[number].number = until
        for number, lane in enumerate(self._lanes):
            for row in self._news(number, lane):
                self._take(number, row)
        self._started = True

    def _news(self, number: int, lane: _Lane) -> list[Item]:
        """The rows behind the one read last, which has to be there still (unless it was never seen)."""
        rows = self._rows(number, lane, consistent=False)
        if lane.id is None and not self._started:
            return rows if not rows or int(rows[0]["sk"]) != lane.number else self._after_known(rows, lane)
        if lane.id is not None and not self._continues(rows, lane):
            rows = self._rows(number, lane, consistent=True)  # an eventual read may lag behind the one before it
            if not self._continues(rows, lane):
                raise LogChanged
        return [row for row in rows if int(row["sk"]) > lane.number]

    def _after_known(self, rows: list[Item], lane: _Lane) -> list[Item]:
        lane.id = rows[0]["id"]
        return rows[1:]

    @staticmethod
    def _continues(rows: Sequence[Item], lane: _Lane) -> bool:
        return bool(rows) and rows[0]["id"] == lane.id

    def _rows(self, number: int, lane: _Lane, *, consistent: bool) -> list[Item]:
        between = (f"{lane.number:012d}", END)
        return list(self._table.query_all(f"PAGELOG#{number}", sk_between=between, consistent=consistent))

    def _take(self, number: int, row: Item) -> None:
        lane = self._lanes[number]
        if lane.number and int(row["sk"]) != lane.number + 1:
            logger().error("the log of pages has a gap", lane=number, after=lane.number, next=row["sk"])
        lane.number, lane.id = int(row["sk"]), row["id"]
        self._newest[number] = (row["at"], row["lag_ms"])
        self.log_bytes += len(row["body"])
        for group, part, version, value in json.loads(zlib.decompress(row["body"])):
            merge(self._recent.setdefault(group, {}), [(part, (version, value))])

    def _load(self, groups: Sequence[str]) -> None:
        """Look the groups up in the chunks. Those in none are remembered as such: whatever becomes known of them
        later is in the log."""
        if not groups:
            return
        directory = read_directory(self._table)
        self._load_chunks(directory, directory.of(groups), groups)
        if len(self._unknown) > MANY_UNKNOWN:
            self._unknown.clear()
        self._unknown.update(group for group in groups if group not in self._texts)

    def _load_chunks(self, directory: Chunks, firsts: Iterable[str], groups: Sequence[str]) -> None:
        """Load chunks unless they are, and those that they were split into since the directory was written."""
        wanted = {first for first in firsts if self._loaded.get(first, -1) < directory.versions.get(first, 0)}
        while wanted:
            ends = set()
            for first, row in self._chunk_rows(directory, wanted).items():
                self._texts |= chunk_texts(row["body"])
                self._loaded[first] = row["version"]
                end = row["end"]
                if end not in directory.versions and any(first < end <= group for group in groups):
                    ends.add(end)
            wanted = {end for end in ends if end != END and end not in self._loaded}

    def _chunk_rows(self, directory: Chunks, firsts: Iterable[str]) -> dict[str, Item]:
        found = self._read_chunks(firsts, consistent=False)
        late = [
            first
            for first in firsts
            if first not in found or found[first]["version"] < directory.versions.get(first, 0)
        ]  # an eventual read may be older than the directory
        return found | self._read_chunks(late, consistent=True)

    def _read_chunks(self, firsts: Iterable[str], *, consistent: bool) -> dict[str, Item]:
        rows = self._table.get_many([chunk_key(first) for first in firsts], consistent=consistent)
        return {pk.partition("#")[2]: row for (pk, _), row in rows.items()}
