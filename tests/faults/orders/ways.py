"""The ways of an order that faults are put on, and what must be true at their ends."""

from __future__ import annotations

from collections import Counter
from typing import Any

from functions.orders.domain.order import Status
from tests.support import gateway
from tests.support.faults import Insistent, Way, World
from tests.support.shop import line, money, open_shop, order

WEB, OPS = gateway.channel("web"), gateway.ops()
SKUS = ("MUG", "VASE", "LAMP")
ORDERS = ("W-1",)


def _send(caller: Insistent, path: str, body: dict[str, Any] | None = None, *, ok: tuple[int, ...] = (200,)) -> Any:
    answer = caller.post(path, body or {})
    assert answer.status in ok, (path, answer.status, answer.body)
    return answer.body


def _open(world: World) -> None:
    stock = {"DC1": {"MUG": 10, "VASE": 5}, "S1": {"LAMP": 4}, "S2": {"LAMP": 1}}
    open_shop(world.caller(OPS), stock=stock)
    world.settle()


def basket() -> dict[str, Any]:
    """Something that is shipped, with a discount that does not divide, and something that is collected."""
    shipped = line("1", "MUG", 3, 1001, discount=money(100))
    collected = line("2", "LAMP", 1, 4500, fulfilment={"method": "pickup", "location_id": "S1"})
    return order("W-1", [shipped, collected])


def place(world: World) -> str:
    body = _send(world.caller(WEB), "/v1/orders", basket(), ok=(200, 201))
    world.settle()
    return str(body["order_id"])


def the_order(world: World) -> dict[str, Any]:
    (found,) = world.caller(WEB).get("/v1/orders?channel=web&channel_order_id=W-1").body["items"]
    return dict(found)


def _works(world: World) -> dict[str, dict[str, Any]]:
    order_id = the_order(world)["order_id"]
    items = world.caller(OPS).get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"]
    return {one["method"]: one for one in items}


