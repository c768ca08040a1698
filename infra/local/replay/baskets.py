"""The file format of replays: locations, items, opening stock, then orders in time order, one JSON object per line."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

WAVE_ORDERS = 25
"""Items are loaded in waves: those first needed by the 1st 25 orders, by the 2nd, ... So a longer replay loads the same
waves as a shorter one, and more: what was loaded once need not be loaded again."""


class Unreadable(ValueError):
    """The file is not in the format; the message says where."""


@dataclass(frozen=True)
class Place:
    """A location."""

    id: str
    kind: str
    name: str
    lat: float
    lng: float


@dataclass(frozen=True)
class Sku:
    """An item with its list price."""

    id: str
    name: str
    price_minor: int


@dataclass(frozen=True)
class BasketLine:
    """So many units at a price each."""

    sku: str
    quantity: int
    price_minor: int


@dataclass(frozen=True)
class Basket:
    """One order as it once came in."""

    id: str
    at: str
    customer: str | None
    district: str
    lat: float
    lng: float
    lines: tuple[BasketLine, ...]

    @property
    def total_minor(self) -> int:
        return sum(line.quantity * line.price_minor for line in self.lines)


@dataclass
class Wave:
    """The items that some orders need for the first time, and their opening stock by location."""

    skus: list[Sku] = field(default_factory=list)
    stock: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Opening:
    """All that has to be there before the orders."""

    places: tuple[Place, ...]
    waves: tuple[Wave, ...]


def minor(price: Any) -> int:
    """Pounds with decimals as pence, exactly. Raises Unreadable for fractions of a penny."""
    pence = Decimal(str(price)) * 100
    if pence != pence.to_integral_value() or pence < 0:
        raise Unreadable(f"{price} is not an amount in whole pence")
    return int(pence)


def rounded(price: Any) -> int:
    """A list price as pence: the data's is a mean over sales, so it may have fractions of a penny."""
    return int((Decimal(str(price)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def baskets(path: Path, limit: int) -> Iterator[Basket]:
    """The first `limit` orders. Raises Unreadable."""
    orders = (_basket(row) for row in _rows(path) if row["t"] == "order")
    return itertools.islice(orders, limit)


def opening(path: Path, limit: int) -> Opening:
    """What the first `limit` orders need, in waves. Raises Unreadable."""
    whole_waves = -(-limit // WAVE_ORDERS) * WAVE_ORDERS
    needed_in = _first_needs(path, whole_waves)
    waves = tuple(Wave() for _ in range(max(needed_in.values(), default=-1) + 1))
    places = []
    for row in _rows(path):
        if row["t"] == "location":
            places.append(Place(row["id"], row["kind"], row["name"], float(row["lat"]), float(row["lng"])))
        elif row["t"] == "sku" and row["id"] in needed_in:
            waves[needed_in[row["id"]]].skus.append(Sku(row["id"], row["name"], rounded(row["price"])))
        elif row["t"] == "stock" and row["sku"] in needed_in:
            wave = waves[needed_in[row["sku"]]]
            wave.stock.setdefault(row["location"], []).append((row["sku"], int(row["qty"])))
        elif row["t"] == "order":
            break
    return Opening(tuple(places), waves)


def _first_needs(path: Path, limit: int) -> dict[str, int]:
    """The wave in which each item is needed first."""
    needed_in: dict[str, int] = {}
    for number, basket in enumerate(baskets(path, limit)):
        for line in basket.lines:
            needed_in.setdefault(line.sku, number // WAVE_ORDERS)
    return needed_in


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                row = json.loads(text, parse_float=Decimal)
                row["t"]
            except (ValueError, KeyError, TypeError) as error:
                raise Unreadable(f"{path.name}, line {number}: {error!r}") from error
            yield row


def _basket(row: dict[str, Any]) -> Basket:
    try:
        return Basket(
            id=row["id"],
            at=row["at"],
            customer=row["customer"],
            district=row["ship_to"]["postcode"],
            lat=float(row["ship_to"]["lat"]),
            lng=float(row["ship_to"]["lng"]),
            lines=tuple(BasketLine(line["sku"], int(line["qty"]), minor(line["price"])) for line in row["lines"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"order {row.get('id')}: {error!r}") from error
