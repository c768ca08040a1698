"""The life of orders on the deployed stack: mixed methods, cancels, changes, exchanges, time-outs, lapsed money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.http import Api
from infra.local.patience import until
from infra.local.stack import LocalStack
from tests.support.shop import line, money, open_shop, order

pytestmark = pytest.mark.e2e

QUIET_SECONDS = 300


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack of its own: these tests travel in time."""
    with LocalStack.start(tmp_path_factory.mktemp("life"), attended=True) as running:
        stock = {"DC1": {"MUG": 50, "VASE": 20}, "S1": {"LAMP": 20}, "S2": {"LAMP": 20}}
        open_shop(running.api(role="ops"), stock=stock)
        running.wait_quiet(timeout_seconds=QUIET_SECONDS)
        yield running


@pytest.fixture(scope="module")
def ops(own: LocalStack) -> Api:
    return own.api(role="ops")


@pytest.fixture(scope="module")
def web(own: LocalStack) -> Api:
    return own.api(role="channel", channel="web")


def quiet(own: LocalStack) -> None:
    own.wait_quiet(timeout_seconds=QUIET_SECONDS)
    assert own.dead_letters() == {}


def placed(own: LocalStack, web: Api, number: str, *lines: dict[str, Any], pays: str = "tok_ok") -> str:
    body = order(number, list(lines))
    body["payment"]["token"] = pays
    answer = web.post("/v1/orders", body)
    assert answer.status == 201, answer.body
    quiet(own)
    return str(answer.body["order_id"])


def sums(web: Api, order_id: str) -> dict[str, int]:
    body = web.get(f"/v1/orders/{order_id}/payments").body
    return {name: body[name]["amount"] for name in ("due", "authorised", "captured", "refunded", "voided")}


