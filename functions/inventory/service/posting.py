"""Posting a step of an order's book to stock rows: in one transaction, or in chunks that are completed or undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.inventory.domain.book import Book, Entry, PositionTruth, Step, Work, merged, refuse
from functions.inventory.domain.stock import (
    Change,
    Movement,
    MovementKind,
    Short,
    Stock,
    found,
    reclaim,
    ship,
    take_back,
    written_off,
)
from functions.inventory.domain.units import Position, part_of
from functions.inventory.repository.documents import Documents, unchanged
from functions.inventory.repository.stock import StockRows
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import LostRace, retried

CHUNK_ROWS = 90
"""Of the 100 rows of a transaction: room for the book, an answer and a marker."""


class Shortage(Exception):
    """These positions cannot give what the step needs; nothing of it was posted just now."""

    def __init__(self, positions: Sequence[Position]) -> None:
        super().__init__(f"{len(positions)} positions are short")
        self.skus = sorted({sku for sku, _ in positions})
        self.positions = tuple(positions)


@dataclass(frozen=True)
class Poster:
    """Writes steps. `chunk_rows` is smaller in tests only."""

    documents: Documents
    stock: StockRows
    clock: Callable[[], datetime]
    chunk_rows: int = CHUNK_ROWS

    def ready(self, order_id: str) -> Book:
        """The order's book, with nothing under way: what somebody left half done is completed first."""
        book = self.documents.book(order_id)
        while book.work is not None:
            book = retried(lambda: self._advance(order_id))
        return book

    def post(self, book: Book, step: Step, cause: Cause) -> None:
        """Post all entries of the step or none, and turn the book to its target.

        Raises Shortage (nothing posted) or LostRace. A step of many rows that meets a shortage half-way, because
        rivals were faster, is undone and its plan refused.
        """
        entries = merged(step.entries)
        changes = self._changes(book, step, entries.values(), cause)
        if len(entries) <= self.chunk_rows:
            done = replace(book, state=step.target, work=None)
            self.documents.save_book(done, changes, cause, answer=step.answer)
            return
        self.documents.save_book(replace(book, work=Work(step)), (), cause)
        self.ready(book.order_id)

    def _advance(self, order_id: str) -> Book:
        """Post the next chunk of what is under way; answers the book after it."""
        book, cause = self.documents.stored_book(order_id)
        if book.work is None or cause is None:
            return book
        step, done = book.work.step, book.work.done
        chunk = step.entries[done : done + self.chunk_rows]
        try:
            changes = self._changes(book, step, merged(chunk).values(), cause)
        except Shortage as shortage:
            assert step.answer is not None, "only a plan can fall short"
            safety = {entry.position: entry.safety for entry in step.entries}
            positions = self.truth(shortage.skus, cause, also=shortage.positions, safety=safety.get)
            undo = refuse(book, step.answer.plan_version, positions)
            return self.documents.save_book(replace(book, work=Work(undo)), (), cause)
        done += len(chunk)
        if done < len(step.entries):
            return self.documents.save_book(replace(book, work=Work(step, done)), changes, cause)
        finished = replace(book, state=step.target, work=None)
        return self.documents.save_book(finished, changes, cause, answer=step.answer)

    def _changes(self, book: Book, step: Step, entries: Iterable[Entry], cause: Cause) -> list[Change]:
        wanted = {entry.position: entry for entry in entries}
        rows = self.stock.read(wanted)
        for position, entry in wanted.items():
            made_good = self._made_good(rows[position], entry, book, step)
            if made_good:
                self.stock.change(made_good, cause, provided=unchanged(book))
                rows |= self.stock.read([position])
        short = [position for position, entry in wanted.items() if _short(rows[position], entry)]
        if short:
            raise Shortage(short)
        movement = Movement(f"{step.kind}-{cause.id}", step.kind, cause.reason, f"order/{book.order_id}")
        try:
            return [_change(rows[position], entry, step.kind, movement) for position, entry in wanted.items()]
        except Short as error:
            raise LostRace("a rival took goods between two reads") from error

    def _made_good(self, row: Stock, entry: Entry, book: Book, step: Step) -> Change | None:
        """What the position needs beforehand: lapsed holds taken back, or goods posted that left uncounted."""
        if step.kind is MovementKind.SHIP:
            if part_of(row.location_id):  # the goods are the head's
                return None
            missing = -entry.delta.on_hand - row.counters.on_hand
            return found(row, missing, reference=f"order/{book.order_id}") if missing > 0 else None
        return reclaim(row, now=epoch_seconds(self.clock())) if _short(row, entry) else None

    def truth(
        self,
        skus: Iterable[str],
        cause: Cause,
        *,
        also: Iterable[Position] = (),
        safety: Callable[[Position], int | None] = lambda _: None,
    ) -> tuple[PositionTruth, ...]:
        """Every position of the items as it truly is, lapsed holds taken back; `also` even where there is no row.
        `safety` gives what has to stay there, None where the row is right."""
        rows = {row.key: row for sku in skus for row in self.current(sku, cause)}
        return tuple(_told(rows.get(key, Stock(*key)), safety(key)) for key in sorted({*rows, *also}))

    def current(self, sku: str, cause: Cause) -> list[Stock]:
        """The item's rows, cells included, after lapsed holds have been taken back."""
        rows = self.stock.rows_of([sku])
        now = epoch_seconds(self.clock())
        lapsed = [change for row in rows if (change := reclaim(row, now=now))]
        if not lapsed:
            return rows
        for change in lapsed:
            try:
                self.stock.change(change, cause)
            except LostRace:
                continue  # a rival moved it just now; what is read next says how
        return self.stock.rows_of([sku])


def _short(row: Stock, entry: Entry) -> bool:
    return entry.fresh > 0 and row.free < _least(row, entry)


def _least(row: Stock, entry: Entry) -> int:
    """Units that must be free for the entry."""
    return entry.fresh + (row.safety if entry.safety is None else entry.safety)


def _change(row: Stock, entry: Entry, kind: MovementKind, movement: Movement) -> Change:
    if kind is MovementKind.SHIP:
        delta = entry.delta
        return ship(row, -delta.on_hand, promised=-delta.allocated, movement=movement, lent=-delta.lent)
    if kind is MovementKind.RETURN:
        return take_back(row, entry.delta, movement=movement)
    if kind is MovementKind.RECEIPT:
        return Change(*row.key, movement, entry.delta, version=row.version)
    if kind in (MovementKind.ADJUSTMENT, MovementKind.DAMAGE):
        return written_off(row, entry.delta, movement=movement)
    floors = {name: -moved for name in ("held", "allocated") if (moved := getattr(entry.delta, name)) < 0}
    if entry.fresh:
        floors["free"] = _least(row, entry)
    if entry.delta.lent > 0:
        floors["cells"] = row.cells
    opened = entry.delta.on_hand > 0 and not row.version  # a cell with its first loan
    return Change(*entry.position, movement, entry.delta, floors, version=0 if opened else None)


def _told(row: Stock, safety: int | None) -> PositionTruth:
    counters = row.counters
    return PositionTruth(
        *row.key,
        on_hand=counters.on_hand - counters.lent,
        unavailable=counters.unavailable,
        held=counters.held,
        allocated=counters.allocated,
        safety=row.safety if safety is None else safety,
        version=row.version,
    )
