"""The reconciler: orders of which something is due by time are looked at, healed, or put before a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from functions.orders.domain import due
from functions.orders.domain.order import Order
from functions.orders.policy_book import PolicyBook
from functions.orders.repository import OrderBook
from functions.orders.service import change_of
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.failures import Failures

ORDERS_AT_ONCE = 200


@dataclass(frozen=True)
class Looked:
    """What one run did. `more`: there is work left for the next."""

    orders: int
    more: bool


@dataclass(frozen=True)
class Reconciler:
    """Looks at what is due."""

    book: OrderBook
    policies: PolicyBook
    clock: Callable[[], datetime]

    def run(self, cause: Cause) -> Looked:
        """Look at every order of which something is due, as many as fit into one run. Raises at the end for what went
        wrong with some of them."""
        order_ids = self.book.to_look_at(until=self.clock(), limit=ORDERS_AT_ONCE)
        failures = Failures()
        for order_id in order_ids:
            with failures.of(order_id):
                self._look(order_id, cause)
        failures.end()
        return Looked(len(order_ids), failures.busy or len(order_ids) == ORDERS_AT_ONCE)

    def _look(self, order_id: str, cause: Cause) -> Order:
        def attempt() -> Order:
            opened = self.book.change(order_id)
            return opened.save(due.look(opened.order, change_of(cause), self.policies.terms), cause=cause)

        return retried(attempt)
