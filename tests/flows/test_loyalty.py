"""Points and lifetime figures of real orders, through all services, under kind and unkind delivery."""

from __future__ import annotations

from tests.flows.test_returns_and_exceptions import handed_in
from tests.flows.test_the_way_of_an_order import place, ship, work_of
from tests.support import gateway
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, money, open_shop, order


def test_points_are_exact_after_a_partial_return(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}, "S2": {"LAMP": 1}})
    said = {"source": {"channel": "web", "external_id": "u1"}, "name": {"given": "Ann", "family": "Lee"}}
    customer_id = web.post("/v1/customers", said | {"email": "ann@example.com"}).body["customer_id"]
    body = order("W-1", [line("1", "MUG", 3, 1001, discount=money(100))], customer={"email": "ann@example.com"})
    order_id = place(web, body)
    flow.settle()
    assert ops.get(f"/v1/orders/{order_id}").body["customer_id"] == customer_id
    (work,) = work_of(ops, order_id)
    ship(ops, work)
    flow.settle()
    account = f"/v1/customers/{customer_id}/loyalty"
    assert ops.get(account).body["balance"] == 2903 // 100
    till = Gateway(gateway.associate("S2"))
    assert till.post("/v1/returns", handed_in(order_id, "R-1", ("1", 1, "RESTOCK"))).status == 201
    flow.settle()
    assert ops.get(account).body["balance"] == (2903 * 2 // 3) // 100
    (channel,) = ops.get(f"/v1/customers/{customer_id}/figures").body["channels"]
    assert (channel["orders"], channel["spend"]["amount"]) == (1, 2903)
    assert channel["returned"]["amount"] == 2903 - 2903 * 2 // 3
    told = [entry["kind"] for entry in ops.get(f"/v1/customers/{customer_id}/timeline").body["items"]]
    assert sorted(set(told)) == ["order_placed", "payment", "return_received", "return_requested", "shipped"]
