"""DynamoDB with streams, SQS and EventBridge in plain Python, for tests that run a whole way thousands of times.

A drop-in for moto behind the very same botocore clients: `installed()` answers `_make_api_call` itself, which is some
fifty times as fast. It knows only the calls that this product makes and fails loudly on any other;
`tests/faults/test_fast_aws.py` compares it with moto by random requests. Anybody may use it: services, flows, races.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from shared.dynamo.marshal import from_item, to_item
from tests.support.expressions import holds, updated

ACCOUNT = "123456789012"
Row = dict[str, Any]
Key = tuple[str, str]


@dataclass
class Message:
    """One message in a queue."""

    message_id: str
    body: str
    visible: bool = True


@dataclass
class FastAws:
    """All state. Rows are kept as plain values."""

    tables: dict[str, dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    queues: dict[str, list[Message]] = field(default_factory=dict)
    rules: dict[str, tuple[dict[str, Any], list[str]]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    counter: int = 0

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """What AWS answers. Raises ClientError as botocore does."""
        answer: Callable[[Mapping[str, Any]], dict[str, Any]] = getattr(self, f"_{service}_{operation}")
        return answer(request)

    def _next(self) -> int:
        self.counter += 1
        return self.counter

    # ---------------------------------------------------------------- dynamodb

    def _dynamodb_GetItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - as AWS calls it
        row = self.tables[request["TableName"]].get(_key(request["Key"]))
        return {"Item": to_item(row)} if row is not None else {}

    def _dynamodb_BatchGetItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        found: dict[str, list[Any]] = {}
        for table, wanted in request["RequestItems"].items():
            rows = (self.tables[table].get(_key(key)) for key in wanted["Keys"])
            found[table] = [to_item(row) for row in rows if row is not None]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _dynamodb_Query(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        index = request.get("IndexName", "")
        names, values = request["ExpressionAttributeNames"], from_item(request["ExpressionAttributeValues"])
        condition, sort = request["KeyConditionExpression"], (f"{index}sk", "pk", "sk")
        rows = [row for row in self.tables[request["TableName"]].values() if f"{index}pk" in row]
        rows = [row for row in rows if holds(condition, row, names, values)]
        rows.sort(key=lambda row: tuple(row[part] for part in sort), reverse=not request.get("ScanIndexForward", True))
        if start := request.get("ExclusiveStartKey"):
            after = tuple(from_item(start)[part] for part in sort)
            forward = request.get("ScanIndexForward", True)
            rows = [row for row in rows if (tuple(row[p] for p in sort) > after) is forward and
                    tuple(row[p] for p in sort) != after]  # fmt: skip
        limit = request.get("Limit")
        answer: dict[str, Any] = {"Items": [to_item(row) for row in rows[:limit]]}
        if limit is not None and len(rows) > limit:
            parts = {"pk", "sk", f"{index}pk", f"{index}sk"}
            answer["LastEvaluatedKey"] = to_item({part: rows[limit - 1][part] for part in parts})
        return answer

    def _dynamodb_PutItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._single("Put", request)

    def _dynamodb_UpdateItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._single("Update", request)

    def _dynamodb_DeleteItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._single("Delete", request)

    def _single(self, verb: str, request: Mapping[str, Any]) -> dict[str, Any]:
        row, held = self._checked(request)
        if not held:
            extra = {"Item": to_item(row)} if row is not None else {}
            raise _error("ConditionalCheckFailedException", verb, **extra)
        self._apply(verb, request)
        return {}

    def _dynamodb_TransactWriteItems(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        token = request.get("ClientRequestToken")
        if token in self.tokens:
            return {}
        actions = [next(iter(one.items())) for one in request["TransactItems"]]
        keys = [(action["TableName"], _key_of(action)) for _, action in actions]
        assert len(set(keys)) == len(keys) <= 100, "a transaction touches each row once, at most 100"
        reasons = []
        for _, action in actions:
            row, held = self._checked(action)
            reasons.append(
                {"Code": "None"}
                if held
                else {"Code": "ConditionalCheckFailed", **({"Item": to_item(row)} if row is not None else {})}
            )
        if any(reason["Code"] != "None" for reason in reasons):
            raise _error("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
        for verb, action in actions:
            self._apply(verb, action)
        if token:
            self.tokens.add(token)
        return {}

    def _dynamodb_BatchWriteItem(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        for table, wanted in request["RequestItems"].items():
            for one in wanted:
                self._apply("Put", {"TableName": table, "Item": one["PutRequest"]["Item"]})
        return {"UnprocessedItems": {}}

    def _checked(self, action: Mapping[str, Any]) -> tuple[Row | None, bool]:
        row = self.tables[action["TableName"]].get(_key_of(action))
        condition = action.get("ConditionExpression")
        if condition is None:
            return row, True
        values = from_item(action.get("ExpressionAttributeValues", {}))
        return row, holds(condition, row, action.get("ExpressionAttributeNames", {}), values)

    def _apply(self, verb: str, action: Mapping[str, Any]) -> None:
        table, key = action["TableName"], _key_of(action)
        old = self.tables[table].get(key)
        new: Row | None = old
        if verb == "Put":
            new = from_item(action["Item"])
        elif verb == "Delete":
            new = None
        elif verb == "Update":
            base = old if old is not None else {"pk": key[0], "sk": key[1]}
            values = from_item(action.get("ExpressionAttributeValues", {}))
            new = updated(action["UpdateExpression"], base, action.get("ExpressionAttributeNames", {}), values)
        if new == old:
            return
        if new is None:
            del self.tables[table][key]
        else:
            self.tables[table][key] = new
        images: dict[str, Any] = {"SequenceNumber": f"{self._next():020d}"}
        if old is not None:
            images["OldImage"] = _in_stream(to_item(old))
        if new is not None:
            images["NewImage"] = _in_stream(to_item(new))
        self.records[table].append({"dynamodb": images})

    # ----------------------------------------------------------------- streams

    def stream(self, table: str, after: str | None) -> list[dict[str, Any]]:
        """The records behind a sequence number."""
        return [one for one in self.records[table] if after is None or one["dynamodb"]["SequenceNumber"] > after]

    # --------------------------------------------------------------------- sqs

    def _sqs_CreateQueue(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.queues.setdefault(request["QueueName"], [])
        return {"QueueUrl": request["QueueName"]}

    def _sqs_GetQueueUrl(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"QueueUrl": request["QueueName"]}

    def _sqs_GetQueueAttributes(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"Attributes": {"QueueArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{request['QueueUrl']}"}}

    def _sqs_ReceiveMessage(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        waiting = [one for one in self.queues[request["QueueUrl"]] if one.visible]
        taken = waiting[: request.get("MaxNumberOfMessages", 1)]
        for one in taken:
            one.visible = False
        messages = [{"MessageId": one.message_id, "ReceiptHandle": one.message_id, "Body": one.body} for one in taken]
        return {"Messages": messages} if messages else {}

    def _sqs_DeleteMessage(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        queue = self.queues[request["QueueUrl"]]
        queue[:] = [one for one in queue if one.message_id != request["ReceiptHandle"]]
        return {}

    def _sqs_ChangeMessageVisibility(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        for one in self.queues[request["QueueUrl"]]:
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
            if all(known[name] in allowed for name, allowed in pattern.items()):
                for queue in queues:
                    self.queues[queue].append(Message(f"m{self._next()}", body))


Act = Callable[[Mapping[str, Any]], Any]
Around = Callable[[str, str, Mapping[str, Any], Act], Any]


@contextmanager
def installed(aws: FastAws, around: Around | None = None) -> Iterator[FastAws]:
    """Within: every botocore client of this process talks to `aws`. `around` may do harm to any call."""

    def api_call(self: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name

        def act(wanted: Mapping[str, Any]) -> Any:
            return aws.call(service, operation, wanted)

        return around(service, operation, request, act) if around else act(request)

    with patch.object(BaseClient, "_make_api_call", api_call):
        yield aws


def _key(wire: Mapping[str, Any]) -> Key:
    return wire["pk"]["S"], wire["sk"]["S"]


def _key_of(action: Mapping[str, Any]) -> Key:
    return _key(action.get("Item") or action["Key"])


def _error(code: str, operation: str, **members: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}, **members}, operation)


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
