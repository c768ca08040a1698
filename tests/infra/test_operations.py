"""What only AWS has: who is told of what."""

from __future__ import annotations

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
