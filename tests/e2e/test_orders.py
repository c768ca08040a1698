"""Orders through the deployed stack: rivals, giants, wrong tokens, bad input."""

from __future__ import annotations

import http.client
import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from infra.local.http import Answer, Api
from infra.local.stack import LocalStack
from tests.support.shop import line, location, order, receive

pytestmark = pytest.mark.e2e

QUIET_SECONDS = 600


def unique(prefix: str) -> str:
    """An id that no other test uses: they share one stack."""
    return f"{prefix}-{uuid4().hex[:10]}"


def stock(ops: Api, place: str, **quantities: int) -> dict[str, str]:
    """New items with so much of each at the place; answers their real SKUs by the name used in the test."""
    skus = {name: unique(name) for name in quantities}
    ops.put(f"/v1/locations/{place}", location("dc", 52.48, -1.90))
    for name, sku in skus.items():
        assert ops.put(f"/v1/items/{sku}", {"name": name, "weight_grams": 300}).ok
    lines = [{"sku": skus[name], "quantity": quantity} for name, quantity in quantities.items() if quantity]
    if lines:
        receive(ops, unique("R"), place, lines)
    return skus


def settle(stack: LocalStack) -> None:
    stack.wait_quiet(timeout_seconds=QUIET_SECONDS)
    assert stack.dead_letters() == {}


def test_fifty_buyers_at_once_of_ten_units_buy_exactly_ten(stack: LocalStack, ops: Api, web: Api) -> None:
    skus = stock(ops, "DC1", VASE=10)

    def buy(n: int) -> Answer:
        return web.post("/v1/orders", order(unique(f"W{n}"), [line("1", skus["VASE"])]))

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(buy, range(50)))
    assert {answer.status for answer in answers} == {201}
    settle(stack)
    ends = [web.get(f"/v1/orders/{answer.body['order_id']}").body for answer in answers]
    assert Counter(end["status"] for end in ends) == {"CONFIRMED": 10, "CANCELLED": 40}
    assert Counter(end["payment_status"] for end in ends) == {"AUTHORISED": 10, "VOIDED": 40}
    (position,) = ops.get(f"/v1/inventory/{skus['VASE']}").body["positions"]
    assert (position["on_hand"], position["allocated"], position["available"]) == (10, 10, 0)
    assert ops.get(f"/v1/inventory/audit?sku={skus['VASE']}").body["ok"]


def test_fifty_holds_at_once_of_ten_units_hold_exactly_ten(stack: LocalStack, ops: Api, web: Api) -> None:
    skus = stock(ops, "DC1", LAMP=10)

    def hold(_: int) -> Answer:
        body = {
            "reservation_id": unique("H"),
            "owner": "cart",
            "scope": "network",
            "lines": [{"line_id": "1", "sku": skus["LAMP"], "quantity": 1}],
        }
        return web.post("/v1/reservations", body)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(hold, range(50)))
    assert Counter(answer.status for answer in answers) == {201: 10, 409: 40}
    assert {answer.body["code"] for answer in answers if answer.status == 409} == {"insufficient_stock"}
    settle(stack)
    assert ops.get(f"/v1/inventory/audit?sku={skus['LAMP']}").body["ok"]


def test_five_times_the_same_order_at_once_is_one_order(stack: LocalStack, ops: Api, web: Api) -> None:
    skus = stock(ops, "DC1", MUG=10)
    body = order(unique("W"), [line("1", skus["MUG"])])
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: web.post("/v1/orders", body), range(5)))
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.body["order_id"] for answer in answers}) == 1
    other = web.post("/v1/orders", body | {"placed_at": "2026-11-20T10:00:00Z"})
    assert (other.status, other.body["code"]) == (409, "order_id_reused")


def test_an_idempotency_key_replays_the_first_answer(stack: LocalStack, ops: Api, web: Api) -> None:
    skus = stock(ops, "DC1", MUG=10)
    key, body = unique("K"), order(unique("W"), [line("1", skus["MUG"])])
    first = web.post("/v1/orders", body, idempotency_key=key)
    again = web.post("/v1/orders", body, idempotency_key=key)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = web.post("/v1/orders", body | {"channel_order_id": unique("W")}, idempotency_key=key)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")


