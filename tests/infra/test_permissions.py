"""What each function may do: its own tables by key and query, and nothing that its work does not need."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.templates import Resource, Templates, listed

READ = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"}
WRITE = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}
QUEUE = {
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}
FAILURES = {"sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
EVERYWHERE = {"dynamodb:ListStreams"}
"""Actions that take no narrower resource."""

Grants = dict[str, set[str]]

OWN: Grants = {"Table": READ | WRITE, "Table index": {"dynamodb:Query"}}
UPLOADS: Grants = {"Files": {"s3:PutObject"}}
IMPORTER: Grants = {"Files": {"s3:GetObject", "s3:DeleteObject"}, "Imports": QUEUE | {"sqs:SendMessage"}}
PROJECTION_READ: Grants = {"Projection": READ, "Projection index": {"dynamodb:Query"}}
PROJECTION: Grants = {"Projection": READ | WRITE, "Projection index": {"dynamodb:Query"}}
INBOX: Grants = {"InboxQueue": QUEUE}
READER: Grants = {"Table stream": STREAM, "*": EVERYWHERE, "Failures": FAILURES}
BUS: Grants = {"Bus": {"events:PutEvents"}}


def functions(templates: Templates) -> dict[str, tuple[Resource, Resource]]:
    """(function, role) by `service.module`."""
    found = {}
    for function in templates.resources("AWS::Lambda::Function"):
        _, service, module, _ = function.properties["Handler"].split(".")
        found[f"{service}.{module}"] = function, templates.find(function.stack, function.properties["Role"])
    return found


def grants(templates: Templates, name: str) -> Grants:
    """Which actions the function has on what: `Table`, `Projection`, `Sandbox`, `Clock`, `Bus`, ..., `*`."""
    _, role = functions(templates)[name]
    granted: Grants = {}
    for statement in templates.statements(role):
        assert statement["Effect"] == "Allow"
        for resource in listed(statement["Resource"]):
            granted.setdefault(_called(resource), set()).update(listed(statement["Action"]))
    return granted


def _called(resource: Any) -> str:
    if resource == "*":
        return "*"
    text = str(resource)
    for word in (
        "Files",
        "Sandbox",
        "Copies",
        "Projection",
        "History",
        "Clock",
        "Failures",
        "DeadLetters",
        "InboxQueue",
        "Imports",
        "Bus",
        "Log",
        "Table",
    ):
        if word in text:
            if word in ("Table", "Projection", "History", "Clock", "Sandbox", "Copies") and "StreamArn" in text:
                return f"{word} stream"
            return f"{word} index" if "/index/" in text else word
    return text


ALLOWED: tuple[tuple[str, Grants], ...] = (
    ("inventory.api", OWN | PROJECTION_READ | UPLOADS),
    ("inventory.consumer", OWN | INBOX),
    ("inventory.relay", READER | BUS),
    ("inventory.projector", READER | PROJECTION_READ | {"Projection": READ | WRITE}),
    ("inventory.importer", OWN | IMPORTER),
    ("inventory.timer", OWN | PROJECTION | {"Failures": FAILURES}),
    ("inventory.auditor", OWN | PROJECTION_READ | {"Failures": FAILURES}),
    ("orders.api", OWN | UPLOADS | {"Copies": READ}),
    ("orders.consumer", OWN | INBOX | {"Copies": READ}),
    ("orders.copier", INBOX | {"Copies": READ | WRITE}),
    ("orders.payments", OWN | INBOX | {"Sandbox": READ | WRITE, "Copies": READ}),
    ("orders.relay", READER | BUS),
    ("orders.importer", OWN | IMPORTER),
    ("orders.timer", OWN | {"Failures": FAILURES, "Copies": READ}),
    ("fulfilment.api", OWN | UPLOADS | {"History": READ}),
    ("fulfilment.consumer", OWN | INBOX),
    ("fulfilment.importer", OWN | IMPORTER),
    ("fulfilment.relay", READER | BUS),
    ("fulfilment.projector", READER | {"Table": READ, "Table index": {"dynamodb:Query"}, "History": READ | WRITE}),
    ("fulfilment.simulator", OWN | INBOX | {"History": READ | WRITE}),
    ("fulfilment.importer", OWN | IMPORTER),
    ("fulfilment.timer", OWN | {"Failures": FAILURES}),
    ("fulfilment.pricer", OWN | {"Failures": FAILURES}),
    ("fulfilment.optimiser", OWN | {"Failures": FAILURES}),
    ("customers.api", OWN | UPLOADS),
    ("customers.consumer", OWN | INBOX),
    ("customers.importer", OWN | IMPORTER),
    ("customers.relay", READER | BUS),
    ("customers.timer", OWN | {"Failures": FAILURES}),
    ("platform.api", {}),
    ("platform.token", {}),
)


@pytest.mark.parametrize(("name", "allowed"), ALLOWED)
def test_a_function_may_do_its_work_and_nothing_else(prod: Templates, name: str, allowed: Grants) -> None:
    assert grants(prod, name) == allowed | {"Log": LOG}


def test_every_function_is_in_the_list_above(prod: Templates) -> None:
    assert functions(prod).keys() == {name for name, _ in ALLOWED}


def test_only_the_payment_worker_reaches_the_providers_state(local: Templates) -> None:
    assert [name for name in functions(local) if "Sandbox" in grants(local, name)] == ["orders.payments"]


def test_every_function_reads_the_testing_clock_and_only_the_platform_sets_it(local: Templates) -> None:
    for name in functions(local).keys() - {"platform.token"}:
        assert grants(local, name)["Clock"] == READ | (WRITE if name == "platform.api" else set()), name


def test_nothing_may_be_done_everywhere_that_could_be_narrowed(any_stage: Templates) -> None:
    for name in functions(any_stage):
        assert grants(any_stage, name).get("*", set()) <= EVERYWHERE, name


def test_nobody_may_scan_a_table(any_stage: Templates) -> None:
    assert "dynamodb:Scan" not in str(any_stage.resources("AWS::IAM::Policy"))


def test_no_role_carries_a_ready_made_policy(any_stage: Templates) -> None:
    for role in any_stage.resources("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role.properties, role.name


def test_functions_get_the_variables_that_they_read_and_no_secret(any_stage: Templates) -> None:
    known = {
        "SERVICE", "STAGE", "TABLE_NAME", "PROJECTION_TABLE_NAME", "BUS_NAME", "CLOCK_TABLE_NAME", "SANDBOX_TABLE_NAME",
        "COPIES_TABLE_NAME",
        "POWERTOOLS_SERVICE_NAME", "LOG_LEVEL", "IMPORT_BUCKET_NAME", "IMPORT_QUEUE_URL", "RETENTION_DAYS",
        "PHONE_COUNTRY",
    }  # fmt: skip
    for function, _ in functions(any_stage).values():
        assert function.properties["Environment"]["Variables"].keys() <= known, function.name


def test_a_stage_that_keeps_data_has_no_testing_clock(prod: Templates) -> None:
    assert "CLOCK_TABLE_NAME" not in str(prod.by_stack)
    assert "ClockMoved.v1" not in str(prod.by_stack)
