"""The life of orders through all services: repeats, mixed methods, cancels, time-outs, lapsed money, quotes, terms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.clock import rfc3339
from tests.flows.test_returns_and_exceptions import handed_in, sums
from tests.flows.test_the_way_of_an_order import audit, place, position, read, ship, step, work_of
from tests.support import gateway
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, money, open_shop, order


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.orders.providers.asking.FIRST_PAUSE_SECONDS", 0)


def pays(order_: dict[str, Any], how: str) -> dict[str, Any]:
    return order_ | {"payment": order_["payment"] | {"token": f"tok_{how}"}}


def test_five_times_the_same_order_is_one_and_other_content_is_refused(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}})
    body = order("W-1", [line("1", "MUG", 2)])
    answers = []
    for _ in range(5):
        answers.append(web.post("/v1/orders", body))
        flow.settle()
    assert [answer.status for answer in answers] == [201, 200, 200, 200, 200]
    assert len({answer.body["order_id"] for answer in answers}) == 1
    other = web.post("/v1/orders", body | {"placed_at": "2026-11-20T10:00:00Z"})
    assert (other.status, other.body["code"]) == (409, "order_id_reused")
    assert position(ops, "MUG", "DC1") == {"on_hand": 10, "held": 0, "allocated": 2}
    assert sums(web, answers[0].body["order_id"])["authorised"] == 2399
    audit(ops)


def test_a_mixed_order_is_partly_cancelled_while_the_store_picks(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}, "S1": {"LAMP": 3}})
    lamp = line("2", "LAMP", 2, 4500, fulfilment={"method": "pickup", "location_id": "S1"})
    order_id = place(web, order("W-1", [line("1", "MUG", 3), lamp]))
    flow.settle()
    works = {one["method"]: one for one in work_of(ops, order_id)}
    assert set(works) == {"ship", "pickup"}
    step(ops, works["pickup"], "acknowledge")
    step(ops, works["pickup"], "pick", {"lines": [{"line_id": "2", "picked": 2}]})
    lines = [{"line_id": "1", "quantity": 2}]
    cancel = {"request_id": "X", "reason": "NO", "lines": lines}
    assert web.post(f"/v1/orders/{order_id}/cancel", cancel).status in {200, 202}
    flow.settle()
    end = read(web, order_id)
    assert [one["quantities"]["cancelled"] for one in end["lines"]] == [2, 0]
    assert [one["quantities"]["picked"] for one in end["lines"]] == [0, 2]
    (left,) = [one for one in work_of(ops, order_id) if one["method"] == "ship"]
    ship(ops, left)
    flow.settle()
    assert sums(web, order_id)["captured"] == 1000 + 399
    assert position(ops, "MUG", "DC1") == {"on_hand": 4, "held": 0, "allocated": 0}
    audit(ops)


def test_a_change_whose_payment_fails_leaves_everything_as_it_was(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10, "VASE": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    before, stock = read(web, order_id), position(ops, "MUG", "DC1")
    swap = {"type": "substitute", "line_id": "1", "quantity": 1, "line": line("2", "VASE", 3, 1000)}
    payment = {"provider": "sandbox", "token": "tok_declined", "amount": money(2000)}
    change = {"change_id": "C-1", "actions": [swap], "payment": payment}
    assert web.post(f"/v1/orders/{order_id}/changes", change).status == 202
    flow.settle()
    assert web.post(f"/v1/orders/{order_id}/changes", change).body["status"] == "REJECTED"
    after = read(web, order_id)
    for same in ("lines", "totals", "status", "payment_status", "holds", "flags", "cancels"):
        assert after[same] == before[same], same
    assert position(ops, "MUG", "DC1") == stock
    assert position(ops, "VASE", "DC1") == {"on_hand": 5, "held": 0, "allocated": 0}
    audit(ops)


@pytest.mark.parametrize("how", ["timeout_applied", "timeout_lost"])
def test_a_payment_time_out_is_asked_about_and_the_money_taken_once(
    flow: Flow, ops: Gateway, web: Gateway, how: str
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}})
    order_id = place(web, pays(order("W-1", [line("1", "MUG", 2)]), how))
    flow.settle()
    assert sums(web, order_id)["authorised"] == 2399
    ship(ops, work_of(ops, order_id)[0])
    flow.settle()
    assert sums(web, order_id) | {"voided": 0} == {
        "due": 2399, "authorised": 2399, "captured": 2399, "refunded": 0, "voided": 0,
    }  # fmt: skip
    audit(ops)


def test_money_that_lapsed_is_set_aside_anew_and_captured(flow: Flow, ops: Gateway, web: Gateway) -> None:
    from functions.orders import timer

    open_shop(ops, stock={"DC1": {"MUG": 10}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    later = datetime.fromisoformat(read(web, order_id)["released_at"]) + timedelta(days=9)
    assert ops.put("/v1/testing/clock", {"now": rfc3339(later)}).status == 200
    try:
        for _ in range(2):
            with running_as("orders"):
                timer.handler({"id": "tick"}, None)
            flow.settle()
        again = web.get(f"/v1/orders/{order_id}/payments").body["reauthorisations"]
        assert [one["status"] for one in again] == ["DONE"]
        ship(ops, work_of(ops, order_id)[0])
        flow.settle()
        assert sums(web, order_id)["captured"] == 2399
    finally:
        assert ops.delete("/v1/testing/clock").status == 200
    audit(ops)


def test_a_preview_tells_of_stock_what_inventory_told(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}, "S1": {"MUG": 4}})
    rates = [{"zone": "home", "steps": [{"up_to_grams": 0, "amount": 200}], "per_kg": 100, "transit_days": 1}]
    services = [{"service": "standard", "rates": rates}]
    card = {"currency": "GBP", "zones": [{"zone": "home"}], "services": services}
    assert ops.put("/v1/routing/rate-cards/gb", card).status == 201
    order_id = place(web, order("W-1", [line("1", "MUG", 8)]))
    flow.settle()
    more = {"type": "set_quantity", "line_id": "1", "quantity": 15}
    lamp = {"type": "add_line", "line": line("2", "LAMP")}
    body = {"change_id": "C-1", "preview": True, "actions": [more, lamp]}
    quoted = web.post(f"/v1/orders/{order_id}/changes", body)
    assert quoted.status == 200
    assert [(one["sku"], one["quantity"], one["available"], one["supply"]) for one in quoted.body["stock"]] == [
        ("MUG", 7, 6, "PARTLY"),
        ("LAMP", 1, 0, "UNKNOWN_ITEM"),
    ]
    assert quoted.body["stock"][0]["age_seconds"] < 60
    without = web.post(f"/v1/orders/{order_id}/changes", body | {"actions": [more]}).body["shipping"]
    assert (without["cost_before"], without["cost_after"]) == (money(200 + 240), money(200 + 450)), "300 g a mug"
    assert without["rates"] == "gb.v1"


def test_the_category_of_an_item_decides_what_comes_back_and_at_what_fee(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    items = {"MUG": {"category": "kitchen"}, "VASE": {"category": "outlet"}}
    open_shop(ops, stock={"DC1": {"MUG": 5, "VASE": 5}, "S2": {"LAMP": 1}}, items=items)
    fee = {"method": "in_store", "amount": money(150)}
    outlet = {"when": {"category": "outlet"}, "window_days": 0, "final_sale": True}
    kitchen = {"when": {"category": "kitchen"}, "window_days": 9, "fees": [fee]}
    for name, body in (("outlet", outlet), ("kitchen", kitchen)):
        assert ops.put(f"/v1/return-policies/{name}", body).status == 201
    flow.settle()
    order_id = place(web, order("W-1", [line("1", "MUG", 2), line("2", "VASE", 1)]))
    flow.settle()
    ship(ops, work_of(ops, order_id)[0])
    flow.settle()

    vase = ops.post("/v1/returns", handed_in(order_id, "R-1", ("2", 1, "RESTOCK"))).body
    mugs = ops.post("/v1/returns", handed_in(order_id, "R-2", ("1", 2, "RESTOCK"))).body
    flow.settle()

    assert (vase["status"], vase["reasons"][0].split()[0]) == ("DENIED", "FINAL_SALE")
    assert (mugs["status"], mugs["refund"]["granted"]) == ("RESOLVED", money(2000 - 150))
    assert sums(web, order_id)["refunded"] == 1850
    desk = Gateway(gateway.service_desk())
    word = {"verdict": "AUTHORISED", "reason": "it was a present"}
    assert desk.post("/v1/returns/R-1/decide", word).body["status"] == "AUTHORISED"
    here = {"location_id": "S2", "lines": [{"line_id": "2", "quantity": 1, "disposition": "RESTOCK"}]}
    assert ops.post("/v1/returns/R-1/receive", here).body["refund"]["granted"] == money(1000)
    flow.settle()
    assert position(ops, "VASE", "S2") == {"on_hand": 1, "held": 0, "allocated": 0}
    assert sums(web, order_id) | {"voided": 0} == {
        "due": 399 + 150, "authorised": 3399, "captured": 3399, "refunded": 2850, "voided": 0,
    }  # fmt: skip
    audit(ops)
