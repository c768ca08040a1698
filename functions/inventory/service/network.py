"""Places and the SKU master: describe, pause, resume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from functions.inventory.domain.places import (
    Item,
    Location,
    check_gtin,
    check_hours,
    check_time_zone,
    paused,
    resumed,
    safety_of,
)
from functions.inventory.domain.stock import Change, Movement, MovementKind
from functions.inventory.repository.network import LocationPage, Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.shards import ShardService
from shared.cause import Cause
from shared.dynamo.retry import retried


@dataclass(frozen=True)
class NetworkService:
    """Use cases of places and items; each may be repeated."""

    network: Network
    stock: StockRows
    clock: Callable[[], datetime]

    def put_location(self, location: Location, cause: Cause) -> tuple[Location, bool]:
        """Describe a place; answers whether it is new. A pause stays. A changed default safety stock counts for
        positions that open from now on.

        Raises InvalidField for an unknown time zone or impossible hours.
        """
        self.check(location)
        return retried(lambda: self._put_location(location, cause))

    def check(self, location: Location) -> None:
        """Raises InvalidField for an unknown time zone or impossible hours."""
        check_time_zone(location.time_zone)
        check_hours(location.opening_hours or {})

    def _put_location(self, location: Location, cause: Cause) -> tuple[Location, bool]:
        known = self.network.find_location(location.location_id)
        if known is None:
            return self.network.save_location(location, cause), True
        wanted = replace(location, pause=known.pause, version=known.version)
        return (known if wanted == known else self.network.save_location(wanted, cause)), False

    def location(self, location_id: str) -> Location:
        """The place. Raises LocationNotFound."""
        return self.network.location(location_id)

    def locations(self, *, limit: int, cursor: str | None) -> LocationPage:
        """A page of the places, by id."""
        return self.network.page(limit=limit, cursor=cursor)

    def pause(self, location_id: str, *, reason: str, until: datetime | None, cause: Cause) -> Location:
        """The place takes no new work, at once. Raises LocationNotFound, InvalidField."""
        return retried(
            lambda: self._change(
                location_id, lambda known: paused(known, reason=reason, at=self.clock(), until=until), cause
            )
        )

    def resume(self, location_id: str, cause: Cause) -> Location:
        """The place works again. Raises LocationNotFound."""
        return retried(lambda: self._change(location_id, resumed, cause))

    def _change(self, location_id: str, decide: Callable[[Location], Location], cause: Cause) -> Location:
        known = self.network.location(location_id)
        wanted = decide(known)
        return known if wanted == known else self.network.save_location(wanted, cause)

    def put_item(self, item: Item, cause: Cause) -> tuple[Item, bool]:
        """Describe an item; answers whether it is new. Its default safety stock counts for all its positions at once.

        Raises InvalidField for a wrong GTIN.
        """
        if item.gtin is not None:
            check_gtin(item.gtin)
        stored, created = retried(lambda: self._put_item(item, cause))
        self.spread_safety(stored, cause)
        ShardService(self.stock).configure(stored, cause)
        return stored, created

    def _put_item(self, item: Item, cause: Cause) -> tuple[Item, bool]:
        known = self.network.find_item(item.sku)
        if known is None:
            return self.network.save_item(item, cause), True
        wanted = replace(item, version=known.version)
        return (known if wanted == known else self.network.save_item(wanted, cause)), False

    def spread_safety(self, item: Item, cause: Cause) -> None:
        """Let the item's default safety stock count at all its positions.

        Repeating the call repairs what an interrupted one left: each position is compared, not remembered.
        """
        rows = self.stock.of_sku(item.sku)
        places = self.network.locations() if rows and item.default_safety_stock is None else {}
        for row in rows:
            safety = safety_of(item, places.get(row.location_id))
            if row.safety != safety:
                movement = Movement(f"safety-{cause.id}", MovementKind.NONE)
                self.stock.change(Change(*row.key, movement, safety=safety), cause)

    def item(self, sku: str) -> Item:
        """The item. Raises ItemNotFound."""
        return self.network.item(sku)
