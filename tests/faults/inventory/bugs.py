"""Bugs planted on purpose: each is one that shops have really had, and the scheduler has to find it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError

from functions.inventory.domain import book as book_rules
from functions.inventory.domain import replacing
from functions.inventory.domain import stock as stock_rules
from functions.inventory.domain import transfers as transfer_rules
from functions.inventory.domain.book import Answer, Book
from functions.inventory.domain.reservation import InsufficientStock, Reservation
from functions.inventory.domain.stock import COUNTERS, Change, Stock
from functions.inventory.domain.transfers import Transfer
from functions.inventory.domain.units import Position
from functions.inventory.repository import documents
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.movements import Movements
from functions.inventory.repository.stock import StockRows, change_actions
from functions.inventory.service import allocation, order_holds, reservations, transfers
from shared.cause import Cause
from shared.dynamo.retry import LostRace
from shared.dynamo.table import Action, Put, Table, Update


@contextmanager
def read_then_write() -> Iterator[None]:
    """A hold trusts what it has read: no condition on what is free by now."""

    def hold(stock: Stock, quantity: int, **options: Any) -> Change:
        return replace(stock_rules.hold(stock, quantity, **options), floors={})

    with patch.object(replacing, "hold", hold):
        yield


@contextmanager
def lost_update() -> Iterator[None]:
    """Counters are written as computed from what was read, not as a change."""
    known: dict[Position, Stock] = {}
    real_read, real_of_sku = StockRows.read, StockRows.of_sku

    def read(self: StockRows, positions: Iterable[Position], **options: Any) -> dict[Position, Stock]:
        rows = real_read(self, positions, **options)
        known.update(rows)
        return rows

    def of_sku(self: StockRows, sku: str, **options: Any) -> list[Stock]:
        rows = real_of_sku(self, sku, **options)
        known.update({row.key: row for row in rows})
        return rows

    def absolute(change: Change, action: Action) -> Action:
        if not isinstance(action, Update):
            return action
        after = known[change.key].counters + change.delta
        values = {f":d_{name}": getattr(after, name) for name in ("free", *COUNTERS)}
        expression = action.expression
        for name in ("free", *COUNTERS):
            expression = expression.replace(f"#{name} = #{name} + :d_{name}", f"#{name} = :d_{name}")
        used = {name: value for name, value in values.items() if name in expression}
        return replace(action, expression=expression, values={**action.values, **used})

    def absolutely(changes: Iterable[Change], cause: Cause) -> list[Action]:
        ordered = sorted(changes, key=lambda change: change.key)
        return [
            absolute(change, action) for change, action in zip(ordered, change_actions(ordered, cause), strict=True)
        ]

    with (
        patch.object(StockRows, "read", read),
        patch.object(StockRows, "of_sku", of_sku),
        patch.object(documents, "change_actions", absolutely),
    ):
        yield


@contextmanager
def double_release() -> Iterator[None]:
    """A release asks neither whether the hold is still live nor whether its units are still held."""

    def unhold(stock: Stock, quantity: int, *, until: int, movement: Any) -> Change:
        return Change(*stock.key, movement, stock_rules.Counters(held=-quantity))

    with patch.object(reservations, "unhold", unhold), patch.object(documents, "put_of", lambda row: _anyway(row)):
        yield


def _anyway(row: dict[str, Any]) -> Put:
    return Put(row, "attribute_exists(pk) OR attribute_not_exists(pk)")


@contextmanager
def hold_leaked_by_a_crash() -> Iterator[None]:
    """Units first, the document that names them in a second write."""
    real = Documents.save_reservation

    def save(self: Documents, held: Reservation, changes: Iterable[Change], cause: Cause, **others: Any) -> Reservation:
        documents.write(self._table, change_actions(changes, cause))
        return real(self, held, (), cause, **others)

    with patch.object(Documents, "save_reservation", save):
        yield


@contextmanager
def expiry_by_the_sweeper_only() -> Iterator[None]:
    """What has lapsed counts as held until somebody sweeps."""
    with (
        patch.object(Stock, "lapsed", lambda self, now: 0),
        patch.object(reservations, "reclaim", lambda row, now: None),
    ):
        yield


@contextmanager
def retry_lost() -> Iterator[None]:
    """A transaction that conflicted is taken for done."""
    real = Table._transaction

    def transaction(self: Table, actions: Any) -> None:
        client = self._client
        self._client = _Deaf(client)
        try:
            real(self, actions)
        finally:
            self._client = client

    with patch.object(Table, "_transaction", transaction):
        yield


class _Deaf:
    """Hears no conflict."""

    def __init__(self, client: Any) -> None:
        self._real = client

    def transact_write_items(self, **request: Any) -> Any:
        try:
            return self._real.transact_write_items(**request)
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            if any(reason.get("Code") == "TransactionConflict" for reason in reasons):
                return {}
            raise


@contextmanager
def posted_twice_after_a_timeout() -> Iterator[None]:
    """A movement has no natural key: whoever tries again posts again."""
    count = itertools.count()
    real = Movements.save

    def save(self: Movements, movement: Any, changes: Iterable[Change], cause: Cause, **more: Any) -> None:
        real(self, replace(movement, movement_id=f"{movement.movement_id}-{next(count)}"), changes, cause, **more)

    with patch.object(Movements, "save", save):
        yield


@contextmanager
def answered_before_whole() -> Iterator[None]:
    """A plan of many rows is announced with its first chunk."""
    real = Documents.save_book

    def save(
        self: Documents, book: Book, changes: Iterable[Change], cause: Cause, *, answer: Answer | None = None
    ) -> Book:
        if book.work is not None and (early := book.work.step.answer) is not None:
            verdicts = {**book.state.verdicts, early.plan_version: early.verdict}
            book = replace(book, state=replace(book.state, verdicts=verdicts))
        return real(self, book, changes, cause, answer=answer)

    with patch.object(Documents, "save_book", save):
        yield


@contextmanager
def wrong_key_order() -> Iterator[None]:
    """Rows are locked in the order of the basket."""
    with patch.object(documents, "change_actions", lambda changes, cause: change_actions(changes, cause)[::-1]):
        yield


@contextmanager
def no_tombstone() -> Iterator[None]:
    """A withdrawal that comes before its plan is forgotten."""

    def withdraw(book: Book, plan_version: int, *rest: Any) -> book_rules.Step:
        step = book_rules.withdraw(book, plan_version, *rest)
        known = plan_version in book.state.verdicts
        return step if known else replace(step, target=replace(step.target, withdrawals=book.state.withdrawals))

    with patch.object(allocation, "withdraw", withdraw):
        yield


@contextmanager
def committed_although_reclaimed() -> Iterator[None]:
    """An order takes its hold over without asking whether another shopper has the units by now."""

    def keep(stock: Stock, quantity: int, *, until: int, movement: Any, released: int = 0) -> Change:
        left = max(0, stock.lapses.get(until, 0) - quantity)
        delta = stock_rules.Counters(held=-released)
        lapses = {until: left} if until in stock.lapses else {}
        return Change(*stock.key, movement, delta, lapses_left=lapses)

    with patch.object(order_holds, "keep", keep):
        yield


@contextmanager
def book_without_condition() -> Iterator[None]:
    """Two workers on one order's book: the last one wins."""
    with patch.object(documents, "put_of", lambda row: _anyway(row)):
        yield


