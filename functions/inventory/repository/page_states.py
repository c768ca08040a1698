"""What the availability pages keep of a position, an item and a place, as states of the log and back.

{sku}     @{location_id}   [free, [second, quantity, ...]]: free units of a position, and when holds on it lapse
{sku}     item             {"category", "backorderable", "safety"}
/network  place/{id}       the place as stored
/network  beat             when the sweeper ran last: proof that the projector is alive
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.inventory.domain.availability import ItemFacts
from functions.inventory.domain.places import Item, Location
from functions.inventory.domain.stock import Stock
from functions.inventory.repository.network import load_location, location_text
from functions.inventory.repository.pages import NETWORK, Pages, Parts, State
from shared.clock import rfc3339

_ITEM = "item"
_BEAT = "beat"


def of_position(stock: Stock) -> State:
    """What is free there, and when more will be. Why the rest is not free does not matter here."""
    lapses = [number for pair in sorted(stock.lapses.items()) for number in pair]
    return State(stock.sku, f"@{stock.location_id}", stock.version, [stock.free, lapses] if lapses else [stock.free])


def of_item(item: Item) -> State:
    """What decides about promising it."""
    facts = {"category": item.category, "backorderable": item.backorderable, "safety": item.default_safety_stock}
    return State(item.sku, _ITEM, item.version, {name: value for name, value in facts.items() if value})


def of_place(location: Location) -> State:
    """The place."""
    return State(NETWORK, f"place/{location.location_id}", location.version, location_text(location))


def of_beat(version: int, at: datetime) -> State:
    """The sweeper's tick."""
    return State(NETWORK, _BEAT, version, rfc3339(at))


@dataclass(frozen=True)
class ItemPage:
    """What is known of one item: facts, and free units by place at a second."""

    facts: ItemFacts
    free: Mapping[str, int]


def item_page(sku: str, parts: Parts, now: int) -> ItemPage:
    """The item's page; holds that have lapsed by `now` (epoch seconds) count as free."""
    free, facts = {}, ItemFacts(sku)
    for part, (_, value) in parts.items():
        if part[0] == "@":
            units = value[0]
            if len(value) > 1:
                lapses = value[1]
                units += sum(lapses[index + 1] for index in range(0, len(lapses), 2) if lapses[index] <= now)
            free[part[1:]] = units
        elif part == _ITEM:
            facts = ItemFacts(sku, value.get("category", ""), value.get("backorderable", False), value.get("safety"))
    return ItemPage(facts, free)


@dataclass
class NetworkPage:
    """The places as the pages know them, decoded again only when they changed."""

    _texts: dict[str, Any] = field(default_factory=dict)
    _places: dict[str, Location] = field(default_factory=dict)
    beat: datetime | None = None

    def read(self, pages: Pages) -> dict[str, Location]:
        """The places by id, as of the last refresh."""
        parts = pages.parts([NETWORK]).get(NETWORK, {})
        texts = {part.partition("/")[2]: value for part, (_, value) in parts.items() if part.startswith("place/")}
        for location_id, text in texts.items():
            if self._texts.get(location_id) != text:
                self._places[location_id] = load_location(text)
        self._texts = texts
        self.beat = datetime.fromisoformat(parts[_BEAT][1]) if _BEAT in parts else None
        return {location_id: self._places[location_id] for location_id in texts}
