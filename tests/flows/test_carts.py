"""A cart through all services: it holds stock by itself, moves from one channel to another, and is bought once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.test_the_way_of_an_order import audit, place, position, read
from tests.support import gateway
from tests.support.flow import Chaos, Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, open_shop, order

POS = Gateway(gateway.channel("pos"))
ROUGH = pytest.mark.parametrize("flow", [Chaos(seed=3, duplicate=0.5, reorder=True, split_batches=True)], indirect=True)


def opened(web: Gateway, cart_id: str = "K-1", **units: int) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()]
    answer = web.post("/v1/carts", {"cart_id": cart_id, "channel": "web", "lines": lines})
    assert answer.status == 201, answer
    return dict(answer.body)


def held(web: Gateway, flow: Flow, cart_id: str = "K-1", **body: Any) -> dict[str, Any]:
    """The cart after it has asked and been answered."""
    answer = web.post(f"/v1/carts/{cart_id}/hold", body)
    assert answer.status == 202, answer
    flow.settle()
    return dict(web.get(f"/v1/carts/{cart_id}").body)


def handed_to_pos(web: Gateway, cart_id: str = "K-1") -> None:
    code = web.post(f"/v1/carts/{cart_id}/hand-over").body["code"]
    assert POS.post("/v1/carts/take", {"code": code, "channel": "pos"}).status == 200


def buy(by: Gateway, channel: str, cart_id: str = "K-1") -> Any:
    body = {"channel": channel, "channel_order_id": f"{channel}-{cart_id}"}
    return by.post(f"/v1/carts/{cart_id}/checkout", body)


def available(ops: Gateway, sku: str, owner: str | None = None) -> int:
    body: dict[str, Any] = {"skus": [sku]} | ({"owner": owner} if owner else {})
    (item,) = ops.post("/v1/availability", body).body["items"]
    return int(item["available"])


def test_a_held_cart_is_bought_once_at_the_other_channel_and_its_hold_is_used(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 2}})
    opened(web, MUG=2)
    cart = held(web, flow)
    assert (cart["hold"]["status"], cart["reservation_id"]) == ("HELD", cart["hold"]["reservation_id"])
    assert (available(ops, "MUG"), available(ops, "MUG", cart["reservation_id"])) == (0, 2)
    handed_to_pos(web)
    bought, late = buy(POS, "pos"), buy(web, "web")
    assert (bought.status, late.status, late.body["code"]) == (200, 409, "cart_closed")
    assert (late.body["channel"], late.body["channel_order_id"]) == ("pos", "pos-K-1")
    body = order("pos-K-1", [line("1", "MUG", 2)], channel="pos", reservation_id=bought.body["reservation_id"])
    order_id = place(POS, body)
    flow.settle()
    assert read(ops, order_id)["flags"] == []
    assert read(ops, order_id)["status"] == "CONFIRMED"
    used = ops.get(f"/v1/reservations/{bought.body['reservation_id']}").body
    assert (used["status"], used["order_id"]) == ("ALLOCATED", order_id)
    assert position(ops, "MUG", "DC1") == {"on_hand": 2, "held": 0, "allocated": 2}
    done = web.get("/v1/carts/K-1").body
    assert (done["status"], done["channel"], done["channel_order_id"]) == ("ORDERED", "pos", "pos-K-1")
    audit(ops)


def test_what_left_at_the_till_frees_what_was_held_of_it(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 3}})
    opened(web, MUG=2)
    cart = held(web, flow, location_id="S1")
    assert cart["hold"]["location_id"] == "S1"
    handed_to_pos(web)
    named = buy(POS, "pos").body["reservation_id"]
    carried = line("1", "MUG", 2, fulfilment={"method": "carry_out", "location_id": "S1"})
    order_id = place(POS, order("pos-K-1", [carried], channel="pos", reservation_id=named))
    flow.settle()
    assert read(ops, order_id)["flags"] == []
    assert position(ops, "MUG", "S1") == {"on_hand": 1, "held": 0, "allocated": 0}
    assert ops.get(f"/v1/reservations/{named}").body["status"] == "CONSUMED"
    audit(ops)


def test_other_lines_are_held_anew_and_only_they(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3, "LAMP": 5}})
    opened(web, MUG=2)
    first = held(web, flow)
    body = {"version": 2, "lines": [{"sku": "MUG", "quantity": 3}, {"sku": "LAMP", "quantity": 1}]}
    assert web.put("/v1/carts/K-1/lines", body).status == 200, "inventory's answer is no change that people must see"
    flow.settle()
    cart = web.get("/v1/carts/K-1").body
    assert cart["hold"]["status"] == "HELD"
    assert cart["reservation_id"] != first["reservation_id"]
    assert ops.get(f"/v1/reservations/{first['reservation_id']}").body["status"] == "RELEASED"
    assert [position(ops, sku, "DC1")["held"] for sku in ("MUG", "LAMP")] == [3, 1]
    assert web.put("/v1/carts/K-1/lines", {"version": cart["version"], "lines": []}).body["hold"] is None
    flow.settle()
    assert [position(ops, sku, "DC1")["held"] for sku in ("MUG", "LAMP")] == [0, 0]
    audit(ops)


@ROUGH
def test_a_cart_that_wants_more_than_there_is_hears_what_there_is(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    opened(web, MUG=2)
    refused = held(web, flow)
    assert refused["hold"]["status"] == "REFUSED"
    assert refused["hold"]["shortages"] == [{"sku": "MUG", "requested": 2, "available": 1}]
    assert refused["reservation_id"] is None
    lines = [{"sku": "MUG", "quantity": 1}]
    assert web.put("/v1/carts/K-1/lines", {"version": refused["version"], "lines": lines}).body["hold"] is None
    assert held(web, flow)["hold"]["status"] == "HELD"
    audit(ops)


@ROUGH
def test_a_hold_asked_for_twice_is_one_and_a_dropped_one_is_given_back(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    opened(web, MUG=2)
    one, other = held(web, flow), held(web, flow)
    assert one["hold"] == other["hold"]
    assert [web.delete("/v1/carts/K-1/hold").status for _ in range(2)] == [200, 200]
    flow.settle()
    assert position(ops, "MUG", "DC1")["held"] == 0
    assert web.post("/v1/carts/K-1/hold", {}).status == 202
    assert web.delete("/v1/carts/K-1/hold").status == 200
    flow.settle()
    assert position(ops, "MUG", "DC1")["held"] == 0, "asked and dropped, in whatever order that is heard"
    audit(ops)


@ROUGH
def test_a_guests_held_cart_comes_in_with_its_hold(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}})
    opened(web, "K-1", MUG=1)
    opened(web, "K-2", MUG=2)
    for cart_id in ("K-1", "K-2"):
        assert held(web, flow, cart_id)["hold"]["status"] == "HELD"
    merged = web.post("/v1/carts/K-1/merge", {"guest_cart_id": "K-2"}).body
    assert (merged["lines"], merged["hold"]["status"]) == ([{"sku": "MUG", "quantity": 3}], "ASKED")
    flow.settle()
    assert web.get("/v1/carts/K-1").body["hold"]["status"] == "HELD"
    assert position(ops, "MUG", "DC1") == {"on_hand": 3, "held": 3, "allocated": 0}
    audit(ops)


@ROUGH
def test_an_empty_or_sold_cart_holds_nothing(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}})
    opened(web)
    assert web.post("/v1/carts/K-1/hold", {}).body["code"] == "cart_empty"
    opened(web, "K-2", MUG=1)
    assert web.post("/v1/carts/K-2/hold", {"ttl_seconds": 14_401}).body["errors"][0]["pointer"] == "/ttl_seconds"
    assert buy(web, "web", "K-2").status == 200
    assert web.post("/v1/carts/K-2/hold", {}).body["code"] == "cart_closed"
    assert POS.post("/v1/carts/K-2/hold", {}).status == 404


@ROUGH
def test_the_carts_of_customers_who_are_one_become_one_with_one_hold(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3, "LAMP": 1}})
    people = [
        web.post("/v1/customers", {"source": {"channel": "web", "external_id": name}, "name": {"given": name}})
        for name in ("ann", "bea")
    ]
    ids = [one.body["customer_id"] for one in people]
    for cart_id, customer_id, units in (("K-1", ids[0], {"MUG": 1}), ("K-2", ids[1], {"MUG": 2, "LAMP": 1})):
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()]
        body = {"cart_id": cart_id, "channel": "web", "customer_id": customer_id, "lines": lines}
        assert web.post("/v1/carts", body).status == 201
    assert held(web, flow, "K-2")["hold"]["status"] == "HELD"
    assert ops.post(f"/v1/customers/{ids[0]}/merge", {"other_customer_id": ids[1], "reason": "one"}).status == 200
    flow.settle()
    carts = {cart_id: web.get(f"/v1/carts/{cart_id}").body for cart_id in ("K-1", "K-2")}
    (kept,) = (cart for cart in carts.values() if cart["status"] == "OPEN")
    (other,) = (cart for cart in carts.values() if cart["status"] == "MERGED")
    assert other["merged_into"] == kept["cart_id"]
    assert {one["sku"]: one["quantity"] for one in kept["lines"]} == {"MUG": 3, "LAMP": 1}
    assert kept["hold"]["status"] == "HELD"
    assert [position(ops, sku, "DC1")["held"] for sku in ("MUG", "LAMP")] == [3, 1]
    mine = Gateway(gateway.customer(ids[1])).get(f"/v1/carts/{kept['cart_id']}")
    assert mine.status == 200
    audit(ops)


@ROUGH
def test_a_cart_that_cannot_have_more_keeps_what_it_has(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}})
    opened(web, MUG=2)
    first = held(web, flow)
    lines = [{"sku": "MUG", "quantity": 9}]
    web.put("/v1/carts/K-1/lines", {"version": first["version"], "lines": lines})
    flow.settle()
    cart = web.get("/v1/carts/K-1").body
    assert (cart["hold"]["status"], cart["hold"]["shortages"][0]["available"]) == ("REFUSED", 3)
    assert cart["reservation_id"] == cart["hold"]["keeps"]["reservation_id"] == first["reservation_id"]
    assert position(ops, "MUG", "DC1")["held"] == 2
    audit(ops)
