"""The copy of the network: read again only where it has changed, whatever its size."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from functions.fulfilment.domain.network import Place
from functions.fulfilment.repository import copies as repository
from functions.fulfilment.repository.copies import CopyRepository
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from tests.bench.metering import Meter, metered

pytestmark = pytest.mark.usefixtures("aws")


def because(name: str) -> Cause:
    return Cause(name, "test", "test:test", datetime(2026, 11, 21, 10, tzinfo=UTC), name)


CAUSE = because("test")


def described(name: str, version: int = 1, *, paused: bool = False) -> Place:
    return Place(name, "store", "GB", version, paused=paused)


def copies() -> CopyRepository:
    return CopyRepository(Table(client("dynamodb"), "fulfilment"))


def cost_of_load(of: CopyRepository) -> Meter:
    with metered() as meter:
        of.load(["MUG"])
    return meter


def test_a_network_that_has_not_changed_costs_one_read_unit_and_a_changed_place_one_part() -> None:
    writer, reader = copies(), copies()
    for number in range(60):
        writer.put_place(described(f"S{number}"), cause=CAUSE)
    assert len(reader.load(["MUG"]).places) == 60
    assert cost_of_load(reader).read_units == 1
    writer.put_place(described("S7", 2, paused=True), cause=CAUSE)
    changed = cost_of_load(reader)
    assert (changed.read_requests, changed.read_units) == (2, 2)
    assert reader.load(["MUG"]).places["S7"].paused


def test_what_another_process_has_written_is_seen_at_the_next_plan() -> None:
    mine, other = copies(), copies()
    mine.put_place(described("S1"), cause=CAUSE)
    assert set(mine.load([]).places) == {"S1"}
    other.put_place(described("S2"), cause=CAUSE)
    assert set(mine.load([]).places) == {"S1", "S2"}
    assert mine.place("S2") == described("S2")
    assert mine.place("S3") is None


def test_an_older_description_never_replaces_a_newer_one() -> None:
    mine = copies()
    assert mine.put_place(described("S1", 3, paused=True), cause=CAUSE)
    assert not mine.put_place(described("S1", 2), cause=CAUSE)
    assert not mine.put_place(described("S1", 3), cause=CAUSE)
    assert mine.load([]).places["S1"].paused


def test_two_descriptions_in_one_part_at_once_are_both_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "PLACE_BUCKETS", 1)
    mine, other = copies(), copies()
    dump = repository.BUCKET.dump
    rivals = [described("S2")]

    def slow(bucket: repository.Bucket) -> str | bytes:
        if rivals:
            other.put_place(rivals.pop(), cause=because("other"))
        return dump(bucket)

    monkeypatch.setattr(repository.BUCKET, "dump", slow)
    assert mine.put_place(described("S1"), cause=CAUSE)
    assert set(mine.load([]).places) == {"S1", "S2"}
