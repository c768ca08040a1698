"""The compaction of availability pages: what the log has said goes into the chunks, now and then.

One compactor at a time, by a lease that outlives any function. A chunk is written before the directory that speaks of
it, and the new halves of a split before the chunk that they are split from: wherever a compactor dies, a reader finds
every state, and the next compactor does the rest.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from functions.inventory.repository.pages import (
    END,
    FIRST,
    Chunks,
    Pages,
    Parts,
    chunk_key,
    chunk_texts,
    merge,
    parsed,
    read_directory,
)
from shared.clock import epoch_seconds, rfc3339
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

CHUNK_BYTES = 48 * 1024
"""A fuller chunk is split. Small enough to be read for one item, and far below 400 KB."""
LOG_BYTES = 128 * 1024
LOG_SHARE = 8
"""The log is taken over once it holds 128 KB or an eighth of the chunks, so each byte of it costs about eight to be
taken over, however large the catalogue is."""
LONGEST = timedelta(days=1)
LEASE_SECONDS = 60
"""Twice as long as the timer's function may run."""


class Compactor:
    """Takes the log over into the chunks."""

    def __init__(self, table: Table, *, real_now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._table = table
        self._pages = Pages(table)
        self._now = real_now  # a lease keeps real time, whatever a testing clock says

    def run(self) -> int:
        """Compact if it is due; answers the number of chunks written."""
        self._pages.refresh()
        directory = read_directory(self._table)
        if not self._due(directory) or not self._lease():
            return 0
        self._pages.forget()  # the last compactor may have come further than this process knew
        self._pages.refresh()
        directory = read_directory(self._table)
        chunks = self._compact(directory)
        self._pages.forget()
        return chunks

    def _due(self, directory: Chunks) -> bool:
        if not self._pages.recent():
            return False
        if self._pages.log_bytes > max(LOG_BYTES, directory.size // LOG_SHARE):
            return True
        return not directory.at or self._now() - datetime.fromisoformat(directory.at) > LONGEST

    def _lease(self) -> bool:
        now = epoch_seconds(self._now())
        row = {"pk": "PAGECHUNKS", "sk": "lease", "kind": "pagelease", "until": now + LEASE_SECONDS}
        try:
            self._table.write(Put(row, f"{ABSENT} OR #until < :now", {":now": now}, {"#until": "until"}))
        except ConditionFailed:
            return False
        return True

    def _compact(self, directory: Chunks) -> int:
        changed = dict(sorted(self._pages.recent().items()))
        versions, written, grown = dict(directory.versions), 0, 0
        todo = sorted(directory.of(changed)) or [FIRST]
        while todo:
            first = todo.pop(0)
            row = self._table.get(*chunk_key(first)) or _no_chunk(first, directory)
            if row["end"] not in {END, *directory.versions}:
                todo.insert(0, row["end"])  # a split of which a compactor that died has not told the directory
            mine = {group: parts for group, parts in changed.items() if first <= group < row["end"]}
            for new in self._rewritten(first, row, mine):
                versions[new["pk"].partition("#")[2]] = new["version"]
                grown += len(new["body"])
                written += 1
            grown -= len(row["body"])
        self._save(directory, versions, directory.size + grown)
        return written

    def _rewritten(self, first: str, row: Item, changed: Mapping[str, Parts]) -> list[Item]:
        """The chunk with its changed groups, split where it has become too large, as written."""
        texts = chunk_texts(row["body"])
        for group, newer in changed.items():
            parts = parsed(texts[group]) if group in texts else {}
            merge(parts, newer.items())
            texts[group] = json.dumps(parts, separators=(",", ":"))
        pieces = list(_pieces(first, sorted(texts.items()), row["end"]))
        rows = []
        for start, end, body in reversed(pieces):
            pk, sk = chunk_key(start)
            known = row if start == first else self._table.get(pk, sk)
            version = known["version"] + 1 if known else 1
            new = {"pk": pk, "sk": sk, "kind": "pagechunk", "version": version, "end": end, "body": body}
            condition = Put(new, "#version = :expected", {":expected": version - 1}, {"#version": "version"})
            self._table.write(condition if version > 1 else Put(new, ABSENT))
            rows.append(new)
        return rows

    def _save(self, directory: Chunks, versions: Mapping[str, int], size: int) -> None:
        body = {"versions": versions, "until": self._pages.read_until(), "size": size}
        row = {
            "pk": "PAGECHUNKS",
            "sk": "-",
            "kind": "pagechunks",
            "version": directory.version + 1,
            "at": rfc3339(self._now()),
            "body": zlib.compress(json.dumps(body, separators=(",", ":")).encode()),
        }
        condition = Put(row, "#version = :expected", {":expected": directory.version}, {"#version": "version"})
        self._table.write(condition if directory.version else Put(row, ABSENT))


def _no_chunk(first: str, directory: Chunks) -> Item:
    return {
        "version": 0,
        "body": zlib.compress(b""),
        "end": min((other for other in directory.versions if other > first), default=END),
    }


def _pieces(first: str, texts: list[tuple[str, str]], end: str) -> Iterator[tuple[str, str, bytes]]:
    """(first group, end, body) of the chunks that hold the groups, each within bounds."""
    body = zlib.compress("\n".join(f"{group}\t{text}" for group, text in texts).encode())
    if len(body) <= CHUNK_BYTES or len(texts) == 1:
        yield first, end, body
        return
    half = len(texts) // 2
    middle = texts[half][0]
    yield from _pieces(first, texts[:half], middle)
    yield from _pieces(middle, texts[half:], end)
