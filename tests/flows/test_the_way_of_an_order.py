"""Orders through all services: whatever is delivered twice or in another order, the end is the same."""

from __future__ import annotations

from typing import Any

from tests.support import gateway
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, money, open_shop, order, receive


def place(client: Gateway, body: dict[str, Any]) -> str:
    answer = client.post("/v1/orders", body)
    assert answer.status == 201, answer.body
    return str(answer.body["order_id"])


def read(client: Gateway, order_id: str) -> dict[str, Any]:
    answer = client.get(f"/v1/orders/{order_id}")
    assert answer.status == 200
    return dict(answer.body)


def work_of(ops: Gateway, order_id: str) -> list[dict[str, Any]]:
    return list(ops.get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"])


def step(ops: Gateway, work: dict[str, Any], name: str, body: dict[str, Any] | None = None) -> None:
    answer = ops.post(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/{name}", body or {})
    assert answer.status == 200, (name, answer.body)


def pick_and_pack(ops: Gateway, work: dict[str, Any]) -> None:
    lines = [{"line_id": one["line_id"], "quantity": one["quantity"]} for one in work["lines"]]
    step(ops, work, "acknowledge")
    step(ops, work, "pick", {"lines": [{"line_id": one["line_id"], "picked": one["quantity"]} for one in lines]})
    step(ops, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": lines}]})


def ship(ops: Gateway, work: dict[str, Any]) -> None:
    pick_and_pack(ops, work)
    step(ops, work, "ship", {"parcels": [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]})


def position(ops: Gateway, sku: str, place: str) -> dict[str, int]:
    (found,) = (p for p in ops.get(f"/v1/inventory/{sku}").body["positions"] if p["location_id"] == place)
    return {name: found[name] for name in ("on_hand", "held", "allocated")}


def audit(ops: Gateway) -> None:
    answer = ops.get("/v1/inventory/audit").body
    assert answer["ok"], answer["violations"]


def test_a_shipped_order_ends_fulfilled_captured_and_consumed_once(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}, "S1": {"MUG": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2, 1200)]))
    flow.settle()
    routed = read(web, order_id)
    assert (routed["status"], routed["payment_status"]) == ("CONFIRMED", "AUTHORISED")
    (work,) = work_of(ops, order_id)
    ship(ops, work)
    flow.settle()
    step(ops, work, "deliver")
    flow.settle()
    done = read(web, order_id)
    assert (done["status"], done["payment_status"]) == ("FULFILLED", "CAPTURED")
    assert done["lines"][0]["quantities"]["fulfilled"] == 2
    assert done["customer_id"]
    captured = web.get(f"/v1/orders/{order_id}/payments").body["captures"]
    assert sum(one["amount"]["amount"] for one in captured) == 2 * 1200 + 399
    place_of_work = work["location_id"]
    before = {"DC1": 10, "S1": 5}[place_of_work]
    assert position(ops, "MUG", place_of_work) == {"on_hand": before - 2, "held": 0, "allocated": 0}
    timeline = ops.get(f"/v1/customers/{done['customer_id']}/timeline").body["items"]
    kinds = [entry["kind"] for entry in timeline]
    assert len(timeline) == len({(entry["kind"], entry["reference"], entry["summary"]) for entry in timeline}) == 5, (
        kinds
    )
    audit(ops)


def test_an_order_that_no_single_place_can_fill_is_split(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}, "S1": {"MUG": 1}})
    order_id = place(web, order("W-2", [line("1", "MUG", 2)]))
    flow.settle()
    assert sorted(work["location_id"] for work in work_of(ops, order_id)) == ["DC1", "S1"]
    assert read(web, order_id)["lines"][0]["quantities"]["allocated"] == 2
    audit(ops)


def test_click_and_collect_is_handed_over_against_the_code(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"LAMP": 9}, "S1": {"LAMP": 1}})
    body = order("W-3", [line("1", "LAMP", 1, 4500, fulfilment={"method": "pickup", "location_id": "S1"})])
    order_id = place(web, body)
    flow.settle()
    (work,) = work_of(ops, order_id)
    store = Gateway(gateway.associate("S1"))
    pick_and_pack(store, work)
    step(store, work, "ready")
    flow.settle()
    (pickup,) = read(web, order_id)["pickups"]
    wrong = store.post(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/hand-over", {"code": "000000"})
    assert (wrong.status, wrong.body["code"]) == (403, "wrong_code")
    step(store, work, "hand-over", {"code": pickup["code"]})
    flow.settle()
    done = read(web, order_id)
    assert (done["status"], done["payment_status"]) == ("FULFILLED", "CAPTURED")
    assert position(ops, "LAMP", "S1") == {"on_hand": 0, "held": 0, "allocated": 0}
    audit(ops)


def test_of_four_orders_for_the_last_unit_one_is_filled_and_three_are_cancelled_and_voided(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 1}})
    orders = [place(web, order(f"W-{n}", [line("1", "VASE")])) for n in range(4)]
    flow.settle()
    ends = [read(web, order_id) for order_id in orders]
    assert sorted(end["status"] for end in ends) == ["CANCELLED"] * 3 + ["CONFIRMED"]
    assert sorted(end["payment_status"] for end in ends) == ["AUTHORISED"] + ["VOIDED"] * 3
    assert position(ops, "VASE", "DC1") == {"on_hand": 1, "held": 0, "allocated": 1}
    audit(ops)


