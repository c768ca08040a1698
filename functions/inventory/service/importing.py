"""What rows of a bulk import mean: items and places as they shall be, and what is on hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.inventory.domain.places import Item, Location, check_gtin, safety_of
from functions.inventory.domain.stock import BelowZero, Change, Counters, Movement, MovementKind, Stock, moved
from functions.inventory.repository.network import Network, item_action, location_action
from functions.inventory.repository.stock import StockRows, change_action
from functions.inventory.schemas.imports import ItemRow, LocationRow, StockRow
from functions.inventory.service.network import NetworkService
from shared.errors import DomainError, InvalidField
from shared.imports.worker import Applied, Numbered


@dataclass(frozen=True)
class ImportService:
    """Use cases of the import worker. Each answers the writes of its step, which the worker commits with its mark."""

    network: Network
    stock: StockRows
    places: NetworkService

    def items(self, rows: Sequence[Numbered[ItemRow]]) -> Applied:
        """Items of the SKU master as they shall be. A changed safety stock reaches open positions beforehand."""
        known = self.network.items(one.row.sku for one in rows)
        applied = Applied()
        for one in rows:
            try:
                wanted = _item(one.row, known.get(one.row.sku))
            except DomainError as error:
                applied.reject(one.line, error)
                continue
            before = known.get(wanted.sku)
            if wanted == before:
                applied.unchanged += 1
                continue
            if before is not None and wanted.default_safety_stock != before.default_safety_stock:
                self.places.spread_safety(wanted, one.cause)
            applied.changed += 1
            applied.actions.append(item_action(wanted, one.cause))
        return applied

    def locations(self, rows: Sequence[Numbered[LocationRow]]) -> Applied:
        """Places as they shall be; a pause stays."""
        known = self.network.find_locations(one.row.location_id for one in rows)
        applied = Applied()
        for one in rows:
            try:
                wanted = self._location(one.row, known.get(one.row.location_id))
            except DomainError as error:
                applied.reject(one.line, error)
                continue
            if wanted == known.get(wanted.location_id):
                applied.unchanged += 1
                continue
            applied.changed += 1
            applied.actions.append(location_action(wanted, one.cause))
        return applied

    def on_hand(self, rows: Sequence[Numbered[StockRow]]) -> Applied:
        """What is on hand, by a ledger line with the difference; what is promised of it stays promised."""
        items = self.network.items(one.row.sku for one in rows)
        places = self.network.find_locations(one.row.location_id for one in rows)
        positions = self.stock.read((one.row.sku, one.row.location_id) for one in rows)
        applied = Applied()
        for one in rows:
            position = positions[one.row.sku, one.row.location_id]
            try:
                item, place = _known(one.row, items), _place(one.row, places)
                change = _set(position, one, opening_safety=safety_of(item, place))
            except DomainError as error:
                applied.reject(one.line, error)
                continue
            if change is None:
                applied.unchanged += 1
                continue
            applied.changed += 1
            applied.actions.append(change_action(change, one.cause))
        return applied

    def _location(self, row: LocationRow, known: Location | None) -> Location:
        wanted = row.to_location(row.location_id)
        self.places.check(wanted)
        return replace(wanted, pause=known.pause, version=known.version) if known else wanted


def _item(row: ItemRow, known: Item | None) -> Item:
    if row.gtin is not None:
        check_gtin(row.gtin)
    return replace(row.to_item(row.sku), version=known.version if known else 0)


def _known(row: StockRow, items: dict[str, Item]) -> Item:
    if row.sku not in items:
        raise InvalidField("/sku", f"there is no item {row.sku}")
    return items[row.sku]


def _place(row: StockRow, places: dict[str, Location]) -> Location:
    if row.location_id not in places:
        raise InvalidField("/location_id", f"there is no location {row.location_id}")
    return places[row.location_id]


def _set(position: Stock, one: Numbered[StockRow], *, opening_safety: int) -> Change | None:
    """The change that leaves so much on hand; None when it is so already. Raises InvalidField."""
    quantity = one.row.quantity - position.counters.on_hand
    if position.version and not quantity:
        return None
    movement = Movement(one.cause.id, MovementKind.ADJUSTMENT, one.row.reason, one.cause.correlation_id)
    try:
        return moved(position, Counters(on_hand=quantity), movement, opening_safety=opening_safety)
    except BelowZero as error:
        raise InvalidField("/quantity", error.detail) from error