def test_an_order_of_1108_lines_is_allocated_whole(stack: LocalStack, ops: Api, web: Api) -> None:
    base = unique("G")
    ops.put("/v1/locations/DC1", location("dc", 52.48, -1.90))
    names = [f"{base}-{n}" for n in range(1108)]
    with ThreadPoolExecutor(8) as pool:
        items = list(pool.map(lambda sku: ops.put(f"/v1/items/{sku}", {"name": "x", "weight_grams": 10}), names))
    assert {answer.status for answer in items} == {201}
    for start in range(0, len(names), 90):
        receive(ops, unique("R"), "DC1", [{"sku": sku, "quantity": 2} for sku in names[start : start + 90]])
    placed = web.post("/v1/orders", order(unique("W"), [line(str(n), sku) for n, sku in enumerate(names)]))
    assert placed.status == 201, placed.body
    settle(stack)
    end = web.get(f"/v1/orders/{placed.body['order_id']}").body
    assert end["status"] == "CONFIRMED"
    assert {one["quantities"]["allocated"] for one in end["lines"]} == {1}


@pytest.fixture(scope="module")
def a_web_order(stack: LocalStack, ops: Api, web: Api) -> dict[str, str]:
    skus = stock(ops, "DC1", MUG=5)
    placed = web.post("/v1/orders", order(unique("W"), [line("1", skus["MUG"])])).body
    settle(stack)
    end = web.get(f"/v1/orders/{placed['order_id']}").body
    (work,) = ops.get(f"/v1/fulfilment-orders?order_id={placed['order_id']}").body["items"]
    return {
        "order_id": placed["order_id"],
        "customer_id": end["customer_id"],
        "work": work["fulfilment_order_id"],
        "location": work["location_id"],
    }


def test_without_a_valid_token_nothing_is_answered(stack: LocalStack, a_web_order: dict[str, str]) -> None:
    path = f"/v1/orders/{a_web_order['order_id']}"
    token = stack.token(role="channel", channel="web")
    head, payload, signature = token.split(".")
    for bad in (None, "nonsense", f"{head}.{payload}.{signature[:-4]}AAAA", f"{head}.{payload}."):
        assert Api(stack.base_url, bad).get(path).status == 401
    assert Api(stack.base_url).get("/v1/health").status == 200


def test_what_belongs_to_others_cannot_even_be_known(stack: LocalStack, a_web_order: dict[str, str]) -> None:
    order_path = f"/v1/orders/{a_web_order['order_id']}"
    customer_path = f"/v1/customers/{a_web_order['customer_id']}"
    work_path = f"/v1/fulfilment-orders/{a_web_order['work']}"
    app = stack.api(role="channel", channel="app")
    stranger = stack.api(role="customer", customer="C-stranger")
    shopper = stack.api(role="customer", customer=a_web_order["customer_id"])
    elsewhere = stack.api(role="associate", location="S9")
    here = stack.api(role="associate", location=a_web_order["location"])
    assert [api.get(order_path).status for api in (app, stranger)] == [404, 404]
    counter = elsewhere.get(order_path)  # any store takes a return: by exact id, without contact or codes
    assert counter.status == 200
    assert not {"email", "address", "phone", "code"} & set(re.findall(r'"(\w+)":', json.dumps(counter.body)))
    assert [api.get(customer_path).status for api in (app, stranger, elsewhere)] == [404, 404, 403]
    assert [api.get(work_path).status for api in (app, stranger, elsewhere)] == [403, 403, 404]
    assert elsewhere.post(f"{work_path}/acknowledge", {}).status == 404
    assert [shopper.get(path).status for path in (order_path, customer_path)] == [200, 200]
    assert here.get(work_path).status == 200
    assert app.get(f"/v1/orders?customer_id={a_web_order['customer_id']}").body["items"] == []


