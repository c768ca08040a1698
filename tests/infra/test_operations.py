"""What only AWS has: who is told of what."""

from __future__ import annotations

import json
import re

from shared import metrics
from tests.infra.templates import Templates


def test_the_alarm_of_the_audit_watches_the_figure_that_the_auditor_writes(prod: Templates) -> None:
    (alarm,) = (
        one
        for one in prod.resources("AWS::CloudWatch::Alarm")
        if one.properties["MetricName"] == metrics.AUDIT_VIOLATIONS
    )
    properties = alarm.properties
    given = {one["Name"]: one["Value"] for one in properties["Dimensions"]}
    (environment,) = (
        one.properties["Environment"]["Variables"]
        for one in prod.resources("AWS::Lambda::Function")
        if one.properties["Handler"] == "functions.inventory.auditor.handler"
    )
    assert given == metrics.dimensions(stage=environment["STAGE"], service=environment["SERVICE"])
    assert properties["Namespace"] == metrics.NAMESPACE
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (0, "GreaterThanThreshold")


PUBLISHED = {
    "AWS/Lambda": {"Errors", "Throttles", "Duration", "IteratorAge"},
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    "AWS/DynamoDB": {"ConsumedWriteCapacityUnits", "WriteThrottleEvents"},
}
"""What AWS publishes by the name of a function, queue or table alone (`ThrottledRequests` is by operation too)."""


def test_the_dashboard_searches_by_words_that_every_name_of_the_stage_has(prod: Templates) -> None:
    (board,) = prod.resources("AWS::CloudWatch::Dashboard")
    searches = re.findall(
        r"SEARCH\('\{([^,]+),(\w+)\} MetricName=\"(\w+)\" ([^']*)'", json.dumps(board.properties).replace("\\", "")
    )
    assert len(searches) == 8
    for namespace, dimension, metric, terms in searches:
        assert metric in PUBLISHED[namespace]
        assert terms == f"{dimension}=Throughline {dimension}=prod", "a quoted term matches whole values only"
