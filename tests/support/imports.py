"""Bulk imports in this process: the bucket, the queue, the real worker."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.aws import client
from tests.support.gateway import Answer, Gateway
from tests.support.local_aws import REGION, running_as, settings_of

MAX_SLICES = 2_000


@dataclass(frozen=True)
class Imports:
    """Imports of one service, as ops."""

    ops: Gateway
    service: str = "inventory"
    path: str = "/v1/imports"

    def __post_init__(self) -> None:
        settings = settings_of(self.service)
        where = {"LocationConstraint": REGION}
        client("s3").create_bucket(Bucket=settings.import_bucket_name, CreateBucketConfiguration=where)
        client("sqs").create_queue(QueueName=settings.import_queue_url.rpartition("/")[2])

    def start(self, import_id: str, kind: str, *, format_: str = "csv") -> Answer:
        """Ask for an import."""
        return self.ops.post(self.path, {"import_id": import_id, "kind": kind, "format": format_})

    def upload(self, import_id: str, content: str | bytes) -> dict[str, Any]:
        """Put the file where the address would; answers the word that S3 sends of it."""
        body = content.encode() if isinstance(content, str) else content
        client("s3").put_object(Bucket=settings_of(self.service).import_bucket_name, Key=import_id, Body=body)
        return {"detail-type": "Object Created", "source": "aws.s3", "detail": {"object": {"key": import_id}}}

    def work(self, message: dict[str, Any]) -> None:
        """Hand one message to the worker. Fails when it wants it again."""
        assert self.deliver(message) == []

    def deliver(self, message: dict[str, Any]) -> list[str]:
        """Hand one message to the worker; answers the ids of those that it wants again."""
        event = {"Records": [{"messageId": "m1", "body": json.dumps(message)}]}
        with running_as(self.service):
            answer = importlib.import_module(f"functions.{self.service}.importer").handler(event, None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def waiting(self) -> list[dict[str, Any]]:
        """Take the messages that the worker has sent to itself."""
        sqs, url = client("sqs"), settings_of(self.service).import_queue_url
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    def go_on(self) -> int:
        """Slice by slice to the end; answers how many there were."""
        for slices in range(MAX_SLICES):
            messages = self.waiting()
            if not messages:
                return slices
            for message in messages:
                self.work(message)
        raise AssertionError("the import does not end")

    def run(self, import_id: str, kind: str, content: str | bytes, *, format_: str = "csv") -> dict[str, Any]:
        """The whole way; answers the import as it is in the end."""
        answer = self.start(import_id, kind, format_=format_)
        assert answer.status == 201, answer.body
        self.work(self.upload(import_id, content))
        self.go_on()
        return self.look(import_id)

    def look(self, import_id: str, **query: object) -> dict[str, Any]:
        """The import as it is now."""
        text = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.ops.get(f"{self.path}/{import_id}" + (f"?{text}" if text else ""))
        assert answer.status == 200, answer.body
        return dict(answer.body)


def csv_of(header: str, rows: Iterable[str]) -> str:
    """A CSV file."""
    return "\n".join([header, *rows, ""])
