"""Units of one line at one place, and sums of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

Position = tuple[str, str]
"""(sku, location_id): the key of a stock row, and the order in which rows are locked."""


@dataclass(frozen=True, slots=True)
class Units:
    """So many units of one line of an order (or a reservation) at one place."""

    line_id: str
    sku: str
    location_id: str
    quantity: int

    @property
    def position(self) -> Position:
        return self.sku, self.location_id


def by_position(units: Iterable[Units]) -> dict[Position, int]:
    """Sums by position, in key order."""
    sums: dict[Position, int] = defaultdict(int)
    for one in units:
        sums[one.position] += one.quantity
    return dict(sorted(sums.items()))


def joined(units: Iterable[Units]) -> tuple[Units, ...]:
    """One entry per line and place, nothing of zero, in a fixed order."""
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in units:
        sums[one.line_id, one.sku, one.location_id] += one.quantity
    return tuple(Units(*key, quantity) for key, quantity in sorted(sums.items()) if quantity)


def minus(units: Iterable[Units], taken: Iterable[Units]) -> tuple[tuple[Units, ...], tuple[Units, ...]]:
    """(what is left of `units`, what of `taken` was really among them)."""
    left = {(one.line_id, one.sku, one.location_id): one for one in joined(units)}
    removed = []
    for one in joined(taken):
        key = (one.line_id, one.sku, one.location_id)
        there = left.get(key)
        if there is None:
            continue
        quantity = min(there.quantity, one.quantity)
        removed.append(replace(one, quantity=quantity))
        left[key] = replace(there, quantity=there.quantity - quantity)
    return tuple(one for one in left.values() if one.quantity), tuple(removed)
