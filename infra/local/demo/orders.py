"""Orders as the demo's channels send them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.local.demo.retailer import CURRENCY, PRICES, money

SHIPPING_CHARGE = 399


@dataclass(frozen=True)
class Home:
    """Where a shopper lives."""

    name: str
    line1: str
    city: str
    postal_code: str
    lat: float
    lng: float

    def address(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "line1": self.line1,
            "city": self.city,
            "postal_code": self.postal_code,
            "country": "GB",
            "geo": {"lat": self.lat, "lng": self.lng},
        }


ANN = Home("Ann Lee", "1 High St", "Leeds", "LS2 7EW", 53.80, -1.55)
BEN = Home("Ben Okafor", "22 Long Acre", "London", "WC2E 9LH", 51.51, -0.12)
CARA = Home("Cara Smith", "9 Bath Rd", "Bristol", "BS4 3EH", 51.44, -2.57)
DEV = Home("Dev Patel", "4 Oxford Rd", "Manchester", "M1 5QA", 53.47, -2.24)

ANN_EMAIL, ANN_PHONE, ANN_CARD = "ann.lee@example.com", "+447700900001", "L-1042"


def order(
    channel: str,
    number: str,
    lines: dict[str, int],
    *,
    method: str = "ship",
    at: str | None = None,
    home: Home | None = None,
    customer: dict[str, Any] | None = None,
    card: str = "tok_ok",
    paid_by_channel: bool = False,
    reservation_id: str | None = None,
) -> dict[str, Any]:
    """POST /v1/orders: `lines` are units by SKU, `at` the place of collection, `home` where a parcel goes."""
    shipping = SHIPPING_CHARGE if home else 0
    total = sum(PRICES[sku] * quantity for sku, quantity in lines.items()) + shipping
    tender = {"provider": "external", "reference": f"paid-{number}"} if paid_by_channel else _sandbox(card)
    return {
        "channel": channel,
        "channel_order_id": number,
        "currency": CURRENCY,
        "tax_included": True,
        "customer": customer or {},
        "lines": [
            {
                "line_id": str(index),
                "sku": sku,
                "quantity": quantity,
                "unit_price": money(PRICES[sku]),
                "fulfilment": {"method": method, **({"location_id": at} if at else {})},
            }
            for index, (sku, quantity) in enumerate(lines.items(), 1)
        ],
        **({"shipping": {"charge": money(shipping), "address": home.address()}} if home else {}),
        "payment": {**tender, "amount": money(total)},
        **({"reservation_id": reservation_id} if reservation_id else {}),
    }


def _sandbox(card: str) -> dict[str, str]:
    return {"provider": "sandbox", "token": card}
