"""Queue -> use case: events of other services, at least once and in any order; a failed message alone comes again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.events.base import Envelope, Event
from shared.observability import logger
from shared.settings import settings
from shared.wire import from_detail

UseCase = Callable[[Any, Cause], None]
"""Takes the event and the cause to stamp on what it makes the service write."""


LONGEST_PAUSE_SECONDS = 60
"""Failed messages come again after 1, 2, 4 ... 60 s, not after the visibility timeout, which has to outlast the slowest
function. With 10 receives a dependency may be away for five minutes before anything reaches the dead-letter queue."""


class NotYet(Exception):
    """What the event builds on has not arrived here: let the message come again. Expected now and then."""


class UnknownEvent(RuntimeError):
    """The queue holds an event that no use case is for: rule and consumer have drifted apart."""


class Inbox:
    """The Lambda handler of one service's consumer: `use_cases` gives, at first use, the use case per event class."""

    def __init__(
        self, handled: tuple[type[Event], ...], use_cases: Callable[[], Mapping[type[Event], UseCase]]
    ) -> None:
        self.handled = handled
        self._use_cases = use_cases

    def __call__(self, event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
        """Answers with the messages to be redelivered (`ReportBatchItemFailures`)."""
        testing_clock.refresh()
        log = logger()
        failed, correlations = [], set()
        for record in event["Records"]:
            try:
                correlations.add(self._deliver(json.loads(record["body"])))
            except NotYet as error:
                log.info("not yet", message_id=record["messageId"], why=str(error))
                failed.append(record)
            except Exception as error:  # whatever it is: this message comes again, the others are done
                log.exception("not handled", message_id=record["messageId"], error=type(error).__name__)
                failed.append(record)
        log.info(
            "handled", records=len(event["Records"]), failed=len(failed), correlation_ids=sorted(correlations)[:10]
        )
        for record in failed:
            come_again(record)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    def _deliver(self, entry: Mapping[str, Any]) -> str:
        kinds = {kind.detail_type: kind for kind in self.handled}
        kind = kinds.get(entry["detail-type"])
        if kind is None:
            raise UnknownEvent(entry["detail-type"])
        event, envelope = from_detail(kind, entry["detail"])
        self._use_cases()[kind](event, cause_of(kind, envelope))
        return envelope.correlation_id


def come_again(record: Mapping[str, Any]) -> None:
    """Let a failed message come back after a pause that doubles with every receive."""
    source = record.get("eventSourceARN")
    if not source:
        return  # handed in by hand: there is no queue to wait in
    *_, account, queue = source.split(":")
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue, QueueOwnerAWSAccountId=account)["QueueUrl"]
    pause = min(LONGEST_PAUSE_SECONDS, 2 ** (int(record["attributes"]["ApproximateReceiveCount"]) - 1))
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=pause)


def cause_of(kind: type[Event], envelope: Envelope) -> Cause:
    """The cause of what this service now writes: the event itself, so that a redelivery has the same cause."""
    return Cause(
        id=envelope.id,
        kind=kind.detail_type,
        actor=f"service:{settings().service}",
        at=clock.now(),
        correlation_id=envelope.correlation_id,
        occurred_at=envelope.time,
    )
