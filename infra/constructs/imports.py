"""Bulk imports of a service: a bucket to put files into -> queue -> import worker."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.functions import ServiceFunction
from infra.constructs.inbox import MAX_DELIVERY_ATTEMPTS, MAX_EVENT_AGE, MAX_RECEIVE_COUNT, VISIBILITY_FACTOR
from infra.constructs.queues import MINUTE, DeadLetterQueue, alarm, secure_queue
from infra.stage import Stage

FILES_KEPT = cdk.Duration.days(4)
"""A file is deleted as soon as its import has ended; this is for those that never end. So long do queues keep."""
QUEUE_VARIABLE = "IMPORT_QUEUE_URL"
BUCKET_VARIABLE = "IMPORT_BUCKET_NAME"


class ImportLane(Construct):
    """Every uploaded file reaches the worker at least once, or the dead-letter queue and an alarm.

    The API may only sign addresses to put files at; only the worker reads and deletes them.
    """

    def __init__(
        self, scope: Construct, id_: str, *, stage: Stage, api: ServiceFunction, worker: ServiceFunction
    ) -> None:
        super().__init__(scope, id_)
        # Uploads only, and gone within days: neither kept nor emptied with the stack.
        bucket = s3.Bucket(
            self,
            "Files",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(expiration=FILES_KEPT, abort_incomplete_multipart_upload_after=cdk.Duration.days(1))
            ],
            removal_policy=cdk.RemovalPolicy.RETAIN if stage.keeps_data else cdk.RemovalPolicy.DESTROY,
        )
        # Not `event_bridge_enabled`: CDK would set it by a custom resource.
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)

        dead = DeadLetterQueue(
            self, "DeadLetters", of=f"{cdk.Stack.of(self).stack_name} imports", runbook="Dead letters"
        )
        queue = secure_queue(
            self,
            "Queue",
            visibility_seconds=VISIBILITY_FACTOR * worker.timeout_seconds,
            dead_letters=dead.queue,
            max_receive_count=MAX_RECEIVE_COUNT,
        )
        events.Rule(
            self,
            "Uploaded",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [bucket.bucket_name]}},
            ),
            targets=[
                targets.SqsQueue(
                    queue,
                    dead_letter_queue=dead.queue,
                    max_event_age=MAX_EVENT_AGE,
                    retry_attempts=MAX_DELIVERY_ATTEMPTS,
                )
            ],
        )
        worker.add_event_source(
            sources.SqsEventSource(
                queue, batch_size=1, report_batch_item_failures=True, max_concurrency=stage.inbox_concurrency
            )
        )
        alarm(
            self,
            "Late",
            metric=queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum"),
            above=stage.alarm_oldest_message_seconds,
            meaning="Imports wait too long.",
            runbook="Late queues and streams",
            minutes=3,
        )
        every_file = [bucket.arn_for_objects("*")]
        _allow(api, ["s3:PutObject"], every_file)
        _allow(worker, ["s3:GetObject", "s3:DeleteObject"], every_file)
        _allow(worker, ["sqs:SendMessage"], [queue.queue_arn])
        api.add_environment(BUCKET_VARIABLE, bucket.bucket_name)
        worker.add_environment(BUCKET_VARIABLE, bucket.bucket_name)
        worker.add_environment(QUEUE_VARIABLE, queue.queue_url)


def _allow(function: ServiceFunction, actions: list[str], resources: list[str]) -> None:
    iam.Grant.add_to_principal(grantee=function, actions=actions, resource_arns=resources)
