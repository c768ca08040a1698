"""What may be promised to one channel by one method, as set now: the same for holds and for allocations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from functions.inventory.domain.places import Capability, Location
from functions.inventory.domain.selling import ItemFacts, Rules, withheld
from functions.inventory.domain.shards import by_place
from functions.inventory.domain.stock import Stock
from functions.inventory.domain.units import Position, part_of, place_of
from functions.inventory.repository.network import Network
from shared.clock import epoch_seconds


@dataclass(frozen=True)
class Promising:
    """Rules, items and places of one command."""

    rules: Rules
    items: Mapping[str, ItemFacts]
    places: Mapping[str, Location]
    now: datetime

    @classmethod
    def load(cls, network: Network, skus: Iterable[str], now: datetime) -> Self:
        """As set now. Half a read unit per item."""
        items = network.items(skus, consistent=False)
        facts = {sku: ItemFacts.of(item) for sku, item in items.items()}
        return cls(network.selling.rules(), facts, network.locations(), now)

    def safety(self, channel: str | None, methods: Collection[Capability | None]) -> Callable[[Position], int]:
        """Gives the safety stock of a position for that channel, whichever of the methods keeps back most."""
        terms = [self.rules.terms(channel=channel, method=method, now=self.now) for method in methods]

        def of(position: Position) -> int:
            sku, location_id = position
            if part_of(location_id):  # a cell: its head keeps the safety stock
                return 0
            place, item = self.places.get(location_id), self.items.get(sku, ItemFacts(sku))
            return max((one.safety(item, place).units for one in terms), default=0) if place else 0

        return of

    def offered(
        self,
        rows: Mapping[Position, Stock],
        *,
        channel: str | None,
        method: Capability,
        last: Collection[str] = (),
    ) -> dict[Position, Stock]:
        """The rows from which the channel may take by that method, each with the units it must leave there as its
        `safety`: its safety stock, and its share of the channel's threshold (in the places of `last` at last)."""
        terms = self.rules.terms(channel=channel, method=method, now=self.now)
        offered = {}
        for key, row in rows.items():
            place = self.places.get(place_of(row.location_id))
            item = self.items.get(row.sku, ItemFacts(row.sku))
            if place is None or not terms.pool.holds(place.location_id) or terms.excluded_by(item, place):
                continue
            if place.paused(self.now) or (method is Capability.SHIP and not place.can(method, self.now)):
                continue
            cell = part_of(row.location_id)
            offered[key] = row if cell else replace(row, safety=terms.safety(item, place).units)
        available = by_place(offered.values(), epoch_seconds(self.now))
        for key, share in withheld(available, terms.pool.threshold, last=last).items():
            offered[key] = replace(offered[key], safety=offered[key].safety + share)
        return offered
