"""The scheduled jobs of routing on the deployed stack: prices that orders follow, and waiting work that moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.patience import until
from infra.local.stack import LocalStack
from tests.e2e.test_orders import settle
from tests.support.shop import line, location, money, order, receive

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack of its own: its clock goes on by an hour."""
    directory: Path = tmp_path_factory.mktemp("prices")
    with LocalStack.start(directory, attended=True) as running:
        yield running


def placed(stack: LocalStack, body: dict[str, Any]) -> str:
    answer = stack.api(role="channel", channel=body["channel"]).post("/v1/orders", body)
    assert answer.status == 201, answer.body
    settle(stack)
    return str(answer.body["order_id"])


def decision(stack: LocalStack, order_id: str) -> dict[str, Any]:
    """The first one: work that nobody takes on within the hour is routed again."""
    answer = stack.api(role="ops").get(f"/v1/orders/{order_id}/routing")
    return dict(answer.body["decisions"][0])


def pass_time(stack: LocalStack, **length: float) -> None:
    ops = stack.api(role="ops")
    now = datetime.fromisoformat(ops.get("/v1/health").body["now"])
    assert ops.put("/v1/testing/clock", {"now": (now + timedelta(**length)).isoformat()}).ok
    settle(stack)


def works(stack: LocalStack, order_id: str) -> list[tuple[str, str]]:
    found = stack.api(role="ops").get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"]
    return [(one["location_id"], one["status"]) for one in found]


def test_the_job_runs_by_the_clock_and_the_next_order_spares_what_the_counter_sells(stack: LocalStack) -> None:
    ops = stack.api(role="ops")
    for place, kind, lat in (("S1", "store", 53.80), ("DC1", "dc", 52.48)):
        assert ops.put(f"/v1/locations/{place}", location(kind, lat, -1.55)).ok
    assert ops.put("/v1/items/LAMP", {"name": "Lamp", "weight_grams": 300, "margin": money(2500)}).ok
    for place, units in (("S1", 25), ("DC1", 90)):
        receive(ops, f"R-{place}", place, [{"sku": "LAMP", "quantity": units}])
    settle(stack)

    before = placed(stack, order("W-1", [line("1", "LAMP", 1, 4500)]))
    for number in range(5):
        sale = order(
            f"P-{number}",
            [line("1", "LAMP", 4, 4500, fulfilment={"method": "carry_out", "location_id": "S1"})],
            channel="pos",
        )
        placed(stack, sale)
    pass_time(stack, hours=1)

    def spared() -> bool:
        dry = {
            "lines": [{"line_id": "1", "sku": "LAMP", "quantity": 1}],
            "destination": {"geo": {"lat": 53.96, "lng": -1.08}},
            "service": "standard",
        }
        answer = ops.post("/v1/routing/plan", dry)
        return bool(answer.ok and answer.body["assignments"][0]["location_id"] == "DC1")

    until(spared, bool, what="the prices of the job's run")
    after = placed(stack, order("W-2", [line("1", "LAMP", 1, 4500)]))
    assert decision(stack, before)["assignments"][0]["location_id"] == "S1"
    assert decision(stack, before)["price_version"] == 0
    assert decision(stack, after)["assignments"][0]["location_id"] == "DC1"
    assert decision(stack, after)["price_version"] >= 1
    assert ops.get("/v1/inventory/audit").body["ok"]


def test_before_the_next_wave_waiting_work_follows_goods_that_came_late(stack: LocalStack) -> None:
    ops = stack.api(role="ops")
    for place, lat in (("S7", 53.80), ("S8", 50.40)):
        assert ops.put(f"/v1/locations/{place}", location("store", lat, -1.55)).ok
    assert ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 300}).ok
    receive(ops, "R-S8", "S8", [{"sku": "MUG", "quantity": 9}])
    settle(stack)
    standard = order("W-7", [line("1", "MUG", 2, 1200)])
    express = order("W-8", [line("1", "MUG", 1, 1200)])
    express["shipping"]["service"] = "express"
    waiting, hasty = placed(stack, standard), placed(stack, express)
    assert works(stack, waiting) == works(stack, hasty) == [("S8", "OPEN")]
    receive(ops, "R-S7", "S7", [{"sku": "MUG", "quantity": 9}])
    settle(stack)
    pass_time(stack, minutes=20)
    until(lambda: works(stack, waiting), lambda seen: len(seen) == 2, what="the move of the waiting order")
    settle(stack)
    assert works(stack, waiting) == [("S8", "CANCELLED"), ("S7", "OPEN")]
    assert works(stack, hasty) == [("S8", "OPEN")], "express orders wait for nothing"
    counts = {one["location_id"]: one["allocated"] for one in ops.get("/v1/inventory/MUG").body["positions"]}
    assert counts == {"S7": 2, "S8": 1}
    assert ops.get("/v1/inventory/audit").body["ok"]
