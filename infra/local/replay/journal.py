"""How far a replay got: an append-only file beside the stack's state, so that the next one goes on from there."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import IO, Any, Self


class Journal:
    """What was loaded, placed and shipped in this stack from this file. Another stack or file starts it anew.

    A line that was not written whole (the replay was killed) is ignored: all steps may be repeated.
    """

    def __init__(self, path: Path, *, stack: str, source: Path) -> None:
        self._path = path
        self._header = {"stack": stack, "source": hashlib.sha256(source.read_bytes()).hexdigest()}
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        self.done: dict[str, dict[str, str]] = {}
        """By step (`loaded`, `placed`, `shipped`): what is done, with what came of it."""

    def __enter__(self) -> Self:
        rows = self._rows()
        kept = rows if rows and rows[0] == self._header else [self._header]
        for row in kept[1:]:
            self.done.setdefault(row["step"], {})[row["key"]] = row["result"]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("".join(json.dumps(row) + "\n" for row in kept))
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def has(self, step: str, key: str) -> bool:
        return key in self.done.get(step, {})

    def note(self, step: str, key: str, result: str = "") -> None:
        """Remember that a step is done."""
        assert self._file, "the journal is open within `with` only"
        with self._lock:
            self.done.setdefault(step, {})[key] = result
            self._file.write(json.dumps({"step": step, "key": key, "result": result}) + "\n")
            self._file.flush()

    def _rows(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        rows = []
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue  # cut off when the replay was killed
        return rows
