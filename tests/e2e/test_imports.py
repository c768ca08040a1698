"""Bulk imports through the deployed stack: a signed upload over HTTP, progress, rejected rows, the same file again."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from infra.local.http import Api
from infra.local.patience import until
from infra.local.reemit import again
from infra.local.stack import LocalStack
from tests.support.shop import location, money

pytestmark = pytest.mark.e2e

ENDED = {"COMPLETED", "COMPLETED_WITH_REJECTIONS", "FAILED"}
ROWS = 1_500
SECONDS = 600
"""Two thousand changes of items and stock settle in seconds on a quiet machine, in minutes on a busy one."""


def put(url: str, content: bytes) -> int:
    """An HTTP PUT as curl makes it."""
    address = urlsplit(url)
    assert address.hostname
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("PUT", f"{address.path}?{address.query}", content)
    return connection.getresponse().status


def imported(ops: Api, kind: str, content: bytes, *, format_: str = "csv", path: str = "/v1/imports") -> dict[str, Any]:
    """The import as it is in the end."""
    import_id = f"I-{uuid4().hex[:10]}"
    started = ops.post(path, {"import_id": import_id, "kind": kind, "format": format_})
    assert (started.status, started.body["status"]) == (201, "PENDING")
    assert put(started.body["upload_url"], content) == 200
    ended = until(
        lambda: dict(ops.get(f"{path}/{import_id}").body),
        lambda seen: seen["status"] in ENDED,
        what="an import that ends",
        seconds=SECONDS,
    )
    print(kind, ended["rows"], ended["started_at"], ended["ended_at"])
    return ended


def test_items_and_stock_come_in_by_file_and_again_change_nothing(stack: LocalStack, ops: Api) -> None:
    mark, place = uuid4().hex[:6], f"DC-{uuid4().hex[:6]}"
    assert ops.put(f"/v1/locations/{place}", location("dc", 52.48, -1.90)).ok
    skus = [f"SKU-{mark}-{n}" for n in range(ROWS)]
    lines = [json.dumps({"sku": sku, "name": "Thing", "weight_grams": 100}) for sku in skus]
    items = imported(ops, "items", "\n".join([*lines, '{"sku": "#"}']).encode(), format_="jsonl")
    assert (items["status"], items["rows"]["changed"], items["rows"]["rejected"]) == (
        "COMPLETED_WITH_REJECTIONS",
        ROWS,
        1,
    )
    assert items["rejected"][0]["line"] == ROWS + 1

    rows = [f"{sku},{place},{n % 50}" for n, sku in enumerate(skus)]
    file = "\n".join(["sku,location_id,quantity", *rows, f"{skus[0]},{place},-1", f"NONE-{mark},{place},1"]).encode()
    stock = imported(ops, "stock", file)
    assert (stock["status"], stock["rows"]) == (
        "COMPLETED_WITH_REJECTIONS",
        {"read": ROWS + 2, "changed": ROWS, "unchanged": 0, "rejected": 2},
    )
    assert [(one["line"], one["reason"].partition(":")[0]) for one in stock["rejected"]] == [
        (ROWS + 2, "quantity"),
        (ROWS + 3, "sku"),
    ]
    assert stock["bytes"]["done"] == stock["bytes"]["total"] == len(file)

    again = imported(ops, "stock", file)
    assert again["rows"] == {"read": ROWS + 2, "changed": 0, "unchanged": ROWS, "rejected": 2}
    stack.wait_quiet(SECONDS)
    (position,) = ops.get(f"/v1/inventory/{skus[7]}").body["positions"]
    assert (position["on_hand"], position["version"]) == (7, 1)
    assert ops.get(f"/v1/inventory/audit?sku={skus[7]}").body["ok"]
    assert stack.dead_letters() == {}


def test_a_file_of_another_kind_fails_and_an_address_takes_no_other_name(ops: Api) -> None:
    failed = imported(ops, "stock", b"sku;location_id;quantity\nA;B;1\n")
    assert (failed["status"], "separated by commas" in failed["failure"]) == ("FAILED", True)
    url = ops.post("/v1/imports", {"import_id": f"I-{uuid4().hex[:10]}", "kind": "stock", "format": "csv"}).body[
        "upload_url"
    ]
    forged = url.replace("I-", "J-", 1)
    assert put(forged, b"x") == 403


def test_past_orders_and_customers_come_in_by_file_and_meet(stack: LocalStack, ops: Api) -> None:
    mark = uuid4().hex[:6]
    shopper = {
        "source": {"channel": "web", "external_id": f"W-{mark}"},
        "name": {"given": "Ann", "family": f"Lee{mark}"},
        "email": f"ann-{mark}@example.com",
    }
    rows = [shopper, shopper | {"source": {"channel": "pos", "external_id": f"P-{mark}"}}]
    customers = imported(
        ops, "customers", "\n".join(map(json.dumps, rows)).encode(), format_="jsonl", path="/v1/customer-imports"
    )
    assert (customers["status"], customers["rows"]["changed"]) == ("COMPLETED", 2)
    line = {"line_id": "1", "sku": "MUG", "quantity": 2, "unit_price": money(1000), "fulfilment": {"method": "ship"}}
    past = {
        "channel": "web",
        "channel_order_id": f"OLD-{mark}",
        "placed_at": "2024-03-01T10:00:00Z",
        "currency": "GBP",
        "customer": {"email": f"ann-{mark}@example.com", "name": f"Ann Lee{mark}"},
        "lines": [line | {"returned": 1}],
    }
    orders = imported(ops, "orders", json.dumps(past).encode(), format_="jsonl", path="/v1/order-imports")
    assert (orders["status"], orders["rows"]["changed"]) == ("COMPLETED", 1)
    stack.wait_quiet(SECONDS)
    (one,) = ops.get(f"/v1/customers?channel=pos&external_id=P-{mark}").body["items"]
    (order,) = ops.get(f"/v1/orders?channel=web&channel_order_id=OLD-{mark}").body["items"]
    assert (order["status"], order["payment_status"]) == ("CLOSED", "PARTIALLY_REFUNDED")
    assert order["customer_id"] == one["customer_id"]
    (entry,) = ops.get(f"/v1/customers/{one['customer_id']}/timeline").body["items"]
    assert entry["summary"] == "Ordered 2 units for 20.00 GBP, 1 unit returned"

    before = ops.get(f"/v1/orders/{order['order_id']}").body
    for service in ("orders", "customers"):
        assert again(stack, f"functions.{service}.relay.handler", since="2020-01-01T00:00:00Z") > 0
    stack.wait_quiet(SECONDS)
    assert ops.get(f"/v1/orders/{order['order_id']}").body == before
    assert stack.dead_letters() == {}


def test_only_ops_may_import(web: Api) -> None:
    assert web.post("/v1/imports", {"import_id": "X", "kind": "stock", "format": "csv"}).status == 403
    assert web.get("/v1/imports/X").status == 403


def test_shelf_positions_come_in_by_file(ops: Api) -> None:
    place = f"S-{uuid4().hex[:6]}"
    file = "\n".join(["location_id,sku,bin", f"{place},MUG,A-10", f"{place},LAMP,A-2", f"{place},VASE,"]).encode()
    done = imported(ops, "bins", file, path="/v1/bin-imports")
    assert (done["status"], done["rows"]["changed"], done["rows"]["rejected"]) == ("COMPLETED_WITH_REJECTIONS", 2, 1)
    found = ops.get(f"/v1/worklists/{place}/bins").body["items"]
    assert {one["sku"]: one["bin"] for one in found} == {"MUG": "A-10", "LAMP": "A-2"}
