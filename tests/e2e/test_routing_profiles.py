"""Profiles on the deployed stack: orders that wait for stock, re-routes that end, a pause, a simulation of what was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.http import Api
from infra.local.stack import LocalStack
from tests.e2e.test_network import furnished
from tests.e2e.test_orders import settle, stock, unique
from tests.support.shop import line, order, receive

pytestmark = pytest.mark.e2e

PROFILES = "/v1/routing/profiles"


def patient(ops: Api, **rules: Any) -> str:
    """A channel of its own, whose orders wait for what cannot be had."""
    channel = unique("patient")
    body = {"unroutable": "queue", "when": {"channels": [channel]}, "rank": 10, **rules}
    assert ops.put(f"{PROFILES}/{channel}", body).status == 201
    assert ops.post(f"{PROFILES}/{channel}/activate", {"stage": "active"}).status == 200
    return channel


def placed(stack: LocalStack, ops: Api, channel: str, sku: str, quantity: int = 1, **more: str) -> str:
    answer = ops.post("/v1/orders", order(unique("W"), [line("1", sku, quantity)], channel=channel) | more)
    assert answer.status == 201, answer.body
    settle(stack)
    return str(answer.body["order_id"])


def quantities(ops: Api, order_id: str) -> Mapping[str, int]:
    (found,) = ops.get(f"/v1/orders/{order_id}").body["lines"]
    return {name: units for name, units in found["quantities"].items() if units and name != "ordered"}


def works(ops: Api, order_id: str) -> list[dict[str, Any]]:
    return list(ops.get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"])


def test_stock_that_arrives_goes_to_the_order_that_waits_longest(stack: LocalStack, ops: Api) -> None:
    channel = patient(ops)
    sku = stock(ops, "DC1", LAMP=0)["LAMP"]
    second = placed(stack, ops, channel, sku, 1, placed_at="2026-11-21T10:00:00Z")
    first = placed(stack, ops, channel, sku, 2, placed_at="2026-11-21T09:00:00Z")
    assert (quantities(ops, first), quantities(ops, second)) == ({"unsourced": 2}, {"unsourced": 1})
    receive(ops, unique("R"), "DC1", [{"sku": sku, "quantity": 2}])
    settle(stack)
    assert (quantities(ops, first), quantities(ops, second)) == ({"allocated": 2}, {"unsourced": 1})
    receive(ops, unique("R"), "DC1", [{"sku": sku, "quantity": 1}])
    settle(stack)
    assert quantities(ops, second) == {"allocated": 1}
    assert ops.get(f"/v1/inventory/audit?sku={sku}").body["ok"]


def test_a_shopper_chooses_by_link_what_becomes_of_units_that_no_place_can_ship(stack: LocalStack, ops: Api) -> None:
    channel = patient(ops, unroutable="offer")
    sku = stock(ops, "DC1", LAMP=0)["LAMP"]
    waits, gone = (placed(stack, ops, channel, sku) for _ in range(2))
    shopper = Api(stack.base_url)
    for order_id, choice in ((waits, "wait"), (gone, "cancel")):
        path = f"/v1/shopper-links/{ops.get(f'/v1/orders/{order_id}').body['choice_link']}"
        offer = shopper.get(path).body["offer"]
        assert (offer["units"], offer["default"]) == (1, "wait")
        assert shopper.post(path, {"action": "choose", "option_id": choice}).ok
        assert shopper.post(path, {"action": "choose", "option_id": choice}).ok
    settle(stack)
    assert (quantities(ops, waits), quantities(ops, gone)) == ({"unsourced": 1}, {"cancelled": 1})
    receive(ops, unique("R"), "DC1", [{"sku": sku, "quantity": 1}])
    settle(stack)
    assert quantities(ops, waits) == {"allocated": 1}


def test_another_pool_of_the_channel_serves_who_waits(stack: LocalStack, ops: Api) -> None:
    channel = patient(ops)
    sku = unique("VASE")
    (place,) = furnished(ops, sku, A=None).values()
    pool = f"/v1/inventory/pools/{channel}"
    assert ops.put(pool, {"location_ids": ["DC1"], "threshold": 0}).ok
    settle(stack)
    order_id = placed(stack, ops, channel, sku)
    assert quantities(ops, order_id) == {"unsourced": 1}
    assert ops.put(pool, {"location_ids": ["DC1", place], "threshold": 0}).ok
    settle(stack)
    assert quantities(ops, order_id) == {"allocated": 1}


def test_units_refused_by_place_after_place_wait_when_the_profile_says_so(stack: LocalStack, ops: Api) -> None:
    channel = patient(ops, max_reroutes=1)
    sku = unique("MUG")
    ids = furnished(ops, sku, A=None, B=None, C=None)
    settle(stack)
    order_id = placed(stack, ops, channel, sku)
    refused = set()
    while opened := [work for work in works(ops, order_id) if work["status"] == "OPEN"]:
        (work,) = opened
        assert work["location_id"] not in refused
        refused.add(work["location_id"])
        steps = f"/v1/fulfilment-orders/{work['fulfilment_order_id']}"
        assert ops.post(f"{steps}/acknowledge").status == 200
        assert ops.post(f"{steps}/pick", {"lines": [{"line_id": "1", "picked": 0}]}).status == 200
        settle(stack)
    assert len(refused) == 2
    assert refused < set(ids.values())
    assert quantities(ops, order_id) == {"unsourced": 1}
    last = ops.get(f"/v1/orders/{order_id}/routing").body["decisions"][-1]
    assert last["profile"]["profile_id"] == channel
    assert last["unfilled"][0]["outcome"] == "QUEUED"
    assert ops.get(f"/v1/inventory/audit?sku={sku}").body["ok"]


def test_a_place_that_pauses_hands_its_open_work_to_another(stack: LocalStack, ops: Api) -> None:
    sku = unique("VASE")
    ids = furnished(ops, sku, A=None, B=None)
    settle(stack)
    order_id = placed(stack, ops, "web", sku)
    (work,) = works(ops, order_id)
    assert ops.post(f"/v1/locations/{work['location_id']}/pause", {"reason": "flood"}).ok
    settle(stack)
    (other,) = set(ids.values()) - {work["location_id"]}
    alive = [one for one in works(ops, order_id) if one["status"] not in ("REROUTED", "CANCELLED", "REJECTED")]
    assert [(one["location_id"], one["status"]) for one in alive] == [(other, "OPEN")]
    assert quantities(ops, order_id) == {"allocated": 1}
    assert ops.get(f"/v1/inventory/audit?sku={sku}").body["ok"]


def test_a_simulation_of_the_profile_that_decided_changes_nothing(stack: LocalStack, ops: Api) -> None:
    channel = patient(ops)
    sku = unique("PLATE")
    furnished(ops, sku, A=None, B=None)
    settle(stack)
    since = datetime.now(UTC)
    orders = {placed(stack, ops, channel, sku) for _ in range(2)}
    until = datetime.now(UTC) + timedelta(seconds=1)
    body = {
        "simulation_id": unique("sim"),
        "from": since.isoformat().replace("+00:00", "Z"),
        "to": until.isoformat().replace("+00:00", "Z"),
        "profiles": [{"profile_id": channel}],
    }
    assert ops.post("/v1/routing/simulations", body).status == 202
    settle(stack)
    found = ops.get(f"/v1/routing/simulations/{body['simulation_id']}").body
    assert (found["status"], found["recorded"]["plans"]) == ("COMPLETED", len(orders))
    (same,) = found["profiles"]
    assert (same["different"], same["cost_difference"]) == (0, 0)
    assert ops.get("/v1/routing/report").body["total"]["orders"] >= len(orders)
