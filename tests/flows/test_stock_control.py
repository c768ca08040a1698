"""Counts, transfers, purchase orders and pauses beside selling, through all services and under unkind delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared import clock
from tests.flows.test_the_way_of_an_order import audit, place, position, read, ship, work_of
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, open_shop, order, receive


def free(ops: Gateway, sku: str, where: str) -> int:
    (found,) = (one for one in ops.get(f"/v1/inventory/{sku}").body["positions"] if one["location_id"] == where)
    return int(found["available"])


def units(**quantities: int) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]


def test_a_count_posts_what_was_missing_although_an_order_left_meanwhile(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}})
    order_id = place(web, order("W-1", [line("1", "MUG", 3)]))
    flow.settle()
    scanned_at = clock.now()
    (work,) = work_of(ops, order_id)
    ship(ops, work)
    flow.settle()
    seen = [{"sku": "MUG", "counted": 8, "scanned_at": clock.rfc3339(scanned_at)}]
    body = {"count_id": "C1", "location_id": "DC1", "lines": seen}
    answers = [ops.post("/v1/counts", body) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].body == answers[1].body
    assert answers[0].body["variances"][0]["variance"] == -2
    assert position(ops, "MUG", "DC1") == {"on_hand": 10 - 3 - 2, "held": 0, "allocated": 0}
    flow.settle()
    audit(ops)


def test_goods_on_their_way_are_sold_to_nobody_until_they_arrive(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 2}, "S1": {"MUG": 0}}, items={"MUG": {"backorderable": True}})
    transfer = {"transfer_id": "T1", "from_location_id": "DC1", "to_location_id": "S1", "lines": units(MUG=2)}
    assert ops.post("/v1/transfers", transfer).status == 201
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    assert read(web, order_id)["lines"][0]["quantities"]["backordered"] == 2
    assert ops.post("/v1/transfers/T1/ship").status == 200
    flow.settle()
    audit(ops)
    assert read(web, order_id)["lines"][0]["quantities"]["backordered"] == 2
    for _ in range(2):
        assert ops.post("/v1/transfers/T1/receive", {"lines": units(MUG=2)}).status == 200
    flow.settle()
    assert read(web, order_id)["lines"][0]["quantities"]["allocated"] == 2
    assert position(ops, "MUG", "S1") == {"on_hand": 2, "held": 0, "allocated": 2}
    audit(ops)


def test_a_cancelled_transfer_gives_the_goods_back_to_those_who_wait(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}, "S1": {}}, items={"MUG": {"backorderable": True}})
    transfer = {"transfer_id": "T1", "from_location_id": "DC1", "to_location_id": "S1", "lines": units(MUG=1)}
    ops.post("/v1/transfers", transfer)
    order_id = place(web, order("W-1", [line("1", "MUG")]))
    flow.settle()
    ops.post("/v1/transfers/T1/cancel", {"reason": "sold first"})
    flow.settle()
    assert read(web, order_id)["status"] == "CONFIRMED"
    audit(ops)


def test_a_delivery_of_a_purchase_order_serves_the_backorders(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 0}}, items={"MUG": {"backorderable": True}})
    due = clock.rfc3339(clock.now() + timedelta(days=9))
    agreed = ops.put("/v1/purchase-orders/P1", {"location_id": "DC1", "expected_at": due, "lines": units(MUG=5)})
    assert agreed.status == 201
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    outlook = ops.get("/v1/inventory/MUG/supply").body
    assert [(one["at"], one["available"]) for one in outlook["steps"]] == [(outlook["as_of"], 0), (due, 5)]
    receipt = {"movement_id": "M1", "kind": "receipt", "location_id": "DC1", "reference": "P1", "lines": units(MUG=5)}
    for _ in range(2):
        assert ops.post("/v1/inventory/movements", receipt).status == 201
    flow.settle()
    assert read(web, order_id)["lines"][0]["quantities"]["allocated"] == 2
    assert ops.get("/v1/purchase-orders/P1").body["status"] == "RECEIVED"
    assert [one["available"] for one in ops.get("/v1/inventory/MUG/supply").body["steps"]] == [3]
    audit(ops)


def test_units_out_of_sale_are_not_sold_until_they_are_back(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}}, items={"MUG": {"backorderable": True}})
    moved = {"location_id": "DC1", "lines": units(MUG=1), "bucket": "quality_control"}
    ops.post("/v1/inventory/movements", moved | {"movement_id": "M1", "kind": "unavailable", "reason": "recall"})
    order_id = place(web, order("W-1", [line("1", "MUG")]))
    flow.settle()
    assert read(web, order_id)["lines"][0]["quantities"]["backordered"] == 1
    ops.post("/v1/inventory/movements", moved | {"movement_id": "M2", "kind": "available", "reason": "fine"})
    flow.settle()
    assert read(web, order_id)["status"] == "CONFIRMED"
    audit(ops)


def test_a_paused_place_is_passed_over_and_works_again_once_it_is_resumed(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}, "S1": {"MUG": 3}})
    assert ops.post("/v1/locations/DC1/pause", {"reason": "flood"}).status == 200
    flow.settle()
    first = place(web, order("W-1", [line("1", "MUG")]))
    flow.settle()
    assert [work["location_id"] for work in work_of(ops, first)] == ["S1"]
    assert free(ops, "MUG", "DC1") == 0
    ops.post("/v1/locations/S1/pause", {"reason": "inventory day"})
    ops.post("/v1/locations/DC1/resume")
    flow.settle()
    second = place(web, order("W-2", [line("1", "MUG", 3)]))
    flow.settle()
    assert [work["location_id"] for work in work_of(ops, second)] == ["DC1"]
    audit(ops)


def test_promises_that_a_count_cannot_keep_are_kept_from_elsewhere(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}, "S1": {"MUG": 0}})
    order_id = place(web, order("W-1", [line("1", "MUG", 3)]))
    flow.settle()
    receive(ops, "late", "S1", [{"sku": "MUG", "quantity": 5}])
    flow.settle()
    counted = {"count_id": "C1", "location_id": "DC1", "lines": [{"sku": "MUG", "counted": 1}]}
    (after,) = ops.post("/v1/counts", counted).body["positions"]
    assert (after["on_hand"], after["allocated"], after["shortage"]) == (1, 3, 2)
    flow.settle()
    assert position(ops, "MUG", "DC1") == {"on_hand": 1, "held": 0, "allocated": 1}
    assert position(ops, "MUG", "S1") == {"on_hand": 5, "held": 0, "allocated": 2}
    live = [one for one in work_of(ops, order_id) if one["status"] == "OPEN"]
    assert sorted((one["location_id"], one["lines"][0]["quantity"]) for one in live) == [("DC1", 1), ("S1", 2)]
    assert read(web, order_id)["lines"][0]["quantities"]["allocated"] == 3
    audit(ops)


def test_what_nobody_has_is_given_up_and_work_in_hand_is_left_alone(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 4}})
    first = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    (work,) = work_of(ops, first)
    assert ops.post(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/acknowledge", {}).status == 200
    second = place(web, order("W-2", [line("1", "MUG", 2)]))
    flow.settle()
    damage = {"movement_id": "M1", "kind": "damage", "location_id": "DC1", "lines": units(MUG=3)}
    assert ops.post("/v1/inventory/movements", damage).status == 201
    flow.settle()
    assert [one["lines"][0]["quantity"] for one in work_of(ops, first)] == [2]
    assert read(web, second)["status"] == "CANCELLED"
    assert position(ops, "MUG", "DC1") == {"on_hand": 4, "held": 0, "allocated": 2}
    audit(ops)
