"""Movements that people post and undo: receipts, adjustments, what may be sold; positions as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.inventory.domain.movements import (
    Bucket,
    MovementNotFound,
    MovementReused,
    MovementReversed,
    delta_of,
)
from functions.inventory.domain.places import Item, Location, safety_of
from functions.inventory.domain.purchasing import PurchaseOrder, received
from functions.inventory.domain.shards import whole
from functions.inventory.domain.stock import Change, Counters, Movement, MovementKind, Stock, applied, moved
from functions.inventory.domain.units import Position
from functions.inventory.repository.movements import Movements, PostedLine, PostedMovement
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.posting import CHUNK_ROWS
from functions.inventory.service.promising import Promising
from functions.inventory.service.shards import brought_home
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import retried
from shared.errors import InvalidField, NotFound
from shared.ids import is_identifier
from shared.money import Money

MAX_LINES = CHUNK_ROWS
"""A movement is one transaction."""


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
    bucket: Bucket | None = None
    from_bucket: Bucket | None = None


@dataclass(frozen=True)
class ReversalCommand:
    """Which movement to undo, and why; `reversal_id` is the id of the movement that does."""

    movement_id: str
    reversal_id: str
    reason: str
    fingerprint: str


@dataclass(frozen=True)
class Placed:
    """A position and whether its place is paused now."""

    stock: Stock
    paused: bool


@dataclass(frozen=True)
class MovementService:
    """Use cases on positions; each may be repeated."""

    movements: Movements
    stock: StockRows
    network: Network
    clock: Callable[[], datetime]

    def post(self, command: MovementCommand, cause: Cause) -> PostedMovement:
        """Post every line or none; the same id again answers as the first time.

        Raises BelowZero, MovementReused, InvalidField for an unknown place or item.
        """
        return retried(lambda: self._post(command, cause))

    def _post(self, command: MovementCommand, cause: Cause) -> PostedMovement:
        known = self._known(command.movement_id, command.fingerprint)
        if known is not None:
            return known
        location = known_location(self.network, command.location_id)
        changes = self._changes(command, location)
        brought_home(self.stock, ((row, -change.delta.free) for row, change in changes), cause)
        now, at = self.clock(), epoch_seconds(cause.at)
        posted = PostedMovement(
            movement_id=command.movement_id,
            kind=command.kind,
            fingerprint=command.fingerprint,
            location_id=command.location_id,
            posted_at=cause.at,
            actor=cause.actor,
            paused=location.paused(now),
            lines=tuple(_line(command, row, change, now=at) for row, change in changes),
            reason=command.reason,
            reference=command.reference,
            bucket=command.bucket,
            from_bucket=command.from_bucket,
        )
        purchase = self._purchase(command)
        if purchase is not None:
            posted = replace(posted, purchase_order=purchase.po_id)
        self._save(posted, [change for _, change in changes], purchase, cause)
        return posted

    def _purchase(self, command: MovementCommand) -> PurchaseOrder | None:
        """The purchase order that a receipt names; any other text is only a remark."""
        named = command.kind is MovementKind.RECEIPT and is_identifier(command.reference)
        return self.movements.purchases.find(command.reference) if named else None

    def _save(
        self, posted: PostedMovement, changes: list[Change], purchase: PurchaseOrder | None, cause: Cause
    ) -> None:
        also = []
        if purchase is not None:
            come = received(purchase, [(line.sku, line.quantity) for line in posted.lines])
            also = [self.movements.purchases.saving(come, cause)]
        self.movements.save(posted, changes, cause, also=also)

    def _known(self, movement_id: str, fingerprint: str) -> PostedMovement | None:
        known = self.movements.find(movement_id)
        if known is not None and known.fingerprint != fingerprint:
            raise MovementReused(f"movement {movement_id} has another content")
        return known

    def _changes(self, command: MovementCommand, location: Location) -> list[tuple[Stock, Change]]:
        quantities: dict[Position, int] = defaultdict(int)
        items = known_items(self.network, [line.sku for line in command.lines])
        for line in command.lines:
            quantities[line.sku, command.location_id] += line.quantity
        rows = self.stock.read(quantities)
        movement = Movement(command.movement_id, command.kind, command.reason, command.reference)
        buckets = {"bucket": command.bucket, "from_bucket": command.from_bucket}
        return [
            (
                row,
                opened(moved(row, delta, movement, opening_safety=safety_of(items[row.sku], location)), items[row.sku]),
            )
            for key, row in sorted(rows.items())
            for delta in (delta_of(command.kind, quantities[key], **buckets),)
        ]

    def reverse(self, command: ReversalCommand, cause: Cause) -> PostedMovement:
        """Post the opposite of a movement, once; the same id again answers as the first time.

        Raises MovementNotFound, MovementReversed, MovementReused, and BelowZero where the goods are not there any more.
        """
        return retried(lambda: self._reverse(command, cause))

    def _reverse(self, command: ReversalCommand, cause: Cause) -> PostedMovement:
        known = self._known(command.reversal_id, command.fingerprint)
        if known is not None:
            return known
        original = self.get(command.movement_id)
        by = self.movements.reversed_by(command.movement_id)
        if by is not None:
            raise MovementReversed(f"movement {command.movement_id} is undone", extra={"reversal_id": by})
        rows = self.stock.read((line.sku, original.location_id) for line in original.lines)
        reference = f"movement/{command.movement_id}"
        movement = Movement(command.reversal_id, MovementKind.REVERSAL, command.reason, reference)
        location, at = self.network.find_location(original.location_id), epoch_seconds(cause.at)
        changes = [
            (line, row, moved(row, Counters() - line.delta, movement))
            for line in original.lines
            for row in (rows[line.sku, original.location_id],)
        ]
        brought_home(self.stock, ((row, -change.delta.free) for _, row, change in changes), cause)
        posted = PostedMovement(
            movement_id=command.reversal_id,
            kind=MovementKind.REVERSAL,
            fingerprint=command.fingerprint,
            location_id=original.location_id,
            posted_at=cause.at,
            actor=cause.actor,
            paused=location is None or location.paused(self.clock()),
            lines=tuple(posted_line(row, change, -line.quantity, now=at) for line, row, change in changes),
            reason=command.reason,
            reference=reference,
            reverses=original.movement_id,
            purchase_order=original.purchase_order,
        )
        purchase = self.movements.purchases.find(original.purchase_order) if original.purchase_order else None
        self._save(posted, [change for _, _, change in changes], purchase, cause)
        return posted

    def get(self, movement_id: str) -> PostedMovement:
        """The movement as posted. Raises MovementNotFound."""
        known = self.movements.find(movement_id)
        if known is None:
            raise MovementNotFound(f"there is no movement {movement_id}")
        return known

    def positions(self, sku: str) -> list[Placed]:
        """Every position of an item, exact as of now, by location, with the safety stock that counts for a channel and
        method of which no rule speaks. Raises StockNotFound."""
        rows = whole(self.stock.rows_of([sku]))
        if not rows and self.network.find_item(sku) is None:
            raise StockNotFound(f"there is no item {sku}")
        promising = Promising.load(self.network, [sku], self.clock())
        safety, places = promising.safety(None, [None]), promising.places
        return [
            Placed(
                replace(row, safety=safety(row.key)),
                row.location_id not in places or places[row.location_id].paused(promising.now),
            )
            for row in rows
        ]


def known_location(network: Network, location_id: str, *, pointer: str = "/location_id") -> Location:
    """The place that a command names. Raises InvalidField."""
    location = network.find_location(location_id)
    if location is None:
        raise InvalidField(pointer, f"there is no location {location_id}", code="unknown_location")
    return location


def known_items(network: Network, skus: Sequence[str]) -> Mapping[str, Item]:
    """The items that a command's lines name. Raises InvalidField for the first line with an unknown one."""
    items = network.items(skus)
    for index, sku in enumerate(skus):
        if sku not in items:
            raise InvalidField(f"/lines/{index}/sku", f"there is no item {sku}", code="unknown_item")
    return items


def opened(change: Change, item: Item) -> Change:
    """A position that begins is spread as its item says."""
    shards = item.shards or 0
    return replace(change, shards=shards, cells=shards) if change.version == 0 and shards > 1 else change


def posted_line(row: Stock, change: Change, quantity: int, *, now: int) -> PostedLine:
    """What the change does to the position, and the position after it."""
    after = applied(row, change)
    return PostedLine(
        sku=after.sku,
        quantity=quantity,
        delta=change.delta,
        on_hand=after.counters.on_hand,
        unavailable=after.counters.unavailable,
        held=after.held(now),
        allocated=after.counters.allocated,
        safety=after.safety,
        version=after.version,
    )


def _line(command: MovementCommand, row: Stock, change: Change, *, now: int) -> PostedLine:
    lines = [line for line in command.lines if line.sku == row.sku]
    posted = posted_line(row, change, sum(line.quantity for line in lines), now=now)
    costs = [line.unit_cost for line in lines if line.unit_cost]
    return replace(posted, unit_cost=costs[-1].amount, currency=costs[-1].currency) if costs else posted
