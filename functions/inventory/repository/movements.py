"""Movements as posted: `MOVE#{movement_id}`, and beside it (`REVERSAL`) which other one has undone it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from functions.inventory.domain.movements import Bucket
from functions.inventory.domain.stock import Change, Counters, MovementKind
from functions.inventory.repository.documents import put_of, row_of, write
from functions.inventory.repository.purchases import Purchases
from functions.inventory.repository.stock import change_actions
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.table import Action, Table

KIND = "movement"
REVERSAL_KIND = "reversal"


@dataclass(frozen=True)
class PostedLine:
    """What a movement did to one position: its `delta`, and the position after it."""

    sku: str
    quantity: int
    delta: Counters
    on_hand: int
    unavailable: int
    held: int
    allocated: int
    safety: int
    version: int
    unit_cost: int | None = None
    currency: str | None = None


@dataclass(frozen=True)
class PostedMovement:
    """A movement as posted, with the positions after it."""

    movement_id: str
    kind: MovementKind
    fingerprint: str
    location_id: str
    posted_at: datetime
    actor: str
    paused: bool
    lines: tuple[PostedLine, ...]
    reason: str = ""
    reference: str = ""
    bucket: Bucket | None = None
    from_bucket: Bucket | None = None
    reverses: str = ""
    purchase_order: str = ""
    """The one of which this receipt (or the undoing of one) counts."""


_movements = Document(PostedMovement)
_reversals = Document(str)


class Movements:
    """Reads of movements, and the transactions that write them together with stock rows."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.purchases = Purchases(table)
        """Receipts count for the purchase order that they name."""

    def find(self, movement_id: str) -> PostedMovement | None:
        """The movement, or None."""
        item = self._table.get(f"MOVE#{movement_id}")
        return _movements.load(item["body"]) if item else None

    def reversed_by(self, movement_id: str) -> str | None:
        """The id of the movement that has undone this one, or None."""
        item = self._table.get(f"MOVE#{movement_id}", "REVERSAL")
        return _reversals.load(item["body"]) if item else None

    def save(
        self, movement: PostedMovement, changes: Iterable[Change], cause: Cause, *, also: Iterable[Action] = ()
    ) -> None:
        """The movement, once, together with its stock rows and `also`, and once what it undoes. Raises LostRace."""
        body = _movements.dump(movement)
        actions = [put_of(row_of(f"MOVE#{movement.movement_id}", "-", KIND, 1, cause, body))]
        if movement.reverses:
            by = _reversals.dump(movement.movement_id)
            actions.append(put_of(row_of(f"MOVE#{movement.reverses}", "REVERSAL", REVERSAL_KIND, 1, cause, by)))
        write(self._table, [*change_actions(changes, cause), *actions, *also])
