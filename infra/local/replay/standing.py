"""Where an order stands: done, somebody's to act on, or still moving by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

OVER = frozenset({"FULFILLED", "CLOSED", "CANCELLED"})
PLACED_SOMEWHERE = ("allocated", "picked", "packed", "shipped", "ready", "fulfilled")


class Standing(StrEnum):
    """The answer to: what is this order waiting for?"""

    OVER = "over"
    ON_ITS_WAY = "on its way"
    AT_A_LOCATION = "work for a location"
    WAITS_FOR_STOCK = "waits for stock"
    NEEDS_A_PERSON = "needs a person"
    MOVING = "still moving"


def units(order: dict[str, Any]) -> Counter[str]:
    """The order's units by where they stand."""
    total: Counter[str] = Counter()
    for line in order["lines"]:
        total.update(line["quantities"])
    return total


def standing(order: dict[str, Any]) -> Standing:
    """Where the order stands. MOVING is what must not last: nobody could do anything about it."""
    if order["status"] in OVER:
        return Standing.OVER
    if order["holds"]:
        return Standing.NEEDS_A_PERSON
    flagged = all(line["flags"] for line in order["lines"] if line["quantities"]["unsourced"])
    where = units(order)
    if where["unsourced"]:
        return Standing.NEEDS_A_PERSON if flagged else Standing.MOVING
    if any(where[name] for name in ("allocated", "picked", "packed", "ready")):
        return Standing.AT_A_LOCATION
    return Standing.WAITS_FOR_STOCK if where["backordered"] else Standing.ON_ITS_WAY


@dataclass
class Tally:
    """Counts over orders."""

    orders: int = 0
    sourced: int = 0
    shipped: int = 0
    parcels: int = 0
    with_parcels: int = 0
    units: int = 0
    unfilled: int = 0

    def add(self, order: dict[str, Any]) -> None:
        where = units(order)
        placed = sum(where[name] for name in PLACED_SOMEWHERE)
        gone = where["shipped"] + where["fulfilled"]
        parcels = len(order["shipments"])
        self.orders += 1
        self.units += where["ordered"]
        self.unfilled += where["ordered"] - placed
        self.sourced += placed == where["ordered"]
        self.shipped += bool(gone) and gone == placed
        self.parcels += parcels
        self.with_parcels += bool(parcels)

    @property
    def parcels_per_order(self) -> float:
        """Over the orders that anything was sent of."""
        return self.parcels / self.with_parcels if self.with_parcels else 0.0
