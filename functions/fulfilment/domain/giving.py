"""Which places could give a shopper all of what they are asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.demand import Demand, Line
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.sourcing import source
from functions.fulfilment.domain.states import SHIP
from shared.geo import Geo, distance_km

Gives = Callable[[Place, str], bool]
"""Whether the place could give everything by that method."""


def gives_all(demand: Demand, wanted: Mapping[str, int], copies: Copies, *, at: datetime) -> Gives:
    """Whether a place is open, does that method, may sell all of the `wanted` units (by SKU) to the order's channel,
    has them and has not failed to give them: a quick look at thousands of places, before `could` asks for a plan."""
    tried = {sku: demand.tried_at(sku, at=at) for sku in wanted}
    terms = copies.selling.terms(demand.channel, at=at)

    def gives(sku: str, place: Place, method: str) -> bool:
        item = copies.items.get(sku)
        if method == SHIP and item and item.ships_from is not None and place.kind not in item.ships_from:
            return False
        excluded = terms.excluded(
            sku=sku,
            category=item.category if item else "",
            location_id=place.location_id,
            kind=place.kind,
            method=method,
        )
        tried_here = place.location_id in tried[sku]
        return not excluded and not tried_here and copies.available(sku, place.location_id) >= wanted[sku]

    def all_of_it(place: Place, method: str) -> bool:
        return (
            place.can(method)
            and place.open_at(at)
            and terms.sells_from(place.location_id)
            and all(gives(sku, place, method) for sku in wanted)
        )

    return all_of_it


def could(
    demand: Demand, units: Mapping[str, int], copies: Copies, *, method: str, location_id: str | None, at: datetime
) -> bool:
    """Whether a plan would find a place for all these units (by line) if they were to go that way now."""

    def open_again(line: Line) -> Line:
        wanted = units.get(line.line_id, 0)
        if not wanted:
            return replace(line, placed=line.placed + line.open)
        elsewhere = replace(line, method=method, location_id=location_id, placed=line.quantity - wanted)
        return replace(elsewhere, waiting=0, offered=0, asked=0, out_of_stock=0, cancelled=0)

    tried = replace(demand, lines=tuple(map(open_again, demand.lines)), pins=(), plan=None, told=(), given_up=())
    return not source(tried, copies, at=at).missing


def nearest(here: Geo | None, places: Sequence[Place]) -> list[Place]:
    """The places by their distance, then by id."""

    def distance(place: Place) -> tuple[float, str]:
        far = distance_km(here, place.geo) if here and place.geo else float("inf")
        return far, place.location_id

    return sorted(places, key=distance)