def step(ops: Api, work: dict[str, Any], name: str, body: dict[str, Any] | None = None) -> None:
    answer = ops.post(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/{name}", body or {})
    assert answer.status == 200, (name, answer.body)


def works(ops: Api, order_id: str) -> dict[str, dict[str, Any]]:
    items = ops.get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"]
    return {one["method"]: one for one in items if one["status"] == "OPEN"}


def picked(ops: Api, work: dict[str, Any]) -> None:
    step(ops, work, "acknowledge")
    step(ops, work, "pick", {"lines": [{"line_id": o["line_id"], "picked": o["quantity"]} for o in work["lines"]]})


def shipped(own: LocalStack, ops: Api, order_id: str) -> None:
    work = works(ops, order_id)["ship"]
    lines = [{"line_id": one["line_id"], "quantity": one["quantity"]} for one in work["lines"]]
    picked(ops, work)
    step(ops, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": lines}]})
    step(ops, work, "ship", {"parcels": [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]})
    quiet(own)


def exchanged(order_id: str, return_id: str, new: dict[str, Any]) -> dict[str, Any]:
    return {
        "return_id": return_id,
        "order_id": order_id,
        "lines": [{"line_id": "1", "quantity": 1, "reason": "CHANGED_MIND"}],
        "method": "in_store",
        "location_id": "S2",
        "resolution": "EXCHANGE",
        "exchange": {"lines": [new]},
        "receive_now": [{"line_id": "1", "quantity": 1, "condition": "NEW", "disposition": "RESTOCK"}],
    }


def test_a_mixed_order_is_partly_cancelled_while_the_store_picks(own: LocalStack, ops: Api, web: Api) -> None:
    lamp = line("2", "LAMP", 1, 4500, fulfilment={"method": "pickup", "location_id": "S1"})
    order_id = placed(own, web, "MIX-1", line("1", "MUG", 3), lamp)
    assert set(works(ops, order_id)) == {"ship", "pickup"}
    picked(ops, works(ops, order_id)["pickup"])
    assert web.post(f"/v1/orders/{order_id}/cancel", {"request_id": "X", "reason": "NO"}).status in {200, 202}
    quiet(own)
    end = web.get(f"/v1/orders/{order_id}").body
    assert [one["quantities"]["cancelled"] for one in end["lines"]] == [3, 0]
    assert [one["quantities"]["picked"] for one in end["lines"]] == [0, 1]


def test_a_change_whose_payment_fails_leaves_everything_as_it_was(own: LocalStack, web: Api) -> None:
    order_id = placed(own, web, "CHG-1", line("1", "MUG", 2))
    before, had = web.get(f"/v1/orders/{order_id}").body, sums(web, order_id)
    pays = {"provider": "sandbox", "token": "tok_declined", "amount": money(2000)}
    more = {"change_id": "CHG-1", "actions": [{"type": "set_quantity", "line_id": "1", "quantity": 4}], "payment": pays}
    assert web.post(f"/v1/orders/{order_id}/changes", more).status == 202
    quiet(own)
    after = web.get(f"/v1/orders/{order_id}").body
    assert web.post(f"/v1/orders/{order_id}/changes", more).body["status"] == "REJECTED"
    assert (after["lines"], after["totals"], sums(web, order_id)) == (before["lines"], before["totals"], had)


@pytest.mark.parametrize("how", ["tok_timeout_applied", "tok_timeout_lost"])
def test_a_payment_time_out_is_asked_about_and_the_money_taken_once(
    own: LocalStack, ops: Api, web: Api, how: str
) -> None:
    order_id = placed(own, web, f"PAY-{how}", line("1", "MUG", 1), pays=how)
    assert sums(web, order_id)["authorised"] == 1399
    shipped(own, ops, order_id)
    assert sums(web, order_id)["captured"] == 1399


def test_exchanges_up_and_down_move_only_the_difference(own: LocalStack, ops: Api, web: Api) -> None:
    order_id = placed(own, web, "EXC-1", line("1", "MUG", 2))
    shipped(own, ops, order_id)
    lamp = {"method": "carry_out", "location_id": "S2"}
    up = web.post("/v1/returns", exchanged(order_id, "EXC-R1", line("2", "LAMP", 1, 1500, fulfilment=lamp)))
    assert (up.status, up.body["exchange"]["to_pay"]) == (201, money(500)), up.body
    quiet(own)
    pays = {"payment_id": "P-2", "provider": "sandbox", "token": "tok_ok", "amount": money(500)}
    assert web.post(f"/v1/orders/{order_id}/payments", pays).status == 201
    quiet(own)
    assert web.get("/v1/returns/EXC-R1").body["exchange"]["status"] == "APPLIED"
    down = web.post("/v1/returns", exchanged(order_id, "EXC-R2", line("3", "LAMP", 1, 700, fulfilment=lamp)))
    assert (down.status, down.body["exchange"]["status"]) == (201, "APPLIED")
    quiet(own)
    assert sums(web, order_id) | {"voided": 0} == {
        "due": 1500 + 700 + 399, "authorised": 2899, "captured": 2899, "refunded": 300, "voided": 0,
    }  # fmt: skip
    lamps = {one["location_id"]: one["on_hand"] for one in ops.get("/v1/inventory/LAMP").body["positions"]}
    assert lamps["S2"] == 18
    assert ops.get("/v1/inventory/audit").body["ok"]


def test_an_online_order_from_the_dc_is_returned_at_a_store_that_did_not_sell_it(
    own: LocalStack, ops: Api, web: Api
) -> None:
    order_id = placed(own, web, "RET-1", line("1", "VASE", 2, 1001, discount=money(101)))
    shipped(own, ops, order_id)
    left = {one["location_id"]: one["on_hand"] for one in ops.get("/v1/inventory/VASE").body["positions"]}
    back = exchanged(order_id, "RET-R1", line("2", "LAMP")) | {"resolution": "REFUND"}
    del back["exchange"]
    store = own.api(role="associate", location="S2")
    answer = store.post("/v1/returns", back)
    assert (answer.status, answer.body["status"]) == (201, "RESOLVED"), answer.body
    quiet(own)
    now = {one["location_id"]: one["on_hand"] for one in ops.get("/v1/inventory/VASE").body["positions"]}
    assert now == left | {"S2": 1}, "one more where it was handed in, the selling place untouched"
    paid = 2 * 1001 - 101 + 399
    assert sums(web, order_id) | {"due": 0} == {
        "due": 0, "authorised": paid, "captured": paid, "refunded": 1901 - 1901 // 2, "voided": 0,
    }  # fmt: skip
    assert ops.get("/v1/inventory/audit?sku=VASE").body["ok"]


def test_an_outlet_item_stays_sold_and_a_fee_is_quoted_before_anything_moves(
    own: LocalStack, ops: Api, web: Api
) -> None:
    fee = {"method": "mail", "amount": money(250)}
    assert ops.put("/v1/return-policies/mugs", {"when": {"sku": "MUG"}, "window_days": 9, "fees": [fee]}).ok
    assert ops.put("/v1/return-policies/lamps", {"when": {"sku": "LAMP"}, "window_days": 0, "final_sale": True}).ok
    try:
        lamp = line("2", "LAMP", 1, 4500, fulfilment={"method": "carry_out", "location_id": "S1"})
        order_id = placed(own, web, "POL-1", line("1", "MUG", 1), lamp)
        shipped(own, ops, order_id)

        def asked(line_id: str, return_id: str, **members: Any) -> Any:
            lines = [{"line_id": line_id, "quantity": 1, "reason": "CHANGED_MIND"}]
            body = {"return_id": return_id, "order_id": order_id, "lines": lines, "method": "mail"} | members
            return web.post("/v1/returns", body)

        quoted = asked("1", "POL-R1", preview=True)
        assert (quoted.status, quoted.body["refund"]["quoted"]) == (200, money(750))
        denied = asked("2", "POL-R2")
        assert (denied.body["status"], denied.body["reasons"][0].split()[0]) == ("DENIED", "FINAL_SALE")
    finally:
        for name in ("mugs", "lamps"):
            assert ops.put(f"/v1/return-policies/{name}", {"window_days": 30, "retired": True}).ok


def test_a_preview_quotes_stock_with_its_age(own: LocalStack, web: Api) -> None:
    order_id = placed(own, web, "QUO-1", line("1", "MUG", 1))
    more = {"type": "set_quantity", "line_id": "1", "quantity": 2}
    much = {"type": "add_line", "line": line("9", "MUG", 5000)}
    body = {"change_id": "QUO-1", "preview": True, "actions": [more, much]}
    quoted = web.post(f"/v1/orders/{order_id}/changes", body)
    assert quoted.status == 200, quoted.body
    assert [one["supply"] for one in quoted.body["stock"]] == ["AVAILABLE", "PARTLY"]
    assert all(one["age_seconds"] is not None for one in quoted.body["stock"])


def test_a_marketplace_order_at_zero_stock_is_kept_and_ends_by_a_persons_hand(own: LocalStack, ops: Api) -> None:
    assert ops.put("/v1/items/RARE", {"name": "Rare", "weight_grams": 100}).ok
    market = own.api(role="channel", channel="marketplace")
    paid = {"provider": "external", "reference": "MP-77", "amount": money(1399)}
    answer = market.post("/v1/orders", order("MKT-1", [line("1", "RARE")], channel="marketplace", payment=paid))
    assert answer.status == 201, answer.body
    order_id = answer.body["order_id"]
    quiet(own)
    kept = market.get(f"/v1/orders/{order_id}").body
    assert (kept["status"], kept["flags"]) == ("PLACED", ["OVERSOLD"])

    def open_() -> list[dict[str, Any]]:
        return [one for one in ops.get("/v1/exceptions").body["items"] if one["order_id"] == order_id]

    (task,) = open_()
    assert (task["kind"], set(task["actions"])) == ("OVERSOLD", {"assign", "cancel"})
    give_up = {"request_id": "G-1", "action": "cancel", "reason": "OUT_OF_STOCK"}
    assert ops.post(f"/v1/exceptions/{task['exception_id']}/resolve", give_up).ok
    quiet(own)
    (task,) = open_()
    assert task["kind"] == "REFUND_DUE", "the marketplace has the money"
    done = {"action": "refunded", "reference": "MP-R-1"}
    assert ops.post(f"/v1/exceptions/{task['exception_id']}/resolve", done).ok
    end = market.get(f"/v1/orders/{order_id}").body
    assert (end["status"], end["payment_status"], open_()) == ("CANCELLED", "REFUNDED", [])


def test_money_that_lapsed_is_set_aside_anew_and_captured(own: LocalStack, ops: Api, web: Api) -> None:
    """Last: it moves the clock of this module's stack."""
    order_id = placed(own, web, "EXP-1", line("1", "VASE", 1))
    released = web.get(f"/v1/orders/{order_id}").body["released_at"]
    later = (datetime.fromisoformat(released).astimezone(UTC) + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        assert ops.put("/v1/testing/clock", {"now": later}).status == 200
        until(
            lambda: [one["status"] for one in web.get(f"/v1/orders/{order_id}/payments").body["reauthorisations"]],
            lambda statuses: statuses == ["DONE"],
            what="the timer to set the money aside anew",
            seconds=QUIET_SECONDS,
        )
        quiet(own)
        shipped(own, ops, order_id)
        assert sums(web, order_id)["captured"] == 1399
    finally:
        ops.delete("/v1/testing/clock")
