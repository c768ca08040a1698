"""How far a replay got."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.replay.journal import Journal


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text("{}\n")
    return path


def test_the_next_replay_knows_what_is_done(tmp_path: Path, source: Path) -> None:
    with Journal(tmp_path / "j", stack="s1", source=source) as journal:
        journal.note("placed", "1", "O-1")
    with Journal(tmp_path / "j", stack="s1", source=source) as journal:
        assert journal.has("placed", "1")
        assert not journal.has("shipped", "1")
        assert journal.done["placed"] == {"1": "O-1"}


def test_another_stack_or_another_file_begins_anew(tmp_path: Path, source: Path) -> None:
    with Journal(tmp_path / "j", stack="s1", source=source) as journal:
        journal.note("placed", "1")
    with Journal(tmp_path / "j", stack="s2", source=source) as journal:
        assert not journal.has("placed", "1")
        journal.note("placed", "1")
    source.write_text("other\n")
    with Journal(tmp_path / "j", stack="s2", source=source) as journal:
        assert not journal.has("placed", "1")


def test_a_line_cut_off_by_a_kill_is_ignored_and_does_not_spoil_the_next(tmp_path: Path, source: Path) -> None:
    with Journal(tmp_path / "j", stack="s1", source=source) as journal:
        journal.note("placed", "1", "O-1")
    with (tmp_path / "j").open("a") as file:
        file.write('{"step": "placed", "ke')
    with Journal(tmp_path / "j", stack="s1", source=source) as journal:
        journal.note("placed", "2", "O-2")
    with Journal(tmp_path / "j", stack="s1", source=source) as journal:
        assert journal.done["placed"] == {"1": "O-1", "2": "O-2"}
