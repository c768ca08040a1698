"""What the availability pages keep of a position, an item and a place, as states of the log and back.

{sku}     @{location_id}   [free, [second, quantity, ...]]: free units of a position, and when holds on it lapse
{sku}     item             {"category", "backorderable", "safety"}
{sku}     +{location_id}/{document}  [quantity, when]: units that a place may expect of a purchase order or a transfer
/network  place/{id}       the place as stored
/network  beat             when the sweeper ran last: proof that the projector is alive
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.inventory.domain.availability import Waiting
from functions.inventory.domain.places import Item, Location
from functions.inventory.domain.selling import ItemFacts, Rules
from functions.inventory.domain.stock import Stock
from functions.inventory.domain.supply import Inbound
from functions.inventory.domain.units import place_of
from functions.inventory.repository.network import load_location, location_text
from functions.inventory.repository.pages import NETWORK, Pages, Parts, State
from functions.inventory.repository.selling import plain_text, rules_of
from shared.clock import rfc3339
from shared.dynamo.marshal import Item as Row

_ITEM = "item"
_BEAT = "beat"
_INBOUND = "+"
_PLACE = "place/"
_WAIT = "wait/"


def of_position(stock: Stock) -> State:
    """What is free there, and when more will be. Why the rest is not free does not matter here."""
    lapses = [number for pair in sorted(stock.lapses.items()) for number in pair]
    return State(stock.sku, f"@{stock.location_id}", stock.version, [stock.free, lapses] if lapses else [stock.free])


def of_item(item: Item) -> State:
    """What decides about promising it."""
    facts = {
        "category": item.category or None,
        "backorderable": item.backorderable or None,
        "safety": item.default_safety_stock,  # 0 says something: that the places' defaults do not count
    }
    return State(item.sku, _ITEM, item.version, {name: value for name, value in facts.items() if value is not None})


def of_expectations(before: Iterable[Inbound], after: Iterable[Inbound], version: int) -> list[State]:
    """What changed of what places may expect of a document, by its change to `version`."""
    old, new = ({(one.sku, _part(one)): one for one in side} for side in (before, after))
    changed = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    return [State(*key, version, _expected(new.get(key))) for key in changed]


def _part(inbound: Inbound) -> str:
    return f"{_INBOUND}{inbound.location_id}/{inbound.document}"


def _expected(inbound: Inbound | None) -> list[Any] | None:
    if inbound is None:
        return None
    return [inbound.quantity, rfc3339(inbound.due)] if inbound.due else [inbound.quantity]


def of_place(location: Location) -> State:
    """The place."""
    return State(NETWORK, _PLACE + location.location_id, location.version, location_text(location))


def of_selling(row: Row) -> State:
    """A pool or rule, None once it is deleted."""
    return State(NETWORK, row["sk"], row["version"], plain_text(row))


def of_awaited(order_id: str, version: int, new: Mapping[str, Any], old: Mapping[str, Any]) -> list[State]:
    """What the order waits for of each item, None where it waited for the item before."""
    return [State(sku, _WAIT + order_id, version, new.get(sku)) for sku in sorted({*new, *old})]


def of_beat(version: int, at: datetime) -> State:
    """The sweeper's tick."""
    return State(NETWORK, _BEAT, version, rfc3339(at))


@dataclass(frozen=True)
class ItemPage:
    """What is known of one item: facts, and free units by place at a second."""

    facts: ItemFacts
    free: Mapping[str, int]
    waiting: tuple[Waiting, ...] = ()
    inbound: tuple[Inbound, ...] = ()


def item_page(sku: str, parts: Parts, now: int) -> ItemPage:
    """The item's page; holds that have lapsed by `now` (epoch seconds) count as free."""
    free: dict[str, int] = {}
    facts, waiting, inbound = ItemFacts(sku), [], []
    for part, (_, value) in parts.items():
        if part[0] == "@":
            units = value[0]
            if len(value) > 1:
                lapses = value[1]
                units += sum(lapses[index + 1] for index in range(0, len(lapses), 2) if lapses[index] <= now)
            place = place_of(part[1:])  # of a hot position: its head and its cells
            free[place] = free.get(place, 0) + units
        elif part[0] == _INBOUND:
            location_id, _, document = part[1:].partition("/")
            due = datetime.fromisoformat(value[1]) if len(value) > 1 else None
            inbound.append(Inbound(sku, location_id, document, value[0], due))
        elif part == _ITEM:
            facts = ItemFacts(sku, value.get("category", ""), value.get("backorderable", False), value.get("safety"))
        elif part.startswith(_WAIT):
            waiting += [Waiting(*one) for one in value]
    return ItemPage(facts, free, tuple(waiting), tuple(inbound))


@dataclass
class NetworkPage:
    """What concerns all items, as the pages know it; decoded again only when it changed."""

    places: Mapping[str, Location] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    beat: datetime | None = None
    _parts: Parts = field(default_factory=dict)

    def read(self, pages: Pages) -> None:
        """Take over what changed, as of the last refresh."""
        parts = pages.parts([NETWORK]).get(NETWORK, {})
        if parts == self._parts:
            return
        if _but_beat(parts) != _but_beat(self._parts):
            texts = {part: value for part, (_, value) in parts.items() if part != _BEAT}
            self.rules = rules_of(texts)
            self.places = {
                part.partition("/")[2]: load_location(text) for part, text in texts.items() if part.startswith(_PLACE)
            }
        self.beat = datetime.fromisoformat(parts[_BEAT][1]) if _BEAT in parts else None
        self._parts = parts


def _but_beat(parts: Parts) -> Parts:
    return {part: state for part, state in parts.items() if part != _BEAT}
