"""The worklist of what needs a person: list it, take it on, resolve it."""

from __future__ import annotations

from dataclasses import dataclass

from functions.orders.domain import attention, resolving
from functions.orders.domain.attention import NeedsPerson
from functions.orders.domain.order import Order
from functions.orders.repository import OrderBook
from functions.orders.service import change_of, in_reach
from shared.auth import Caller
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.errors import NotFound

MAX_ROUNDS = 5


class ExceptionNotFound(NotFound):
    """There is no such exception, or not any more."""

    code = "exception_not_found"

    def __init__(self) -> None:
        super().__init__("no such exception, or it is resolved")


@dataclass(frozen=True)
class WorkPage:
    """Some exceptions, the newest first, and where to go on."""

    items: list[NeedsPerson]
    next_cursor: str | None


class Worklist:
    """Use cases on what needs a person."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    def find(
        self, *, kind: str | None, owner: str | None, channel: str | None, limit: int, cursor: str | None
    ) -> WorkPage:
        """What needs a person; `owner` "" finds what nobody has taken on.

        A page may hold fewer than `limit` although there are more: the cursor alone says so.
        """
        found: list[NeedsPerson] = []
        for _ in range(MAX_ROUNDS):
            page = self._book.needing_people(limit=limit, cursor=cursor)
            found += [
                one
                for order in page.orders
                if channel in (None, order.channel)
                for one in attention.exceptions(order)
                if kind in (None, one.kind.value) and owner in (None, one.owner)
            ]
            cursor = page.next_cursor
            if cursor is None or len(found) >= limit:
                break
        return WorkPage(found, cursor)

    def resolve(self, exception_id: str, command: resolving.Resolve, *, caller: Caller, cause: Cause) -> Order:
        """Do what a person decided. Raises ExceptionNotFound and what `resolving.resolve` does."""
        order_id, _, kind = exception_id.rpartition(":")
        if not order_id or kind not in set(attention.Kind):
            raise ExceptionNotFound

        def attempt() -> Order:
            opened = self._book.change(order_id)
            in_reach(opened.order, caller)
            if kind not in opened.order.raised and command.request_id not in opened.order.resolutions:
                raise ExceptionNotFound
            resolved = resolving.resolve(opened.order, attention.Kind(kind), command, change_of(cause))
            return opened.save(resolved, cause=cause)

        return retried(attempt)
