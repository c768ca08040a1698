"""Files of rows through all services: what is imported is known everywhere, and nobody does anything about the past."""

from __future__ import annotations

import json

from tests.flows.test_the_way_of_an_order import audit, position
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.imports import Imports, csv_of
from tests.support.shop import location, money, order


def test_imported_goods_are_sold_and_imported_orders_are_remembered(flow: Flow, ops: Gateway, web: Gateway) -> None:
    assert ops.put("/v1/locations/DC1", location("dc", 52.48, -1.90)).status == 201
    goods = Imports(ops)
    goods.run("I-1", "items", csv_of("sku,name,weight_grams", ["MUG,Mug,300"]))
    goods.run("S-1", "stock", csv_of("sku,location_id,quantity", ["MUG,DC1,2"]))
    line = {"line_id": "1", "sku": "MUG", "quantity": 2, "unit_price": money(1000), "fulfilment": {"method": "ship"}}
    old = {
        "channel": "pos",
        "channel_order_id": "OLD-1",
        "placed_at": "2024-03-01T10:00:00Z",
        "currency": "GBP",
        "customer": {"email": "w-1@example.com", "name": "Ann Lee"},
        "lines": [line | {"returned": 1}],
    }
    past = Imports(ops, service="orders", path="/v1/order-imports")
    assert past.run("O-1", "orders", json.dumps(old), format_="jsonl")["status"] == "COMPLETED"
    flow.settle()
    placed = web.post("/v1/orders", order("W-1", [line])).body["order_id"]
    flow.settle()

    new = web.get(f"/v1/orders/{placed}").body
    assert (new["status"], new["payment_status"]) == ("CONFIRMED", "AUTHORISED")
    assert position(ops, "MUG", "DC1")["allocated"] == 2
    audit(ops)
    (before,) = ops.get("/v1/orders?channel=pos&channel_order_id=OLD-1").body["items"]
    assert (before["status"], before["payment_status"]) == ("CLOSED", "PARTIALLY_REFUNDED")
    assert before["customer_id"] == new["customer_id"]
    of_customer = ops.get(f"/v1/orders?customer_id={new['customer_id']}").body["items"]
    assert {one["order_id"] for one in of_customer} == {before["order_id"], placed}
    assert ops.get(f"/v1/fulfilment-orders?order_id={before['order_id']}").body["items"] == []
    timeline = ops.get(f"/v1/customers/{new['customer_id']}/timeline").body["items"]
    told = [(one["channel"], one["summary"]) for one in timeline if one["kind"] == "order_placed"]
    assert ("pos", "Ordered 2 units for 20.00 GBP, 1 unit returned") in told
    assert len(told) == 2
    again = past.run("O-2", "orders", json.dumps(old), format_="jsonl")
    assert (again["rows"]["changed"], again["rows"]["unchanged"]) == (0, 1)
    flow.settle()
    figures = ops.get(f"/v1/customers/{new['customer_id']}/figures").body
    assert (figures["orders"], figures["channels_used"]) == (2, ["pos", "web"])
    (till,) = (one for one in figures["channels"] if one["channel"] == "pos")
    assert (till["orders"], till["spend"]["amount"], till["returned"]["amount"]) == (1, 2000, 1000)
    assert till["first_order_at"] == "2024-03-01T10:00:00.000Z"
    assert ops.get(f"/v1/customers/{new['customer_id']}/loyalty").body["earned"] == 0