def test_a_hold_becomes_the_orders_and_nobody_else_gets_the_unit(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 1}})
    hold = {
        "reservation_id": "R-1",
        "owner": "cart-1",
        "scope": "network",
        "lines": [{"line_id": "1", "sku": "VASE", "quantity": 1}],
    }
    assert web.post("/v1/reservations", hold).status == 201
    rival = place(web, order("W-rival", [line("1", "VASE")]))
    flow.settle()
    assert read(web, rival)["status"] == "CANCELLED"
    order_id = place(web, order("W-1", [line("1", "VASE")], reservation_id="R-1"))
    flow.settle()
    assert read(web, order_id)["status"] == "CONFIRMED"
    assert position(ops, "VASE", "DC1") == {"on_hand": 1, "held": 0, "allocated": 1}
    audit(ops)


def test_a_hold_that_is_not_known_is_ignored_and_the_order_sourced_normally(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 1}})
    order_id = place(web, order("W-1", [line("1", "VASE")], reservation_id="R-unknown"))
    flow.settle()
    end = read(web, order_id)
    assert end["status"] == "CONFIRMED"
    assert "RESERVATION_NOT_USED" in end["flags"]


def test_a_carried_out_sale_is_never_refused_for_stock(flow: Flow, ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    till = Gateway(gateway.channel("pos"))
    body = order(
        "T-1",
        [line("1", "MUG", 3, fulfilment={"method": "carry_out", "location_id": "S1"})],
        channel="pos",
    )
    answer = till.post("/v1/orders", body)
    assert answer.status == 201
    assert answer.body["lines"][0]["quantities"]["fulfilled"] == 3
    flow.settle()
    assert read(ops, answer.body["order_id"])["payment_status"] == "CAPTURED"
    assert position(ops, "MUG", "S1") == {"on_hand": 0, "held": 0, "allocated": 0}
    audit(ops)


def test_a_declined_payment_holds_the_order_until_it_is_paid_otherwise(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    body = order("W-1", [line("1", "MUG")])
    body["payment"]["token"] = "tok_declined"
    order_id = place(web, body)
    flow.settle()
    held = read(web, order_id)
    assert (held["status"], held["payment_status"]) == ("PLACED", "DECLINED")
    assert [hold["type"] for hold in held["holds"]] == ["PAYMENT"]
    assert work_of(ops, order_id) == []
    paid = {"payment_id": "P-2", "provider": "sandbox", "token": "tok_ok", "amount": money(1399)}
    assert web.post(f"/v1/orders/{order_id}/payments", paid).status in {200, 201, 202}
    flow.settle()
    end = read(web, order_id)
    assert (end["status"], end["holds"]) == ("CONFIRMED", [])


def test_a_cancel_after_routing_frees_the_stock_and_voids_the_payment(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    cancel = {"request_id": "X-1", "reason": "CHANGED_MIND"}
    assert web.post(f"/v1/orders/{order_id}/cancel", cancel).status in {200, 202}
    flow.settle()
    end = read(web, order_id)
    assert (end["status"], end["payment_status"]) == ("CANCELLED", "VOIDED")
    assert position(ops, "MUG", "DC1") == {"on_hand": 5, "held": 0, "allocated": 0}
    assert web.post(f"/v1/orders/{order_id}/cancel", cancel).status == 200
    audit(ops)


def test_a_cancel_at_the_same_moment_as_placing_leaves_nothing_behind(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    assert web.post(f"/v1/orders/{order_id}/cancel", {"request_id": "X", "reason": "OOPS"}).status in {200, 202}
    flow.settle()
    end = read(web, order_id)
    assert (end["status"], end["payment_status"]) == ("CANCELLED", "VOIDED")
    assert position(ops, "MUG", "DC1") == {"on_hand": 5, "held": 0, "allocated": 0}


def test_a_backorder_is_sourced_when_stock_arrives(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}}, items={"SOFA": {"backorderable": True}})
    order_id = place(web, order("W-1", [line("1", "MUG"), line("2", "SOFA")]))
    flow.settle()
    waiting = read(web, order_id)
    assert waiting["lines"][1]["quantities"]["backordered"] == 1
    receive(ops, "late", "DC1", [{"sku": "SOFA", "quantity": 3}])
    flow.settle()
    assert read(web, order_id)["lines"][1]["quantities"]["allocated"] == 1
    audit(ops)


def test_a_marketplace_order_that_is_paid_already_is_kept_and_flagged_when_there_is_no_stock(
    flow: Flow, ops: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 0}})
    market = Gateway(gateway.channel("marketplace"))
    paid = {"provider": "external", "reference": "MP-77", "amount": money(1399)}
    order_id = place(market, order("M-1", [line("1", "MUG")], channel="marketplace", payment=paid))
    flow.settle()
    end = read(market, order_id)
    assert "OVERSOLD" in end["flags"]
    assert end["lines"][0]["quantities"]["unsourced"] == 1
    assert end["payment_status"] == "CAPTURED"


def test_an_unknown_item_waits_until_it_exists(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    order_id = place(web, order("W-1", [line("1", "NEW")]))
    flow.settle()
    waiting = read(web, order_id)
    assert "UNROUTABLE" in waiting["flags"] or "UNROUTABLE" in str(waiting["lines"])
    assert waiting["lines"][0]["quantities"]["unsourced"] == 1
    assert ops.put("/v1/items/NEW", {"name": "New", "weight_grams": 100}).status == 201
    receive(ops, "more", "DC1", [{"sku": "NEW", "quantity": 1}])
    flow.settle()
    assert read(web, order_id)["lines"][0]["quantities"]["allocated"] == 1


def test_stock_that_arrived_a_moment_ago_is_sold_although_fulfilment_has_not_heard_of_it(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 0}})
    flow.settle()
    receive(ops, "now", "DC1", [{"sku": "MUG", "quantity": 1}])
    order_id = place(web, order("W-1", [line("1", "MUG")]))
    flow.settle()
    assert read(web, order_id)["status"] == "CONFIRMED"