@contextmanager
def found_twice() -> Iterator[None]:
    """Goods that left uncounted are posted as found before anybody looks whether that has been told already."""
    real = StockRows.change
    with patch.object(StockRows, "change", lambda self, change, cause, provided=None: real(self, change, cause)):
        yield


@contextmanager
def own_cell_only() -> Iterator[None]:
    """Who finds too little in its own cell says "sold out" without looking at the others."""

    def heads_only(self: StockRows, skus: Iterable[str]) -> list[Stock]:
        return [row for sku in sorted(set(skus)) for row in self.of_sku(sku)]

    with patch.object(StockRows, "rows_of", heads_only):
        yield


@contextmanager
def lent_twice() -> Iterator[None]:
    """A cell takes its loan without the head writing it down."""
    real = stock_rules.hold

    def hold(stock: Stock, quantity: int, **options: Any) -> Change:
        change = real(stock, quantity, **options)
        return replace(change, delta=replace(change.delta, lent=0), floors={}) if change.delta.lent else change

    with patch.object(replacing, "hold", hold):
        yield


@contextmanager
def untrue_refusal() -> Iterator[None]:
    """Who meets a rival says "sold out" without looking again."""

    def once(attempt: Callable[[], Any], **_: Any) -> Any:
        try:
            return attempt()
        except LostRace as lost:
            shortage = {"sku": "X", "requested": 1, "available": 0}
            raise InsufficientStock("sold out", extra={"shortages": [shortage]}) from lost

    with patch.object(reservations, "retried", once):
        yield


@contextmanager
def transfer_of_promised_goods() -> Iterator[None]:
    """A transfer trusts what it has read: no condition on what is free by now."""

    def unguarded(*args: Any, **fields: Any) -> Change:
        return replace(Change(*args, **fields), floors={})

    with patch.object(transfers, "Change", unguarded):
        yield


@contextmanager
def receipt_forgotten() -> Iterator[None]:
    """A transfer does not remember which receipts it has counted."""

    def received(transfer: Transfer, arrived: Any, **options: Any) -> Transfer:
        return replace(transfer_rules.received(transfer, arrived, **options), receipts={})

    with patch.object(transfers, "received", received):
        yield
