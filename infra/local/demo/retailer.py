"""The small retailer of the demo: one distribution centre, five stores, a dozen items, and what lies where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CURRENCY = "GBP"
STORE_HOURS = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}


@dataclass(frozen=True)
class Location:
    """A place with its street, on the map."""

    id: str
    name: str
    kind: str
    line1: str
    city: str
    postal_code: str
    lat: float
    lng: float
    per_parcel: int
    """Handling per parcel in pence: a store's staff have other things to do, a warehouse has not."""

    def body(self) -> dict[str, Any]:
        """PUT /v1/locations/{id}."""
        store = self.kind == "store"
        return {
            "name": self.name,
            "kind": self.kind,
            "address": {
                "line1": self.line1,
                "city": self.city,
                "postal_code": self.postal_code,
                "country": "GB",
            },
            "geo": {"lat": self.lat, "lng": self.lng},
            "time_zone": "Europe/London",
            "capabilities": ["ship", "pickup", "curbside", "returns"] if store else ["ship"],
            "handling": {"per_parcel": money(self.per_parcel), "per_unit": money(10)},
            **({"opening_hours": STORE_HOURS} if store else {}),
        }


@dataclass(frozen=True)
class Item:
    """Something on sale; prices in pence."""

    sku: str
    name: str
    price: int
    weight_grams: int
    backorderable: bool = False

    def body(self) -> dict[str, Any]:
        """PUT /v1/items/{sku}."""
        return {
            "name": self.name,
            "weight_grams": self.weight_grams,
            "value": money(self.price),
            "backorderable": self.backorderable,
        }


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": CURRENCY}


LOCATIONS = (
    Location("DC1", "Midlands DC", "dc", "1 Depot Way", "Milton Keynes", "MK9 1AA", 52.04, -0.76, 45),
    Location("S1", "London", "store", "12 Neal St", "London", "WC2H 9PU", 51.51, -0.13, 90),
    Location("S2", "Manchester", "store", "3 King St", "Manchester", "M2 6AQ", 53.48, -2.24, 90),
    Location("S3", "Leeds", "store", "8 Briggate", "Leeds", "LS1 6HD", 53.80, -1.54, 90),
    Location("S4", "Glasgow", "store", "40 Buchanan St", "Glasgow", "G1 3HL", 55.86, -4.25, 90),
    Location("S5", "Bristol", "store", "5 Park St", "Bristol", "BS1 5NG", 51.45, -2.60, 90),
)

ITEMS = (
    Item("MUG", "Stoneware mug", 1200, 400),
    Item("TEAPOT", "Teapot", 3200, 1100),
    Item("LAMP", "Desk lamp", 4500, 2300),
    Item("THROW", "Wool throw", 5900, 1500),
    Item("CUSHION", "Cushion", 2400, 700),
    Item("CANDLE", "Candle", 1500, 350),
    Item("VASE", "Glass vase", 3800, 1800),
    Item("CLOCK", "Wall clock", 6500, 1300),
    Item("TRAY", "Oak tray", 2200, 900),
    Item("GAME", "Board game, last one", 3500, 1200),
    Item("HAMPER", "Hamper, sold out", 5500, 4000),
    Item("PRINT", "Art print, made to order", 2800, 600, backorderable=True),
)

STOCK: dict[str, dict[str, int]] = {
    "DC1": {"MUG": 60, "TEAPOT": 20, "THROW": 12, "CUSHION": 15, "CANDLE": 80, "VASE": 6, "TRAY": 9},
    "S1": {"MUG": 8, "TEAPOT": 2, "CUSHION": 4, "CANDLE": 10},
    "S2": {"MUG": 6, "LAMP": 3, "CUSHION": 4, "CANDLE": 10, "TRAY": 3},
    "S3": {"MUG": 6, "TEAPOT": 4, "LAMP": 2, "CANDLE": 10, "VASE": 2},
    "S4": {"MUG": 5, "THROW": 3, "CANDLE": 10, "CLOCK": 2},
    "S5": {"MUG": 10, "CUSHION": 4, "CANDLE": 10, "GAME": 1},
}

PRICES = {item.sku: item.price for item in ITEMS}


def receipt(movement_id: str, location_id: str, lines: dict[str, int]) -> dict[str, Any]:
    """POST /v1/inventory/movements."""
    return {
        "movement_id": movement_id,
        "kind": "receipt",
        "location_id": location_id,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines.items()],
    }
