"""A store that is short, through all services: the shopper chooses, the rest comes by another way, all is exact."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.test_the_way_of_an_order import audit, pick_and_pack, place, position, read, step, work_of
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, open_shop, order

SHOPPER = Gateway(None)


def short(flow: Flow, ops: Gateway, web: Gateway, number: str) -> tuple[str, str]:
    """An order of two lamps at S1 of which one is not found: its id and the shopper's link."""
    open_shop(ops, stock={"S1": {"LAMP": 2}, "DC1": {"LAMP": 5}})
    body = order(number, [line("1", "LAMP", 2, 4500, fulfilment={"method": "pickup", "location_id": "S1"})])
    order_id = place(web, body)
    flow.settle()
    (work,) = work_of(ops, order_id)
    step(ops, work, "acknowledge")
    step(ops, work, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    flow.settle()
    step(ops, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 1}]}]})
    step(ops, work, "ready")
    flow.settle()
    (pickup,) = read(web, order_id)["pickups"]
    return order_id, f"/v1/shopper-links/{pickup['link']}"


def choose(path: str, option_id: str) -> None:
    answer = SHOPPER.post(path, {"action": "choose", "option_id": option_id})
    assert answer.status == 200, answer.body


def hand_over(ops: Gateway, web: Gateway, order_id: str) -> None:
    codes = {one["fulfilment_order_id"]: one["code"] for one in read(web, order_id)["pickups"]}
    for work in work_of(ops, order_id):
        if work["status"] == "READY":
            step(ops, work, "hand-over", {"code": codes[work["fulfilment_order_id"]]})


def captured(web: Gateway, order_id: str) -> int:
    captures = web.get(f"/v1/orders/{order_id}/payments").body["captures"]
    return sum(int(one["amount"]["amount"]) for one in captures)


def travelling(ops: Gateway, order_id: str) -> dict[str, Any]:
    (work,) = [one for one in work_of(ops, order_id) if one["destination_id"]]
    return work


def test_the_missing_unit_is_shipped_to_the_store_and_both_are_handed_over(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    order_id, path = short(flow, ops, web, "W-1")
    choose(path, "ship_to_store")
    flow.settle()
    work = travelling(ops, order_id)
    assert (work["location_id"], work["destination_id"], work["method"]) == ("DC1", "S1", "ship_to_store")
    pick_and_pack(ops, work)
    step(ops, work, "transfer")
    flow.settle()
    assert position(ops, "LAMP", "DC1") == {"on_hand": 4, "held": 0, "allocated": 0}
    assert position(ops, "LAMP", "S1") == {"on_hand": 1, "held": 0, "allocated": 1}
    step(ops, work, "receive")
    step(ops, work, "ready")
    flow.settle()
    assert position(ops, "LAMP", "S1") == {"on_hand": 2, "held": 0, "allocated": 2}
    hand_over(ops, web, order_id)
    flow.settle()
    assert read(web, order_id)["status"] == "FULFILLED"
    assert captured(web, order_id) == 9000
    assert position(ops, "LAMP", "S1") == {"on_hand": 0, "held": 0, "allocated": 0}
    audit(ops)


def test_goods_that_travelled_and_were_not_collected_are_sold_at_the_store(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    order_id, path = short(flow, ops, web, "W-2")
    choose(path, "ship_to_store")
    flow.settle()
    work = travelling(ops, order_id)
    pick_and_pack(ops, work)
    for name in ("transfer", "receive", "ready", "no-show", "reshelve"):
        step(ops, work, name)
    flow.settle()
    assert position(ops, "LAMP", "S1") == {"on_hand": 2, "held": 0, "allocated": 1}
    assert read(web, order_id)["lines"][0]["quantities"]["cancelled"] == 1
    audit(ops)


def test_what_the_shopper_does_not_want_elsewhere_is_cancelled_and_not_captured(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    order_id, path = short(flow, ops, web, "W-3")
    choose(path, "cancel")
    hand_over(ops, web, order_id)
    flow.settle()
    done = read(web, order_id)
    assert (done["status"], done["lines"][0]["quantities"]["cancelled"]) == ("FULFILLED", 1)
    assert captured(web, order_id) == 4500
    audit(ops)


@pytest.mark.parametrize("stock", [{"S1": {"MUG": 1}, "DC1": {"MUG": 3}}])
def test_an_order_shipped_to_a_store_comes_from_there_first_and_from_elsewhere_for_the_rest(
    flow: Flow, ops: Gateway, web: Gateway, stock: dict[str, dict[str, int]]
) -> None:
    open_shop(ops, stock=stock)
    flow.settle()  # what is not known to lie there yet comes from elsewhere
    fulfilment = {"method": "ship_to_store", "location_id": "S1"}
    order_id = place(web, order("W-4", [line("1", "MUG", 3, 1000, fulfilment=fulfilment)]))
    flow.settle()
    works = {one["location_id"]: one for one in work_of(ops, order_id)}
    assert {name: (one["destination_id"], one["lines"][0]["quantity"]) for name, one in works.items()} == {
        "S1": (None, 1),
        "DC1": ("S1", 2),
    }
    pickups = read(web, order_id)["pickups"]
    assert {one["location_id"] for one in pickups} == {"S1"}
    audit(ops)
