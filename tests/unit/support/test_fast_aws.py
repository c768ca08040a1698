"""The stand-in's streams, queues and bus answer as moto's do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.aws import client
from tests.support.bus import stream_records
from tests.support.local_aws import BUS, OBSERVED


@pytest.fixture(params=["aws", "quick_aws"])
def either(request: pytest.FixtureRequest) -> None:
    """Every test runs on both."""
    request.getfixturevalue(request.param)


def put(sk: str, **attributes: Any) -> None:
    client("dynamodb").put_item(TableName="orders", Item={"pk": {"S": "A"}, "sk": {"S": sk}, **attributes})


def keys(records: list[dict[str, Any]]) -> list[str]:
    return [one["dynamodb"]["NewImage"]["sk"]["S"] for one in records]


def test_a_stream_is_read_from_any_place(either: None) -> None:
    for sk in "123":
        put(sk)
    client("dynamodb").put_item(TableName="customers", Item={"pk": {"S": "A"}, "sk": {"S": "elsewhere"}})
    records = stream_records("orders")
    assert keys(records) == ["1", "2", "3"]
    second = records[1]["dynamodb"]["SequenceNumber"]
    assert keys(stream_records("orders", second)) == ["3"]
    streams = client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName="orders")["Streams"]
    (shard,) = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    place = {"StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"]}
    at = streams.get_shard_iterator(**place, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=second)
    assert keys(streams.get_records(ShardIterator=at["ShardIterator"])["Records"]) == ["2", "3"]


def test_a_record_holds_the_row_before_and_after_with_bytes_as_text(either: None) -> None:
    put("1", b={"B": b"\x00\xff"})
    put("1", n={"N": "2"})
    first, second = (one["dynamodb"] for one in stream_records("orders"))
    assert first["NewImage"]["b"] == {"B": "AP8="}
    assert "OldImage" not in first or not first["OldImage"]
    assert (second["OldImage"]["b"], second["NewImage"]["n"]) == ({"B": "AP8="}, {"N": "2"})


def test_a_message_is_seen_by_one_reader_until_it_is_given_back_or_deleted(either: None) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    def read() -> list[dict[str, Any]]:
        return list(sqs.receive_message(QueueUrl=url).get("Messages", []))

    (message,) = read()
    assert read() == []
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    (again,) = read()
    assert (again["Body"], again["MessageId"]) == ("hello", message["MessageId"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert read() == []


def test_an_event_reaches_the_queues_whose_rules_match(either: None) -> None:
    sqs, events = client("sqs"), client("events")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["throughline.orders"], "detail-type": ["Placed"]}
    events.put_rule(Name="r", EventBusName=BUS, EventPattern=json.dumps(pattern), State="ENABLED")
    events.put_targets(Rule="r", EventBusName=BUS, Targets=[{"Id": "inbox", "Arn": arn}])
    for source, kind in (("throughline.orders", "Placed"), ("throughline.orders", "Other"), ("another", "Placed")):
        entry = {"Source": source, "DetailType": kind, "Detail": '{"x": 1}', "EventBusName": BUS}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    seen = [json.loads(one["Body"]) for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]
    assert [(one["source"], one["detail-type"], one["detail"]) for one in seen] == [
        ("throughline.orders", "Placed", {"x": 1})
    ]
    observed = sqs.get_queue_url(QueueName=OBSERVED)["QueueUrl"]
    assert len(sqs.receive_message(QueueUrl=observed, MaxNumberOfMessages=10)["Messages"]) == 2
