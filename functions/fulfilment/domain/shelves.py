"""Where goods lie at a place, and the way past them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from functions.fulfilment.domain.states import UNTOUCHED, Status
from functions.fulfilment.domain.work import FulfilmentOrder

_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class ShelfLine:
    """Units of one line of work at one shelf position (`bin`, empty where nobody has said). `to_pick` are not in hand
    yet, `short` will not be."""

    bin: str
    sku: str
    fulfilment_order_id: str
    line_id: str
    to_pick: int
    picked: int
    short: int


def walked(orders: Iterable[FulfilmentOrder], bins: Mapping[str, str]) -> list[ShelfLine]:
    """Every line of the work in the order of the shelves (`bins` by SKU): A2 before A10, what has none last by SKU."""
    lines = [
        _line(order, line.line_id, line.sku, bins.get(line.sku, ""), line.quantity, line.short)
        for order in orders
        for line in order.lines
        if line.quantity or line.short
    ]
    return sorted(lines, key=lambda one: (not one.bin, _natural(one.bin), one.sku, one.fulfilment_order_id))


def _line(order: FulfilmentOrder, line_id: str, sku: str, shelf: str, units: int, short: int) -> ShelfLine:
    in_hand = order.stage not in UNTOUCHED | {Status.PICKING}
    to_pick, picked = (0, units) if in_hand else (units, 0)
    return ShelfLine(shelf, sku, order.fulfilment_order_id, line_id, to_pick, picked, short)


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Numbers within names compare as numbers."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _NUMBER.split(text) if part]
