"""What the other services tell of an order: load, decide, save. Each may be repeated, in any order."""

from __future__ import annotations

from datetime import datetime

from functions.orders.domain import cancelling, following
from functions.orders.domain.lines import Parcel, Progress, Units
from functions.orders.repository import OrderBook
from functions.orders.service import change_of, changed
from shared.cause import Cause
from shared.events.customers import OrderCustomerKnown
from shared.events.fulfilment import (
    CancellationDecided,
    ChoiceMade,
    ChoiceOffered,
    FulfilmentOrderMoved,
    HandedOver,
    LineProgress,
    OrderRouted,
    ReadyForPickup,
    ReceivedAtStore,
    SentToStore,
    Shipped,
)
from shared.events.inventory import ReservationIgnored

Step = FulfilmentOrderMoved | ReadyForPickup | Shipped | HandedOver | SentToStore | ReceivedAtStore


class News:
    """The use cases of other services' events."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    def route(self, event: OrderRouted, cause: Cause) -> None:
        """Each unit has its place, or is known to have none."""
        opened = {
            one.fulfilment_order_id: Progress(
                location_id=one.destination_id or one.location_id,
                method=one.method,
                lines={line.line_id: Units(allocated=line.quantity) for line in one.lines},
            )
            for one in event.fulfilment_orders
        }
        unfilled = [following.Unfilled(one.line_id, one.quantity, one.outcome) for one in event.unfilled]
        changed(
            self._book,
            event.order_id,
            lambda order: following.route(
                order, plan_version=event.plan_version, opened=opened, unfilled=unfilled, change=change_of(cause)
            ),
            cause,
        )

    def ask(self, event: ChoiceOffered, cause: Cause) -> None:
        """The shopper is to choose what becomes of units that no place can ship."""
        changed(self._book, event.order_id, lambda order: following.asked(order, event.number, event.link), cause)

    def chosen(self, event: ChoiceMade, cause: Cause) -> None:
        """The shopper has chosen."""
        changed(
            self._book,
            event.order_id,
            lambda order: following.chosen(order, event.number, event.choice, change_of(cause)),
            cause,
        )

    def follow(self, event: Step, cause: Cause) -> None:
        """A fulfilment order took a step."""
        told = progress_of(event, at=cause.occurred_at or cause.at)
        changed(
            self._book,
            event.order_id,
            lambda order: following.progress(order, event.fulfilment_order_id, told, change_of(cause)),
            cause,
        )

    def decide_cancel(self, event: CancellationDecided, cause: Cause) -> None:
        """Fulfilment has decided a cancel, by quantity."""
        changed(
            self._book,
            event.order_id,
            lambda order: cancelling.decide_cancel(
                order,
                request_id=event.request_id,
                cancelled={line.line_id: line.quantity for line in event.cancelled},
                refused={line.line_id: line.quantity for line in event.refused},
                change=change_of(cause),
            ),
            cause,
        )

    def ignore_reservation(self, event: ReservationIgnored, cause: Cause) -> None:
        """Inventory did not use the hold that the order named."""
        changed(
            self._book,
            event.order_id,
            lambda order: following.ignore_reservation(order, reason=event.reason, change=change_of(cause)),
            cause,
        )

    def know_customer(self, event: OrderCustomerKnown, cause: Cause) -> None:
        """The order belongs to this customer."""
        changed(
            self._book,
            event.order_id,
            lambda order: following.belongs_to(order, event.customer_id, change_of(cause)),
            cause,
        )


def progress_of(event: Step, *, at: datetime) -> Progress:
    """A step of fulfilment as the book keeps it."""
    ready = event if isinstance(event, ReadyForPickup) else None
    parcels = event.parcels if isinstance(event, Shipped) else ()
    return Progress(
        location_id=event.location_id,
        method=event.method,
        status=event.status,
        version=event.version,
        lines={line.line_id: _units(line) for line in event.lines},
        code=ready.code if ready else None,
        pickup_by=ready.pickup_by if ready else None,
        link=ready.link if ready else None,
        parcels=tuple(Parcel(one.parcel_id, one.carrier, one.tracking_number) for one in parcels),
        at=at,
    )


def _units(line: LineProgress) -> Units:
    return Units(
        allocated=line.allocated,
        picked=line.picked,
        packed=line.packed,
        ready=line.ready,
        shipped=line.shipped,
        fulfilled=line.fulfilled,
    )
