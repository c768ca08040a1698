"""DynamoDB with streams, SQS and EventBridge in plain Python, for flows that run thousands of times.

A drop-in for moto behind the very same botocore clients: `installed()` answers `_make_api_call` itself, some fifty
times as fast. Rows and streams are `tests.support.fake_dynamodb`, which is proven equal to moto; queues and bus know
only the calls that this product makes, and fail loudly on any other. Calls of other services (S3, Secrets Manager) go
where they went before.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from shared.dynamo.marshal import Item, from_item
from tests.support.fake_dynamodb import FakeDynamoDB

ACCOUNT = "123456789012"
SHARD = "shard-000000000000000000"
KNOWN = frozenset({"dynamodb", "dynamodbstreams", "events", "sqs"})
_WORDS = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass
class Message:
    """One message in a queue."""

    message_id: str
    body: str
    visible: bool = True


@dataclass
class FastAws:
    """All state."""

    dynamodb: FakeDynamoDB = field(default_factory=FakeDynamoDB)
    queues: dict[str, list[Message]] = field(default_factory=dict)
    rules: dict[str, tuple[dict[str, Any], list[str]]] = field(default_factory=dict)
    counter: int = 0
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When every stream record says that it was made."""

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """What AWS answers. Raises ClientError as botocore does."""
        if service == "dynamodb":
            answered: dict[str, Any] = getattr(self.dynamodb, _WORDS.sub("_", operation).lower())(**request)
            return answered
        answer: Callable[[Mapping[str, Any]], dict[str, Any]] = getattr(self, f"_{service}_{operation}")
        return answer(request)

    def rows(self, table: str, kind: str) -> list[Item]:
        """The rows of one kind, as plain values."""
        return [item for row in self.dynamodb.rows(table) if (item := from_item(row)).get("kind") == kind]

    def stream(self, table: str, after: str | None) -> list[dict[str, Any]]:
        """The records of a table's stream behind a sequence number."""
        return [
            {"dynamodb": {name: _in_stream(image) for name, image in one["dynamodb"].items()}}
            for one in self.dynamodb.log
            if one["table"] == table and (after is None or one["dynamodb"]["SequenceNumber"] > after)
        ]

    def _next(self) -> int:
        self.counter += 1
        return self.counter

    # ----------------------------------------------------------------- streams

    def _dynamodbstreams_ListStreams(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - as AWS calls it
        return {"Streams": [{"StreamArn": request["TableName"], "TableName": request["TableName"]}]}

    def _dynamodbstreams_DescribeStream(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        shard = {"ShardId": SHARD, "SequenceNumberRange": {"StartingSequenceNumber": "0"}}
        return {"StreamDescription": {"StreamArn": request["StreamArn"], "Shards": [shard]}}

    def _dynamodbstreams_GetShardIterator(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        number = int(request.get("SequenceNumber", 0))
        first = {
            "TRIM_HORIZON": 0,
            "LATEST": len(self.dynamodb.log),
            "AT_SEQUENCE_NUMBER": number,
            "AFTER_SEQUENCE_NUMBER": number + 1,
        }[request["ShardIteratorType"]]
        return {"ShardIterator": f"{request['StreamArn']}/{first}"}

    def _dynamodbstreams_GetRecords(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        table, _, first = request["ShardIterator"].rpartition("/")
        log = self.dynamodb.log
        made = {"ApproximateCreationDateTime": self.began}
        records = [{"dynamodb": one["dynamodb"] | made} for one in log[int(first) :] if one["table"] == table]
        return {"Records": records, "NextShardIterator": f"{table}/{len(log)}"}

    # --------------------------------------------------------------------- sqs

    def _sqs_CreateQueue(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.queues.setdefault(request["QueueName"], [])
        return {"QueueUrl": request["QueueName"]}

    def _sqs_ListQueues(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"QueueUrls": list(self.queues)}

    def _queue(self, request: Mapping[str, Any]) -> list[Message]:
        return self.queues[_named(request)]

    def _sqs_GetQueueUrl(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"QueueUrl": request["QueueName"]}

    def _sqs_GetQueueAttributes(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"Attributes": {"QueueArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{_named(request)}"}}

    def _sqs_ReceiveMessage(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        waiting = [one for one in self._queue(request) if one.visible]
        taken = waiting[: request.get("MaxNumberOfMessages", 1)]
        for one in taken:
            one.visible = False
        messages = [{"MessageId": one.message_id, "ReceiptHandle": one.message_id, "Body": one.body} for one in taken]
        return {"Messages": messages} if messages else {}

    def _sqs_SendMessage(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        message = Message(f"m{self._next()}", request["MessageBody"])
        self._queue(request).append(message)
        return {"MessageId": message.message_id}

    def _sqs_DeleteMessage(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        queue = self._queue(request)
        queue[:] = [one for one in queue if one.message_id != request["ReceiptHandle"]]
        return {}

    def _sqs_ChangeMessageVisibility(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        for one in self._queue(request):
            if one.message_id == request["ReceiptHandle"]:
                one.visible = request["VisibilityTimeout"] == 0
        return {}

    # ------------------------------------------------------------------ events

    def _events_PutRule(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.rules[request["Name"]] = json.loads(request["EventPattern"]), []
        return {}

    def _events_PutTargets(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.rules[request["Rule"]][1].extend(target["Arn"].rpartition(":")[2] for target in request["Targets"])
        return {}

    def _events_PutEvents(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        for entry in request["Entries"]:
            self.publish(entry)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in request["Entries"]]}

    def publish(self, entry: Mapping[str, Any]) -> None:
        """One entry on the bus: into every queue whose rule it matches."""
        body = json.dumps(
            {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
        )
        for pattern, queues in self.rules.values():
            known = {"source": entry["Source"], "detail-type": entry["DetailType"]}
            assert pattern.keys() <= known.keys(), f"only source and detail-type are matched here: {pattern}"
            if all(any(_allows(one, known[name]) for one in allowed) for name, allowed in pattern.items()):
                for queue in queues:
                    self.queues[queue].append(Message(f"m{self._next()}", body))


def _allows(allowed: str | Mapping[str, str], value: str) -> bool:
    return value == allowed if isinstance(allowed, str) else value.startswith(allowed["prefix"])


def _named(request: Mapping[str, Any]) -> str:
    """A queue's name, whether it is asked for by name or by the address that AWS gives it."""
    return str(request["QueueUrl"].rpartition("/")[2])


Act = Callable[[Mapping[str, Any]], Any]
Around = Callable[[str, str, Mapping[str, Any], Act], Any]


@contextmanager
def installed(aws: FastAws, around: Around | None = None) -> Iterator[FastAws]:
    """Within: every botocore client of this process talks to `aws`. `around` may do harm to any call."""

    elsewhere = BaseClient._make_api_call

    def api_call(self: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        if service not in KNOWN:
            return elsewhere(self, operation, request)

        def act(wanted: Mapping[str, Any]) -> Any:
            return aws.call(service, operation, wanted)

        return around(service, operation, request, act) if around else act(request)

    with patch.object(BaseClient, "_make_api_call", api_call):
        yield aws


def _in_stream(value: Any) -> Any:
    """Streams hand bytes to Lambda as base64 text."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {key: _in_stream(inner) for key, inner in value.items()}
        case list():
            return [_in_stream(inner) for inner in value]
    return value
