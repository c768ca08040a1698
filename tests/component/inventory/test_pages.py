"""Availability pages: whatever is appended, in whatever order and however often, a reader knows the newest of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.inventory.repository import compaction, pages
from functions.inventory.repository.compaction import Compactor
from functions.inventory.repository.pages import PageLog, Pages, State
from shared.aws import client
from shared.dynamo.table import Put, Table
from tests.support.bus import Bus
from tests.support.local_aws import running_as

AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def table(bus: Bus) -> Iterator[Table]:
    with running_as("inventory"):
        yield Table(client("dynamodb"), "inventory-projection", pause=lambda _: None)


def append(table: Table, *states: tuple[str, str, int, Any], lane: int = 0, lag_ms: int = 0) -> None:
    PageLog(table, pick=lambda _: lane).append([State(*state) for state in states], at=AT, lag_ms=lag_ms)


def known(reader: Pages, *groups: str) -> dict[str, dict[str, Any]]:
    reader.refresh()
    return {group: {part: value for part, (_, value) in parts.items()} for group, parts in reader.parts(groups).items()}


def test_of_a_part_the_newest_version_counts_whenever_it_comes(table: Table) -> None:
    reader = Pages(table)
    append(table, ("MUG", "@S1", 2, [7]), ("MUG", "@S2", 1, [1]))
    assert known(reader, "MUG") == {"MUG": {"@S1": [7], "@S2": [1]}}
    append(table, ("MUG", "@S1", 1, [9]), lane=1)
    append(table, ("MUG", "@S2", 3, None), lane=2)
    append(table, ("MUG", "@S2", 2, [4]), lane=3)
    assert known(reader, "MUG", "CUP") == known(Pages(table), "MUG") == {"MUG": {"@S1": [7]}}


def test_a_reader_asks_for_what_is_new_only(table: Table) -> None:
    append(table, *((f"SKU{n}", "@S1", 1, [n]) for n in range(600)))
    reader = Pages(table)
    reader.refresh()
    seen: list[int] = []
    real = table.query_all

    def counted(pk: str, **options: Any) -> Iterator[Any]:
        rows = list(real(pk, **options))
        seen.append(len(rows))
        return iter(rows)

    table.query_all = counted  # type: ignore[method-assign]
    append(table, ("SKU7", "@S1", 2, [0]))
    assert known(reader, "SKU7") == {"SKU7": {"@S1": [0]}}
    assert sum(seen) == 2  # the row that it knows, and the new one


def test_a_log_that_was_made_anew_is_read_anew(table: Table) -> None:
    append(table, ("MUG", "@S1", 5, [7]))
    append(table, ("MUG", "@S1", 6, [8]))
    reader = Pages(table)
    assert known(reader, "MUG") == {"MUG": {"@S1": [8]}}
    for number in (1, 2):
        key = {"pk": {"S": "PAGELOG#0"}, "sk": {"S": f"{number:012d}"}}
        client("dynamodb").delete_item(TableName=table.name, Key=key)
    append(table, ("CUP", "@S1", 1, [3]))
    assert known(reader, "MUG", "CUP") == {"CUP": {"@S1": [3]}}


def test_two_writers_of_one_lane_both_get_their_numbers(table: Table) -> None:
    first = PageLog(table, pick=lambda _: 0)
    real = table.write
    raced: list[bool] = []

    def overtaken(*actions: Any) -> None:
        if not raced:
            raced.append(True)
            append(table, ("CUP", "@S1", 1, [2]))
        real(*actions)

    table.write = overtaken  # type: ignore[method-assign]
    first.append([State("MUG", "@S1", 1, [1])], at=AT, lag_ms=0)
    assert known(Pages(table), "MUG", "CUP") == {"MUG": {"@S1": [1]}, "CUP": {"@S1": [2]}}


class Died(Exception):
    """The function was killed between two writes."""


def chunked(table: Table, monkeypatch: pytest.MonkeyPatch, *, bytes_: int = 300) -> Compactor:
    """A compactor that is always due and splits early."""
    monkeypatch.setattr(compaction, "CHUNK_BYTES", bytes_)
    monkeypatch.setattr(compaction, "LOG_BYTES", 0)
    monkeypatch.setattr(compaction, "LOG_SHARE", 1_000_000)
    ticks = iter(range(1_000_000))
    return Compactor(table, real_now=lambda: AT + timedelta(minutes=2 * next(ticks)))


def walk(table: Table, compactor: Compactor, rng: random.Random, steps: int) -> list[str]:
    """Append, repeat, reorder, compact, die half-way, read: answers where a reader differed from the model."""
    model: dict[str, dict[str, tuple[int, Any]]] = {}
    versions: dict[tuple[str, str], int] = {}
    readers = [Pages(table)]
    told: list[State] = []
    wrong = []
    for step in range(steps):
        match rng.choice(["append", "append", "append", "repeat", "compact", "die", "reader", "read"]):
            case "append":
                states = []
                for _ in range(rng.randint(1, 12)):
                    key = f"{rng.choice('ABCDEFGHIJ')}{rng.randrange(7)}", "@S1"
                    versions[key] = versions.get(key, 0) + 1
                    states.append(State(*key, versions[key], [rng.randrange(10**9)]))
                told += states
                append(table, *states, lane=rng.randrange(4))
                for state in states:
                    model.setdefault(state.group, {})[state.part] = (state.version, state.value)
            case "repeat" if told:
                append(table, *rng.sample(told, min(len(told), 9)), lane=rng.randrange(4))
            case "compact":
                compactor.run()
            case "die":
                die_after(table, compactor, rng.randrange(4))
            case "reader":
                readers = [Pages(table), *readers[:2]]
            case "read":
                for reader in readers:
                    groups = rng.sample(sorted(model), min(len(model), 15))
                    expected = {g: {part: value for part, (_, value) in model[g].items()} for g in groups}
                    if known(reader, "nothing", *groups) != expected:
                        wrong.append(f"step {step}")
    fresh = Pages(table)
    fresh.refresh()
    if fresh.groups() != sorted(model):
        wrong.append("the list of all groups")
    return wrong


def die_after(table: Table, compactor: Compactor, writes: int) -> None:
    """A compaction whose function is killed after so many writes."""
    real, left = table.write, [writes]

    def killed(*actions: Any) -> None:
        if not left[0]:
            raise Died
        left[0] -= 1
        real(*actions)

    table.write = killed  # type: ignore[method-assign]
    try:
        compactor.run()
    except Died:
        compactor._pages.forget()  # the next one is another process
    finally:
        table.write = real  # type: ignore[method-assign]


@pytest.mark.parametrize("seed", range(4))
def test_compacting_at_any_time_and_dying_at_any_write_loses_nothing(
    table: Table, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    compactor = chunked(table, monkeypatch)
    assert walk(table, compactor, random.Random(seed), 60) == []
    assert len(pages.read_directory(table).versions) > 1


def _older_wins(parts: pages.Parts, newer: Any) -> None:
    parts.update(newer)


def _directory_first(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Compactor._rewritten

    def early(self: Compactor, *arguments: Any) -> Any:
        directory = pages.read_directory(self._table)
        self._save(directory, directory.versions, directory.size)
        return real(self, *arguments)

    def late(self: Compactor, directory: pages.Chunks, versions: Any, size: int) -> None:
        saved(self, pages.read_directory(self._table), versions, size)

    saved = Compactor._save
    monkeypatch.setattr(Compactor, "_save", late)
    monkeypatch.setattr(Compactor, "_rewritten", early)


def _lower_half_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "reversed", list, raising=False)


def _half_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    real = compaction._pieces
    monkeypatch.setattr(compaction, "_pieces", lambda *arguments: list(real(*arguments))[:-1] or real(*arguments))


PLANTED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the last to come wins": lambda patch: (
        patch.setattr(pages, "merge", _older_wins),
        patch.setattr(compaction, "merge", _older_wins),
    )[0],
    "the directory speaks of chunks before they are written": _directory_first,
    "a split chunk loses its upper half before that is written": _lower_half_first,
    "a split forgets a part": _half_forgotten,
}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_in_the_pages_is_found(table: Table, monkeypatch: pytest.MonkeyPatch, bug: str) -> None:
    compactor = chunked(table, monkeypatch)
    PLANTED[bug](monkeypatch)
    rng = random.Random(1)
    found: list[str] = []
    for _ in range(12):
        found = walk(table, compactor, rng, 60)
        if found:
            break
        for item in client("dynamodb").scan(TableName=table.name)["Items"]:
            client("dynamodb").delete_item(TableName=table.name, Key={key: item[key] for key in ("pk", "sk")})
    assert found


def test_only_one_compactor_works_at_a_time(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    append(table, ("MUG", "@S1", 1, [1]))
    compactor = chunked(table, monkeypatch)
    row = {"pk": "PAGECHUNKS", "sk": "lease", "kind": "pagelease", "until": int((AT + timedelta(hours=1)).timestamp())}
    table.write(Put(row))
    assert compactor.run() == 0
    assert pages.read_directory(table).version == 0


def test_a_quiet_shop_is_compacted_once_a_day(table: Table) -> None:
    now = [AT]
    compactor = Compactor(table, real_now=lambda: now[0])
    assert compactor.run() == 0
    append(table, ("MUG", "@S1", 1, [1]))
    assert compactor.run() == 1
    append(table, ("MUG", "@S1", 2, [2]))
    assert compactor.run() == 0
    now[0] += timedelta(days=1, minutes=1)
    assert compactor.run() == 1
    assert compactor.run() == 0
    assert known(Pages(table), "MUG") == {"MUG": {"@S1": [2]}}
