"""Places (`LOCATIONS` / `{location_id}`: listed without a scan) and items (`ITEM#{sku}`)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from functions.inventory.domain.places import Item, ItemNotFound, Location, LocationNotFound
from functions.inventory.repository.selling import Selling
from shared.cause import Cause
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

LOCATION_KIND = "location"
ITEM_KIND = "item"

_locations = Document(Location)
_items = Document(Item)


@dataclass(frozen=True)
class LocationPage:
    """One page of the places, by id."""

    locations: list[Location]
    next_cursor: str | None


def decode_location(item: marshal.Item) -> Location:
    """The place of a stored row."""
    return replace(_locations.load(item["body"]), version=item["version"])


def location_text(location: Location) -> str:
    """The place as JSON."""
    return json.dumps(_locations.plain(replace(location, version=0)), separators=(",", ":"))


def load_location(text: str) -> Location:
    """The place of its JSON."""
    return _locations.load(text)


def decode_item(item: marshal.Item) -> Item:
    """The item of a stored row."""
    return replace(_items.load(item["body"]), version=item["version"])


class Network:
    """Places and the SKU master."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.selling = Selling(table)

    def find_location(self, location_id: str) -> Location | None:
        """The place, or None."""
        item = self._table.get("LOCATIONS", location_id)
        return decode_location(item) if item else None

    def location(self, location_id: str) -> Location:
        """The place. Raises LocationNotFound."""
        found = self.find_location(location_id)
        if found is None:
            raise LocationNotFound(f"there is no location {location_id}")
        return found

    def locations(self) -> dict[str, Location]:
        """All places as they are now: a paused one must take nothing from the next moment on."""
        rows = self._table.query_all("LOCATIONS", consistent=True)
        return {location.location_id: location for location in map(decode_location, rows)}

    def page(self, *, limit: int, cursor: str | None) -> LocationPage:
        """A page of the places. Raises InvalidField for a forged cursor."""
        page = self._table.query("LOCATIONS", limit=limit, cursor=cursor)
        return LocationPage([decode_location(item) for item in page.items], page.next_cursor)

    def find_item(self, sku: str) -> Item | None:
        """The item, or None."""
        item = self._table.get(f"ITEM#{sku}")
        return decode_item(item) if item else None

    def item(self, sku: str) -> Item:
        """The item. Raises ItemNotFound."""
        found = self.find_item(sku)
        if found is None:
            raise ItemNotFound(f"there is no item {sku}")
        return found

    def items(self, skus: Iterable[str], *, consistent: bool = True) -> dict[str, Item]:
        """Those of the items that exist."""
        rows = self._table.get_many([(f"ITEM#{sku}", "-") for sku in skus], consistent=consistent)
        return {item.sku: item for item in map(decode_item, rows.values())}

    def find_locations(self, location_ids: Iterable[str]) -> dict[str, Location]:
        """Those of the places that exist."""
        rows = self._table.get_many([("LOCATIONS", location_id) for location_id in location_ids])
        return {location.location_id: location for location in map(decode_location, rows.values())}

    def save_location(self, location: Location, cause: Cause) -> Location:
        """Store the place at its next version. Raises LostRace."""
        self._save(location_action(location, cause))
        return replace(location, version=location.version + 1)

    def save_item(self, item: Item, cause: Cause) -> Item:
        """Store the item at its next version. Raises LostRace."""
        self._save(item_action(item, cause))
        return replace(item, version=item.version + 1)

    def _save(self, put: Put) -> None:
        try:
            self._table.write(put)
        except ConditionFailed as error:
            raise LostRace("it was changed meanwhile") from error


def location_action(location: Location, cause: Cause) -> Put:
    """The conditional write of the place at its next version."""
    body = _locations.dump(replace(location, version=0))
    return _next("LOCATIONS", location.location_id, LOCATION_KIND, location.version, cause, body)


def item_action(item: Item, cause: Cause) -> Put:
    """The conditional write of the item at its next version."""
    body = _items.dump(replace(item, version=0))
    return _next(f"ITEM#{item.sku}", "-", ITEM_KIND, item.version, cause, body)


def _next(pk: str, sk: str, kind: str, expected: int, cause: Cause, body: str | bytes) -> Put:
    row = {"pk": pk, "sk": sk, "kind": kind, "version": expected + 1, "cause": cause.stamp(), "body": body}
    if not expected:
        return Put(row, ABSENT)
    return Put(row, "#version = :expected", {":expected": expected}, {"#version": "version"})
