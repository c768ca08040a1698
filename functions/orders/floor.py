"""What the locations and carriers tell that does not go as planned: short, late, brought back."""

from __future__ import annotations

from collections.abc import Callable

from functions.orders.domain import trouble
from functions.orders.domain.order import Change, Order
from functions.orders.repository import OrderBook
from functions.orders.service import change_of, changed
from shared.cause import Cause
from shared.events.fulfilment import FulfilmentOrderDelayed, LabelVoidRefused, ParcelTracked, UnitsShort

RETURN_TO_SENDER, FAILURE = "return_to_sender", "failure"


class FloorService:
    """Use cases of such events; each may be repeated, in any order."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    def units_short(self, event: UnitsShort, cause: Cause) -> None:
        """A place did not give units: where they come from instead is told by the next route."""
        units = {line.line_id: line.quantity for line in event.lines}
        name, told = f"{event.fulfilment_order_id}#{event.number}", _by_the_place(event, cause)
        self._changed(event.order_id, lambda order: trouble.short(order, name, units, event.reason, told), cause)

    def delayed(self, event: FulfilmentOrderDelayed, cause: Cause) -> None:
        """Something takes longer than it should, and why."""
        what, told = f"{event.fulfilment_order_id} delayed: due {event.due_at}", _by_the_place(event, cause)
        self._changed(event.order_id, lambda order: trouble.told(order, what, event.cause, told), cause)

    def parcel_tracked(self, event: ParcelTracked, cause: Cause) -> None:
        """The carrier could not deliver, or brings the parcel back; all else it says moves nothing here."""
        parcel = f"{event.fulfilment_order_id}/{event.parcel_id}"
        if event.status == RETURN_TO_SENDER:
            self._changed(event.order_id, lambda order: trouble.came_back(order, parcel, change_of(cause)), cause)
        elif event.status == FAILURE:
            what = f"parcel {parcel} not delivered at {event.at}"
            self._changed(event.order_id, lambda order: trouble.told(order, what, FAILURE, change_of(cause)), cause)

    def void_refused(self, event: LabelVoidRefused, cause: Cause) -> None:
        """The carrier has a parcel that nobody sends any more, or does not say whether it has."""
        self._changed(
            event.order_id,
            lambda order: trouble.went_astray(order, event.label_id, event.reason, change_of(cause)),
            cause,
        )

    def _changed(self, order_id: str, decide: Callable[[Order], Order], cause: Cause) -> None:
        changed(self._book, order_id, decide, cause)


def place(location_id: str) -> str:
    """As the history names a place that acts."""
    return f"location:{location_id}"


def _by_the_place(event: UnitsShort | FulfilmentOrderDelayed, cause: Cause) -> Change:
    """The place speaks, as of when it happened."""
    return Change(cause.occurred_at or cause.at, place(event.location_id))
