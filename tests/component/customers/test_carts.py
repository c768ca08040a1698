"""The cart that follows its shopper, through the real handlers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.customers.carts import Carts
from shared.clock import set_shift
from tests.component.customers.shoppers import placed, put
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway

pytestmark = pytest.mark.usefixtures("aws")
WEB, POS, OPS = Gateway(gateway.channel("web")), Gateway(gateway.channel("pos")), Gateway(gateway.ops())
MUG = {"sku": "MUG", "quantity": 2}


def opened(cart_id: str = "K-1", by: Gateway = WEB, channel: str = "web", **fields: Any) -> Answer:
    return by.post("/v1/carts", {"cart_id": cart_id, "channel": channel, "lines": [MUG], **fields})


def taken_by_pos(cart_id: str = "K-1") -> Answer:
    code = WEB.post(f"/v1/carts/{cart_id}/hand-over").body["code"]
    return POS.post("/v1/carts/take", {"code": code.lower(), "channel": "pos"})


def check_out(by: Gateway, channel: str, number: str = "1") -> Answer:
    return by.post("/v1/carts/K-1/checkout", {"channel": channel, "channel_order_id": number})


def test_a_cart_moves_from_web_to_pos_and_is_bought_once_although_both_press_buy(bus: Bus) -> None:
    assert [opened().status for _ in range(2)] == [201, 200]
    assert POS.get("/v1/carts/K-1").status == 404
    assert taken_by_pos().body["channels"] == ["web", "pos"]
    till, web = check_out(POS, "pos", "n-O-1"), check_out(WEB, "web")
    assert (till.status, web.status, web.body["code"]) == (200, 409, "cart_closed")
    assert (web.body["channel"], web.body["channel_order_id"]) == ("pos", "n-O-1")
    assert check_out(POS, "pos", "n-O-1").status == 200
    for _ in range(2):
        assert bus.deliver("customers", placed("O-1", "pos")) == []
    assert WEB.get("/v1/carts/K-1").body["status"] == "ORDERED"
    assert check_out(WEB, "web").status == 409


def test_both_press_buy_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    opened()
    taken_by_pos()
    saves, rival = Carts._save, [POS]

    def save(self: Carts, *args: Any) -> None:
        while rival:
            assert check_out(rival.pop(), "pos").status == 200
        saves(self, *args)

    monkeypatch.setattr(Carts, "_save", save)
    assert check_out(WEB, "web").status == 409
    assert WEB.get("/v1/carts/K-1").body["channel"] == "pos"


def reopen(by: Gateway, channel: str, number: str = "1") -> Answer:
    return by.post("/v1/carts/K-1/reopen", {"channel": channel, "channel_order_id": number})


def test_a_checkout_that_is_given_up_opens_the_cart_again_for_any_channel(bus: Bus) -> None:
    opened()
    taken_by_pos()
    assert check_out(WEB, "web").status == 200
    assert reopen(POS, "web").status == 404, "only the channel whose checkout it is"
    assert (reopen(POS, "pos").body["code"], reopen(WEB, "web", "2").body["code"]) == ("cart_closed", "cart_closed")
    assert [reopen(WEB, "web").body["status"] for _ in range(2)] == ["OPEN", "OPEN"]
    assert check_out(WEB, "web").status == 200, "the same order may still be made of it"
    assert reopen(WEB, "web").body["channel_order_id"] is None
    assert check_out(POS, "pos", "n-O-1").status == 200
    assert bus.deliver("customers", placed("O-1", "pos")) == []
    assert reopen(POS, "pos", "n-O-1").body["code"] == "cart_closed"


def test_an_order_that_comes_although_its_checkout_was_given_up_has_bought_the_cart(bus: Bus) -> None:
    opened()
    assert check_out(WEB, "web", "n-O-1").status == 200
    assert reopen(WEB, "web", "n-O-1").status == 200
    assert bus.deliver("customers", placed("O-1", "web")) == []
    cart = WEB.get("/v1/carts/K-1").body
    assert (cart["status"], cart["channel_order_id"]) == ("ORDERED", "n-O-1")


def test_an_order_of_one_cart_is_not_made_of_another() -> None:
    opened()
    opened("K-2")
    assert check_out(WEB, "web").status == 200
    assert reopen(WEB, "web").status == 200
    other = WEB.post("/v1/carts/K-2/checkout", {"channel": "web", "channel_order_id": "1"})
    assert (other.status, other.body["code"]) == (409, "cart_order_taken")


def test_a_code_works_once_and_for_a_quarter_of_an_hour() -> None:
    opened()
    code = WEB.post("/v1/carts/K-1/hand-over").body["code"]
    assert [POS.post("/v1/carts/take", {"code": code, "channel": "pos"}).status for _ in range(2)] == [200, 404]
    assert POS.post("/v1/carts/take", {"code": "WRONGCODE1", "channel": "pos"}).body["code"] == "code_refused"
    late = WEB.post("/v1/carts/K-1/hand-over").body["code"]
    OPS.put("/v1/testing/clock", {"now": "2099-01-01T00:00:00Z"})
    try:
        assert POS.post("/v1/carts/take", {"code": late, "channel": "pos"}).status == 404
    finally:
        OPS.delete("/v1/testing/clock")
        set_shift(timedelta(0))


def test_lines_are_replaced_only_by_who_saw_the_present_ones() -> None:
    opened()
    taken_by_pos()
    body = {"version": 2, "lines": [{"sku": "LAMP", "quantity": 1}, {"sku": "LAMP", "quantity": 1}]}
    first = POS.put("/v1/carts/K-1/lines", body)
    assert first.body["lines"] == [{"sku": "LAMP", "quantity": 2}]
    assert POS.put("/v1/carts/K-1/lines", body).body["version"] == first.body["version"] == 3
    stale = WEB.put("/v1/carts/K-1/lines", {"version": 2, "lines": []})
    assert (stale.status, stale.body["code"], stale.body["version"]) == (409, "cart_changed", 3)


def test_a_guests_cart_comes_into_the_shoppers_own() -> None:
    customer_id = put("web", "u1", email="ann@example.com").body["customer_id"]
    opened("K-1", customer_id=customer_id)
    opened("K-2", lines=[MUG, {"sku": "LAMP", "quantity": 1}])
    merged = [WEB.post("/v1/carts/K-1/merge", {"guest_cart_id": "K-2"}).body for _ in range(2)]
    assert merged[0] == merged[1]
    assert merged[0]["lines"] == [{"sku": "MUG", "quantity": 4}, {"sku": "LAMP", "quantity": 1}]
    assert WEB.post("/v1/carts/K-1/merge", {"guest_cart_id": "K-1"}).body["code"] == "same_cart"
    assert WEB.get("/v1/carts/K-2").body["merged_into"] == "K-1"
    assert WEB.put("/v1/carts/K-2/lines", {"version": 2, "lines": []}).body["code"] == "cart_closed"


def test_a_cart_is_out_of_reach_of_others() -> None:
    customer_id = put("web", "u1", email="ann@example.com").body["customer_id"]
    opened(customer_id=customer_id)
    assert Gateway(gateway.customer(customer_id)).get("/v1/carts/K-1").status == 200
    for token in (gateway.customer("C-other"), gateway.customer(""), gateway.channel("app")):
        assert Gateway(token).get("/v1/carts/K-1").status == 404
        assert Gateway(token).put("/v1/carts/K-1/lines", {"version": 1, "lines": []}).status == 404
    assert opened("K-9", channel="pos").status == 404
    assert opened("K-1", by=POS, channel="pos").body["code"] == "cart_id_reused"
    assert opened("K-3", customer_id="C-none").body["errors"][0]["pointer"] == "/customer_id"
    assert opened("K-4", by=POS, channel="pos", customer_id=customer_id).status == 422
    opened("K-5", lines=[])
    empty = WEB.post("/v1/carts/K-5/checkout", {"channel": "web", "channel_order_id": "1"})
    assert empty.body["code"] == "cart_empty"
