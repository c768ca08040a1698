"""Bytes of a file -> rows, from any place in it on: pure, and in memory no more than a row and a block.

A bad row never takes its neighbours with it: one that is too long, or whose quote nobody closes, is given up at the end
of its first line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

BOM = b"\xef\xbb\xbf"

Read = Callable[[int], bytes]
"""Gives the bytes from an offset on, as many as it likes; none at the end of the file."""


@dataclass(frozen=True)
class RawRow:
    """One row as it stands in the file. `line` counts from 1; `problem` says why there is no `text`."""

    line: int
    text: str
    problem: str
    next_offset: int
    """Where the row behind it begins."""
    next_line: int


@dataclass(frozen=True)
class _Line:
    """One line without its end; no content where it is longer than a row may be."""

    number: int
    content: bytes | None
    next_offset: int


def raw_rows(read: Read, *, offset: int, line: int, quotes: bool, max_bytes: int) -> Iterator[RawRow]:
    """The rows from `offset` on, of which the first stands on line `line`; blank lines are passed over.

    `quotes`: line breaks within quotes belong to the row (CSV). A byte order mark at the beginning is passed over too.
    """
    lines = _Lines(read, offset=offset, number=line, max_bytes=max_bytes)
    while (first := lines.next()) is not None:
        if first.content is None or first.content.strip():
            yield _row(first, lines, quotes=quotes, max_bytes=max_bytes)


def ends_within_quotes(line: bytes, *, within: bool) -> bool:
    """Whether a quote is open behind the line. A field is quoted when it begins with a quote; two stand for one."""
    at = 0
    if not within:
        line = b"," + line
    while True:
        if within:
            at = line.find(b'"', at)
            if at < 0:
                return True
            doubled = line[at + 1 : at + 2] == b'"'
            at += 2 if doubled else 1
            within = doubled
        else:
            at = line.find(b',"', at)
            if at < 0:
                return False
            at += 2
            within = True


def _row(first: _Line, lines: _Lines, *, quotes: bool, max_bytes: int) -> RawRow:
    row = RawRow(first.number, "", "", first.next_offset, first.number + 1)
    if first.content is None:
        return replace(row, problem=f"the row is longer than {max_bytes} bytes")
    parts, last = [first.content], first
    if quotes and b'"' in first.content and ends_within_quotes(first.content, within=False):
        start = lines.place
        rest = _until_closed(lines, max_bytes - len(first.content))
        if rest is None:
            lines.place = start
            return replace(row, problem=f"a quote is opened and not closed within {max_bytes} bytes")
        parts += [line.content or b"" for line in rest]
        last = rest[-1]
    row = replace(row, next_offset=last.next_offset, next_line=last.number + 1)
    try:
        return replace(row, text=b"\n".join(parts).decode())
    except UnicodeDecodeError as error:
        return replace(row, problem=f"the row is not UTF-8 (its byte {error.start + 1})")


def _until_closed(lines: _Lines, room: int) -> list[_Line] | None:
    """The lines up to the one that closes the quote; None when none does within so many bytes."""
    found: list[_Line] = []
    while (line := lines.next()) is not None and line.content is not None:
        found.append(line)
        room -= 1 + len(line.content)
        if room < 0:
            return None
        if not ends_within_quotes(line.content, within=True):
            return found
    return None


class _Lines:
    """Line after line. `place` may be set back to the beginning of any line."""

    def __init__(self, read: Read, *, offset: int, number: int, max_bytes: int) -> None:
        self._read = read
        self._max = max_bytes
        self._buffer = b""
        self._from = offset
        """The offset at which the buffer begins."""
        self._ended = False
        self.place = (offset, number)

    def next(self) -> _Line | None:
        """The next line, or None behind the last."""
        offset, number = self.place
        if offset < self._from:  # set back beyond what was kept, because of a line that is too long
            self._buffer, self._from, self._ended = b"", offset, False
        if offset == 0:
            offset = len(BOM) if self._window(0, len(BOM)) == BOM else 0
        end = self._find_end(offset)
        if end is None:
            return self._passed_over(offset, number)
        content = self._buffer[offset - self._from : end - self._from].removesuffix(b"\r")
        if end == offset and not self._window(end, 1):
            return None
        # The last line needs no end of its own.
        behind = end + 1 if self._window(end, 1) else end
        self.place = behind, number + 1
        return _Line(number, content if len(content) <= self._max else None, behind)

    def _find_end(self, offset: int) -> int | None:
        """Where the line's end stands; None when the line is longer than a row may be."""
        looked = offset
        while True:
            at = self._buffer.find(b"\n", looked - self._from)
            have = self._from + len(self._buffer)
            if at >= 0 and self._from + at - offset <= self._max + 1:
                return self._from + at
            if at >= 0 or have - offset > self._max + 1:
                return None
            looked = max(offset, have)
            if not self._more(keep_from=offset):
                return have

    def _passed_over(self, offset: int, number: int) -> _Line:
        """Behind the end of a line that is too long, of which nothing is kept."""
        looked = offset
        while True:
            at = self._buffer.find(b"\n", looked - self._from)
            if at >= 0:
                behind = self._from + at + 1
                break
            looked = self._from + len(self._buffer)
            if not self._more(keep_from=looked):
                behind = looked
                break
        self.place = behind, number + 1
        return _Line(number, None, behind)

    def _window(self, offset: int, size: int) -> bytes:
        while self._from + len(self._buffer) < offset + size and self._more(keep_from=self._from):
            pass
        return self._buffer[offset - self._from : offset - self._from + size]

    def _more(self, *, keep_from: int) -> bool:
        """Take another block, and let go of what lies before `keep_from` and could not be set back to."""
        if self._ended:
            return False
        keep = max(self._from, keep_from - self._max - 2)
        block = self._read(self._from + len(self._buffer))
        self._ended = not block
        self._buffer = self._buffer[keep - self._from :] + block
        self._from = keep
        return bool(block)
