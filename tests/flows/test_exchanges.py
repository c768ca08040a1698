"""Exchanges through all services: even, dearer and cheaper, by mail and at the counter, kind and unkind delivery."""

from __future__ import annotations

from typing import Any

from tests.flows.test_returns_and_exceptions import shipped_order, sums
from tests.flows.test_the_way_of_an_order import audit, position, read, ship, work_of
from tests.support import gateway
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, money, receive

CREDIT = 2903 - 2903 * 2 // 3
"""What one of the three units of `shipped_order` is worth when it comes back."""
PAID = 3 * 1001 - 100 + 399


def swapped(order_id: str, new: dict[str, Any], **members: Any) -> dict[str, Any]:
    """One unit back, at the counter of S2, for a new line."""
    return {
        "return_id": "R-1",
        "order_id": order_id,
        "lines": [{"line_id": "1", "quantity": 1, "reason": "CHANGED_MIND"}],
        "method": "in_store",
        "location_id": "S2",
        "resolution": "EXCHANGE",
        "exchange": {"lines": [new]},
        "receive_now": [{"line_id": "1", "quantity": 1, "condition": "NEW", "disposition": "RESTOCK"}],
    } | members


def test_a_dearer_item_is_taken_along_after_the_difference_is_paid(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = shipped_order(flow, ops, web)
    store = Gateway(gateway.associate("S2"))
    lamp = line("2", "LAMP", 1, CREDIT + 500, fulfilment={"method": "carry_out", "location_id": "S2"})

    asked = store.post("/v1/returns", swapped(order_id, lamp))
    assert asked.status == 201, asked.body
    assert asked.body["exchange"] | {"payment_id": None} == {
        "status": "PENDING", "line_ids": ["2"], "to_pay": money(500), "to_refund": money(0), "payment_id": None,
    }  # fmt: skip
    flow.settle()
    assert sums(web, order_id) == {"due": PAID, "authorised": PAID, "captured": PAID, "refunded": 0, "voided": 0}
    assert len(read(web, order_id)["lines"]) == 1, "nothing is sold that is not paid"

    pays = {"payment_id": "P-2", "provider": "sandbox", "token": "tok_ok", "amount": money(500)}
    assert web.post(f"/v1/orders/{order_id}/payments", pays).status == 201
    flow.settle()

    assert store.get("/v1/returns/R-1").body["exchange"]["status"] == "APPLIED"
    more = PAID + 500
    assert sums(web, order_id) == {"due": more, "authorised": more, "captured": more, "refunded": 0, "voided": 0}
    assert position(ops, "LAMP", "S2") == {"on_hand": 0, "held": 0, "allocated": 0}
    assert position(ops, "MUG", "S2")["on_hand"] == 1
    assert [one["quantities"]["fulfilled"] for one in read(web, order_id)["lines"][1:]] == [1]
    audit(ops)


def test_a_cheaper_item_is_shipped_and_the_difference_given_back(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = shipped_order(flow, ops, web)
    receive(ops, "vases", "DC1", [{"sku": "MUG", "quantity": 1}])

    answer = ops.post("/v1/returns", swapped(order_id, line("2", "MUG", 1, CREDIT - 300)))
    assert answer.status == 201, answer.body
    flow.settle()
    (work,) = [one for one in work_of(ops, order_id) if one["status"] == "OPEN"]
    ship(ops, work)
    flow.settle()

    assert sums(web, order_id) == {
        "due": PAID - 300, "authorised": PAID, "captured": PAID, "refunded": 300, "voided": 0,
    }  # fmt: skip
    assert read(web, order_id)["lines"][1]["quantities"]["shipped"] == 1
    audit(ops)


def test_a_damaged_item_is_replaced_by_mail_and_no_money_moves(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = shipped_order(flow, ops, web)
    body = {
        "return_id": "R-1",
        "order_id": order_id,
        "lines": [{"line_id": "1", "quantity": 2, "reason": "DAMAGED"}],
        "method": "mail",
        "resolution": "REPLACEMENT",
    }
    assert web.post("/v1/returns", body).body["exchange"]["status"] == "PENDING"
    here = {"location_id": "DC1", "lines": [{"line_id": "1", "quantity": 2, "disposition": "DESTROY"}]}
    assert ops.post("/v1/returns/R-1/receive", here).status == 200
    flow.settle()
    (work,) = [one for one in work_of(ops, order_id) if one["status"] == "OPEN"]
    ship(ops, work)
    flow.settle()

    assert sums(web, order_id) == {"due": PAID, "authorised": PAID, "captured": PAID, "refunded": 0, "voided": 0}
    assert read(web, order_id)["lines"][1]["quantities"]["shipped"] == 2
    audit(ops)


def test_an_exchange_that_makes_no_sense_is_refused(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = shipped_order(flow, ops, web)
    good = swapped(order_id, line("2", "LAMP", 1, CREDIT + 500))
    pays = {"provider": "sandbox", "token": "tok_ok", "amount": money(499)}
    wrong: dict[tuple[str, str], dict[str, Any]] = {
        ("/exchange/lines/0/line_id", "invalid"): {"exchange": {"lines": [line("1", "LAMP")]}},
        ("/exchange", "invalid"): {"resolution": "REFUND"},
        ("/exchange/payment/amount", "payment_needed"): {"exchange": good["exchange"] | {"payment": pays}},
        ("/exchange/lines/0/unit_price/currency", "currency_mismatch"): {
            "exchange": {"lines": [line("2", "LAMP") | {"unit_price": money(1, "EUR")}]}
        },
        ("/exchange/lines/0/fulfilment/location_id", "invalid"): {
            "exchange": {"lines": [line("2", "LAMP", fulfilment={"method": "carry_out", "location_id": "S1"})]}
        },
    }
    for (pointer, code), members in wrong.items():
        answer = ops.post("/v1/returns", good | members)
        assert (answer.status, answer.body["code"]) == (422, code), answer.body
        assert pointer in [one["pointer"] for one in answer.body["errors"]], answer.body
    assert read(web, order_id)["returns"] == []
