"""Queues, and the alarms that somebody must see."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

MINUTE = cdk.Duration.minutes(1)
PERSONAL_DATA_KEPT = cdk.Duration.days(4)
"""Some events carry personal data: no queue keeps them longer."""


def secure_queue(
    scope: Construct,
    id_: str,
    *,
    visibility_seconds: int = 30,
    dead_letters: sqs.IQueue | None = None,
    max_receive_count: int = 5,
) -> sqs.Queue:
    """An encrypted queue that takes TLS only and keeps messages for four days."""
    return sqs.Queue(
        scope,
        id_,
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=PERSONAL_DATA_KEPT,
        visibility_timeout=cdk.Duration.seconds(visibility_seconds),
        dead_letter_queue=(
            sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=max_receive_count) if dead_letters else None
        ),
    )


def alarm(
    scope: Construct,
    id_: str,
    *,
    metric: cloudwatch.IMetric,
    above: float,
    meaning: str,
    runbook: str,
    minutes: int = 1,
) -> cloudwatch.Alarm:
    """An alarm when the metric stays above the limit for so many periods. `meaning` says what has happened, `runbook`
    is the heading of docs/operations.md under which stands what to do."""
    return cloudwatch.Alarm(
        scope,
        id_,
        metric=metric,
        threshold=above,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluation_periods=minutes,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        alarm_description=f"{meaning} Runbook: docs/operations.md, {runbook}.",
    )


def silence_alarm(
    scope: Construct,
    id_: str,
    *,
    metric: cloudwatch.IMetric,
    periods: int,
    meaning: str,
    runbook: str,
) -> cloudwatch.Alarm:
    """An alarm when nothing was counted in so many periods on end: no news is bad news."""
    return cloudwatch.Alarm(
        scope,
        id_,
        metric=metric,
        threshold=1,
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluation_periods=periods,
        treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        alarm_description=f"{meaning} Runbook: docs/operations.md, {runbook}.",
    )


class DeadLetterQueue(Construct):
    """Where messages end that nobody could work off, with an alarm as soon as there is one."""

    def __init__(self, scope: Construct, id_: str, *, of: str, runbook: str) -> None:
        super().__init__(scope, id_)
        self.queue = secure_queue(self, "Queue")
        alarm(
            self,
            "NotEmpty",
            metric=self.queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum"),
            above=0,
            meaning=f"{of}: something could not be worked off.",
            runbook=runbook,
        )
