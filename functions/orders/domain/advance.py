"""What follows from a change of an order: the payment hold, the release to routing, captures and voids."""

from __future__ import annotations

from dataclasses import replace

from functions.orders.domain import account, changing, exchanging
from functions.orders.domain.attention import raised
from functions.orders.domain.changes import ChangeStatus
from functions.orders.domain.holds import Block, Hold, HoldType
from functions.orders.domain.order import Change, Order
from functions.orders.domain.tenders import Operation, OperationKind, Payment

PAYMENT_HOLD = "payment"


def noted_and_advanced(order: Order, what: str, change: Change, *, before: Order) -> Order:
    """The changed order with its history entry, and with everything that follows from the change."""
    return advance(order.noted(what, change, before=before), change)


def advance(order: Order, change: Change) -> Order:
    """The order after everything that can be done about it by rule. Twice is the same as once."""
    order = exchanging.advanced(changing.advanced(_lapsed_holds(order, change), change), change)
    order = _release(_payment_hold(_reauthorise(order, change), change), change)
    order = _capture(order, change)
    if not any(one.status is ChangeStatus.PENDING for one in order.changes):  # its quote counts on all money there is
        order = _refund(_finish(order, change), change)
    return raised(order, change)


def _lapsed_holds(order: Order, change: Change) -> Order:
    """A hold that has expired holds nothing any more."""
    for hold in order.holds:
        if not hold.live(change.at):
            order = without_hold(order, hold).noted(f"hold {hold.hold_id} expired", change, before=order)
    return order


def without_hold(order: Order, hold: Hold) -> Order:
    """The order without one of its holds; the id is used up."""
    rest = tuple(one for one in order.holds if one is not hold)
    return replace(order, holds=rest, lifted_holds=(*order.lifted_holds, hold.hold_id))


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
    blocked = any(order.blocked(block) for block in Block if block.before_release)
    if order.released or not order.to_source or blocked or account.unsecured(order):
        return order
    if any(account.reauthorising(order, payment) for payment in order.payments):
        return order
    return replace(order, released_at=change.at).noted("released to routing", change, before=order)


def _reauthorise(order: Order, change: Change) -> Order:
    """What is set aside lapses: as long as there is something to be captured of it, it is set aside anew."""
    for payment, _ in account.still_needed(order):
        if account.lapsed(order, payment, change.at) and not account.reauthorising(order, payment):
            order = asked(order, payment, OperationKind.REAUTHORISE, account.uncaptured(order, payment), change)
    return order


def _capture(order: Order, change: Change) -> Order:
    """Ask for what has left and has not been asked for yet, the oldest tender first."""
    if order.blocked(Block.CAPTURE):
        return order
    for payment in account.live_payments(order):
        if account.lapsed(order, payment, change.at):
            continue  # its money is being set aside anew
        missing = account.earned(order) - account.balance(order)
        amount = min(missing, account.uncaptured(order, payment))
        if amount > 0:
            order = asked(order, payment, OperationKind.CAPTURE, amount, change)
    return order


def _finish(order: Order, change: Change) -> Order:
    """Give back what is authorised beyond the last unit: only when nothing is left to deliver or to capture."""
    if account.capturing(order) or account.earned(order) != account.due(order):
        return order
    if any(vector.open > vector.left for vector in order.quantities.values()):
        return order  # units worth nothing may still be on their way
    if account.earned(order) > account.balance(order):
        return order  # a capture is blocked
    for payment in account.live_payments(order):
        over = account.uncaptured(order, payment)
        if over > 0:
            order = asked(order, payment, OperationKind.VOID, over, change)
    return order


def _refund(order: Order, change: Change) -> Order:
    """Give back what was captured for units that will not come or came back, to the original tender first."""
    for payment, amount in account.refund_plan(order, account.owed(order)):
        order = refund_asked(order, payment, amount, change)
    return order


def refund_asked(order: Order, payment: Payment, amount: int, change: Change) -> Order:
    """The order waiting for a refund on one tender, in parts where its money was set aside more than once."""
    for authorisation, part in account.refund_parts(order, payment, amount):
        order = asked(order, payment, OperationKind.REFUND, part, change, authorisation=authorisation)
    return order


def asked(
    order: Order, payment: Payment, kind: OperationKind, amount: int, change: Change, *, authorisation: str = ""
) -> Order:
    """The order waiting for one more operation of a tender's provider, on its newest authorisation if none is named."""
    newest = account.authorisation_of(order, payment)
    about = authorisation or (newest.operation_id if newest else "")
    operation = Operation(
        operation_id=f"{order.order_id}.p{len(order.operations) + 1}",
        payment_id=payment.payment_id,
        kind=kind,
        amount=amount,
        at=change.at,
        authorisation=about,
    )
    asking = replace(order, operations=(*order.operations, operation))
    return asking.noted(f"{kind} {amount} requested", change, before=order)
