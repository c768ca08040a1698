"""What the data say, as the API takes it."""

from __future__ import annotations

from typing import Any

from infra.local.replay.baskets import Basket, Place, Sku

CURRENCY = "GBP"
NOT_GIVEN = "(not in the data)"
WEIGHT_GRAMS = 250
"""The data name no weights; a gift of a quarter of a kilogram."""

CAPABILITIES = {"dc": ["ship"], "store": ["ship", "pickup", "curbside", "returns"]}


def location(place: Place) -> dict[str, Any]:
    """PUT /v1/locations/{id}."""
    return {
        "name": place.name,
        "kind": place.kind,
        "address": {"line1": NOT_GIVEN, "city": place.name, "country": "GB"},
        "geo": {"lat": place.lat, "lng": place.lng},
        "time_zone": "Europe/London",
        "capabilities": CAPABILITIES.get(place.kind, ["ship"]),
    }


def item_row(sku: Sku) -> dict[str, Any]:
    """A row of an import of items."""
    return {
        "sku": sku.id,
        "name": sku.name.strip()[:200] or sku.id,
        "weight_grams": WEIGHT_GRAMS,
        "value": money(sku.price_minor),
    }


def stock_row(sku: str, location_id: str, quantity: int) -> dict[str, Any]:
    """A row of an import of stock."""
    return {"sku": sku, "location_id": location_id, "quantity": quantity, "reason": "opening stock"}


def order(basket: Basket, channel: str) -> dict[str, Any]:
    """POST /v1/orders. A repeat customer is known by the number that the data give, as a loyalty number."""
    customer = {"loyalty_number": basket.customer.removesuffix(".0")} if basket.customer else {}
    return {
        "channel": channel,
        "channel_order_id": basket.id,
        "placed_at": basket.at if basket.at.endswith("Z") else f"{basket.at}Z",
        "currency": CURRENCY,
        "tax_included": True,
        "customer": customer,
        "lines": [
            {
                "line_id": str(number),
                "sku": line.sku,
                "quantity": line.quantity,
                "unit_price": money(line.price_minor),
                "fulfilment": {"method": "ship"},
            }
            for number, line in enumerate(basket.lines, 1)
        ],
        "shipping": {
            "service": "standard",
            "charge": money(0),
            "address": {
                "line1": NOT_GIVEN,
                "city": NOT_GIVEN,
                "postal_code": basket.district,
                "country": "GB",
                "geo": {"lat": basket.lat, "lng": basket.lng},
            },
        },
        "payment": {"provider": "sandbox", "token": "tok_ok", "amount": money(basket.total_minor)},
    }


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": CURRENCY}
