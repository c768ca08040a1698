"""What becomes of units that have no place, and what could help them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.fulfilment.domain.deciding import outcome, patience
from functions.fulfilment.domain.demand import TO_STORE, Demand, Line, Missing, Outcome
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.profiles import Chosen, Unroutable
from functions.fulfilment.domain.routing.plan import Reason, RoutingPlan
from functions.fulfilment.domain.states import SHIP
from functions.fulfilment.domain.taking import Pool

NO_ROOM_NOW = frozenset({Reason.PAUSED, Reason.CAPACITY_FULL})


@dataclass(frozen=True)
class Collection:
    """What became of a line that is collected at its place."""

    line_id: str
    location_id: str
    quantity: int
    placed: int
    reason: Reason | None = None


def lacking(line: Line, units: int, demand: Demand, copies: Copies, profile: Chosen, *, ask: bool = True) -> Missing:
    """What becomes of units that no place has. `ask`: unless inventory knows better."""
    item = copies.items[line.sku]
    location_id = line.location_id if line.method not in (SHIP, TO_STORE) else None
    unknown = copies.unknown_places(line.sku)
    if location_id in unknown or (location_id is None and unknown):
        what, ask = Outcome.UNROUTABLE, False  # there is stock, at a place whose description is still on its way
    else:
        what = outcome(item, profile, paid_by_channel=demand.paid_by_channel, shipped=line.method == SHIP)
    if what is Outcome.OFFERED and line.patient:
        what = patience(item)
    return Missing(line.line_id, line.sku, units, what, location_id, ask)


def held_back(line: Line, units: int, demand: Demand, copies: Copies, profile: Chosen) -> Missing:
    """What becomes of units that have no place because of the profile's limits alone: they wait, unless it cancels."""
    what = outcome(copies.items[line.sku], profile, paid_by_channel=demand.paid_by_channel)
    if what in (Outcome.OUT_OF_STOCK, Outcome.OFFERED) and profile.terms.unroutable is not Unroutable.CANCEL:
        what = Outcome.QUEUED
    return Missing(line.line_id, line.sku, units, what, ask=False)


def not_collected(line: Line, collection: Collection, demand: Demand, copies: Copies, profile: Chosen) -> Missing:
    """What becomes of units that the place of collection does not give."""
    units = line.open - collection.placed
    if collection.reason is Reason.PAUSED:  # the place opens again: wait for it, whatever the item says
        return Missing(line.line_id, line.sku, units, Outcome.UNROUTABLE, collection.location_id, ask=False)
    return lacking(line, units, demand, copies, profile, ask=collection.reason is Reason.NO_STOCK)


class Waits:
    """Units without a place, of which some are at places that only have no room for them now."""

    def __init__(self, routing: RoutingPlan, pool: Pool, copies: Copies, profile: Chosen, *, at: datetime) -> None:
        self._copies, self._pool, self._profile, self._at = copies, pool, profile, at
        self._closed = [copies.places[one.location_id] for one in routing.excluded if one.reason in NO_ROOM_NOW]
        self.retry_at: datetime | None = None

    def missing(self, line: Line, units: int, demand: Demand) -> Missing:
        """What becomes of units of a line that no place gives: they wait where one has them and opens again."""
        closed = [
            place
            for place in self._closed
            if self._pool.refusal(line.sku, place) is None and self._pool.units(line.sku, place.location_id) > 0
        ]
        if not closed:
            return lacking(line, units, demand, self._copies, self._profile)
        moments = [self._opens(place) for place in closed]
        self.retry_at = min([one for one in (*moments, self.retry_at) if one], default=None)
        return Missing(line.line_id, line.sku, units, Outcome.UNROUTABLE, ask=False)

    def _opens(self, place: Place) -> datetime | None:
        """When the place may have room: at the end of its pause, else on its next day."""
        if not place.open_at(self._at):
            return place.paused_until
        return place.calendar.moment(place.calendar.local_date(self._at), "24:00")
