"""Bad input on every route: always problem+json, never a 5xx, nothing written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.aws import client
from shared.http import Operation
from shared.routes import ROUTES, Role
from tests.support import gateway
from tests.support.gateway import Answer, Gateway
from tests.support.local_aws import STREAMED
from tests.support.operations import operations
from tests.support.shop import line, order

pytestmark = pytest.mark.usefixtures("aws")
OPS = Gateway(gateway.ops())
WITH_BODY = [operation for operation in operations() if operation.body is not None]
WITH_ID = [route for route in ROUTES if "{" in route.path]
TOKENS = {
    Role.OPS: gateway.ops(),
    Role.CHANNEL: gateway.channel("web"),
    Role.ASSOCIATE: gateway.associate("S1"),
    Role.SERVICE_DESK: gateway.service_desk(),
    Role.CUSTOMER: gateway.customer("C-1"),
}


def filled(path: str, value: str = "X-1") -> str:
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


def assert_problem(answer: Answer, *statuses: int) -> None:
    assert answer.status in statuses, (answer.status, answer.body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "trace_id"} <= set(answer.body)
    assert answer.body["status"] == answer.status


def assert_nothing_written() -> None:
    for table in STREAMED:
        assert client("dynamodb").scan(TableName=table)["Count"] == 0


by_operation = pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.route.operation)


@by_operation
@pytest.mark.parametrize(
    "raw",
    [
        '{"a": 1',
        "",
        "[]",
        "null",
        '"text"',
        "NaN",
        '{"a": NaN}',
        '{"a": 1e308}',
        '{"\ud800": 1}',
        "[" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
    ],
    ids=["truncated", "empty", "list", "null", "text", "nan", "nan-field", "1e308", "surrogate", "deep", "long-number"],
)
def test_a_body_that_is_no_such_object_is_refused(operation: Operation, raw: str) -> None:
    answer = OPS.send(operation.route.method, filled(operation.route.path), raw=raw)
    assert operation.body is not None
    optional = raw == "" and not any(field.is_required() for field in operation.body.model_fields.values())
    assert_problem(answer, 400, 422, *([404] if optional else []))  # then it says nothing of a thing that is not there
    assert_nothing_written()


@by_operation
def test_an_unknown_field_is_refused_by_name(operation: Operation) -> None:
    answer = OPS.send(operation.route.method, filled(operation.route.path), {"no_such_field": 1})
    assert_problem(answer, 422)
    assert "/no_such_field" in [error["pointer"] for error in answer.body["errors"]]


@by_operation
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(operation: Operation, kind: str) -> None:
    answer = OPS.send(operation.route.method, filled(operation.route.path), raw="{}", headers={"content-type": kind})
    assert_problem(answer, 415)


@by_operation
def test_a_body_beyond_five_mebibytes_is_refused(operation: Operation) -> None:
    raw = json.dumps({"x": "y" * (5 * 1024 * 1024)})
    assert_problem(OPS.send(operation.route.method, filled(operation.route.path), raw=raw), 413)


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: f"{route.method} {route.path}")
@pytest.mark.parametrize("bad", ["a%23b", "a%20b", "%00", "x" * 65, "%C3%A9", "-a"])
def test_an_id_that_could_forge_a_key_is_refused_with_its_name(route: Any, bad: str) -> None:
    answer = OPS.send(route.method, filled(route.path, bad), {} if route.method in {"POST", "PUT"} else None)
    assert_problem(answer, 422)
    name = next(part for part in route.path.split("/") if part.startswith("{"))[1:-1]
    assert answer.body["errors"][0]["pointer"] == f"/{name}"


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_a_method_that_a_path_does_not_take_is_told_those_it_takes(path: str) -> None:
    allowed = {route.method for route in ROUTES if route.path == path}
    answer = OPS.send(next(method for method in ("PATCH", "DELETE") if method not in allowed), filled(path))
    assert_problem(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.public], ids=lambda route: route.operation)
@pytest.mark.parametrize("role", list(Role))
def test_a_role_that_the_table_does_not_name_is_refused_before_anything_is_read(route: Any, role: Role) -> None:
    if role in route.access:
        return
    answer = Gateway(TOKENS[role]).send(route.method, filled(route.path), {})
    assert_problem(answer, 403)


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.public], ids=lambda route: route.operation)
def test_a_token_of_somebody_else_is_refused(route: Any) -> None:
    answer = Gateway({"sub": "x", "scope": "other/thing"}).send(route.method, filled(route.path), {})
    assert_problem(answer, 403)


def refused(body: dict[str, Any]) -> list[str]:
    answer = OPS.post("/v1/orders", body)
    assert_problem(answer, 422)
    assert_nothing_written()
    return [error["pointer"] for error in answer.body["errors"]]


@pytest.mark.parametrize("quantity", [0, -1, 10**7, 10**30, 1.5, "1", True, None])
def test_a_quantity_that_is_no_count_is_refused_at_its_place(quantity: Any) -> None:
    body = order("W-1", [line("1", "MUG"), line("2", "MUG")])
    body["lines"][1]["quantity"] = quantity
    assert "/lines/1/quantity" in refused(body)


@pytest.mark.parametrize("amount", [-1, 10**15, 1.5, "12"])
def test_a_price_that_is_no_amount_is_refused_at_its_place(amount: Any) -> None:
    body = order("W-1", [line("1", "MUG")])
    body["lines"][0]["unit_price"]["amount"] = amount
    assert "/lines/0/unit_price/amount" in refused(body)


@pytest.mark.parametrize("sku", ["A#B", "A B", "", "x" * 65, "é"])
def test_a_sku_that_is_no_identifier_is_refused_at_its_place(sku: str) -> None:
    assert "/lines/0/sku" in refused(order("W-1", [line("1", sku)]))


@pytest.mark.parametrize("count", [0, 1201, 10_000])
def test_an_order_takes_1_to_1200_lines(count: int) -> None:
    assert refused(order("W-1", [line(str(n), "MUG") for n in range(count)])) == ["/lines"]


def test_an_order_whose_payment_is_not_its_total_is_refused() -> None:
    body = order("W-1", [line("1", "MUG")])
    body["payment"]["amount"]["amount"] += 1
    answer = OPS.post("/v1/orders", body)
    assert (answer.status, answer.body["code"]) == (422, "payment_amount_mismatch")
    assert_nothing_written()
