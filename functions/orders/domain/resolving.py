"""What a person does about an order that needs one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.orders.domain import account
from functions.orders.domain.advance import noted_and_advanced, refund_asked
from functions.orders.domain.attention import ACTIONS, Action, Kind
from functions.orders.domain.cancelling import NothingToCancel, request_cancel, stoppable
from functions.orders.domain.due import retried
from functions.orders.domain.order import Change, Flag, Order
from functions.orders.domain.returning import decide
from functions.orders.domain.returns import Verdict
from functions.orders.domain.tenders import OperationKind, OperationStatus
from functions.orders.domain.trouble import seen_to
from shared.errors import InvalidField

_FLAGS = {Kind.OVERSOLD: Flag.OVERSOLD, Kind.UNROUTABLE: Flag.UNROUTABLE}


@dataclass(frozen=True)
class Resolve:
    """A person's decision. `owner` for assign, `reference` for refunded, `return_id` for approve and deny."""

    request_id: str
    action: Action
    reason: str = ""
    owner: str | None = None
    reference: str | None = None
    return_id: str | None = None


def resolve(order: Order, kind: Kind, command: Resolve, change: Change) -> Order:
    """Do what was decided. The same request again changes nothing.

    Raises InvalidField for an action that does not help here or lacks what it needs.
    """
    if command.request_id in order.resolutions:
        return order
    if command.action not in ACTIONS[kind]:
        raise InvalidField("/action", f"{kind} takes {', '.join(ACTIONS[kind])}")
    change = replace(change, why=command.reason)
    noted = replace(order, resolutions=(*order.resolutions, command.request_id))
    match command.action:
        case Action.ASSIGN:
            return _assigned(noted, kind, _given(command.owner, "/owner"), change, before=order)
        case Action.CANCEL:
            return _cancelled(noted, kind, command, change)
        case Action.RETRY:
            return _retried(noted, kind, change)
        case Action.REFUNDED:
            return _refunded(noted, _given(command.reference, "/reference"), change, before=order)
        case Action.APPROVE:
            return decide(noted, _given(command.return_id, "/return_id"), Verdict.AUTHORISED, change)
        case Action.SETTLED:
            astray = kind is Kind.PARCEL_ASTRAY
            return seen_to(noted, order.astray_parcels if astray else order.returned_parcels, change, before=order)
        case Action.DENY:
            return decide(noted, _given(command.return_id, "/return_id"), Verdict.DENIED, change)


def _given(value: str | None, pointer: str) -> str:
    if not value:
        raise InvalidField(pointer, "this action needs it")
    return value


def _assigned(order: Order, kind: Kind, owner: str, change: Change, *, before: Order) -> Order:
    known = order.raised[kind.value]
    after = replace(order, raised={**order.raised, kind.value: replace(known, owner=owner)})
    return after.noted(f"{kind} is {owner}'s", change, before=before)


def _cancelled(order: Order, kind: Kind, command: Resolve, change: Change) -> Order:
    """Give up the units that have no place; fulfilment decides, since stock may just have come."""
    possible = stoppable(order)
    lines = {
        line.line_id: count
        for line in order.lines
        if _FLAGS[kind] in order.line_flags(line)
        if (count := min(possible.get(line.line_id, 0), order.quantities[line.line_id].unsourced))
    }
    if not lines:
        raise NothingToCancel("no unit of this order can be stopped any more")
    reason = command.reason or kind.value
    return request_cancel(order, request_id=f"exc-{command.request_id}"[:64], lines=lines, reason=reason, change=change)


def _retried(order: Order, kind: Kind, change: Change) -> Order:
    if kind is Kind.STUCK:
        return retried(order, change)
    payment = account.declined_refund(order)
    if payment is None:
        raise InvalidField("/action", "the channel has this money: only the channel can give it back")
    amount = min(account.owed(order), account.captured_of(order, payment))
    return noted_and_advanced(refund_asked(order, payment, amount, change), "refund tried again", change, before=order)


def _refunded(order: Order, reference: str, change: Change, *, before: Order) -> Order:
    """Whoever has the money gave it back: the channel, or a person by other means than the provider."""
    external = {one.payment_id for one in order.payments if one.external}
    done = tuple(
        replace(one, status=OperationStatus.DONE, settled_at=change.at, reference=reference)
        if one.kind is OperationKind.REFUND and one.status is OperationStatus.PENDING and one.payment_id in external
        else one
        for one in order.operations
    )
    after = replace(order, operations=done)
    payment = account.declined_refund(after)
    if payment is not None:
        amount = min(account.owed(after), account.captured_of(after, payment))
        known = len(after.operations)
        after = refund_asked(after, payment, amount, change)
        by_hand = tuple(
            replace(one, status=OperationStatus.DONE, settled_at=change.at, reference=reference)
            for one in after.operations[known:]
        )
        after = replace(after, operations=(*after.operations[:known], *by_hand))
    why = ": ".join(filter(None, (reference, change.why)))
    return noted_and_advanced(after, "refunded by hand", replace(change, why=why), before=before)
