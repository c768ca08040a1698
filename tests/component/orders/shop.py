"""What a channel sends, and the payment worker at work: shared by the tests of orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from shared.events import fulfilment, inventory
from shared.events.fulfilment import FulfilmentOrderOpened, LineProgress, OrderRouted, UnfilledLine
from shared.events.orders import LineQuantity, PaymentRequested
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway, channel, ops

WEB = Gateway(channel("web"))
OPS = Gateway(ops())
ADDRESS = {
    "name": "Ann Lee",
    "line1": "1 High St",
    "city": "Leeds",
    "postal_code": "LS1 1AA",
    "country": "GB",
    "geo": {"lat": 53.8008, "lng": -1.5491},
}

Events = list[tuple[str, dict[str, Any]]]


def gbp(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "GBP"}


def line(line_id: str = "1", quantity: int = 2, price: int = 1200, **members: Any) -> dict[str, Any]:
    """A line of MUGs that ship, unless `members` say otherwise."""
    base = {"line_id": line_id, "sku": "MUG", "quantity": quantity, "unit_price": gbp(price)}
    return base | {"fulfilment": {"method": "ship"}} | members


def collected(line_id: str = "2", quantity: int = 1, method: str = "pickup", **members: Any) -> dict[str, Any]:
    """A line of LAMPs for store S1."""
    fulfilment_ = {"method": method, "location_id": "S1"}
    return line(line_id, quantity, 4500, sku="LAMP", fulfilment=fulfilment_, **members)


def order(number: str = "W-1", *lines: dict[str, Any], pays: str | None = "ok", **members: Any) -> dict[str, Any]:
    """An order over `lines` (two MUGs when none is given), shipping 3.99, paid by the token `tok_{pays}`."""
    given = list(lines) or [line()]
    goods = sum(one["quantity"] * one["unit_price"]["amount"] - one.get("discount", gbp(0))["amount"] for one in given)
    body: dict[str, Any] = {
        "channel": "web",
        "channel_order_id": number,
        "placed_at": "2026-11-21T10:00:00Z",
        "currency": "GBP",
        "tax_included": True,
        "customer": {"email": "ann@example.com", "phone": "+447700900001", "name": "Ann Lee"},
        "lines": given,
        "shipping": {"service": "standard", "charge": gbp(399), "address": ADDRESS},
    }
    if pays is not None:
        body["payment"] = {"provider": "sandbox", "token": f"tok_{pays}", "amount": gbp(goods + 399)}
    return body | members


def place(body: Mapping[str, Any] | None = None, *, by: Gateway = WEB) -> dict[str, Any]:
    """The order, placed."""
    answer = by.post("/v1/orders", dict(body) if body is not None else order())
    assert answer.status == 201, answer.body
    return dict(answer.body)


def read(order_id: str, *, by: Gateway = OPS) -> dict[str, Any]:
    answer = by.get(f"/v1/orders/{order_id}")
    assert answer.status == 200, answer.body
    return dict(answer.body)


def money(order_id: str) -> dict[str, Any]:
    """The payments of an order, amounts as plain integers."""
    body = dict(OPS.get(f"/v1/orders/{order_id}/payments").body)
    return {key: value["amount"] if isinstance(value, dict) else value for key, value in body.items()}


def quantities(order_id: str, line_id: str = "1") -> dict[str, int]:
    """The quantities of a line that are not zero."""
    (found,) = (one for one in read(order_id)["lines"] if one["line_id"] == line_id)
    return {name: count for name, count in found["quantities"].items() if count}


def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker asks again at once."""
    monkeypatch.setattr("functions.orders.providers.asking.FIRST_PAUSE_SECONDS", 0)


def told(bus: Bus, *events: Any, at: datetime | None = None) -> None:
    """News of stock, places and items, which orders copies."""
    for event in events:
        assert bus.deliver("orders", event, module="copier", at=at) == []


def item(sku: str = "MUG", version: int = 1, **members: Any) -> inventory.ItemChanged:
    return inventory.ItemChanged(sku=sku, name=sku, weight_grams=300, version=version, **members)


def location(location_id: str, version: int = 1, **members: Any) -> inventory.LocationChanged:
    """A place that can do everything, near Leeds."""
    base: dict[str, Any] = {"kind": "store", "country": "GB", "capabilities": ("ship", "pickup", "curbside", "returns")}
    there = {"geo": inventory.GeoPoint(lat=53.8, lng=-1.55), "time_zone": "Europe/London", "name": location_id}
    return inventory.LocationChanged(location_id=location_id, version=version, **base | there | members)


def on_shelf(location_id: str, on_hand: int, sku: str = "MUG", version: int = 1, **counts: int) -> Any:
    """So many units at a place, by inventory's word."""
    state = inventory.PositionState(sku=sku, location_id=location_id, on_hand=on_hand, version=version, **counts)
    return inventory.StockChanged(positions=(state,))


def settled(bus: Bus) -> Events:
    """Relay what orders wrote and let the payment worker answer, until nobody asks any more; all events on the way."""
    seen: Events = []
    while fresh := bus.published("orders"):
        seen += fresh
        for kind, data in fresh:
            if kind == PaymentRequested.detail_type:
                bus.deliver("orders", PaymentRequested(**data), module="payments")
    return seen


def of(events: Events, kind: str) -> list[dict[str, Any]]:
    """The events of one kind, without the version."""
    return [data for name, data in events if name == f"{kind}.v1"]


def routed(
    order_id: str, *opened: FulfilmentOrderOpened, plan: int = 1, unfilled: tuple[UnfilledLine, ...] = ()
) -> OrderRouted:
    return OrderRouted(order_id=order_id, plan_version=plan, fulfilment_orders=opened, unfilled=unfilled)


def opened(
    order_id: str, number: int = 1, location: str = "DC", method: str = "ship", **units: int
) -> FulfilmentOrderOpened:
    """A fulfilment order of `units` by line: `opened("O-1", l1=2)` has two units of line 1."""
    return FulfilmentOrderOpened(
        fulfilment_order_id=f"{order_id}.{number}",
        location_id=location,
        method=method,
        lines=tuple(LineQuantity(line_id=key[1:], quantity=count) for key, count in units.items()),
    )


def step(
    kind: str,
    order_id: str,
    status: str,
    version: int,
    *lines: LineProgress,
    number: int = 1,
    method: str = "ship",
    **members: Any,
) -> Any:
    """An event of a fulfilment order's step."""
    return getattr(fulfilment, kind)(
        order_id=order_id,
        fulfilment_order_id=f"{order_id}.{number}",
        location_id="DC" if method == "ship" else "S1",
        method=method,
        status=status,
        lines=lines,
        version=version,
        **members,
    )


def progress(line_id: str = "1", sku: str = "MUG", **units: int) -> LineProgress:
    return LineProgress(line_id=line_id, sku=sku, **units)


def refused(answer: Answer, status: int, code: str, pointer: str | None = None) -> None:
    """The answer is problem+json with this status and code, and points at the field."""
    assert (answer.status, answer.body.get("code")) == (status, code), answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    if pointer is not None:
        assert pointer in [one["pointer"] for one in answer.body["errors"]], answer.body
