"""The synthesised templates of the local stage, made once per state of the sources and shared by all test processes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from infra.local.assembly import synthesised

Template = dict[str, Any]


@cache
def templates() -> dict[str, Template]:
    """Each stack's template by the last part of its name (`Core`, `Orders`, ...)."""
    return {
        path.name.removesuffix(".template.json").rpartition("-")[2]: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(synthesised().glob("*.template.json"))
    }


def resources(kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(stack, logical id, properties) of every resource of one type."""
    return [
        (stack, logical_id, resource.get("Properties", {}))
        for stack, template in templates().items()
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind
    ]


def function_of(stack: str, mapping: dict[str, Any]) -> tuple[str, str]:
    """(service, module) of the function that an event source mapping feeds."""
    function = templates()[stack]["Resources"][mapping["FunctionName"]["Ref"]]["Properties"]
    _, service, module, _ = function["Handler"].split(".")
    return service, module


def queue_readers() -> dict[str, tuple[str, str]]:
    """The function that reads each queue, by `<stack>-<logical id of the queue>`."""
    return {
        f"{stack}-{mapping['EventSourceArn']['Fn::GetAtt'][0]}": function_of(stack, mapping)
        for stack, _, mapping in resources("AWS::Lambda::EventSourceMapping")
        if "StartingPosition" not in mapping
    }


def stream_readers() -> list[tuple[str, str]]:
    """Every function that reads a stream."""
    return [
        function_of(stack, mapping)
        for stack, _, mapping in resources("AWS::Lambda::EventSourceMapping")
        if "StartingPosition" in mapping
    ]


def queue_rules() -> dict[str, tuple[dict[str, Any], list[str]]]:
    """Event pattern and target queues of every rule with queue targets."""
    rules = {}
    for stack, logical_id, rule in resources("AWS::Events::Rule"):
        arns = [target["Arn"]["Fn::GetAtt"][0] for target in rule.get("Targets", ()) if "Fn::GetAtt" in target["Arn"]]
        kinds = templates()[stack]["Resources"]
        queues = [f"{stack}-{name}" for name in arns if kinds[name]["Type"] == "AWS::SQS::Queue"]
        if queues and "EventPattern" in rule and "EventBusName" in rule:  # ours, not AWS's own word of uploads
            rules[f"{stack}-{logical_id}"] = rule["EventPattern"], queues
    return rules
