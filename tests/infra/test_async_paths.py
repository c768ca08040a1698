"""Every asynchronous path has a bounded retry, an end for what cannot be worked off, and an alarm."""

from __future__ import annotations

import re

from functions.orders.domain.attention import ACTIONS
from tests.infra.templates import Resource, Templates
from tests.support.generated import ROOT

FOUR_DAYS = 4 * 24 * 3600
DAY_SECONDS = 24 * 3600


def alarmed(templates: Templates, queue: Resource, metric: str) -> bool:
    return any(
        alarm.stack == queue.stack
        and alarm.properties["MetricName"] == metric
        and any(d["Value"].get("Fn::GetAtt", [""])[0] == queue.logical_id for d in alarm.properties["Dimensions"])
        for alarm in templates.resources("AWS::CloudWatch::Alarm")
    )


def dead_ends(templates: Templates) -> set[str]:
    """The names of the queues to which something points as its last resort."""
    found = set()
    for queue in templates.resources("AWS::SQS::Queue"):
        if policy := queue.properties.get("RedrivePolicy"):
            found.add(templates.find(queue.stack, policy["deadLetterTargetArn"]).name)
    for mapping in templates.resources("AWS::Lambda::EventSourceMapping"):
        if destination := mapping.properties.get("DestinationConfig"):
            found.add(templates.find(mapping.stack, destination["OnFailure"]["Destination"]).name)
    for rule in templates.resources("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            found.add(templates.find(rule.stack, target["DeadLetterConfig"]["Arn"]).name)
    return found


def test_a_queue_is_worked_off_or_a_dead_end_and_each_kind_has_its_alarm(any_stage: Templates) -> None:
    ends = dead_ends(any_stage)
    for queue in any_stage.resources("AWS::SQS::Queue"):
        if queue.name in ends:
            assert "RedrivePolicy" not in queue.properties, queue.name
            assert alarmed(any_stage, queue, "ApproximateNumberOfMessagesVisible"), queue.name
        else:
            assert queue.properties["RedrivePolicy"]["maxReceiveCount"] == 10, queue.name
            assert alarmed(any_stage, queue, "ApproximateAgeOfOldestMessage"), queue.name


def test_no_queue_keeps_personal_data_longer_than_four_days(any_stage: Templates) -> None:
    for queue in any_stage.resources("AWS::SQS::Queue"):
        assert queue.properties["MessageRetentionPeriod"] == FOUR_DAYS, queue.name


def test_a_queue_waits_six_times_as_long_as_its_function_may_take(any_stage: Templates) -> None:
    checked = 0
    for mapping in any_stage.resources("AWS::Lambda::EventSourceMapping"):
        source = any_stage.find(mapping.stack, mapping.properties["EventSourceArn"])
        if source.type == "AWS::SQS::Queue":
            function = any_stage.find(mapping.stack, mapping.properties["FunctionName"])
            assert source.properties["VisibilityTimeout"] >= 6 * function.properties["Timeout"], mapping.name
            assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"], mapping.name
            assert mapping.properties["ScalingConfig"]["MaximumConcurrency"] >= 2, mapping.name
            checked += 1
    assert checked == 11


def test_a_stream_reader_gives_up_in_the_end_and_says_so(any_stage: Templates) -> None:
    readers: dict[str, int] = {}
    for mapping in any_stage.resources("AWS::Lambda::EventSourceMapping"):
        source = any_stage.find(mapping.stack, mapping.properties["EventSourceArn"])
        if source.type != "AWS::DynamoDB::Table":
            continue
        readers[source.name] = readers.get(source.name, 0) + 1
        properties = mapping.properties
        assert properties["BisectBatchOnFunctionError"] is True, mapping.name
        assert 0 < properties["MaximumRetryAttempts"] <= 100, mapping.name
        assert 0 < properties["MaximumRecordAgeInSeconds"] < DAY_SECONDS, mapping.name
        assert properties["DestinationConfig"]["OnFailure"], mapping.name
        function = any_stage.find(mapping.stack, properties["FunctionName"])
        assert any(
            alarm.properties["MetricName"] == "IteratorAge"
            and any(d["Value"] == {"Ref": function.logical_id} for d in alarm.properties["Dimensions"])
            for alarm in any_stage.resources("AWS::CloudWatch::Alarm", stack=mapping.stack)
        ), mapping.name
    assert len(readers) == 4
    assert max(readers.values()) <= 2, "a stream has two readers at most"


def test_a_rule_retries_for_a_bounded_time_and_then_keeps_the_event(any_stage: Templates) -> None:
    for rule in any_stage.resources("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            assert target["RetryPolicy"]["MaximumRetryAttempts"] <= 185, rule.name
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] <= DAY_SECONDS, rule.name
            assert target["DeadLetterConfig"], rule.name


def test_a_function_that_a_rule_calls_has_a_destination_for_its_failures(any_stage: Templates) -> None:
    configured = {
        (config.stack, config.properties["FunctionName"]["Ref"]): config
        for config in any_stage.resources("AWS::Lambda::EventInvokeConfig")
    }
    called = [
        (rule.stack, any_stage.find(rule.stack, target["Arn"]))
        for rule in any_stage.resources("AWS::Events::Rule")
        for target in rule.properties["Targets"]
        if any_stage.find(rule.stack, target["Arn"]).type == "AWS::Lambda::Function"
    ]
    assert called
    for stack, function in called:
        config = configured[stack, function.logical_id].properties
        assert config["MaximumRetryAttempts"] <= 2
        assert config["DestinationConfig"]["OnFailure"]["Destination"]


UNITS = {"minute": 60, "hour": 3_600, "day": 86_400}


def seconds(rate: str) -> int:
    """How long lies between two runs of `rate(5 minutes)`."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", rate)
    assert found, rate
    return int(found[1]) * UNITS[found[2]]


def test_a_schedule_that_has_stopped_is_noticed_after_three_runs_that_did_not_begin(any_stage: Templates) -> None:
    silent = {
        (alarm.stack, alarm.properties["Dimensions"][0]["Value"]["Ref"]): alarm.properties
        for alarm in any_stage.resources("AWS::CloudWatch::Alarm")
        if alarm.properties["ComparisonOperator"] == "LessThanThreshold"
    }
    scheduled = set()
    for rule in any_stage.resources("AWS::Events::Rule"):
        if rate := rule.properties.get("ScheduleExpression"):
            (target,) = rule.properties["Targets"]
            function = any_stage.find(rule.stack, target["Arn"])
            watched = silent[rule.stack, function.logical_id]
            looked_back = watched["Period"] * watched["EvaluationPeriods"]
            assert (watched["Namespace"], watched["MetricName"]) == ("AWS/Lambda", "Invocations"), rule.name
            assert (watched["Threshold"], watched["Statistic"]) == (1, "Sum"), rule.name
            assert looked_back == max(300, 3 * seconds(rate)), rule.name
            assert looked_back <= (604_800 if watched["Period"] >= 3_600 else 86_400), "CloudWatch looks back no longer"
            scheduled.add((rule.stack, function.logical_id))
    assert scheduled == silent.keys()
    assert len(scheduled) == 7


def test_every_alarm_says_where_it_stands_what_to_do(any_stage: Templates) -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    runbooks = set(re.findall(r"^### (.+)$", page.partition("## At night")[2].partition("\n## ")[0], re.MULTILINE))
    named = set()
    for alarm in any_stage.resources("AWS::CloudWatch::Alarm"):
        meaning, _, runbook = alarm.properties["AlarmDescription"].partition(" Runbook: docs/operations.md, ")
        assert len(meaning) > 20, alarm.name
        assert runbook.removesuffix(".") in runbooks, alarm.name
        named.add(runbook.removesuffix("."))
        silence = alarm.properties["ComparisonOperator"] == "LessThanThreshold"
        assert alarm.properties["TreatMissingData"] == ("breaching" if silence else "notBreaching"), alarm.name
    assert runbooks - named == {"An order that does not move"}, "a runbook that no alarm leads to"


def test_whatever_needs_a_person_is_in_the_runbook_with_what_they_can_do() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \|.*\| ([^|]+) \|$", page, re.MULTILINE))
    assert {kind: set(re.findall(r"`(\w+)`", actions)) for kind, actions in rows.items()} == {
        kind.value: set(actions) for kind, actions in ACTIONS.items()
    }
