"""Work that is due by time."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from infra.constructs.functions import ServiceFunction
from infra.constructs.queues import DeadLetterQueue, silence_alarm
from shared.events.base import Event

RETRY_ATTEMPTS = 2
MISSED_RUNS = 3
"""So many runs on end that were due and did not begin are an alarm; of what runs every minute, five minutes of them."""
SILENCE = cdk.Duration.minutes(5)
LONGEST_PERIOD = cdk.Duration.hours(1)
"""CloudWatch looks back a day by periods of minutes, and a week by periods of an hour."""
MAX_EVENT_AGE = cdk.Duration.minutes(15)
"""A later tick does the same work: an old one is not worth keeping."""


class ServiceTimer(Construct):
    """Calls the function at a fixed rate; `also_on` calls it at once when such an event is on the bus. An alarm says
    when that has stopped: a run that fails ends in `failures`, but one that never begins would be missed by nobody."""

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
        period = min(every, LONGEST_PERIOD, key=cdk.Duration.to_seconds)
        silence = max(SILENCE.to_seconds(), MISSED_RUNS * every.to_seconds())
        silence_alarm(
            self,
            "Silent",
            metric=function.metric_invocations(period=period, statistic="Sum"),
            periods=round(silence / period.to_seconds()),
            meaning=f"{function.node.path} has not run for {_words(silence)}.",
            runbook="A schedule that has stopped",
        )
        if also_on:
            events.Rule(
                self,
                "ClockMoved",
                event_bus=bus,
                event_pattern=events.EventPattern(source=[also_on.source], detail_type=[also_on.detail_type]),
                targets=[target],
            )


def _words(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
