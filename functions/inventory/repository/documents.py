"""Documents behind stock changes: reservations, books of orders and refusals of plans.

Each is written in the transaction of the stock rows that it changes; its key makes the command idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.inventory.domain.book import Answer, Book, Verdict
from functions.inventory.domain.reservation import Reservation
from functions.inventory.domain.stock import Change
from functions.inventory.repository.stock import change_actions
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace
from shared.dynamo.subjects import Subjects
from shared.dynamo.table import ABSENT, Action, Check, ConditionFailed, Delete, Put, Table

RESERVATION_KIND = "reservation"
BOOK_KIND = "book"
ERASURE_KIND = "erasure"
ANSWER_KIND = "allocation"
PREPARING = "PREPARING"

_reservations = Document(Reservation, compress_from_bytes=600)  # so that 30 lines cost one write unit, not four
_books = Document(Book)
_answers = Document(Answer)


@dataclass(frozen=True)
class Erased:
    """A person was forgotten here; so many records said whose they were."""

    request_id: str
    records: int


def decode_erasure(item: Item) -> Erased:
    """The note of a stored row."""
    return Erased(item["request_id"], item["records"])


def decode_reservation(item: Item) -> Reservation:
    """The hold of a stored row."""
    return replace(_reservations.load(item["body"]), version=item["version"])


def decode_book(item: Item) -> Book:
    """The book of a stored row."""
    return replace(_books.load(item["body"]), version=item["version"])


def decode_answer(item: Item) -> Answer:
    """The answer of a stored row."""
    return _answers.load(item["body"])


def book_key(order_id: str) -> tuple[str, str]:
    """The key of an order's book."""
    return f"ALLOC#{order_id}", "-"


def reservation_key(reservation_id: str) -> tuple[str, str]:
    """The key of a hold."""
    return f"RES#{reservation_id}", "-"


def unchanged(book: Book) -> Action:
    """That nobody has moved the order's book on since it was read."""
    pk, sk = book_key(book.order_id)
    if book.version == 0:
        return Check(pk, sk, ABSENT)
    return Check(pk, sk, "#version = :read", {":read": book.version}, {"#version": "version"})


