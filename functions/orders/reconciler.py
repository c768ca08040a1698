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
        """Look at every order of which something is due, as many as fit into one run.

        An order that cannot be looked at keeps none of the others waiting; raises what came of it when all are done.
        """
        order_ids = self.book.to_look_at(until=self.clock(), limit=ORDERS_AT_ONCE)
        failed: list[Exception] = []
        for order_id in order_ids:
            try:
                self._look(order_id, cause)
            except Exception as error:  # noqa: BLE001 - raised below, with all the others
                failed.append(error)
        if failed:
            raise ExceptionGroup(f"{len(failed)} of {len(order_ids)} orders could not be looked at", failed)
        return Looked(len(order_ids), len(order_ids) == ORDERS_AT_ONCE)

    def _look(self, order_id: str, cause: Cause) -> Order:
        def attempt() -> Order:
            opened = self.book.change(order_id)
            return opened.save(due.look(opened.order, change_of(cause), self.policies.terms), cause=cause)

        return retried(attempt)
