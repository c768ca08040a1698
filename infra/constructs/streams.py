"""A reader of a table's stream: the relay, or a projector."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.constructs.functions import ServiceFunction
from infra.constructs.queues import MINUTE, DeadLetterQueue, alarm
from infra.constructs.tables import ServiceTable
from infra.stage import Stage

BATCH_SIZE = 100
RETRY_ATTEMPTS = 20
"""With bisection a poison record is alone after seven; the rest outlasts a disturbance of some minutes."""
MAX_RECORD_AGE = cdk.Duration.hours(12)
PARALLELIZATION = 10
"""Batches of one shard at a time. Records of one partition key stay in order."""


class StreamReader(Construct):
    """The function gets every change of the table, in order per partition key; what it refuses for good ends in the
    failure queue (the stream's position, not the record) with an alarm."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        table: ServiceTable,
        function: ServiceFunction,
        failures: DeadLetterQueue,
    ) -> None:
        super().__init__(scope, id_)
        function.add_event_source(
            sources.DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=BATCH_SIZE,
                max_batching_window=cdk.Duration.seconds(stage.stream_batching_seconds),
                bisect_batch_on_error=True,
                retry_attempts=RETRY_ATTEMPTS,
                max_record_age=MAX_RECORD_AGE,
                parallelization_factor=PARALLELIZATION,
                on_failure=sources.SqsDlq(failures.queue),
            )
        )
        alarm(
            self,
            "Late",
            metric=function.metric("IteratorAge", period=MINUTE, statistic="Maximum"),
            above=stage.alarm_stream_lag_seconds * 1000,
            meaning=f"{id_}: the stream is read too slowly, or a record is refused.",
            runbook="Late queues and streams",
            minutes=3,
        )
