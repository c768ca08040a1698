"""Generated files: rewritten when they differ, and the test fails then, so that nobody commits a stale one."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def must_be_current(path: Path, text: str) -> None:
    """Fail (after rewriting the file) unless it holds exactly this text."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.relative_to(ROOT)} was stale; it has been rebuilt: look at it and commit it")
