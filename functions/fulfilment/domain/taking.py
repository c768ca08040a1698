"""What one plan may still take: units at each place, and parcels on each of its days."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.choices import Leg
from functions.fulfilment.domain.demand import Demand, Slot, WorkKey
from functions.fulfilment.domain.departures import later_departure
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.routing.plan import Reason


class Pool:
    """Units that this demand may still take; its own pinned units count as available to it."""

    def __init__(self, demand: Demand, copies: Copies, *, at: datetime) -> None:
        self._copies = copies
        self._tried = {line.sku: demand.tried_at(line.sku, at=at) for line in demand.lines} if demand.tried else {}
        self._own: Counter[tuple[str, str]] = Counter()
        for pin in demand.pins:
            self._own[pin.sku, pin.location_id] += pin.quantity
        self._taken: Counter[tuple[str, str]] = Counter()

    def tried(self, sku: str, location_id: str) -> bool:
        """Whether the place has failed to give the SKU lately."""
        return location_id in self._tried.get(sku, ())

    def units(self, sku: str, location_id: str) -> int:
        """How many of them the place may still give."""
        key = (sku, location_id)
        return self._copies.available(sku, location_id) + self._own[key] - self._taken[key]

    def refusal(self, sku: str, place: Place) -> Reason | None:
        """Why the place may not give the SKU to this demand."""
        return Reason.ALREADY_TRIED if self.tried(sku, place.location_id) else None

    def take(self, sku: str, location_id: str, wanted: int) -> int:
        """Take as many as wanted, or as there are; answers how many."""
        if self.tried(sku, location_id):
            return 0
        taken = max(0, min(wanted, self.units(sku, location_id)))
        self._taken[sku, location_id] += taken
        return taken


class Parcels:
    """The parcels of this plan so far; with them, and without those that the demand's last plan holds, the places are
    as full as `taken` says."""

    def __init__(self, demand: Demand, copies: Copies, *, at: datetime) -> None:
        self._at = at
        self.slots: dict[WorkKey, Slot] = {}
        self.taken = Counter(copies.taken)
        for slot in demand.held:
            self.taken[slot.key[0], slot.departure.day] -= 1

    def send(self, key: WorkKey, leg: Leg) -> None:
        """One parcel, however many lines are in it; on a later day where it must not leave before."""
        if key in self.slots:
            return
        if key[3] and (not_before := datetime.fromisoformat(key[3])) > self._at:
            later = later_departure(leg.place, at=not_before, taken=self.taken)
            leg = replace(leg, departure=later or leg.departure)
        departure = replace(leg.departure, delivered_by=leg.delivered_by)
        self.slots[key] = Slot(key, departure)
        self.taken[key[0], departure.day] += 1
