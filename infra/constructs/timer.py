"""Work that is due by time."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from infra.constructs.functions import ServiceFunction
from infra.constructs.queues import DeadLetterQueue
from shared.events.base import Event

RETRY_ATTEMPTS = 2
MAX_EVENT_AGE = cdk.Duration.minutes(15)
"""A later tick does the same work: an old one is not worth keeping."""


class ServiceTimer(Construct):
    """Calls the function at a fixed rate; `also_on` calls it at once when such an event is on the bus."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function: ServiceFunction,
        every: cdk.Duration,
        failures: DeadLetterQueue,
        bus: events.IEventBus,
        also_on: type[Event] | None = None,
    ) -> None:
        super().__init__(scope, id_)
        function.configure_async_invoke(
            retry_attempts=RETRY_ATTEMPTS,
            max_event_age=MAX_EVENT_AGE,
            on_failure=destinations.SqsDestination(failures.queue),
        )
        target = targets.LambdaFunction(
            function, dead_letter_queue=failures.queue, max_event_age=MAX_EVENT_AGE, retry_attempts=RETRY_ATTEMPTS
        )
        events.Rule(self, "Schedule", schedule=events.Schedule.rate(every), targets=[target])
        if also_on:
            events.Rule(
                self,
                "ClockMoved",
                event_bus=bus,
                event_pattern=events.EventPattern(source=[also_on.source], detail_type=[also_on.detail_type]),
                targets=[target],
            )
