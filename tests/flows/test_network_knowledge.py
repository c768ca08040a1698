"""What inventory says of places and channels decides where orders are sourced from."""

from __future__ import annotations

from typing import Any

from tests.support.flow import Flow
from tests.support.gateway import Gateway, ops
from tests.support.shop import PLACES, line, location, open_shop, order

OPS = Gateway(ops())


def work_of(order_id: str) -> dict[str, str]:
    """Where the open work of an order lies."""
    items = OPS.get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"]
    return {one["fulfilment_order_id"]: one["location_id"] for one in items if one["status"] == "OPEN"}


def placed(flow: Flow, number: str, *lines: dict[str, Any], **fields: Any) -> str:
    answer = OPS.post("/v1/orders", order(number, list(lines) or [line("1", "MUG")], **fields))
    assert answer.status == 201, answer.body
    flow.settle()
    return str(answer.body["order_id"])


def test_a_channel_is_sourced_from_its_pool_only_and_from_all_places_again_without(flow: Flow) -> None:
    open_shop(OPS, stock={"DC1": {"MUG": 9}, "S1": {"MUG": 9}})
    flow.settle()
    assert set(work_of(placed(flow, "W-1")).values()) == {"S1"}
    assert OPS.put("/v1/inventory/pools/web", {"location_ids": ["DC1"], "threshold": 0}).status == 201
    flow.settle()
    assert set(work_of(placed(flow, "W-2")).values()) == {"DC1"}
    assert OPS.put("/v1/inventory/pools/web", {"location_ids": None, "threshold": 0}).status == 200
    rule = {"name": "recall", "when": {"sku": "MUG", "location_id": "S1"}}
    assert OPS.put("/v1/inventory/exclusions/recall", rule).status == 201
    flow.settle()
    assert set(work_of(placed(flow, "W-3")).values()) == {"DC1"}
    assert OPS.send("DELETE", "/v1/inventory/exclusions/recall").status == 200
    flow.settle()
    assert set(work_of(placed(flow, "W-4")).values()) == {"S1"}


def test_an_item_that_only_warehouses_may_ship_comes_from_a_warehouse(flow: Flow) -> None:
    items = {"BLEACH": {"ships_from": ["dc"]}}
    open_shop(OPS, stock={"DC1": {"BLEACH": 9}, "S1": {"BLEACH": 9}}, items=items)
    flow.settle()
    assert set(work_of(placed(flow, "W-1", line("1", "BLEACH"))).values()) == {"DC1"}


def test_orders_spread_over_places_that_send_so_many_parcels_a_day_and_none_sends_more(flow: Flow) -> None:
    open_shop(OPS, stock={"DC1": {"MUG": 9}, "S1": {"MUG": 9}, "S2": {"MUG": 9}})
    for name, (kind, lat, lng) in PLACES.items():
        limit = {"parcels_per_day": {"DC1": 2, "S1": 2, "S2": 1}[name]}
        assert OPS.put(f"/v1/locations/{name}", location(kind, lat, lng, **limit)).status == 200
    flow.settle()
    for number in range(7):
        OPS.post("/v1/orders", order(f"W-{number}", [line("1", "MUG")]))
    flow.settle()
    leaves: dict[tuple[str, str], int] = {}
    for name in PLACES:
        for one in OPS.get(f"/v1/fulfilment-orders?location_id={name}").body["items"]:
            day = one["ship_by"][:10]
            leaves[name, day] = leaves.get((name, day), 0) + 1
    assert sum(leaves.values()) == 7
    assert all(count <= {"DC1": 2, "S1": 2, "S2": 1}[name] for (name, _), count in leaves.items()), leaves
    assert len({day for _, day in leaves}) >= 2


def test_the_open_work_of_a_store_that_pauses_is_done_by_others_and_what_was_begun_stays(flow: Flow) -> None:
    open_shop(OPS, stock={"DC1": {"MUG": 9}, "S1": {"MUG": 9, "LAMP": 9}})
    flow.settle()
    untouched, begun, only_here = (
        placed(flow, "W-1"),
        placed(flow, "W-2"),
        placed(flow, "W-3", line("1", "LAMP")),
    )
    collected = placed(flow, "W-4", line("1", "MUG", fulfilment={"method": "pickup", "location_id": "S1"}))
    (work,) = work_of(begun)
    assert OPS.post(f"/v1/fulfilment-orders/{work}/acknowledge").status == 200
    assert OPS.post("/v1/locations/S1/pause", {"reason": "flood"}).status == 200
    flow.settle()
    assert set(work_of(untouched).values()) == {"DC1"}
    assert set(work_of(only_here).values()) == set(work_of(collected).values()) == {"S1"}
    assert OPS.get(f"/v1/fulfilment-orders/{work}").body["status"] == "ACKNOWLEDGED"
    positions = {one["location_id"]: one for one in OPS.get("/v1/inventory/MUG").body["positions"]}
    assert (positions["DC1"]["allocated"], positions["S1"]["allocated"]) == (1, 2)
    assert OPS.get("/v1/inventory/audit").body["ok"]


def test_a_paused_store_gets_no_new_work_until_it_opens(flow: Flow) -> None:
    open_shop(OPS, stock={"DC1": {"MUG": 9}, "S1": {"MUG": 9}})
    flow.settle()
    first = placed(flow, "W-1")
    assert set(work_of(first).values()) == {"S1"}
    assert OPS.post("/v1/locations/S1/pause", {"reason": "flood"}).status == 200
    flow.settle()
    assert set(work_of(placed(flow, "W-2")).values()) == {"DC1"}
    assert OPS.post("/v1/locations/S1/resume").status == 200
    flow.settle()
    assert set(work_of(placed(flow, "W-3")).values()) == {"S1"}


def test_a_network_of_one_place_serves_what_it_can_and_says_what_it_cannot(flow: Flow) -> None:
    open_shop(OPS, stock={"S1": {"MUG": 2}})
    flow.settle()
    whole, part = placed(flow, "W-1", line("1", "MUG", 1)), placed(flow, "W-2", line("1", "MUG", 2))
    assert [len(work_of(one)) for one in (whole, part)] == [1, 1]
    quantities = OPS.get(f"/v1/orders/{part}").body["lines"][0]["quantities"]
    assert (quantities["allocated"], quantities["cancelled"]) == (1, 1)


def test_two_plans_for_the_last_unit_end_with_one_that_has_it(flow: Flow) -> None:
    open_shop(OPS, stock={"S1": {"MUG": 1}, "DC1": {"MUG": 1}})
    flow.settle()
    orders = [order(f"W-{number}", [line("1", "MUG")]) for number in range(3)]
    ids = [OPS.post("/v1/orders", one).body["order_id"] for one in orders]  # no plan is made yet: they race
    flow.settle()
    won = [one for one in ids if work_of(one)]
    assert len(won) == 2
    assert len({place for one in won for place in work_of(one).values()}) == 2
    lost = next(one for one in ids if one not in won)
    assert OPS.get(f"/v1/orders/{lost}").body["status"] == "CANCELLED"
    audit = OPS.get("/v1/inventory/audit").body
    assert audit["ok"], audit
