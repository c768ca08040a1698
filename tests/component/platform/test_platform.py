"""Health, the OpenAPI document and the testing clock, through the real handler."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from functions.platform import api
from shared import clock, testing_clock
from shared.settings import given
from tests.support import gateway, local_aws
from tests.support.bus import Bus
from tests.support.gateway import Gateway

OPS = Gateway(gateway.ops())


@pytest.fixture(autouse=True)
def _real_time_afterwards(aws: None) -> Iterator[None]:
    yield
    clock.set_shift(timedelta(0))


def test_health_needs_no_token_and_tells_stage_and_time() -> None:
    answer = Gateway(None).get("/v1/health")
    assert answer.status == 200
    assert (answer.body["status"], answer.body["stage"]) == ("ok", "test")
    assert answer.body["now"].endswith("Z")


def test_the_openapi_document_is_served_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = tmp_path / "openapi.json"
    document.write_text('{"openapi": "3.1.0",  "paths": {}}')
    monkeypatch.setattr(api, "OPENAPI", document)
    api._openapi.cache_clear()
    answer = api.Document(200, json_text=api._openapi())
    assert answer.text() == document.read_text()
    assert Gateway(None).get("/v1/openapi.json").body == {"openapi": "3.1.0", "paths": {}}
    api._openapi.cache_clear()


def test_the_clock_moves_for_every_service_and_ticks_on() -> None:
    answer = OPS.put("/v1/testing/clock", {"now": "2030-05-01T12:00:00Z"})
    assert answer.status == 200
    assert answer.body["now"].startswith("2030-05-01T12:00")
    clock.set_shift(timedelta(0))  # another function's process has not heard yet
    with local_aws.running_as("inventory"):
        testing_clock.refresh()
    assert clock.now().year == 2030
    assert Gateway(None).get("/v1/health").body["now"].startswith("2030-05-01T12:00")
    assert not OPS.delete("/v1/testing/clock").body["now"].startswith("2030")
    assert not Gateway(None).get("/v1/health").body["now"].startswith("2030")


def test_a_moved_clock_is_told_to_the_timers(bus: Bus) -> None:
    OPS.put("/v1/testing/clock", {"now": "2030-05-01T12:00:00Z"})
    OPS.delete("/v1/testing/clock")
    moved, reset = bus.published()
    assert moved[0] == reset[0] == "ClockMoved.v1"
    assert moved[1]["now"].startswith("2030-05-01T12:00")


@pytest.mark.parametrize("now", ["yesterday", "2026-11-21T10:00:00", "1066-10-14T09:00:00Z", "9999-12-31T23:59:59Z", 5])
def test_the_clock_takes_only_times_that_make_sense(now: object) -> None:
    answer = OPS.put("/v1/testing/clock", {"now": now})
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == "/now"


def test_only_ops_move_the_clock() -> None:
    for claims in (gateway.channel("web"), gateway.associate("S1"), gateway.service_desk()):
        assert Gateway(claims).put("/v1/testing/clock", {"now": "2030-05-01T12:00:00Z"}).status == 403


def test_a_real_stage_has_no_testing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    real = replace(local_aws.settings_of("platform"), clock_table_name="", stage="prod")
    monkeypatch.setattr(gateway, "running_as", lambda _service: given(real))
    assert OPS.put("/v1/testing/clock", {"now": "2030-05-01T12:00:00Z"}).status == 404
    assert OPS.delete("/v1/testing/clock").status == 404


def test_another_method_is_refused_with_what_is_allowed() -> None:
    answer = OPS.post("/v1/testing/clock", {})
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, PUT")
