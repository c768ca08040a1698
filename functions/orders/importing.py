"""What rows of a bulk import of past orders mean: orders in the book that nobody has to work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from functions.orders.domain.importing import past
from functions.orders.domain.order import Order
from functions.orders.domain.placement import OrderIdReused, one_currency
from functions.orders.import_schemas import PastOrder
from functions.orders.repository import OrderBook
from functions.orders.schemas import content_hash
from functions.orders.service import change_of
from shared.errors import DomainError, FieldError
from shared.imports.worker import Applied, Numbered


@dataclass(frozen=True)
class OrderImport:
    """The use case of the import worker."""

    book: OrderBook

    def orders(self, rows: Sequence[Numbered[PastOrder]]) -> Applied:
        """Orders of the past, each once per channel and channel order id. No payment is asked for, nothing routed."""
        known = self.book.content_hashes(one.row.order_id for one in rows)
        applied = Applied()
        for one in rows:
            content = content_hash(one.row)
            try:
                order = _past(one)
                if known.get(order.order_id, content) != content:
                    raise _reused(order)
            except DomainError as error:
                applied.reject(one.line, error)
                continue
            if order.order_id in known:
                applied.unchanged += 1
                continue
            applied.changed += 1
            applied.actions += self.book.adding(order, content_hash=content, cause=one.cause)
        return applied


def _past(one: Numbered[PastOrder]) -> Order:
    row, at = one.row, one.cause.at
    one_currency(row.currency, row.amounts())
    return past(row.to_order(at=at), row.ended(), ended_at=row.ended_at or row.placed_at, change=change_of(one.cause))


def _reused(order: Order) -> DomainError:
    detail = OrderIdReused(order.order_id).detail
    error = OrderIdReused(order.order_id)
    error.errors = (FieldError("/channel_order_id", detail),)
    return error
