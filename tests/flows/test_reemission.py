"""What was lost between a table and the bus is said again, and who had heard it before changes nothing."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import reemission
from shared.aws import client
from shared.clock import rfc3339
from tests.flows.test_the_way_of_an_order import audit, place, read
from tests.support.bus import stream_records
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, open_shop, order

LONG_AGO = rfc3339(datetime.now(UTC) - timedelta(hours=1))


def say_again(service: str, reader: str = "relay", **wanted: Any) -> dict[str, Any]:
    """Call the function as an operator does."""
    with running_as(service):
        return dict(importlib.import_module(f"functions.{service}.{reader}").handler(wanted, None))


def lose(flow: Flow, service: str, reader: str = "relay") -> list[dict[str, Any]]:
    """The reader gives up what it has not read yet; answers the records."""
    position = (service, reader)
    lost = stream_records(service, flow.positions.get(position))
    flow.positions[position] = lost[-1]["dynamodb"]["SequenceNumber"]
    return lost


def failure_of(records: list[dict[str, Any]], service: str) -> dict[str, Any]:
    """What Lambda puts into the Failures queue about a batch."""
    streams = client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=service)["Streams"]
    (shard,) = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    return {
        "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 21},
        "DDBStreamBatchInfo": {
            "shardId": shard["ShardId"],
            "startSequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": records[-1]["dynamodb"]["SequenceNumber"],
            "batchSize": len(records),
            "streamArn": stream["StreamArn"],
        },
    }


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of all events that are put on the bus from now on."""
    ids: list[str] = []
    events = client("events")
    real = events.put_events

    def put_events(**request: Any) -> Any:
        ids.extend(json.loads(entry["Detail"])["meta"]["id"] for entry in request["Entries"])
        return real(**request)

    monkeypatch.setattr(events, "put_events", put_events)
    return ids


def test_an_order_whose_facts_were_lost_goes_its_way_once_they_are_said_again(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}})
    flow.settle()
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    lost = lose(flow, "orders")
    flow.settle()
    assert read(web, order_id)["payment_status"] == "PENDING"
    assert say_again("orders", **failure_of(lost, "orders")) == {"records": len(lost), "after": None}
    flow.settle()
    assert (read(web, order_id)["status"], read(web, order_id)["payment_status"]) == ("CONFIRMED", "AUTHORISED")
    audit(ops)


def test_everything_said_again_by_everybody_changes_nothing(
    flow: Flow, ops: Gateway, web: Gateway, said: list[str]
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    before, ids = read(web, order_id), set(said)
    for service in ("inventory", "orders", "fulfilment", "customers"):
        assert say_again(service, since=LONG_AGO)["records"] > 0
    assert set(said) == ids, "the same facts have the same ids"
    flow.settle()
    assert read(web, order_id) == before
    audit(ops)


def test_derived_rows_that_were_lost_are_written_again(ops: Gateway, aws: None) -> None:
    flow = Flow()
    open_shop(ops, stock={"DC1": {"MUG": 10}})
    lose(flow, "inventory", "projector")
    flow.settle()
    assert ops.get("/v1/inventory/MUG/ledger").body["items"] == []
    say_again("inventory", "projector", since=LONG_AGO)
    assert [one["deltas"]["on_hand"] for one in ops.get("/v1/inventory/MUG/ledger").body["items"]] == [10]
    audit(ops)


def test_a_window_holds_what_was_written_in_it_and_nothing_else(ops: Gateway, aws: None, said: list[str]) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}})
    earlier = rfc3339(datetime.now(UTC) - timedelta(minutes=30))
    assert say_again("inventory", since=LONG_AGO, until=earlier) == {"records": 0, "after": None}
    assert said == []
    assert say_again("inventory", since=earlier)["records"] == len(stream_records("inventory"))


def test_only_the_batch_that_was_given_up_is_said_again(ops: Gateway, aws: None) -> None:
    open_shop(ops, stock={"DC1": {f"SKU{n}": 1 for n in range(6)}})
    records = stream_records("inventory")
    assert say_again("inventory", **failure_of(records[2:5], "inventory"))["records"] == 3


def test_a_long_window_goes_on_where_the_last_call_ended(
    ops: Gateway, aws: None, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reemission, "PAGE_RECORDS", 4)
    monkeypatch.setattr(reemission, "BUDGET_SECONDS", -1.0)
    open_shop(ops, stock={"DC1": {f"SKU{n}": 1 for n in range(6)}})
    counts: list[int] = []
    after: str | None = None
    while not counts or after:
        answer = say_again("inventory", since=LONG_AGO, **({"after": after} if after else {}))
        counts.append(answer["records"])
        after = answer["after"]
    assert sum(counts) == len(stream_records("inventory"))
    assert max(counts) <= 4


@pytest.mark.parametrize(
    "wanted", [{}, {"since": "yesterday"}, {"since": LONG_AGO, "all": True}, {"since": LONG_AGO, "after": "nowhere/1"}]
)
def test_a_wish_that_is_none_is_refused_and_nothing_said(ops: Gateway, aws: None, wanted: dict[str, Any]) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}})
    with pytest.raises(reemission.NotAsked):
        say_again("inventory", **wanted)
