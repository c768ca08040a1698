"""What only AWS has: the archive of events, the news of alarms, the dashboard. Not deployed locally."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.constructs.queues import DeadLetterQueue, alarm
from infra.core import CoreStack
from shared import metrics
from shared.events import base, customers, fulfilment, inventory, orders

FIVE_MINUTES = cdk.Duration.minutes(5)


class OperationsStack(cdk.Stack):
    """Finds the parts of the other stacks by the stage's prefix, so that nothing has to be exported to it."""

    def __init__(self, scope: Construct, id_: str, *, core: CoreStack) -> None:
        super().__init__(scope, id_)
        stage = core.stage_settings
        self._prefix = stage.prefix
        self._keep_events(core)
        self._tell_of_alarms(stage.alarm_email)
        self._watch_the_stock(stage.name)
        self._dashboard()

    def _keep_events(self, core: CoreStack) -> None:
        kept = [
            contract
            for contract in base.contracts(inventory, orders, fulfilment, customers)
            if hasattr(contract, "detail_type") and not contract.personal
        ]
        events.Archive(
            self,
            "Archive",
            source_event_bus=core.bus,
            event_pattern=events.EventPattern(detail_type=sorted(contract.detail_type for contract in kept)),
            retention=cdk.Duration.days(core.stage_settings.archive_days),
            description="Every event without personal data, for replays",
        )

    def _tell_of_alarms(self, email: str | None) -> None:
        topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        if email:
            topic.add_subscription(subscriptions.EmailSubscription(email))
        lost = DeadLetterQueue(self, "UndeliveredAlarms", of="news of alarms", runbook="News that was not delivered")
        events.Rule(
            self,
            "AlarmChanged",
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                detail={"alarmName": [{"prefix": f"{self._prefix}-"}]},
            ),
            targets=[
                targets.SnsTopic(
                    topic,
                    message=events.RuleTargetInput.from_text(
                        f"{events.EventField.from_path('$.detail.state.value')}: "
                        f"{events.EventField.from_path('$.detail.alarmName')}. "
                        f"{events.EventField.from_path('$.detail.configuration.description')}"
                    ),
                    dead_letter_queue=lost.queue,
                    retry_attempts=20,
                    max_event_age=cdk.Duration.hours(2),
                )
            ],
        )
        cdk.CfnOutput(self, "AlarmTopic", value=topic.topic_arn)

    def _watch_the_stock(self, stage: str) -> None:
        violations = cloudwatch.Metric(
            namespace=metrics.NAMESPACE,
            metric_name=metrics.AUDIT_VIOLATIONS,
            dimensions_map=metrics.dimensions(stage=stage, service="inventory"),
            statistic="Maximum",
            period=FIVE_MINUTES,
        )
        alarm(
            self,
            "StockDiffers",
            metric=violations,
            above=0,
            meaning="The scheduled audit found counters that differ from the ledger or from open promises.",
            runbook="Stock differs",
        )

    def _dashboard(self) -> None:
        board = cloudwatch.Dashboard(self, "Dashboard", default_interval=cdk.Duration.hours(3))
        board.add_widgets(
            self._graph("Errors", "AWS/Lambda", "FunctionName", "Errors", "Sum"),
            self._graph("Throttles", "AWS/Lambda", "FunctionName", "Throttles", "Sum"),
            self._graph("Duration p99, ms", "AWS/Lambda", "FunctionName", "Duration", "p99"),
        )
        board.add_widgets(
            self._graph("Oldest message, s", "AWS/SQS", "QueueName", "ApproximateAgeOfOldestMessage", "Maximum"),
            self._graph("Messages waiting", "AWS/SQS", "QueueName", "ApproximateNumberOfMessagesVisible", "Maximum"),
            self._graph("Streams behind, ms", "AWS/Lambda", "FunctionName", "IteratorAge", "Maximum"),
        )
        board.add_widgets(
            self._graph("Write units", "AWS/DynamoDB", "TableName", "ConsumedWriteCapacityUnits", "Sum"),
            self._graph("Throttled writes", "AWS/DynamoDB", "TableName", "WriteThrottleEvents", "Sum"),
        )
        cdk.CfnOutput(self, "DashboardName", value=board.dashboard_name)

    def _graph(self, title: str, namespace: str, dimension: str, metric: str, statistic: str) -> cloudwatch.GraphWidget:
        # Words of the name, without quotes: a quoted term matches whole values only, and no function is called so.
        ours = " ".join(f"{dimension}={word}" for word in self._prefix.split("-"))
        search = f"SEARCH('{{{namespace},{dimension}}} MetricName=\"{metric}\" {ours}', '{statistic}', 300)"
        return cloudwatch.GraphWidget(
            title=title,
            width=8,
            left=[cloudwatch.MathExpression(expression=search, label="", period=FIVE_MINUTES, using_metrics={})],
        )
