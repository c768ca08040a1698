"""The way of other services' events into a service: rule -> queue -> consumer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.constructs.functions import ServiceFunction
from infra.constructs.queues import MINUTE, DeadLetterQueue, alarm, secure_queue
from infra.stage import Stage
from shared.events.base import Event

BATCH_SIZE = 10
MAX_RECEIVE_COUNT = 10
"""With the growing pauses of `shared.inbox`, what a consumer needs may be away for about five minutes."""
VISIBILITY_FACTOR = 6
"""AWS asks for six times the function's timeout, so that a throttled poller does not use up receives."""
MAX_EVENT_AGE = cdk.Duration.hours(24)
MAX_DELIVERY_ATTEMPTS = 185


class EventInbox(Construct):
    """Every event of the given classes reaches the consumer at least once, or the dead-letter queue and an alarm."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        bus: events.IEventBus,
        consumer: ServiceFunction,
        receives: Sequence[type[Event]],
        visibility_factor: int = VISIBILITY_FACTOR,
    ) -> None:
        super().__init__(scope, id_)
        self.receives = tuple(receives)
        dead = DeadLetterQueue(self, "DeadLetters", of=f"{cdk.Stack.of(self).stack_name} {id_}", runbook="Dead letters")
        self.queue = secure_queue(
            self,
            "Queue",
            visibility_seconds=visibility_factor * consumer.timeout_seconds,
            dead_letters=dead.queue,
            max_receive_count=MAX_RECEIVE_COUNT,
        )
        for source, detail_types in _by_source(receives).items():
            events.Rule(
                self,
                f"From{source.rpartition('.')[2].capitalize()}",
                event_bus=bus,
                event_pattern=events.EventPattern(source=[source], detail_type=detail_types),
                targets=[
                    targets.SqsQueue(
                        self.queue,
                        dead_letter_queue=dead.queue,
                        max_event_age=MAX_EVENT_AGE,
                        retry_attempts=MAX_DELIVERY_ATTEMPTS,
                    )
                ],
            )
        consumer.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=BATCH_SIZE,
                report_batch_item_failures=True,
                max_concurrency=stage.inbox_concurrency,
            )
        )
        alarm(
            self,
            "Late",
            metric=self.queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum"),
            above=stage.alarm_oldest_message_seconds,
            meaning=f"{id_}: events wait too long.",
            runbook="Late queues and streams",
            minutes=3,
        )


def _by_source(receives: Sequence[type[Event]]) -> dict[str, list[str]]:
    by_source: dict[str, list[str]] = defaultdict(list)
    for event in receives:
        by_source[event.source].append(event.detail_type)
    return {source: sorted(detail_types) for source, detail_types in sorted(by_source.items())}
