"""What functions write into their logs, and what never gets there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.observability import Level, Log, mask


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_entry_is_one_line_of_json_with_what_was_said_before(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log("orders")
    log.append_keys(correlation_id="C-1")
    log.info("get_order", status=200)
    log.append_keys(correlation_id="C-2")
    log.warning("two\nlines", kinds={1})
    first, second = written(capsys)
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "level": "INFO", "message": "get_order", "service": "orders", "correlation_id": "C-1", "status": 200,
    }  # fmt: skip
    assert (second["message"], second["kinds"], second["correlation_id"]) == ("two\nlines", "{1}", "C-2")


def test_what_weighs_less_than_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log("orders", least=Level.WARNING)
    log.info("usual")
    log.error("unusual")
    assert [line["message"] for line in written(capsys)] == ["unusual"]


def test_an_error_is_logged_with_its_stack_and_without_personal_data(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError('no such shopper: {"email": "ann.lee@example.com"}')
    except ValueError:
        Log("customers").exception("unexpected", operation="get_customer")
    (line,) = written(capsys)
    assert line["level"] == "ERROR"
    assert "test_observability.py" in line["exception"]
    assert "ValueError: no such shopper" in line["exception"]
    assert "ann.lee" not in str(line)


def test_each_line_names_the_trace_of_its_own_invocation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log("orders")
    for trace in ("1-a", "1-b"):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={trace};Parent=9;Sampled=0")
        log.info("handled")
    assert [line["xray_trace_id"] for line in written(capsys)] == ["1-a", "1-b"]


@pytest.mark.parametrize(
    "line",
    [
        '{"message":"mail ann.lee+x@example.co.uk now"}',
        '{"phone": "+44 7700 900001"}',
        '{"address":{"line1":"1 High \\"St\\"","city":"Leeds","postal_code":"LS1 1AA"}}',
        '{"exception":"input {\\"email\\": \\"ann.lee\\", \\"name\\": \\"Ann Lee\\"}"}',
        '{"token": "tok_secret"}',
    ],
)
def test_personal_data_never_reach_a_log_line(line: str) -> None:
    masked = mask(line)
    for secret in ("ann.lee", "7700", "High", "Leeds", "LS1", "Ann Lee", "tok_secret"):
        assert secret not in masked
    json.loads(masked)


def test_ids_counts_and_times_stay_readable_in_the_log() -> None:
    line = '{"order_id":"O-ABC","quantity":12,"at":"2026-11-21T10:00:00.000Z","location_id":"S1"}'
    assert mask(line) == line


def test_what_a_model_refuses_is_not_quoted_in_the_log() -> None:
    line = "{\"exception\": \"... [type=string_type, input_value={'secret': 'Zqx'}, input_type=dict]\"}"
    assert "Zqx" not in mask(line)