def test_a_channel_may_not_place_for_another(stack: LocalStack) -> None:
    app = stack.api(role="channel", channel="app")
    assert app.post("/v1/orders", order(unique("W"), [line("1", "MUG")], channel="web")).status == 403


def raw(stack: LocalStack, token: str, method: str, path: str, body: bytes, kind: str) -> tuple[int, dict[str, object]]:
    """One request that no client library would send."""
    address = urlsplit(stack.base_url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.request(method, address.path + path, body, {"Authorization": f"Bearer {token}", "Content-Type": kind})
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())
    assert response.getheader("content-type") == "application/problem+json"
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"channel": "web"', "application/json", 400),
        (b"", "application/json", 400),
        (b'{"channel": NaN}', "application/json", 422),
        (b'{"lines": 1e308}', "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "text/plain", 415),
        (json.dumps(order("a b", [line("1", "MUG")])).encode(), "application/json", 422),
        (json.dumps(order("a#b", [line("1", "MUG")])).encode(), "application/json", 422),
        (json.dumps(order("W", [])).encode(), "application/json", 422),
        (json.dumps(order("W", [line(str(n), "M") for n in range(10_000)])).encode(), "application/json", 422),
    ],
    ids=["truncated", "empty", "nan", "1e308", "not-utf-8", "text", "space", "hash", "no-lines", "10000-lines"],
)
def test_bad_input_gets_a_problem_and_never_a_5xx(stack: LocalStack, body: bytes, kind: str, status: int) -> None:
    token = stack.token(role="channel", channel="web")
    found, problem = raw(stack, token, "POST", "/v1/orders", body, kind)
    assert (found, problem["status"]) == (status, status)


def test_a_forged_id_in_the_path_is_refused(stack: LocalStack) -> None:
    token = stack.token(role="ops")
    for bad in ("a%23b", "a%20b", "%C3%A9"):
        status, problem = raw(stack, token, "GET", f"/v1/orders/{bad}", b"", "application/json")
        assert (status, problem["code"]) == (422, "invalid")


def test_a_method_that_the_path_does_not_take_is_405_with_allow(stack: LocalStack) -> None:
    answer = stack.api(role="ops").call("DELETE", "/v1/orders")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


def test_the_openapi_document_is_served(stack: LocalStack) -> None:
    document = Api(stack.base_url).get("/v1/openapi.json").body
    assert document["openapi"].startswith("3.1")
    assert "/v1/orders" in document["paths"]


def test_the_testing_clock_moves_for_every_service(stack: LocalStack, ops: Api) -> None:
    assert ops.put("/v1/testing/clock", {"now": "2030-01-02T03:04:05Z"}).ok
    try:
        assert Api(stack.base_url).get("/v1/health").body["now"].startswith("2030-01-02T03:04")
    finally:
        assert ops.delete("/v1/testing/clock").ok
    assert not Api(stack.base_url).get("/v1/health").body["now"].startswith("2030")


@pytest.fixture
def stack_out_of_time(tmp_path: Path) -> Iterator[LocalStack]:
    """A stack of its own: once its clock has gone back, a hold that had lapsed is live again beside its successor."""
    with LocalStack.start(tmp_path / "stack", attended=True) as running:
        yield running


def test_a_hold_lapses_by_time_and_the_unit_is_sold_to_the_next(stack_out_of_time: LocalStack) -> None:
    ops = stack_out_of_time.api(role="ops")
    web = stack_out_of_time.api(role="channel", channel="web")
    skus = stock(ops, "DC1", LAMP=1)

    def hold() -> Answer:
        line_ = {"line_id": "1", "sku": skus["LAMP"], "quantity": 1}
        body = {"reservation_id": unique("H"), "owner": "cart", "scope": "network", "ttl_seconds": 600}
        return web.post("/v1/reservations", body | {"lines": [line_]})

    assert [hold().status, hold().status] == [201, 409]
    assert ops.put("/v1/testing/clock", {"now": "2031-01-01T00:00:00Z"}).ok
    assert hold().status == 201
    settle(stack_out_of_time)
    assert ops.get(f"/v1/inventory/audit?sku={skus['LAMP']}").body["ok"]
