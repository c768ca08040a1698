"""Movements that people post: receipts, adjustments, damage; and the positions as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.domain.places import Location, safety_of
from functions.inventory.domain.stock import Change, Movement, MovementKind, Stock, applied, moved
from functions.inventory.domain.units import Position
from functions.inventory.repository.documents import Documents, PostedLine, PostedMovement
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.posting import CHUNK_ROWS
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import retried
from shared.errors import Conflict, InvalidField, NotFound
from shared.money import Money

MAX_LINES = CHUNK_ROWS
"""A movement is one transaction."""


class MovementReused(Conflict):
    """The id names another movement."""

    code = "movement_id_reused"


class StockNotFound(NotFound):
    """Neither an item nor a position of that SKU exists."""

    code = "item_not_found"


@dataclass(frozen=True)
class MovedLine:
    """Units of one item, signed for an adjustment."""

    sku: str
    quantity: int
    unit_cost: Money | None = None


@dataclass(frozen=True)
class MovementCommand:
    """What somebody posts. `fingerprint` tells the same content from another."""

    movement_id: str
    kind: MovementKind
    location_id: str
    lines: Sequence[MovedLine]
    reason: str
    reference: str
    fingerprint: str


@dataclass(frozen=True)
class Placed:
    """A position and whether its place is paused now."""

    stock: Stock
    paused: bool


@dataclass(frozen=True)
class MovementService:
    """Use cases on positions; each may be repeated."""

    documents: Documents
    stock: StockRows
    network: Network
    clock: Callable[[], datetime]

    def post(self, command: MovementCommand, cause: Cause) -> PostedMovement:
        """Post every line or none; the same id again answers as the first time.

        Raises BelowZero, MovementReused, InvalidField for an unknown place or item.
        """
        return retried(lambda: self._post(command, cause))

    def _post(self, command: MovementCommand, cause: Cause) -> PostedMovement:
        known = self.documents.movement(command.movement_id)
        if known is not None:
            if known.fingerprint != command.fingerprint:
                raise MovementReused(f"movement {command.movement_id} has another content")
            return known
        location = self.network.find_location(command.location_id)
        if location is None:
            raise InvalidField("/location_id", f"there is no location {command.location_id}", code="unknown_location")
        changes = self._changes(command, location)
        posted = PostedMovement(
            movement_id=command.movement_id,
            fingerprint=command.fingerprint,
            location_id=command.location_id,
            posted_at=cause.at,
            paused=location.paused(self.clock()),
            lines=tuple(_line(command, applied(row, change), now=epoch_seconds(cause.at)) for row, change in changes),
        )
        self.documents.save_movement(posted, [change for _, change in changes], cause)
        return posted

    def _changes(self, command: MovementCommand, location: Location) -> list[tuple[Stock, Change]]:
        quantities: dict[Position, int] = defaultdict(int)
        items = self.network.items(line.sku for line in command.lines)
        for index, line in enumerate(command.lines):
            if line.sku not in items:
                raise InvalidField(f"/lines/{index}/sku", f"there is no item {line.sku}", code="unknown_item")
            quantities[line.sku, command.location_id] += line.quantity
        rows = self.stock.read(quantities)
        movement = Movement(command.movement_id, command.kind, command.reason, command.reference)
        return [
            (row, moved(row, quantities[key], movement, opening_safety=safety_of(items[row.sku], location)))
            for key, row in sorted(rows.items())
        ]

    def positions(self, sku: str) -> list[Placed]:
        """Every position of an item, exact as of now, by location. Raises StockNotFound."""
        rows = self.stock.of_sku(sku)
        if not rows and self.network.find_item(sku) is None:
            raise StockNotFound(f"there is no item {sku}")
        places = self.network.locations() if rows else {}
        now = self.clock()
        return [Placed(row, row.location_id not in places or places[row.location_id].paused(now)) for row in rows]


def _line(command: MovementCommand, after: Stock, *, now: int) -> PostedLine:
    costs = [line.unit_cost for line in command.lines if line.sku == after.sku and line.unit_cost]
    return PostedLine(
        sku=after.sku,
        quantity=sum(line.quantity for line in command.lines if line.sku == after.sku),
        on_hand=after.counters.on_hand,
        unavailable=after.counters.unavailable,
        held=after.held(now),
        allocated=after.counters.allocated,
        safety=after.safety,
        version=after.version,
        unit_cost=costs[-1].amount if costs else None,
        currency=costs[-1].currency if costs else None,
    )
