"""Placing and lifting holds by hand."""

from __future__ import annotations

from dataclasses import replace

from functions.orders.domain.advance import PAYMENT_HOLD, noted_and_advanced, without_hold
from functions.orders.domain.holds import Hold
from functions.orders.domain.order import Change, Order
from shared.errors import Conflict, NotFound


class HoldIdReused(Conflict):
    """The hold id stands for another hold of this order, or for one that was lifted."""

    code = "hold_id_reused"


class HoldNotFound(NotFound):
    """The order has no such hold."""

    code = "hold_not_found"


class LiftedByPayment(Conflict):
    """The hold for a missing payment ends with the payment."""

    code = "hold_lifted_by_payment"


class TooLateToHold(Conflict):
    """Everything of the order has left: there is nothing to hold back."""

    code = "order_released"


def place(order: Order, hold: Hold, change: Change) -> Order:
    """Hold the order back, or the work on it: what has left has left, and is named in the history. The same hold again
    changes nothing. Raises HoldIdReused, TooLateToHold."""
    known = next((one for one in order.holds if one.hold_id == hold.hold_id), None)
    if known is not None:
        if replace(hold, at=known.at, owner=known.owner) != known:
            raise HoldIdReused("this hold_id stands for another hold of the order")
        return order
    if hold.hold_id in order.lifted_holds or hold.hold_id == PAYMENT_HOLD:
        raise HoldIdReused("this hold_id has been used")
    if order.released and hold.bars_work and not any(one.open > one.left for one in order.quantities.values()):
        raise TooLateToHold("everything of the order has left; it cannot be held back any more")
    after = replace(order, holds=(*order.holds, hold))
    what = f"hold {hold.hold_id} set: {hold.type}"
    if hold.bars_work and order.left_work:
        what += f"; already left: {', '.join(order.left_work)}"
    return noted_and_advanced(after, what, replace(change, why=hold.reason), before=order)


def lift(order: Order, hold_id: str, change: Change) -> Order:
    """The reason is gone. Raises HoldNotFound, LiftedByPayment."""
    known = next((one for one in order.holds if one.hold_id == hold_id), None)
    if known is None:
        raise HoldNotFound("the order has no such hold")
    if hold_id == PAYMENT_HOLD:
        raise LiftedByPayment("pay what is open, and the hold is lifted")
    return noted_and_advanced(without_hold(order, known), f"hold {hold_id} lifted", change, before=order)
