"""Units of one line at one place, and sums of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace


def place_of(location_id: str) -> str:
    """The place of a row: of a cell `DC1#3` (see `domain.shards`) it is DC1."""
    return location_id.partition("#")[0]


def part_of(location_id: str) -> int:
    """The number of a cell; 0 for a place."""
    return int(location_id.partition("#")[2] or 0)


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


def at_places(units: Iterable[Units]) -> tuple[Units, ...]:
    """The same units as others know them: by place, whatever cell they are in."""
    return joined(replace(one, location_id=place_of(one.location_id)) for one in units)


def minus(units: Iterable[Units], taken: Iterable[Units]) -> tuple[tuple[Units, ...], tuple[Units, ...]]:
    """(what is left of `units`, what of `taken` was really among them). What is taken from a place is taken from
    whatever cell there has it; what is taken from a cell, from there or the place."""
    left = {(one.line_id, one.sku, one.location_id): one for one in joined(units)}
    removed = []
    for one in joined(taken):
        missing = one.quantity
        for key, there in left.items():
            if key[:2] != (one.line_id, one.sku) or not _same_place(one.location_id, there.location_id):
                continue
            if quantity := min(there.quantity, missing):
                removed.append(replace(there, quantity=quantity))
                left[key] = replace(there, quantity=there.quantity - quantity)
                missing -= quantity
    return tuple(one for one in left.values() if one.quantity), tuple(removed)


def _same_place(wanted: str, there: str) -> bool:
    return wanted == there or (place_of(wanted) == place_of(there) and ("#" not in wanted or "#" not in there))
