"""Forgetting people: their orders are found, and each is erased as soon as nobody needs its contact any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from functions.orders.domain import erasing
from functions.orders.domain.erasing import Forgetting
from functions.orders.domain.order import Order, OrderNotFound
from functions.orders.repository import OrderBook
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.idempotency import Markers
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.subjects import digest
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table
from shared.events.customers import CustomerErasureRequested, OrderCustomerKnown

KIND = "erasure"


_FORGETTINGS = Document(Forgetting)


def decode(item: Item) -> Forgetting:
    """The request of a stored row."""
    return replace(_FORGETTINGS.load(item["body"]), version=item["version"])


class Erasures:
    """The use cases; each may be repeated, and continues where a worker died."""

    def __init__(self, book: OrderBook, table: Table) -> None:
        self._book = book
        self._table = table

    def erase(self, event: CustomerErasureRequested, cause: Cause) -> None:
        """Find the orders of a person and erase each as soon as it may be.

        The marks come first: an order that is found to be this person's later is erased then.
        """
        for customer_id in event.customer_ids:
            self._once(Put(_row(f"ERASED#{customer_id}", "erased", cause, request_id=event.request_id)))
        found = [order_id for name in event.customer_ids for order_id in self._book.ids_of_customer(name)]
        known = self._noted(event.request_id, found, cause)
        self._erase(known, known.order_ids, cause)

    def know_customer(
        self, event: OrderCustomerKnown, cause: Cause, otherwise: Callable[[OrderCustomerKnown, Cause], None]
    ) -> None:
        """Whose an order is: of a person who was forgotten, it is erased; else as `otherwise` does."""
        mark = self._table.get(f"ERASED#{event.customer_id}")
        if mark is None:
            otherwise(event, cause)
            mark = self._table.get(f"ERASED#{event.customer_id}")  # marked meanwhile: its search came too early
        if mark is not None:
            known = self._noted(str(mark["request_id"]), [event.order_id], cause)
            self._erase(known, [event.order_id], cause)

    def _erase(self, known: Forgetting, order_ids: Iterable[str], cause: Cause) -> None:
        for order_id in order_ids:
            self._erase_one(order_id, known, cause)
            Markers(self._table).forget([digest(order_id)])

    def _noted(self, request_id: str, order_ids: Iterable[str], cause: Cause) -> Forgetting:
        return retried(lambda: self._note(request_id, tuple(order_ids), cause))

    def _note(self, request_id: str, order_ids: tuple[str, ...], cause: Cause) -> Forgetting:
        row = self._table.get(f"ERASURE#{request_id}")
        known = decode(row) if row else Forgetting(request_id)
        together = tuple(dict.fromkeys((*known.order_ids, *order_ids)))
        if known.version and together == known.order_ids:
            return known
        after = replace(known, order_ids=together, version=known.version + 1)
        body = _FORGETTINGS.dump(replace(after, version=0))
        item = _row(f"ERASURE#{request_id}", KIND, cause, version=after.version, body=body)
        guard = "#version = :expected" if known.version else ABSENT
        values = {":expected": known.version} if known.version else {}
        try:
            self._table.write(Put(item, guard, values, {"#version": "version"} if known.version else {}))
        except ConditionFailed as error:
            raise LostRace("another event told of this person's orders") from error
        return after

    def _erase_one(self, order_id: str, known: Forgetting, cause: Cause) -> None:
        def attempt() -> Order:
            opened = self._book.change(order_id)
            asked = erasing.asked(opened.order, request_id=known.request_id, pseudonym=known.pseudonym)
            return opened.save(asked, cause=cause)

        try:
            retried(attempt)
        except OrderNotFound:
            return  # customers was told of an order that this book never had

    def _once(self, put: Put) -> None:
        try:
            self._table.write(put)
        except ConditionFailed:
            return  # a redelivery


def _row(pk: str, kind: str, cause: Cause, *, version: int = 1, **attributes: object) -> Item:
    return {"pk": pk, "sk": "-", "kind": kind, "version": version, "cause": cause.stamp(), **attributes}
