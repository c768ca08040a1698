"""What went otherwise than planned at a place: told in the order's history, with where, when and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from functions.orders.domain import following
from functions.orders.domain.order import Change, Order
from functions.orders.repository import OrderBook
from functions.orders.service import change_of
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.events.fulfilment import FulfilmentOrderDelayed, UnitsShort


def place(location_id: str) -> str:
    """As the history names a place that acts."""
    return f"location:{location_id}"


def _told(event: UnitsShort | FulfilmentOrderDelayed, why: str, cause: Cause) -> Change:
    """The place speaks, as of when it happened."""
    at = cause.occurred_at or cause.at
    return replace(change_of(cause), by=place(event.location_id), at=at, why=why)


class Incidents:
    """Use cases of the incidents' events; each may be repeated, in any order."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    def short(self, event: UnitsShort, cause: Cause) -> None:
        """A place did not give units: the reason is remembered for what follows from it."""
        units = {line.line_id: line.quantity for line in event.lines}
        change = _told(event, event.reason, cause)
        name = f"{event.fulfilment_order_id}#{event.number}"
        self._changed(event.order_id, lambda order: following.short(order, name, units, change), cause)

    def delayed(self, event: FulfilmentOrderDelayed, cause: Cause) -> None:
        """Something at a place is late."""
        change = _told(event, event.cause, cause)
        what = f"{event.fulfilment_order_id} is late: due {event.due_at}"
        self._changed(event.order_id, lambda order: following.incident(order, what, change), cause)

    def _changed(self, order_id: str, decide: Callable[[Order], Order], cause: Cause) -> Order:
        def attempt() -> Order:
            opened = self._book.change(order_id)
            return opened.save(decide(opened.order), cause=cause)

        return retried(attempt)