class Documents:
    """Reads of documents, and the transactions that write them together with stock rows.

    Every write raises LostRace when a row is not as it was read; nothing was written then.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The hold, or None."""
        item = self._table.get(*reservation_key(reservation_id))
        return decode_reservation(item) if item else None

    def reservations(self, reservation_ids: Iterable[str]) -> list[Reservation]:
        """Those of the holds that exist."""
        rows = self._table.get_many([reservation_key(one) for one in reservation_ids])
        return [decode_reservation(item) for item in rows.values()]

    def owned_by(self, digests: Iterable[str]) -> list[Reservation]:
        """The holds whose owner has one of these digests (see `shared.dynamo.subjects`)."""
        found = set(Subjects(self._table).rows_of(digests, kind=RESERVATION_KIND))
        return self.reservations(pk.removeprefix("RES#") for pk in sorted(found))

    def forget_owner(self, owner: str) -> None:
        """Remove the count of what an owner holds (see `owners`)."""
        try:
            self._table.write(Delete(f"OWNER#{owner}", "-"))
        except ConditionFailed:
            return  # holds are not capped, or a redelivery

    def add_erasure(self, request_id: str, *, records: int, cause: Cause) -> None:
        """Note that a person was forgotten here, once."""
        row = {"pk": f"ERASURE#{request_id}", "sk": "-", "kind": ERASURE_KIND, "version": 1, "cause": cause.stamp()}
        try:
            self._table.write(Put(row | {"request_id": request_id, "records": records}, ABSENT))
        except ConditionFailed:
            return  # a redelivery

    def book(self, order_id: str) -> Book:
        """The order's book; empty, at version 0, when inventory has not heard of the order."""
        return self.stored_book(order_id)[0]

    def stored_book(self, order_id: str) -> tuple[Book, Cause | None]:
        """The order's book and what made it as it is."""
        item = self._table.get(*book_key(order_id))
        return (decode_book(item), Cause.from_stamp(item["cause"])) if item else (Book(order_id), None)

    def books(self, order_ids: Iterable[str]) -> list[Book]:
        """Those of the books that exist."""
        return [decode_book(item) for item in self._table.get_many([book_key(one) for one in order_ids]).values()]

    def unfinished(self, *, before: datetime, limit: int) -> list[str]:
        """Orders whose step is under way since before that time, the oldest first."""
        page = self._table.query(PREPARING, index="gsi1", sk_between=("0", rfc3339(before)), limit=limit)
        return [item["pk"].removeprefix("ALLOC#") for item in page.items]

    def save_reservation(
        self,
        reservation: Reservation,
        changes: Iterable[Change],
        cause: Cause,
        *,
        book: Book | None = None,
        owner: Action | None = None,
        ended: Iterable[Reservation] = (),
    ) -> Reservation:
        """The hold at its next version together with its stock rows, an order's book where it takes it over, its
        owner's row where holds are capped, and the holds that end by it."""
        stored = replace(reservation, version=reservation.version + 1)
        if not reservation.version:
            pk, _ = reservation_key(reservation.reservation_id)
            Subjects(self._table).point([reservation.owner], pk, kind=RESERVATION_KIND)
        actions = [put_of(_reservation_row(one, cause)) for one in (reservation, *ended)]
        if book is not None:
            actions.append(put_of(_book_row(book, cause)))
        if owner is not None:
            actions.append(owner)
        write(self._table, [*change_actions(changes, cause), *actions])
        return stored

    def save_book(self, book: Book, changes: Iterable[Change], cause: Cause, *, answer: Answer | None = None) -> Book:
        """The book at its next version together with stock rows, and the answer to a plan where it has one. That a plan
        was taken whole the book itself says: only a refusal, with its truth, needs a row of its own."""
        actions = [put_of(_book_row(book, cause))]
        if answer is not None and answer.verdict is Verdict.REFUSED:
            sk = f"{answer.plan_version:06d}"
            actions.append(put_of(row_of(f"ALLOC#{book.order_id}", sk, ANSWER_KIND, 1, cause, _answers.dump(answer))))
        write(self._table, [*change_actions(changes, cause), *actions])
        return replace(book, version=book.version + 1)


def write(table: Table, actions: Iterable[Action]) -> None:
    """All of it in one transaction. Raises LostRace when a row is not as it was read."""
    try:
        table.write(*actions)
    except ConditionFailed as error:
        raise LostRace("a row is not as it was read") from error


def row_of(pk: str, sk: str, kind: str, version: int, cause: Cause, body: str | bytes) -> dict[str, Any]:
    """The stored row of a document."""
    return {"pk": pk, "sk": sk, "kind": kind, "version": version, "cause": cause.stamp(), "body": body}


def put_of(row: dict[str, Any]) -> Action:
    """Write a document at its version, if it stands one before."""
    if row["version"] == 1:
        return Put(row, ABSENT)
    return Put(row, "#version = :expected", {":expected": row["version"] - 1}, {"#version": "version"})


def _reservation_row(reservation: Reservation, cause: Cause) -> dict[str, Any]:
    pk, sk = reservation_key(reservation.reservation_id)
    body = _reservations.dump(replace(reservation, version=0))
    return row_of(pk, sk, RESERVATION_KIND, reservation.version + 1, cause, body)


def _book_row(book: Book, cause: Cause) -> dict[str, Any]:
    pk, sk = book_key(book.order_id)
    row = row_of(pk, sk, BOOK_KIND, book.version + 1, cause, _books.dump(replace(book, version=0)))
    if book.work is not None:
        row |= {"gsi1pk": PREPARING, "gsi1sk": f"{rfc3339(cause.at)}#{book.order_id}"}
    return row
