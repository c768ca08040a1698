"""Short picks and rejections through all services: the order comes from elsewhere, stock and money are exact."""

from __future__ import annotations

from typing import Any

from tests.flows.test_the_way_of_an_order import audit, place, position, read, ship, step, work_of
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, open_shop, order


def pick(ops: Gateway, work: dict[str, Any], picked: int, **fields: Any) -> None:
    step(ops, work, "acknowledge")
    step(ops, work, "pick", {"lines": [{"line_id": "1", "picked": picked}], **fields})


def test_a_short_pick_comes_from_the_next_place_and_the_shelf_is_corrected(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}, "S2": {"MUG": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2, 1200)]))
    flow.settle()
    (first,) = work_of(ops, order_id)
    pick(ops, first, 1)
    flow.settle()
    one, two = work_of(ops, order_id)
    assert {one["location_id"], two["location_id"]} == {"S1", "S2"}
    assert position(ops, "MUG", first["location_id"]) == {"on_hand": 4, "held": 0, "allocated": 1}
    assert position(ops, "MUG", two["location_id"]) == {"on_hand": 5, "held": 0, "allocated": 1}
    step(ops, one, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 1}]}]})
    step(ops, one, "ship", {"parcels": [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]})
    ship(ops, two)
    for work in (one, two):
        step(ops, work, "deliver")
    flow.settle()
    done = read(web, order_id)
    assert (done["status"], done["payment_status"]) == ("FULFILLED", "CAPTURED")
    history = web.get(f"/v1/orders/{order_id}/history").body["items"]
    (short,) = [one for one in history if " short: " in one["what"]]
    assert (short["who"], short["why"]) == (f"location:{first['location_id']}", "NOT_FOUND")
    captured = web.get(f"/v1/orders/{order_id}/payments").body["captures"]
    assert sum(one["amount"]["amount"] for one in captured) == 2 * 1200 + 399
    audit(ops)


def test_a_damaged_last_unit_cancels_the_line_and_voids_its_money(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"VASE": 1}})
    order_id = place(web, order("W-2", [line("1", "VASE")]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    step(ops, work, "reject", {"reason": "DAMAGED"})
    flow.settle()
    done = read(web, order_id)
    assert (done["status"], done["payment_status"]) == ("CANCELLED", "VOIDED")
    assert position(ops, "VASE", "S1") == {"on_hand": 1, "held": 0, "allocated": 0}
    assert ops.get("/v1/inventory/VASE").body["positions"][0]["available"] == 0
    audit(ops)


def test_a_busy_store_is_paused_and_its_order_goes_elsewhere(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}, "S2": {"MUG": 5}})
    order_id = place(web, order("W-3", [line("1", "MUG")]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    step(ops, work, "reject", {"reason": "TOO_BUSY"})
    flow.settle()
    rejected, other = work_of(ops, order_id)
    assert (rejected["status"], other["status"]) == ("REJECTED", "OPEN")
    assert other["location_id"] != rejected["location_id"]
    assert ops.get(f"/v1/locations/{rejected['location_id']}").body["status"] == "paused"
    assert position(ops, "MUG", rejected["location_id"]) == {"on_hand": 5, "held": 0, "allocated": 0}
    audit(ops)
