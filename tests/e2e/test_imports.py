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
from infra.local.stack import LocalStack
from tests.support.shop import location

pytestmark = pytest.mark.e2e

ENDED = {"COMPLETED", "COMPLETED_WITH_REJECTIONS", "FAILED"}
ROWS = 1_500
SECONDS = 240


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
    return until(
        lambda: dict(ops.get(f"{path}/{import_id}").body),
        lambda seen: seen["status"] in ENDED,
        what="an import that ends",
        seconds=SECONDS,
    )


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


def test_only_ops_may_import(web: Api) -> None:
    assert web.post("/v1/imports", {"import_id": "X", "kind": "stock", "format": "csv"}).status == 403
    assert web.get("/v1/imports/X").status == 403
