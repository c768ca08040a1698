"""All services in one process, joined as the synthesised template joins them.

Stream records go to the functions that the template maps to the stream, events to the queues whose rules match (the bus
itself matches), messages to the function that the template maps to the queue. What a function refuses comes again.
`Chaos` delivers everything twice and in another order.
"""

from __future__ import annotations

import importlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.aws import client
from tests.support.bus import stream_records
from tests.support.local_aws import BUS, running_as
from tests.support.template import queue_readers, queue_rules, stream_readers

MAX_ROUNDS = 400


@dataclass(frozen=True)
class Reader:
    """A function that reads a stream or a queue of its service."""

    service: str
    module: str

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        with running_as(self.service):
            answer = importlib.import_module(f"functions.{self.service}.{self.module}").handler(event, None)
        return dict(answer or {})


@dataclass(frozen=True)
class Chaos:
    """How unkind delivery is."""

    seed: int = 0
    duplicate: float = 0.0
    reorder: bool = False
    split_batches: bool = False
    on_moto: bool = False
    """Whether AWS is moto or the stand-in that is proven equal to it and much quicker."""


KIND = Chaos()


@dataclass
class Flow:
    """The running whole. Call `settle()` to let everything that was said be heard."""

    chaos: Chaos = KIND
    dead: list[dict[str, Any]] = field(default_factory=list)
    positions: dict[tuple[str, str], str] = field(default_factory=dict)
    receives: dict[str, int] = field(default_factory=dict)
    before_invocation: Callable[[Reader], None] = lambda _: None

    def __post_init__(self) -> None:
        self.rng = random.Random(self.chaos.seed)
        self.streams = [Reader(*function) for function in stream_readers()]
        self.queues = {name: Reader(*function) for name, function in queue_readers().items()}
        for name in self.queues:
            client("sqs").create_queue(QueueName=name)
        for rule, (pattern, queue_names) in queue_rules().items():
            client("events").put_rule(Name=rule, EventBusName=BUS, EventPattern=json.dumps(pattern), State="ENABLED")
            targets = [{"Id": name, "Arn": _arn(name)} for name in queue_names if name in self.queues]
            client("events").put_targets(Rule=rule, EventBusName=BUS, Targets=targets)

    def settle(self) -> None:
        """Deliver until nothing moves any more. Fails when that does not happen, or when a message is given up."""
        for _ in range(MAX_ROUNDS):
            steps: list[Callable[[], bool]] = [
                *(lambda r=reader: self._read_stream(r) for reader in self.streams),
                *(lambda q=queue: self._read_queue(q) for queue in self.queues),
            ]
            if self.chaos.reorder:
                self.rng.shuffle(steps)
            moved = [step() for step in steps]
            if not any(moved):
                assert not self.dead, f"given up: {self.dead}"
                return
        raise AssertionError("the system does not become quiet")

    def _read_stream(self, reader: Reader) -> bool:
        position = (reader.service, reader.module)
        records = self._records(reader)
        if not records:
            return False
        size = self.rng.randint(1, len(records)) if self.chaos.split_batches else len(records)
        batch = records[:size]
        self._invoke(reader, {"Records": batch})
        if self.rng.random() < self.chaos.duplicate:
            self._invoke(reader, {"Records": batch})
        self.positions[position] = batch[-1]["dynamodb"]["SequenceNumber"]
        return True

    def _records(self, reader: Reader) -> list[dict[str, Any]]:
        return stream_records(reader.service, self.positions.get((reader.service, reader.module)))

    def _read_queue(self, name: str) -> bool:
        sqs, url = client("sqs"), _url(name)
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30).get("Messages", [])
        if not messages:
            return False
        if self.chaos.reorder:
            self.rng.shuffle(messages)
        for message in messages:
            self.receives[message["MessageId"]] = self.receives.get(message["MessageId"], 0) + 1
        event = {"Records": [self._sqs_record(name, message) for message in messages]}
        answer = self._invoke(self.queues[name], event)
        if self.rng.random() < self.chaos.duplicate:
            answer = self._invoke(self.queues[name], event)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            elif self.receives[message["MessageId"]] >= 10:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                self.dead.append({"queue": name, **json.loads(message["Body"])})
            else:  # the pause before the next try has passed
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        return True

    def _sqs_record(self, queue: str, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "eventSourceARN": _arn(queue),
            "attributes": {"ApproximateReceiveCount": str(self.receives[message["MessageId"]])},
        }

    def _invoke(self, reader: Reader, event: dict[str, Any]) -> dict[str, Any]:
        self.before_invocation(reader)
        return reader(event)


def _url(queue: str) -> str:
    return str(client("sqs").get_queue_url(QueueName=queue)["QueueUrl"])


def _arn(queue: str) -> str:
    answer = client("sqs").get_queue_attributes(QueueUrl=_url(queue), AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])
