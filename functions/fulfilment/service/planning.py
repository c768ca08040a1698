"""Making a plan from the copies, and from how full those places are that it would choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.demand import Demand
from functions.fulfilment.domain.departure import Day
from functions.fulfilment.domain.departures import departures
from functions.fulfilment.domain.network import Copies
from functions.fulfilment.domain.sourcing import Sourcing, source
from functions.fulfilment.repository.copies import CopyRepository


def sourced(
    demand: Demand, repository: CopyRepository, *, at: datetime, promised: Mapping[tuple[str, str], int] | None = None
) -> tuple[Sourcing, Copies]:
    """The plan of all open units, with the copies that it was made from: without the units that are `promised`.

    Only the places that a plan chooses are asked how full they are: what is not chosen with room to spare is not chosen
    without. When a chosen one is full, it and the next best are asked for all their days, more of them each time.
    """
    copies = replace(repository.load(line.sku for line in demand.lines if line.open), promised=promised or {})
    reach = 0
    while True:
        sourcing = source(demand, copies, at=at)
        unknown = unasked(sourcing, copies, at=at, reach=reach)
        if not unknown:
            return sourcing, copies
        copies = replace(copies, taken={**copies.taken, **repository.taken(unknown)})
        reach = max(4, reach * 4)


def unasked(sourcing: Sourcing, copies: Copies, *, at: datetime, reach: int) -> set[Day]:
    """The days of the chosen places whose parcels have not been looked up; then also the days of the next `reach`."""
    chosen = {(slot.key[0], slot.departure.day) for slot in sourcing.slots if slot.departure.limit is not None}
    if chosen <= copies.taken.keys():
        return set()
    if not reach:
        return chosen
    names = {location_id for location_id, _ in chosen}
    if sourcing.routing:
        best = sorted(sourcing.routing.considered, key=lambda one: (one.alone_total, one.location_id))
        names |= {one.location_id for one in best[:reach]}
    limited = (copies.places[name] for name in names if copies.places[name].parcels_per_day is not None)
    days = {(place.location_id, one.day) for place in limited for one in departures(place, at=at)}
    return (days | chosen) - copies.taken.keys()
