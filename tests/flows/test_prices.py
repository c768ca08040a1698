"""Prices through all services: counters sell, the job prices what lies there, and the next order spares it."""

from __future__ import annotations

from typing import Any

import pytest

from functions.fulfilment import pricer
from tests.flows.test_the_way_of_an_order import audit, pick_and_pack, place, step, work_of
from tests.support import gateway
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, money, open_shop, order


def priced() -> dict[str, Any]:
    with running_as("fulfilment"):
        return pricer.handler({}, None)


def sold_at_counter(pos: Gateway, number: str, quantity: int) -> None:
    """A shopper carries lamps out of S1."""
    lines = [line("1", "LAMP", quantity, 4500, fulfilment={"method": "carry_out", "location_id": "S1"})]
    body = order(number, lines, channel="pos")
    body["payment"] = {"provider": "sandbox", "token": "tok_ok", "amount": money(4500 * quantity)}
    place(pos, body)


def decisions(ops: Gateway, order_id: str) -> list[dict[str, Any]]:
    return list(ops.get(f"/v1/orders/{order_id}/routing").body["decisions"])


@pytest.fixture
def shop(flow: Flow, ops: Gateway) -> None:
    """Lamps at S1, where they also sell over the counter, and plenty of them in the distribution centre."""
    lamp = {"LAMP": {"margin": money(2500)}}
    open_shop(ops, stock={"DC1": {"LAMP": 90}, "S1": {"LAMP": 25}}, items=lamp)
    flow.settle()


def test_after_a_busy_day_at_the_counter_orders_are_sent_from_elsewhere(
    shop: None, flow: Flow, ops: Gateway, web: Gateway
) -> None:
    before = place(web, order("W-1", [line("1", "LAMP", 1, 4500)]))
    flow.settle()
    (work,) = work_of(ops, before)
    assert work["location_id"] == "S1"
    till = Gateway(gateway.channel("pos"))
    for number in range(5):
        sold_at_counter(till, f"P-{number}", 4)
    flow.settle()
    assert priced()["posted"] == 1
    after = place(web, order("W-2", [line("1", "LAMP", 1, 4500)]))
    flow.settle()
    (work,) = work_of(ops, after)
    assert work["location_id"] == "DC1"
    assert [one["price_version"] for one in (*decisions(ops, before), *decisions(ops, after))] == [0, 1]
    audit(ops)


def test_a_store_that_cannot_find_its_goods_is_asked_less_often(
    shop: None, flow: Flow, ops: Gateway, web: Gateway
) -> None:
    for number in range(8):
        order_id = place(web, order(f"W-{number}", [line("1", "LAMP", 2, 4500)]))
        flow.settle()
        (work,) = work_of(ops, order_id)
        if work["location_id"] == "S1":
            step(ops, work, "reject", {"reason": "NOT_FOUND"})
        flow.settle()
        priced()
    (decision,) = decisions(ops, order_id)
    assert work["location_id"] == "DC1"
    assert decision["price_version"] > 0
    audit(ops)


def test_what_is_shipped_is_told_to_the_job(shop: None, flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = place(web, order("W-1", [line("1", "LAMP", 1, 4500)]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    pick_and_pack(ops, work)
    step(ops, work, "ship", {"parcels": [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]})
    flow.settle()
    assert priced()["run"] == 1
    second = place(web, order("W-2", [line("1", "LAMP", 1, 4500)]))
    flow.settle()
    terms = decisions(ops, second)[-1]["cost"]["terms"]
    assert [one for one in terms if one["term"] == "reject_risk" and one["amount"] > 0], "one in a hundred is believed"
