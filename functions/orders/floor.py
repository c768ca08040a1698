"""What the locations and carriers tell that does not go as planned: short, late, brought back."""

from __future__ import annotations

from collections.abc import Callable

from functions.orders.domain import trouble
from functions.orders.domain.order import Order
from functions.orders.repository import OrderBook
from functions.orders.service import change_of
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.events.fulfilment import FulfilmentOrderDelayed, ParcelTracked, UnitsShort

RETURN_TO_SENDER, FAILURE = "return_to_sender", "failure"


class FloorService:
    """Use cases of such events; each may be repeated, in any order."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    def units_short(self, event: UnitsShort, cause: Cause) -> None:
        """A place did not give units: where they come from instead is told by the next route."""
        units = sum(line.quantity for line in event.lines)
        what = f"{event.fulfilment_order_id} short of {units} units at {event.location_id} ({event.number})"
        self._changed(event.order_id, lambda order: trouble.told(order, what, event.reason, change_of(cause)), cause)

    def delayed(self, event: FulfilmentOrderDelayed, cause: Cause) -> None:
        """Something takes longer than it should, and why."""
        what = f"{event.fulfilment_order_id} delayed at {event.location_id}: due {event.due_at}"
        self._changed(event.order_id, lambda order: trouble.told(order, what, event.cause, change_of(cause)), cause)

    def parcel_tracked(self, event: ParcelTracked, cause: Cause) -> None:
        """The carrier could not deliver, or brings the parcel back; all else it says moves nothing here."""
        parcel = f"{event.fulfilment_order_id}/{event.parcel_id}"
        if event.status == RETURN_TO_SENDER:
            self._changed(event.order_id, lambda order: trouble.came_back(order, parcel, change_of(cause)), cause)
        elif event.status == FAILURE:
            what = f"parcel {parcel} not delivered at {event.at}"
            self._changed(event.order_id, lambda order: trouble.told(order, what, FAILURE, change_of(cause)), cause)

    def _changed(self, order_id: str, decide: Callable[[Order], Order], cause: Cause) -> None:
        def attempt() -> Order:
            opened = self._book.change(order_id)
            return opened.save(decide(opened.order), cause=cause)

        retried(attempt)
