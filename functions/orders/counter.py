"""What happens at a store's counter: goods handed over and refused there, and collections that nobody came for."""

from __future__ import annotations

from dataclasses import replace

from functions.orders.domain import following, returning
from functions.orders.domain.order import Change, Order
from functions.orders.domain.returns import (
    Condition,
    Disposition,
    Handled,
    Return,
    ReturnLine,
    ReturnMethod,
    ReturnReason,
    Verdict,
)
from functions.orders.floor import place
from functions.orders.news import progress_of
from functions.orders.repository import Name, OrderBook
from functions.orders.service import change_of
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.events.fulfilment import (
    HandedOver,
    OptionChosen,
    OptionsOffered,
    PickupExtended,
    PickupNotCollected,
    RefusedLine,
)
from shared.inbox import NotYet

CANCEL = "cancel"
AT_THE_COUNTER = "refused_at_the_counter"


class CounterService:
    """Use cases of the counter's events; each may be repeated, in any order."""

    def __init__(self, book: OrderBook) -> None:
        self._book = book

    def handed_over(self, event: HandedOver, cause: Cause) -> None:
        """The shopper has the goods. What they refused over the counter is a return that has been received."""
        told = progress_of(event, at=cause.occurred_at or cause.at)

        def follow(order: Order) -> Order:
            return following.progress(order, event.fulfilment_order_id, told, change_of(cause))

        def attempt() -> Order:
            opened = self._book.change(event.order_id)
            return opened.save(follow(opened.order), cause=cause)

        retried(attempt)
        for number, line in enumerate(event.refused, start=1):
            self._refused(event, number, line, cause)

    def not_collected(self, event: PickupNotCollected, cause: Cause) -> None:
        """Nobody came: the units are cancelled, and what was paid for them is given back."""
        units = {line.line_id: line.quantity for line in event.lines}

        def attempt() -> Order:
            opened = self._book.change(event.order_id)
            change = replace(change_of(cause), by=place(event.location_id))
            after = following.given_up(opened.order, event.fulfilment_order_id, units, following.NO_SHOW, change)
            return opened.save(after, cause=cause)

        retried(attempt)

    def options_offered(self, event: OptionsOffered, cause: Cause) -> None:
        """The store cannot give some of it: the shopper may choose by their link."""

        def attempt() -> Order:
            opened = self._book.change(event.order_id)
            _must_know(opened.order, event.fulfilment_order_id)
            return opened.save(following.linked(opened.order, event.fulfilment_order_id, event.link), cause=cause)

        retried(attempt)

    def pickup_extended(self, event: PickupExtended, cause: Cause) -> None:
        """A collection waits longer."""

        def attempt() -> Order:
            opened = self._book.change(event.order_id)
            _must_know(opened.order, event.fulfilment_order_id)
            after = following.extended(opened.order, event.fulfilment_order_id, event.pickup_by, change_of(cause))
            return opened.save(after, cause=cause)

        retried(attempt)

    def option_chosen(self, event: OptionChosen, cause: Cause) -> None:
        """What the shopper does not want elsewhere is cancelled; every other choice is told by its new route."""
        if event.choice != CANCEL:
            return
        units = {line.line_id: line.quantity for line in event.lines}
        name = f"{event.fulfilment_order_id}.offer.{event.number}"

        def attempt() -> Order:
            opened = self._book.change(event.order_id)
            after = following.given_up(opened.order, name, units, following.STORE_SHORT, change_of(cause))
            return opened.save(after, cause=cause)

        retried(attempt)

    def _refused(self, event: HandedOver, number: int, line: RefusedLine, cause: Cause) -> None:
        return_id = f"{event.fulfilment_order_id}.refused.{number}"

        def attempt() -> Order:
            opened = self._book.change(event.order_id)
            order = opened.order
            if order.return_(return_id) is not None or returning.returnable(order).get(line.line_id, 0) < line.quantity:
                return order
            after = _returned(order, return_id, line, event.location_id, change_of(cause))
            return opened.save(after, cause=cause, names=Name("RETURN", return_id))

        retried(attempt)


def _must_know(order: Order, fulfilment_order_id: str) -> None:
    if fulfilment_order_id not in order.fulfilment:
        raise NotYet(f"the route of {order.order_id} to {fulfilment_order_id} has not arrived")


def _returned(order: Order, return_id: str, line: RefusedLine, location_id: str, change: Change) -> Order:
    reason = ReturnReason(line.reason)
    wanted = Return(
        return_id=return_id,
        method=ReturnMethod.IN_STORE,
        lines=(ReturnLine(line.line_id, line.quantity, reason),),
        verdict=Verdict.MANUAL,
        at=change.at,
        content_hash=AT_THE_COUNTER,
        location_id=location_id,
    )
    after = returning.request(order, wanted, change)
    taken = after.return_(return_id)
    assert taken is not None, "it was just requested"
    if taken.verdict is not Verdict.AUTHORISED:
        return after  # a person decides; the goods lie at the counter
    faulty = reason is ReturnReason.DAMAGED
    disposition = Disposition.PROCESSING if faulty else Disposition.RESTOCK
    condition = Condition.DAMAGED if faulty else Condition.NEW
    units = (Handled(line.line_id, line.quantity, location_id, disposition, condition),)
    return returning.receive(after, return_id, units, step=AT_THE_COUNTER, change=change)
