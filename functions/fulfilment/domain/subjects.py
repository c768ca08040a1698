"""What news the waiting units of an order wait for."""

from __future__ import annotations

from functions.fulfilment.domain.demand import Demand
from functions.fulfilment.domain.network import Copies

MAX_AWAITED_PLACES = 20
QUEUE = "QUEUE"
"""News that may help anybody who waits: of pools, exclusions, profiles or rates."""


def item_subject(sku: str) -> str:
    """News of an item or its stock."""
    return f"ITEM#{sku}"


def sku_of(subject: str) -> str | None:
    """Which item's news it is; None: other news."""
    kind, _, sku = subject.partition("#")
    return sku if kind == "ITEM" else None


def place_subject(location_id: str) -> str:
    """News of a place."""
    return f"PLACE#{location_id}"


def subjects(demand: Demand, copies: Copies) -> tuple[str, ...]:
    """What news the waiting units of the demand wait for."""
    found = {QUEUE} if demand.waiting else set()
    for line in demand.waiting:
        found.add(item_subject(line.sku))
        found.update(place_subject(location_id) for location_id in copies.unknown_places(line.sku))
        if line.location_id:
            found.add(place_subject(line.location_id))
        else:
            found.update(place_subject(location_id) for location_id in _paused_with(line.sku, copies))
    return tuple(sorted(found))


def _paused_with(sku: str, copies: Copies) -> list[str]:
    """The places that have the SKU and are paused, as many as an order can wait for."""
    paused = (place.location_id for place in copies.places.values() if place.paused)
    return sorted(name for name in paused if copies.available(sku, name))[:MAX_AWAITED_PLACES]


def pause_subject(location_id: str) -> str:
    """Not news that orders wait for, but whose open work a round hands on: that of a place that has paused."""
    return f"PAUSED#{location_id}"


def paused_place(subject: str) -> str | None:
    """Which place's work it is; None: another subject."""
    kind, _, location_id = subject.partition("#")
    return location_id if kind == "PAUSED" else None
