"""What follows from a change of an order: the payment hold, the release to routing, captures and voids."""

from __future__ import annotations

from dataclasses import replace

from functions.orders.domain import account
from functions.orders.domain.order import Block, Change, Hold, HoldType, Order
from functions.orders.domain.tenders import Operation, OperationKind, Payment

PAYMENT_HOLD = "payment"


def noted_and_advanced(order: Order, what: str, change: Change, *, before: Order) -> Order:
    """The changed order with its history entry, and with everything that follows from the change."""
    return advance(order.noted(what, change, before=before), change)


def advance(order: Order, change: Change) -> Order:
    """The order after everything that can be done about it by rule. Twice is the same as once."""
    return _finish(_capture(_release(_payment_hold(order, change), change), change), change)


def _payment_hold(order: Order, change: Change) -> Order:
    """Held while money is missing that nobody is being asked for; a hold that stands is lifted only by money."""
    stands = next((hold for hold in order.holds if hold.hold_id == PAYMENT_HOLD), None)
    missing = account.unsecured(order) > 0
    if missing and not stands and not account.authorising(order):
        block = Block.CAPTURE if order.released else Block.ROUTE
        reason = "payment declined" if order.payments else "no payment given"
        hold = Hold(PAYMENT_HOLD, HoldType.PAYMENT, (block,), reason, change.at, owner="service:orders")
        return replace(order, holds=(*order.holds, hold)).noted("payment hold set", change, before=order)
    if stands and not missing:
        holds = tuple(hold for hold in order.holds if hold is not stands)
        return replace(order, holds=holds).noted("payment hold lifted", change, before=order)
    return order


def _release(order: Order, change: Change) -> Order:
    """Fulfilment may plan once the money is sure, nothing blocks it and something has to come from somewhere."""
    if order.released or not order.to_source or order.blocked(Block.ROUTE) or account.unsecured(order):
        return order
    return replace(order, released_at=change.at).noted("released to routing", change, before=order)


def _capture(order: Order, change: Change) -> Order:
    """Ask for what has left and has not been asked for yet."""
    payment = account.live_payment(order)
    missing = account.earned(order) - account.captured(order) - account.capturing(order)
    if payment is None or payment.external or missing <= 0 or order.blocked(Block.CAPTURE):
        return order
    amount = min(missing, account.uncaptured(order, payment))
    return asked(order, payment, OperationKind.CAPTURE, amount, change) if amount else order


def _finish(order: Order, change: Change) -> Order:
    """Give back what is authorised beyond the last unit: only when nothing is left to deliver or to capture."""
    payment = account.live_payment(order)
    if payment is None or payment.external or account.capturing(order):
        return order
    over = account.uncaptured(order, payment)
    if over <= 0 or account.earned(order) != account.due(order):
        return order
    if any(vector.open > vector.left for vector in order.quantities.values()):
        return order  # units worth nothing may still be on their way
    return asked(order, payment, OperationKind.VOID, over, change)


def asked(order: Order, payment: Payment, kind: OperationKind, amount: int, change: Change) -> Order:
    """The order waiting for one more operation of a tender's provider."""
    operation = Operation(
        operation_id=f"{order.order_id}.p{len(order.operations) + 1}",
        payment_id=payment.payment_id,
        kind=kind,
        amount=amount,
        at=change.at,
    )
    asking = replace(order, operations=(*order.operations, operation))
    return asking.noted(f"{kind} {amount} requested", change, before=order)
