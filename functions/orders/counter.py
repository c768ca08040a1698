"""What happens at a store's counter: goods handed over and refused there, and collections that nobody came for."""

from __future__ import annotations

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
from functions.orders.repository import Name, OrderBook
from functions.orders.service import change_of, progress_of
from shared.cause import Cause
from shared.dynamo.retry import retried
from shared.events.fulfilment import HandedOver, PickupNotCollected, RefusedLine

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
            change = change_of(cause)
            after = following.not_collected(opened.order, event.fulfilment_order_id, units, change)
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
