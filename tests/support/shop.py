"""The words that tests use to talk to a small retailer: places, goods, orders. Works against any gateway."""

from __future__ import annotations

from typing import Any, Protocol

PLACES = {
    "DC1": ("dc", 52.48, -1.90),
    "S1": ("store", 53.80, -1.55),
    "S2": ("store", 51.51, -0.13),
}


class Client(Protocol):
    """A gateway in this process or a deployed one."""

    def get(self, path: str) -> Any: ...
    def post(self, path: str, body: Any = None) -> Any: ...
    def put(self, path: str, body: Any) -> Any: ...


def money(amount: int, currency: str = "GBP") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def location(kind: str, lat: float, lng: float, **fields: Any) -> dict[str, Any]:
    """A PUT body of a place that can do everything."""
    return {
        "name": f"{kind} {lat}",
        "kind": kind,
        "address": {"line1": "1 High St", "city": "Town", "region": "", "postal_code": "LS1 1AA", "country": "GB"},
        "geo": {"lat": lat, "lng": lng},
        "time_zone": "Europe/London",
        "capabilities": ["ship", "pickup", "curbside", "returns"],
    } | fields


def open_shop(ops: Client, *, stock: dict[str, dict[str, int]], items: dict[str, dict[str, Any]] | None = None) -> None:
    """Make the places of `stock` ({location: {sku: quantity}}), its items, and put the goods on the shelves."""
    for place in stock:
        kind, lat, lng = PLACES[place]
        _ok(ops.put(f"/v1/locations/{place}", location(kind, lat, lng)))
    for sku in sorted({sku for shelf in stock.values() for sku in shelf} | set(items or {})):
        body = {"name": f"Item {sku}", "weight_grams": 300} | (items or {}).get(sku, {})
        _ok(ops.put(f"/v1/items/{sku}", body))
    for place, shelf in stock.items():
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in shelf.items() if quantity]
        if lines:
            receive(ops, f"open-{place}", place, lines)


def receive(ops: Client, movement_id: str, place: str, lines: list[dict[str, Any]]) -> None:
    """Goods arrive."""
    body = {"movement_id": movement_id, "kind": "receipt", "location_id": place, "lines": lines}
    _ok(ops.post("/v1/inventory/movements", body))


def line(line_id: str, sku: str, quantity: int = 1, price: int = 1000, **fields: Any) -> dict[str, Any]:
    """One order line; shipped unless `fulfilment` says otherwise."""
    return {
        "line_id": line_id,
        "sku": sku,
        "quantity": quantity,
        "unit_price": money(price),
        "fulfilment": {"method": "ship"},
    } | fields


def order(number: str, lines: list[dict[str, Any]], *, channel: str = "web", **fields: Any) -> dict[str, Any]:
    """A POST body whose payment is right: all taxes included, shipping 3.99 when something is shipped."""
    ships = any(one["fulfilment"]["method"] == "ship" for one in lines)
    total = sum(
        one["unit_price"]["amount"] * one["quantity"] - one.get("discount", money(0))["amount"] for one in lines
    )
    body: dict[str, Any] = {
        "channel": channel,
        "channel_order_id": number,
        "placed_at": "2026-11-21T10:00:00Z",
        "currency": "GBP",
        "tax_included": True,
        "customer": {"email": f"{number.lower()}@example.com", "name": "Ann Lee"},
        "lines": lines,
        "payment": {"provider": "sandbox", "token": "tok_ok", "amount": money(total + (399 if ships else 0))},
    }
    if ships:
        body["shipping"] = {
            "service": "standard",
            "charge": money(399),
            "address": {
                "name": "Ann Lee",
                "line1": "1 High St",
                "city": "York",
                "postal_code": "YO1 7HH",
                "country": "GB",
                "geo": {"lat": 53.96, "lng": -1.08},
            },
        }
    return body | fields


def _ok(answer: Any) -> Any:
    assert answer.status < 300, (answer.status, answer.body)
    return answer.body
