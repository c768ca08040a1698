"""`Idempotency-Key`: the effect happens once, whoever dies where."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from shared.aws import client
from shared.dynamo.idempotency import (
    ERASED_BODY,
    LEASE_SECONDS,
    KeyReused,
    Markers,
    PendingMarker,
    Remembered,
    StillRunning,
    holding,
    pending_marker,
)
from shared.dynamo.subjects import digest, named_in
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

pytestmark = pytest.mark.usefixtures("aws")
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Wall:
    """A clock on the wall that tests can move."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def table(aws: None) -> Table:
    return Table(client("dynamodb"), "orders", marker=pending_marker)


@pytest.fixture
def markers(table: Table, wall: Wall) -> Markers:
    return Markers(table, real_now=wall)


def begin(markers: Markers, fingerprint: str = "body") -> PendingMarker:
    marker = markers.begin(scope="web POST /v1/orders", key="k", fingerprint=fingerprint)
    assert isinstance(marker, PendingMarker)
    return marker


def effect(table: Table, marker: PendingMarker, name: str = "E") -> None:
    with holding(marker):
        table.write(Put({"pk": name, "sk": "-"}, ABSENT))


def test_the_second_call_gets_the_first_answer(markers: Markers, table: Table) -> None:
    marker = begin(markers)
    effect(table, marker)
    markers.finish(marker, status=201, body='{"a":1}')
    again = markers.begin(scope="web POST /v1/orders", key="k", fingerprint="body")
    assert again == Remembered(201, '{"a":1}')


def test_another_body_under_the_key_is_refused_at_every_stage(markers: Markers, table: Table) -> None:
    marker = begin(markers)
    with pytest.raises(KeyReused):
        begin(markers, "other")
    effect(table, marker)
    with pytest.raises(KeyReused):
        begin(markers, "other")
    markers.finish(marker, status=201, body="{}")
    with pytest.raises(KeyReused):
        begin(markers, "other")


def test_another_principal_or_route_has_keys_of_its_own(markers: Markers) -> None:
    begin(markers)
    assert isinstance(markers.begin(scope="app POST /v1/orders", key="k", fingerprint="x"), PendingMarker)


def test_while_the_first_call_runs_the_second_is_told_to_wait(markers: Markers) -> None:
    begin(markers)
    with pytest.raises(StillRunning) as refusal:
        begin(markers)
    assert refusal.value.retry_after_seconds == 1


def test_a_call_that_died_before_its_effect_is_done_by_the_next(markers: Markers, table: Table, wall: Wall) -> None:
    begin(markers)
    wall.now = NOW + timedelta(seconds=LEASE_SECONDS + 1)
    effect(table, begin(markers))
    assert table.get("E")


def test_a_robbed_holder_that_wakes_up_changes_nothing(markers: Markers, table: Table, wall: Wall) -> None:
    sleeper = begin(markers)
    wall.now = NOW + timedelta(seconds=LEASE_SECONDS + 1)
    marker = begin(markers)
    with pytest.raises(StillRunning):
        effect(table, sleeper, "late")
    effect(table, marker)
    assert table.get("late") is None


def test_a_call_that_died_after_its_effect_is_answered_by_the_natural_id(
    markers: Markers, table: Table, wall: Wall
) -> None:
    effect(table, begin(markers))
    wall.now = NOW + timedelta(seconds=LEASE_SECONDS + 1)
    marker = begin(markers)
    with pytest.raises(ConditionFailed):  # the command finds what it did the first time
        effect(table, marker)
    markers.finish(marker, status=200, body="{}")


def test_after_an_unexpected_failure_the_next_call_runs_at_once(markers: Markers, table: Table) -> None:
    markers.abandon(begin(markers))
    effect(table, begin(markers))
    assert table.get("E")


def test_abandoning_what_another_one_holds_leaves_it_alone(markers: Markers, table: Table, wall: Wall) -> None:
    sleeper = begin(markers)
    wall.now = NOW + timedelta(seconds=LEASE_SECONDS + 1)
    marker = begin(markers)
    markers.abandon(sleeper)
    effect(table, marker)
    assert table.get("E")


def test_a_robbed_holder_that_wakes_up_late_leaves_the_kept_answer_alone(
    markers: Markers, table: Table, wall: Wall
) -> None:
    sleeper = begin(markers)
    wall.now = NOW + timedelta(seconds=LEASE_SECONDS + 1)
    marker = begin(markers)
    effect(table, marker)
    markers.finish(marker, status=201, body="{}")
    markers.finish(sleeper, status=409, body='{"code":"idempotency_in_progress"}')
    assert markers.begin(scope="web POST /v1/orders", key="k", fingerprint="body") == Remembered(201, "{}")


def test_the_answer_to_a_giant_order_is_kept_although_it_exceeds_an_item(markers: Markers, table: Table) -> None:
    giant = json.dumps([{"line_id": f"line-{n}", "sku": f"sku-{n}", "note": "x" * 400} for n in range(1200)])
    assert len(giant) > 400 * 1024
    marker = begin(markers)
    markers.finish(marker, status=201, body=giant)
    assert markers.begin(scope="web POST /v1/orders", key="k", fingerprint="body") == Remembered(201, giant)
    stored = table.get(marker.pk)
    assert stored is not None
    assert len(stored["answer"]) < 100 * 1024


def test_a_kept_answer_is_forgotten_with_whom_it_names(markers: Markers, table: Table) -> None:
    marker = begin(markers)
    effect(table, marker)
    markers.finish(marker, status=201, body='{"customer_id":"C-1"}', about={"C-1"})
    assert markers.forget([digest("C-2")]) == 0
    assert markers.forget([digest("c-1 ")]) == 1
    again = markers.begin(scope="web POST /v1/orders", key="k", fingerprint="body")
    assert again == Remembered(404, ERASED_BODY)
    assert markers.forget([digest("C-1")]) == 0, "once"


def test_whom_an_answer_names_is_found_at_every_depth() -> None:
    assert named_in('{"items":[{"order_id":"O-1","customer":{"customer_id":"C-1"}}],"owner":null}') == {"O-1", "C-1"}
    assert named_in("") == set()
