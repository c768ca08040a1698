"""Returns, holds and people's decisions through all services, under kind and unkind delivery."""

from __future__ import annotations

from typing import Any

from tests.flows.test_the_way_of_an_order import audit, place, position, read, ship, work_of
from tests.support import gateway
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, money, open_shop, order


def sums(web: Gateway, order_id: str) -> dict[str, int]:
    body = web.get(f"/v1/orders/{order_id}/payments").body
    return {name: body[name]["amount"] for name in ("due", "authorised", "captured", "refunded", "voided")}


def handed_in(order_id: str, return_id: str, *units: tuple[str, int, str], place_: str = "S2") -> dict[str, Any]:
    """A return at the counter of a store: (line, quantity, disposition)."""
    return {
        "return_id": return_id,
        "order_id": order_id,
        "lines": [{"line_id": one, "quantity": count, "reason": "CHANGED_MIND"} for one, count, _ in units],
        "method": "in_store",
        "location_id": place_,
        "receive_now": [
            {"line_id": one, "quantity": count, "condition": "NEW", "disposition": what} for one, count, what in units
        ],
    }


def shipped_order(flow: Flow, ops: Gateway, web: Gateway) -> str:
    """Three MUGs from the only place that has them, DC1: on their way and paid."""
    open_shop(ops, stock={"DC1": {"MUG": 10}, "S2": {"LAMP": 1}})
    order_id = place(web, order("W-1", [line("1", "MUG", 3, 1001, discount=money(100))]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    ship(ops, work)
    flow.settle()
    return order_id


def test_an_online_order_from_a_dc_is_returned_at_a_store_in_one_call(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = shipped_order(flow, ops, web)
    store = Gateway(gateway.associate("S2"))
    body = handed_in(order_id, "R-1", ("1", 1, "RESTOCK"))

    answers = [store.post("/v1/returns", body) for _ in range(2)]
    flow.settle()

    assert [answer.status for answer in answers] == [201, 200]
    assert position(ops, "MUG", "S2") == {"on_hand": 1, "held": 0, "allocated": 0}
    assert position(ops, "MUG", "DC1") == {"on_hand": 7, "held": 0, "allocated": 0}
    paid = 3 * 1001 - 100 + 399
    granted = answers[0].body["refund"]["granted"]["amount"]
    assert granted == 2903 - 2903 * 2 // 3
    assert sums(web, order_id) | {"due": 0} == {
        "due": 0, "authorised": paid, "captured": paid, "refunded": granted, "voided": 0,
    }  # fmt: skip
    audit(ops)


def test_what_waits_for_a_judgement_lies_at_the_store_and_is_not_sold(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = shipped_order(flow, ops, web)
    body = handed_in(order_id, "R-1", ("1", 2, "PROCESSING"))
    assert ops.post("/v1/returns", body).status == 201
    flow.settle()
    found = {one["location_id"]: one for one in ops.get("/v1/inventory/MUG").body["positions"]}["S2"]
    assert (found["on_hand"], found["unavailable"], found["available"]) == (2, 2, 0)
    assert sums(web, order_id)["refunded"] == 0

    judged = {"location_id": "S2", "lines": [{"line_id": "1", "quantity": 1, "disposition": "RESTOCK"}]}
    assert ops.post("/v1/returns/R-1/inspect", judged).status == 200
    judged["lines"] = [{"line_id": "1", "quantity": 1, "disposition": "DESTROY"}]
    assert ops.post("/v1/returns/R-1/inspect", judged).status == 200
    flow.settle()

    found = {one["location_id"]: one for one in ops.get("/v1/inventory/MUG").body["positions"]}["S2"]
    assert (found["on_hand"], found["unavailable"], found["available"]) == (1, 0, 1)
    assert sums(web, order_id)["refunded"] == 2903 - 2903 // 3
    audit(ops)


def test_everything_returned_in_three_parts_brings_back_exactly_the_price(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    order_id = shipped_order(flow, ops, web)
    for number in range(3):
        assert ops.post("/v1/returns", handed_in(order_id, f"R-{number}", ("1", 1, "RESTOCK"))).status == 201
        if number == 1:
            flow.settle()
    flow.settle()
    assert sums(web, order_id)["refunded"] == 3 * 1001 - 100
    assert sums(web, order_id)["due"] == 399
    assert position(ops, "MUG", "S2")["on_hand"] == 3
    audit(ops)


def test_a_marketplace_order_at_zero_stock_is_given_up_by_a_person_and_paid_back_outside(
    flow: Flow, ops: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 0}})
    market = Gateway(gateway.channel("marketplace"))
    paid = {"provider": "external", "reference": "MP-77", "amount": money(1399)}
    order_id = place(market, order("M-1", [line("1", "MUG")], channel="marketplace", payment=paid))
    flow.settle()
    (task,) = ops.get("/v1/exceptions").body["items"]
    assert (task["kind"], task["order_id"]) == ("OVERSOLD", order_id)

    give_up = {"request_id": "G-1", "action": "cancel", "reason": "OUT_OF_STOCK"}
    assert ops.post(f"/v1/exceptions/{task['exception_id']}/resolve", give_up).status == 200
    flow.settle()

    assert read(market, order_id)["status"] == "CANCELLED"
    (task,) = ops.get("/v1/exceptions").body["items"]
    assert task["kind"] == "REFUND_DUE"
    done = {"action": "refunded", "reference": "MP-R-1"}
    assert ops.post(f"/v1/exceptions/{task['exception_id']}/resolve", done).status == 200
    flow.settle()
    assert read(market, order_id)["payment_status"] == "REFUNDED"
    assert ops.get("/v1/exceptions").body["items"] == []


def test_a_till_sale_is_returned_at_another_store(flow: Flow, ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 2}, "S2": {"LAMP": 1}})
    till = Gateway(gateway.channel("pos"))
    sale = order("T-1", [line("1", "MUG", 2, fulfilment={"method": "carry_out", "location_id": "S1"})], channel="pos")
    order_id = place(till, sale)
    assert till.post("/v1/returns", handed_in(order_id, "R-1", ("1", 2, "RESTOCK"))).status == 201
    flow.settle()
    assert read(till, order_id)["payment_status"] in {"REFUNDED", "VOIDED"}
    totals = sums(till, order_id)
    assert totals["captured"] == totals["refunded"]
    assert position(ops, "MUG", "S1")["on_hand"] == 0
    assert position(ops, "MUG", "S2")["on_hand"] == 2
    audit(ops)


def test_a_held_order_waits_and_is_sourced_once_the_hold_is_lifted(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG")]))
    hold = {"hold_id": "H-1", "type": "FRAUD", "blocks": ["ROUTE"], "reason": "velocity"}
    assert web.post(f"/v1/orders/{order_id}/holds", hold).status == 201
    flow.settle()
    assert (read(web, order_id)["status"], work_of(ops, order_id)) == ("PLACED", [])
    assert web.delete(f"/v1/orders/{order_id}/holds/H-1").status == 200
    flow.settle()
    assert read(web, order_id)["status"] == "CONFIRMED"