def _step(world: World, work: dict[str, Any], name: str, body: dict[str, Any] | None = None) -> None:
    _send(world.caller(OPS), f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/{name}", body)
    world.settle()


def ship(world: World) -> None:
    """The parcel leaves and arrives; the lamp is handed over."""
    works = _works(world)
    for work in works.values():
        lines = [{"line_id": one["line_id"], "quantity": one["quantity"]} for one in work["lines"]]
        _step(world, work, "acknowledge")
        _step(world, work, "pick", {"lines": [{"line_id": o["line_id"], "picked": o["quantity"]} for o in lines]})
        _step(world, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": lines}]})
    label = {"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}
    _step(world, works["ship"], "ship", {"parcels": [label]})
    _step(world, works["ship"], "deliver")
    _step(world, works["pickup"], "ready")
    (pickup,) = the_order(world)["pickups"]
    _step(world, works["pickup"], "hand-over", {"code": pickup["code"]})


def cancel(world: World) -> None:
    """One unit first, then the whole order while a place works on a part of it."""
    path = f"/v1/orders/{the_order(world)['order_id']}/cancel"
    one = {"request_id": "X-1", "reason": "CHANGED_MIND", "lines": [{"line_id": "1", "quantity": 1}]}
    _send(world.caller(WEB), path, one, ok=(200, 202))
    world.settle()
    work = _works(world)["pickup"]
    _step(world, work, "acknowledge")
    _step(world, work, "pick", {"lines": [{"line_id": "2", "picked": 1}]})
    _send(world.caller(WEB), path, {"request_id": "X-2", "reason": "CHANGED_MIND"}, ok=(200, 202))
    world.settle()


def change(world: World) -> None:
    """One unit is given up for two of another item, which costs more; then one change that cannot be paid."""
    path = f"/v1/orders/{the_order(world)['order_id']}/changes"
    actions = [
        {"type": "set_quantity", "line_id": "1", "quantity": 2},
        {"type": "add_line", "line": line("3", "VASE", 2, 1200)},
    ]
    more = {"change_id": "C-1", "actions": actions, "preview": True}
    to_pay = _send(world.caller(WEB), path, more)["money"]["to_pay"]
    paid = {"provider": "sandbox", "token": "tok_ok", "amount": to_pay}
    _send(world.caller(WEB), path, more | {"preview": False, "payment": paid}, ok=(200, 202))
    world.settle()
    lost = {"provider": "sandbox", "token": "tok_declined", "amount": money(1200)}
    again = [{"type": "set_quantity", "line_id": "3", "quantity": 3}]
    _send(world.caller(WEB), path, {"change_id": "C-2", "actions": again, "payment": lost}, ok=(200, 202))
    world.settle()


def give_back(world: World) -> None:
    """One unit by mail, received and inspected; one at a store in one call."""
    order_id = the_order(world)["order_id"]
    mailed = [{"line_id": "1", "quantity": 2, "reason": "CHANGED_MIND"}]
    body = {"return_id": "R-1", "order_id": order_id, "lines": mailed, "method": "mail"}
    _send(world.caller(WEB), "/v1/returns", body, ok=(200, 201))
    world.settle()
    here = {"location_id": "DC1", "lines": [{"line_id": "1", "quantity": 1, "condition": "OPENED"}]}
    _send(world.caller(OPS), "/v1/returns/R-1/receive", here)
    world.settle()
    judged = {"location_id": "DC1", "lines": [{"line_id": "1", "quantity": 1, "disposition": "RESTOCK"}]}
    _send(world.caller(OPS), "/v1/returns/R-1/inspect", judged)
    world.settle()
    lamp = [{"line_id": "2", "quantity": 1}]
    at_store = {
        "return_id": "R-2",
        "order_id": order_id,
        "lines": [one | {"reason": "DAMAGED"} for one in lamp],
        "method": "in_store",
        "location_id": "S2",
        "receive_now": [one | {"condition": "DAMAGED", "disposition": "LIQUIDATE"} for one in lamp],
    }
    _send(world.caller(gateway.associate("S2")), "/v1/returns", at_store, ok=(200, 201))
    world.settle()


def exchange(world: World) -> None:
    """By mail for something dearer, paid with the request; at a store for something cheaper that is taken along."""
    order_id = the_order(world)["order_id"]
    dearer = {
        "return_id": "R-1",
        "order_id": order_id,
        "lines": [{"line_id": "1", "quantity": 1, "reason": "OTHER"}],
        "method": "mail",
        "resolution": "EXCHANGE",
        "exchange": {"lines": [line("3", "VASE", 1, 2000)]},
    }
    to_pay = _send(world.caller(WEB), "/v1/returns", dearer, ok=(200, 201))["exchange"]["to_pay"]
    here = {"location_id": "DC1", "lines": [{"line_id": "1", "quantity": 1, "disposition": "RESTOCK"}]}
    _send(world.caller(OPS), "/v1/returns/R-1/receive", here)
    world.settle()
    pays = {"payment_id": "P-2", "provider": "sandbox", "token": "tok_ok", "amount": to_pay}
    _send(world.caller(WEB), f"/v1/orders/{order_id}/payments", pays, ok=(200, 201))
    world.settle()
    cheaper = {
        "return_id": "R-2",
        "order_id": order_id,
        "lines": [{"line_id": "2", "quantity": 1, "reason": "OTHER"}],
        "method": "in_store",
        "location_id": "S2",
        "resolution": "EXCHANGE",
        "exchange": {"lines": [line("4", "LAMP", 1, 4000, fulfilment={"method": "carry_out", "location_id": "S2"})]},
        "receive_now": [{"line_id": "2", "quantity": 1, "disposition": "RESTOCK"}],
    }
    _send(world.caller(OPS), "/v1/returns", cheaper, ok=(200, 201))
    world.settle()


def _placed(world: World) -> None:
    _open(world)
    place(world)


def _place(world: World) -> None:
    place(world)


def _delivered(world: World) -> None:
    _placed(world)
    ship(world)


WAYS = {
    way.name: way
    for way in (
        Way("place", _open, _place),
        Way("ship", _placed, ship),
        Way("cancel", _placed, cancel),
        Way("change", _placed, change),
        Way("return", _delivered, give_back),
        Way("exchange", _delivered, exchange),
    )
}


def rules(world: World) -> None:
    """What must be true whatever was lost: raises AssertionError."""
    found = the_order(world)
    path = f"/v1/orders/{found['order_id']}/payments"
    payments = world.caller(WEB).get(path).body
    sums = {name: payments[name]["amount"] for name in ("authorised", "captured", "refunded")}
    works = world.caller(OPS).get(f"/v1/fulfilment-orders?order_id={found['order_id']}").body["items"]
    exceptions = world.caller(OPS).get("/v1/exceptions").body["items"]
    audit = world.caller(OPS).get("/v1/inventory/audit").body
    assert audit["ok"], audit["violations"]
    _one_order(world)
    assert 0 <= sums["refunded"] <= sums["captured"] <= sums["authorised"], sums
    if not exceptions:
        _quiet(found, payments, works, exceptions)


def look(world: World) -> dict[str, Any]:
    """How it ended, in words that do not depend on ids; raises AssertionError for what must never be."""
    found = the_order(world)
    order_id = found["order_id"]
    payments = world.caller(WEB).get(f"/v1/orders/{order_id}/payments").body
    sums = {name: payments[name]["amount"] for name in ("due", "authorised", "captured", "voided", "refunded")}
    works = world.caller(OPS).get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"]
    exceptions = world.caller(OPS).get("/v1/exceptions").body["items"]
    audit = world.caller(OPS).get("/v1/inventory/audit").body
    assert audit["ok"], audit["violations"]
    assert not audit["pending"], audit
    _one_order(world)
    _money(world, sums, {one["operation_id"] for one in payments["reauthorisations"]})
    _quiet(found, payments, works, exceptions)
    timeline = world.caller(OPS).get(f"/v1/customers/{found['customer_id']}/timeline?limit=100").body["items"]
    return {
        "status": (found["status"], found["payment_status"]),
        "lines": {one["line_id"]: one["quantities"] for one in found["lines"]},
        "money": sums,
        "stock": {sku: _positions(world, sku) for sku in SKUS},
        "work": sorted((one["location_id"], one["status"], str(one["lines"])) for one in works),
        "cancels": [(one["request_id"], one["cancelled_quantity"], one["decided"]) for one in found["cancels"]],
        "returns": found["returns"],
        "exceptions": [one["kind"] for one in exceptions],
        "timeline": Counter(one["kind"] for one in timeline),
    }


def _positions(world: World, sku: str) -> dict[str, Any]:
    names = ("on_hand", "held", "allocated", "unavailable")
    positions = world.caller(OPS).get(f"/v1/inventory/{sku}").body["positions"]
    return {one["location_id"]: {name: one[name] for name in names} for one in positions}


def _one_order(world: World) -> None:
    (row,) = world.aws.rows("orders", "order")
    assert row["gsi5pk"].startswith("CHANNEL#web#")


def _money(world: World, sums: dict[str, int], anew: set[str]) -> None:
    """The order's sums are possible, and the provider says the same. `anew`: operations for money that had lapsed."""
    assert 0 <= sums["refunded"] <= sums["captured"] <= sums["authorised"], sums
    tenders = world.aws.rows("sandbox", "authorisation")
    for name in ("captured", "refunded"):
        assert sums[name] == sum(row[name] for row in tenders), (name, sums, tenders)
    asked = [row["amount"] for row in tenders if row["pk"].removeprefix("AUTH#") not in anew]
    assert sums["authorised"] == sum(asked), (sums, tenders)


def _quiet(found: dict[str, Any], payments: dict[str, Any], works: list[Any], exceptions: list[Any]) -> None:
    """The order is terminal, or somebody can act on it; nobody waits for an answer that does not come."""
    operations = [one for kind in ("authorisations", "captures", "voids", "refunds") for one in payments[kind]]
    assert all(one["status"] != "PENDING" for one in operations), operations
    assert all(one["decided"] for one in found["cancels"]), found["cancels"]
    terminal = found["status"] in {Status.FULFILLED, Status.CANCELLED, "CLOSED"}
    workable = any(one["status"] not in {"DELIVERED", "HANDED_OVER", "CANCELLED"} for one in works)
    assert terminal or workable or exceptions or found["holds"], found
