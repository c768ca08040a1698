"""Routing profiles across the services: queued orders, re-routing, and a simulation to its end."""

from __future__ import annotations

from typing import Any

import pytest

from functions.fulfilment import consumer, wiring
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, open_shop, order, receive

PROFILES = "/v1/routing/profiles"


@pytest.fixture
def shop(flow: Flow, ops: Gateway) -> Gateway:
    """Two places; whatever has no stock waits."""
    open_shop(ops, stock={"DC1": {"MUG": 2}, "S1": {"MUG": 1}}, items={"LAMP": {}})
    flow.settle()
    assert ops.put(f"{PROFILES}/patient", {"unroutable": "queue", "max_reroutes": 0}).status == 201
    assert ops.post(f"{PROFILES}/patient/activate", {"stage": "active"}).status == 200
    return ops


def placed(ops: Gateway, flow: Flow, number: str, *lines: dict[str, Any]) -> str:
    answer = ops.post("/v1/orders", order(number, list(lines)))
    assert answer.status == 201, answer.body
    flow.settle()
    return str(answer.body["order_id"])


def quantities(ops: Gateway, order_id: str) -> dict[str, int]:
    (found,) = ops.get(f"/v1/orders/{order_id}").body["lines"]
    return {name: units for name, units in found["quantities"].items() if units and name != "ordered"}


def test_stock_that_arrives_goes_to_queued_orders_whoever_waits_longest_first(flow: Flow, shop: Gateway) -> None:
    """What the older one asks for is not given to the younger one, also where messages overtake each other."""
    first = placed(shop, flow, "W-1", line("1", "LAMP", 2))
    second = placed(shop, flow, "W-2", line("1", "LAMP", 1))
    assert quantities(shop, first) == {"unsourced": 2}
    assert quantities(shop, second) == {"unsourced": 1}
    receive(shop, "late", "DC1", [{"sku": "LAMP", "quantity": 2}])
    flow.settle()
    got = quantities(shop, first).get("allocated", 0), quantities(shop, second).get("allocated", 0)
    assert got == (2, 0)
    assert shop.get("/v1/inventory/audit").body["ok"]


def test_a_shopper_is_asked_about_what_no_place_can_ship(
    flow: Flow, shop: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_as("fulfilment"):  # the API and the consumer are two processes, which share this test's table only
        monkeypatch.setattr(wiring.link_secret(), "_known", None)
    consumer.use_cases.cache_clear()
    assert shop.put(f"{PROFILES}/asks", {"unroutable": "offer", "rank": 1}).status == 201
    assert shop.post(f"{PROFILES}/asks/activate", {"stage": "active"}).status == 200
    kept = placed(shop, flow, "W-1", line("1", "LAMP", 1))
    given_up = placed(shop, flow, "W-2", line("1", "LAMP", 1))
    for order_id, choice in ((kept, "wait"), (given_up, "cancel")):
        assert quantities(shop, order_id) == {"unsourced": 1}
        link = f"/v1/shopper-links/{shop.get(f'/v1/orders/{order_id}').body['choice_link']}"
        assert Gateway(None).post(link, {"action": "choose", "option_id": choice}).status == 200
    flow.settle()
    assert shop.get(f"/v1/orders/{kept}").body["choice_link"] is None
    assert (quantities(shop, kept), quantities(shop, given_up)) == ({"unsourced": 1}, {"cancelled": 1})
    assert shop.get(f"/v1/orders/{given_up}").body["cancels"][0]["reason"] == "OUT_OF_STOCK"
    customer = shop.get(f"/v1/orders/{kept}").body["customer_id"]
    story = shop.get(f"/v1/customers/{customer}/timeline").body["items"]
    asked = "Asked about 1 unit that no place can ship"
    assert sorted((one["order_id"], one["summary"]) for one in story if one["kind"].startswith("choice")) == sorted(
        [(kept, asked), (kept, "1 unit to wait for stock"), (given_up, asked), (given_up, "1 unit given up")]
    )
    receive(shop, "late", "DC1", [{"sku": "LAMP", "quantity": 2}])
    flow.settle()
    assert quantities(shop, kept) == {"allocated": 1}


def test_after_the_re_routes_that_the_profile_allows_the_units_wait_until_stock_arrives(
    flow: Flow, shop: Gateway
) -> None:
    order_id = placed(shop, flow, "W-1", line("1", "MUG", 1))
    (work,) = shop.get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"]
    steps = f"/v1/fulfilment-orders/{work['fulfilment_order_id']}"
    assert shop.post(f"{steps}/acknowledge").status == 200
    assert shop.post(f"{steps}/pick", {"lines": [{"line_id": "1", "picked": 0}]}).status == 200
    flow.settle()
    assert quantities(shop, order_id) == {"unsourced": 1}
    decisions = shop.get(f"/v1/orders/{order_id}/routing").body["decisions"]
    assert {one["profile"]["profile_id"] for one in decisions} == {"patient"}
    assert decisions[-1]["unfilled"][0]["outcome"] == "QUEUED"


def test_a_simulation_runs_to_its_end_by_itself_and_reproduces_what_was_decided(flow: Flow, shop: Gateway) -> None:
    for number in range(3):
        placed(shop, flow, f"W-{number}", line("1", "MUG", 1))
    day = shop.get("/v1/routing/report").body
    assert day["total"]["orders"] == 3
    assert day["total"]["parcels"] == 3
    window = {"from": f"{day['last']}T00:00:00Z", "to": f"{day['last']}T23:59:59Z"}
    assert shop.put(f"{PROFILES}/dc", {"location_kinds": ["dc"]}).status == 201
    tried = [{"profile_id": "patient"}, {"profile_id": "dc"}]
    body = window | {"simulation_id": "sim", "profiles": tried}
    assert shop.post("/v1/routing/simulations", body).status == 202
    flow.settle()
    found = shop.get("/v1/routing/simulations/sim").body
    assert (found["status"], found["recorded"]["plans"]) == ("COMPLETED", 3)
    same, other = found["profiles"]
    assert (same["different"], same["cost_difference"]) == (0, 0)
    assert other["different"] == len(found["items"]) == 2, "what it takes for one order, it lacks for another"
    assert sorted(one["unfilled"] for one in found["items"]) == [0, 1]
