"""Stock control on the deployed stack: goods are bought, moved, counted and accounted for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.http import Answer, Api
from infra.local.stack import LocalStack
from shared.clock import rfc3339
from tests.e2e.test_orders import settle, unique
from tests.support.shop import location

pytestmark = pytest.mark.e2e


def done(answer: Answer) -> Any:
    assert answer.ok, (answer.status, answer.body)
    return answer.body


def on_hand(ops: Api, sku: str) -> dict[str, tuple[int, int]]:
    """On hand and allocated by place."""
    positions = done(ops.get(f"/v1/inventory/{sku}"))["positions"]
    return {one["location_id"]: (one["on_hand"], one["allocated"]) for one in positions}


def test_goods_are_bought_moved_counted_and_accounted_for(stack: LocalStack, ops: Api) -> None:
    dc, shop, sku, po = unique("DC"), unique("S"), unique("MUG"), unique("PO")
    for place in (dc, shop):
        done(ops.put(f"/v1/locations/{place}", location("dc", 52.48, -1.90)))
    done(ops.put(f"/v1/items/{sku}", {"name": "Mug", "weight_grams": 300}))
    due = rfc3339(datetime.now(UTC) + timedelta(days=5))
    wanted = {"location_id": dc, "expected_at": due, "lines": [{"sku": sku, "quantity": 10}]}
    assert done(ops.put(f"/v1/purchase-orders/{po}", wanted))["status"] == "OPEN"
    settle(stack)
    outlook = done(ops.get(f"/v1/inventory/{sku}/supply"))
    assert [one["available"] for one in outlook["steps"]] == [0, 10]

    at_dc = stack.api(role="associate", location=dc)
    lines = [{"sku": sku, "quantity": 10}]
    receipt = {"movement_id": unique("R"), "kind": "receipt", "location_id": dc, "lines": lines, "reference": po}
    assert [at_dc.post("/v1/inventory/movements", receipt).status for _ in range(2)] == [201, 201]
    assert done(ops.get(f"/v1/purchase-orders/{po}"))["status"] == "RECEIVED"

    at_shop, transfer = stack.api(role="associate", location=shop), unique("T")
    body = {"transfer_id": transfer, "from_location_id": dc, "to_location_id": shop}
    done(at_shop.post("/v1/transfers", body | {"lines": [{"sku": sku, "quantity": 6}]}))
    assert on_hand(ops, sku) == {dc: (10, 6)}
    assert at_shop.post(f"/v1/transfers/{transfer}/ship").status == 404
    done(at_dc.post(f"/v1/transfers/{transfer}/ship"))
    arrived = {"receipt_id": "first", "lines": [{"sku": sku, "quantity": 5}]}
    for _ in range(2):
        done(at_shop.post(f"/v1/transfers/{transfer}/receive", arrived))
    reasons = {"discrepancies": [{"sku": sku, "reason": "LOST"}]}
    assert done(at_shop.post(f"/v1/transfers/{transfer}/close", reasons))["status"] == "CLOSED"
    assert on_hand(ops, sku) == {dc: (4, 0), shop: (5, 0)}

    scanned_at = rfc3339(datetime.now(UTC))
    later = {"movement_id": unique("R"), "kind": "receipt", "location_id": shop, "lines": [{"sku": sku, "quantity": 2}]}
    done(at_shop.post("/v1/inventory/movements", later))
    settle(stack)
    seen = [{"sku": sku, "counted": 4, "scanned_at": scanned_at}]
    counted = done(at_shop.post("/v1/counts", {"count_id": unique("C"), "location_id": shop, "lines": seen}))
    assert [(one["expected"], one["variance"]) for one in counted["variances"]] == [(5, -1)]
    assert on_hand(ops, sku) == {dc: (4, 0), shop: (6, 0)}
    settle(stack)
    then = done(ops.get(f"/v1/inventory/{sku}/history?at={scanned_at}&location_id={shop}"))["positions"]
    assert [(one["balances"]["on_hand"], one["kind"]) for one in then] == [(5, "transfer_in")]
    report = done(ops.get(f"/v1/inventory/audit?sku={sku}"))
    assert (report["ok"], report["pending"], report["checked"]) == (True, 0, 2)


def test_the_auditor_runs_where_it_is_deployed(stack: LocalStack, ops: Api) -> None:
    functions = stack.client("lambda").get_paginator("list_functions").paginate()
    (name,) = (
        one["FunctionName"] for page in functions for one in page["Functions"] if "Auditor" in one["FunctionName"]
    )
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    assert (said["violations"], said["checked"] > 0) == (0, True)
