"""Golden vectors of stock on the deployed stack: stream, projector, log and API as they run."""

from __future__ import annotations

from uuid import uuid4

import pytest

from infra.local.http import Api
from infra.local.stack import LocalStack
from tests.support.shop import location, receive

pytestmark = pytest.mark.e2e

QUIET_SECONDS = 600


def test_threshold_safety_rule_own_hold_and_pause_reach_what_is_shown(stack: LocalStack, ops: Api) -> None:
    tag = uuid4().hex[:8]
    sku, channel, places = f"MUG-{tag}", f"shop-{tag}", [f"{name}-{tag}" for name in ("A", "B", "C")]
    assert ops.put(f"/v1/items/{sku}", {"name": "Mug", "weight_grams": 300}).ok
    for place, quantity in zip(places, (3, 4, 0), strict=True):
        assert ops.put(f"/v1/locations/{place}", location("store", 53.8, -1.5)).ok
        if quantity:
            receive(ops, f"M-{place}", place, [{"sku": sku, "quantity": quantity}])
    assert ops.put(f"/v1/inventory/pools/{channel}", {"location_ids": places, "threshold": 2}).ok

    def shown(**fields: object) -> int:
        stack.wait_quiet(timeout_seconds=QUIET_SECONDS)
        answer = ops.post("/v1/availability", {"skus": [sku], "channel": channel} | fields)
        assert answer.status == 200, answer.body
        return int(answer.body["items"][0]["available"])

    assert shown() == 5
    hold = {
        "reservation_id": f"R-{tag}",
        "owner": f"cart-{tag}",
        "scope": "location",
        "lines": [{"line_id": "1", "sku": sku, "quantity": 1, "location_id": places[0]}],
    }
    assert ops.post("/v1/reservations", hold).status == 201
    assert (shown(), shown(owner=f"cart-{tag}")) == (4, 5)
    rule = {"name": "front of house", "safety_stock": 3, "when": {"sku": sku, "location_id": places[1]}}
    assert ops.put(f"/v1/inventory/safety-rules/S-{tag}", rule).status == 201
    assert shown() == 1
    assert ops.delete(f"/v1/inventory/safety-rules/S-{tag}").ok
    assert ops.post(f"/v1/locations/{places[1]}/pause", {"reason": "flood"}).ok
    assert shown() == 0
    assert ops.get(f"/v1/inventory/audit?sku={sku}").body["ok"]
