"""The road between services in this process: stream records -> relay -> bus -> queue -> consumer, all the real code."""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.aws import client
from shared.events.base import Envelope, Event
from shared.ids import new_id
from shared.wire import from_detail, to_detail
from tests.support.local_aws import OBSERVED, running_as


def stream_records(table: str, after: str | None = None) -> list[dict[str, Any]]:
    """The records of a table's stream behind a sequence number, in the shape that Lambda gets them."""
    streams = client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=table)["Streams"]
    (shard,) = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    position: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
    if after is not None:
        position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
    iterator = streams.get_shard_iterator(StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], **position)
    records: list[dict[str, Any]] = []
    page = streams.get_records(ShardIterator=iterator["ShardIterator"])
    while page["Records"]:
        records += page["Records"]
        page = streams.get_records(ShardIterator=page["NextShardIterator"])
    return [_as_lambda_sees_it(record) for record in records]


def _as_lambda_sees_it(value: Any) -> Any:
    """Streams hand bytes to Lambda as base64 text; everything else is JSON as it is."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {key: _as_lambda_sees_it(inner) for key, inner in value.items()}
        case list():
            return [_as_lambda_sees_it(inner) for inner in value]
        case datetime():
            return value.timestamp()
    return value


class Bus:
    """What has been said, and how to say more. One per test."""

    def __init__(self) -> None:
        self._read: dict[str, str] = {}

    def relay(self, service: str) -> int:
        """Hand the service's new stream records to its relay (and nothing else); answers how many there were."""
        records = stream_records(service, self._read.get(service))
        if records:
            with running_as(service):
                importlib.import_module(f"functions.{service}.relay").handler({"Records": records}, None)
            self._read[service] = records[-1]["dynamodb"]["SequenceNumber"]
        return len(records)

    def project(self, service: str) -> None:
        """Hand all stream records of the service, from the first on, to its projector: repeats included."""
        records = stream_records(service)
        if records:
            with running_as(service):
                importlib.import_module(f"functions.{service}.projector").handler({"Records": records}, None)

    def published(self, service: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """Relay (one service's or no) records, then take all events seen since the last call: (detail-type, data)."""
        if service:
            self.relay(service)
        return [(entry["detail-type"], _data(entry["detail"])) for entry in self._observed()]

    def _observed(self) -> Iterable[dict[str, Any]]:
        sqs = client("sqs")
        url = sqs.get_queue_url(QueueName=OBSERVED)["QueueUrl"]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield json.loads(message["Body"])

    def deliver(
        self,
        service: str,
        event: Event,
        *,
        module: str = "consumer",
        at: datetime | None = None,
        event_id: str | None = None,
        correlation_id: str = "corr-1",
    ) -> list[str]:
        """Put one event into the service's inbox as another service would have sent it; answers the failed message ids.

        `event_id` makes two deliveries the same event.
        """
        envelope = Envelope(
            id=event_id or new_id(),
            time=at or datetime.now(UTC),
            correlation_id=correlation_id,
            causation_id="test",
            entity="test/1",
            entity_version=1,
        )
        body = {
            "source": event.source,
            "detail-type": event.detail_type,
            "detail": json.loads(to_detail(event, envelope)),
        }
        return self.deliver_raw(service, [body], module=module)

    def deliver_raw(self, service: str, bodies: Iterable[dict[str, Any]], *, module: str = "consumer") -> list[str]:
        """Hand bus entries to a consumer as one SQS batch; answers the failed message ids."""
        records = [{"messageId": f"m{index}", "body": json.dumps(body)} for index, body in enumerate(bodies)]
        with running_as(service):
            answer = importlib.import_module(f"functions.{service}.{module}").handler({"Records": records}, None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def _data(detail: dict[str, Any]) -> dict[str, Any]:
    if "packed" in detail:
        event, _ = from_detail(_Anything, detail)
        return event.model_dump(mode="json")
    return dict(detail["data"])


class _Anything(Event, extra="allow"):
    """Reads any contract."""

    source = "test"
    detail_type = "Anything"
