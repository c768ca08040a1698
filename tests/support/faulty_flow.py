"""Streams, queues and callers that come again until what went wrong has been made good."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.support.fast_aws import FastAws
from tests.support.flow import Flow, Reader
from tests.support.gateway import Answer, Gateway
from tests.support.injecting import Crash, Injector, Kind, inside

MAX_TRIES = 8


@dataclass
class FaultyFlow(Flow):
    """Streams and queues that deliver again what was not finished, and what the injector says, twice or late."""

    injector: Injector = field(default_factory=Injector)
    aws: FastAws = field(default_factory=FastAws)
    late: list[Callable[[], None]] = field(default_factory=list)
    """What is delivered once everything else is quiet."""
    at_the_end: list[Callable[[], None]] = field(default_factory=list)
    """What is delivered again after the whole way."""

    def settle(self) -> None:
        super().settle()
        while self.late:
            self.late.pop(0)()
            super().settle()

    def _read_stream(self, reader: Reader) -> bool:
        try:
            return super()._read_stream(reader)
        except StreamFailed:
            return True

    def _records(self, reader: Reader) -> list[dict[str, Any]]:
        return self.aws.stream(reader.service, self.positions.get((reader.service, reader.module)))

    def _invoke(self, reader: Reader, event: dict[str, Any]) -> dict[str, Any]:
        failed = {"batchItemFailures": [{"itemIdentifier": one.get("messageId", "")} for one in event["Records"]]}
        queued = "messageId" in event["Records"][0]
        types = {json.loads(one["body"])["detail-type"] for one in event["Records"]} if queued else set()
        what = f"delivery to {reader.service}.{reader.module} {' '.join(sorted(types))}".strip()
        only_queued = (Kind.LATER, Kind.LOST) if queued else ()
        kind = self.injector.at(what, Kind.TWICE, Kind.AGAIN_AT_THE_END, *only_queued)
        if kind is Kind.LOST:
            return {"batchItemFailures": []}
        if kind is Kind.LATER:
            self.late.append(lambda: self._surely(reader, event))
            return {"batchItemFailures": []}
        answer = self._once(reader, event, failed)
        if kind is Kind.TWICE:
            answer = self._once(reader, event, failed)
        if kind is Kind.AGAIN_AT_THE_END:
            self.at_the_end.append(lambda: self._surely(reader, event))
        return answer

    def repeat(self) -> None:
        """Deliver again what was to come again at the end of the way."""
        while self.at_the_end:
            self.at_the_end.pop(0)()
        self.settle()

    def _surely(self, reader: Reader, event: dict[str, Any]) -> None:
        for _ in range(MAX_TRIES):
            if not self._once(reader, event, {"batchItemFailures": [{}]})["batchItemFailures"]:
                return
        raise AssertionError(f"given up: {event}")

    def _once(self, reader: Reader, event: dict[str, Any], failed: dict[str, Any]) -> dict[str, Any]:
        try:
            with inside(self.injector, f"{reader.service}.{reader.module}"):
                return reader(event)
        except (Crash, Exception):  # noqa: BLE001 - whatever it is, Lambda delivers the batch again
            if "messageId" in event["Records"][0]:
                return failed
            raise StreamFailed from None


class StreamFailed(Exception):
    """The batch stays where it is."""


@dataclass(frozen=True)
class Insistent(Gateway):
    """A caller who asks again until the answer is definite."""

    injector: Injector = field(default_factory=Injector)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        for _ in range(MAX_TRIES):
            try:
                with inside(self.injector, f"{method} {path.partition('?')[0].rpartition('/')[2]}"):
                    answer = super().send(method, path, body, **options)
            except (Crash, ClientError, ReadTimeoutError):
                continue
            if answer.status < 500 and answer.status != 429:
                return answer
        raise AssertionError(f"no definite answer to {method} {path}")
