"""What callers can do with orders: load, decide, save. Twice is the same as once. No events here: start-up counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from functions.orders.domain import cancelling, holding, paying
from functions.orders.domain.holds import Hold
from functions.orders.domain.order import Change, Order, Status
from functions.orders.domain.placement import place
from functions.orders.domain.tenders import Payment
from functions.orders.repository import MAX_PAGE_WEIGHT, During, OrderBook, OrderPage, stores, weight
from shared.auth import Caller
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.errors import NotFound, Refused

MAX_ROUNDS = 5
"""How many pages a narrowed list reads before it answers with what it has and a cursor."""


@dataclass(frozen=True)
class Wanted:
    """Which orders a list is to hold. Everything that is given must hold."""

    channel: str | None = None
    channel_order_id: str | None = None
    customer_ids: tuple[str, ...] | None = None
    """All customers who are the shopper; the one that was asked for first."""
    status: Status | None = None
    location_id: str | None = None
    during: During = field(default_factory=During)

    def holds(self, order: Order) -> bool:
        return (
            self.channel in (None, order.channel)
            and self.channel_order_id in (None, order.channel_order_id)
            and (self.customer_ids is None or order.customer_id in self.customer_ids)
            and self.status in (None, order.status)
            and (self.location_id is None or self.location_id in stores(order))
            and self.during.holds(order.placed_at)
        )


def change_of(cause: Cause) -> Change:
    """The cause as the domain sees it."""
    return Change(at=cause.at, by=cause.actor, why=cause.reason)


class OrderService:
    """The use cases of the order book."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    # --------------------------------------------------------------- commands

    def place(
        self, order: Order, payments: Sequence[Payment], *, content_hash: str, cause: Cause
    ) -> tuple[Order, bool]:
        """Take an order into the book, by one write. Answers the order as it is now, and whether it is new.

        Raises Refused for what is not acceptable, OrderIdReused for other content under a known id.
        """
        placed = place(order, payments, change_of(cause))
        return self._book.add(placed, content_hash=content_hash, cause=cause)

    def cancel(
        self,
        order_id: str,
        *,
        request_id: str,
        lines: Mapping[str, int] | None,
        reason: str,
        caller: Caller,
        cause: Cause,
    ) -> tuple[Order, bool]:
        """Stop units. Answers the order, and whether the request is decided (else fulfilment still has to).

        Raises what `cancelling.request_cancel` does, OrderNotFound also for what the caller may not see.
        """

        def decide(order: Order) -> Order:
            in_reach(order, caller)
            return cancelling.request_cancel(
                order, request_id=request_id, lines=lines, reason=reason, change=change_of(cause)
            )

        order = self._changed(order_id, decide, cause)
        request = order.cancellation(request_id)
        return order, request is not None and request.decided

    def pay(
        self, order_id: str, payment: Payment, *, currency: str, caller: Caller, cause: Cause
    ) -> tuple[Order, bool]:
        """Pay what is open. Answers the order, and whether the payment is new. Raises what `paying.pay` does."""
        known = False

        def decide(order: Order) -> Order:
            nonlocal known
            in_reach(order, caller)
            if currency != order.currency:
                raise Refused(f"the order is in {order.currency}", code="currency_mismatch")
            known = order.payment(payment.payment_id) is not None
            return paying.pay(order, payment, change_of(cause))

        return self._changed(order_id, decide, cause), not known

    def hold(self, order_id: str, hold: Hold, *, caller: Caller, cause: Cause) -> tuple[Order, bool]:
        """Hold the order back. Answers the order, and whether the hold is new. Raises what `holding.place` does."""
        new = True

        def decide(order: Order) -> Order:
            nonlocal new
            in_reach(order, caller)
            new = all(one.hold_id != hold.hold_id for one in order.holds)
            return holding.place(order, hold, change_of(cause))

        return self._changed(order_id, decide, cause), new

    def lift(self, order_id: str, hold_id: str, *, caller: Caller, cause: Cause) -> Order:
        """Let the order go on. Raises what `holding.lift` does."""

        def decide(order: Order) -> Order:
            in_reach(order, caller)
            return holding.lift(order, hold_id, change_of(cause))

        return self._changed(order_id, decide, cause)

    # ------------------------------------------------------------------ reads

    def get(self, order_id: str, *, caller: Caller) -> Order:
        """One order. Raises OrderNotFound, also for what the caller may not see."""
        order = self._book.get(order_id)
        in_reach(order, caller)
        return order

    def by_channel_order(self, order_id: str, wanted: Wanted) -> OrderPage:
        """The order with this id in a list, or an empty list."""
        try:
            order = self._book.get(order_id)
        except NotFound:
            return OrderPage([], None)
        return OrderPage([order] if wanted.holds(order) else [], None)

    def find(self, wanted: Wanted, *, limit: int, cursor: str | None) -> OrderPage:
        """Orders of a customer (and all who are the same person), a place, a status or a channel, the newest first.

        A page may hold fewer than `limit` although there are more, also because its orders are large: the cursor alone
        says so.
        Raises Refused when none is given.
        """
        found: list[Order] = []
        for _ in range(MAX_ROUNDS):
            page = self._page(wanted, limit=limit - len(found), cursor=cursor)
            found += [order for order in page.orders if wanted.holds(order)]
            cursor = page.next_cursor
            if cursor is None or len(found) == limit or sum(map(weight, found)) >= MAX_PAGE_WEIGHT:
                break
        return OrderPage(found, cursor)

    def _page(self, wanted: Wanted, *, limit: int, cursor: str | None) -> OrderPage:
        if wanted.customer_ids is not None:
            return self._book.of_customers(wanted.customer_ids, wanted.during, limit=limit, cursor=cursor)
        if wanted.location_id is not None:
            return self._book.of_store(wanted.location_id, wanted.during, limit=limit, cursor=cursor)
        if wanted.status is not None:
            return self._book.of_status(wanted.status, wanted.during, limit=limit, cursor=cursor)
        if wanted.channel is not None:
            return self._book.of_channel(wanted.channel, wanted.during, limit=limit, cursor=cursor)
        raise Refused("say which orders: channel, customer_id, location_id or status", code="filter_required")

    def _changed(self, order_id: str, decide: Callable[[Order], Order], cause: Cause) -> Order:
        return changed(self._book, order_id, decide, cause)


def changed(book: OrderBook, order_id: str, decide: Callable[[Order], Order], cause: Cause) -> Order:
    """The order as decided, saved; decided anew where somebody else was faster. Raises OrderNotFound, Busy."""

    def attempt() -> Order:
        opened = book.change(order_id)
        return opened.save(decide(opened.order), cause=cause)

    return retried(attempt)


def in_reach(order: Order, caller: Caller) -> None:
    """Raises NotFound unless the order is the caller's to see."""
    caller.require(channel=order.channel, customer_id=order.customer_id)
