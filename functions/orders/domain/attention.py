"""What about an order needs a person: derived from its state, remembered since when and whose it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from functions.orders.domain import account
from functions.orders.domain.order import Change, Flag, Order, Raised
from functions.orders.domain.returns import ReturnStatus
from functions.orders.domain.tenders import OperationKind, OperationStatus


class Kind(StrEnum):
    """Why somebody has to look at an order."""

    OVERSOLD = "OVERSOLD"
    """The channel has been paid and there is no stock."""
    UNROUTABLE = "UNROUTABLE"
    """An item that nobody knows."""
    PAYMENT_LOST = "PAYMENT_LOST"
    """Goods have left, and the money for them could not be taken."""
    REFUND_DUE = "REFUND_DUE"
    """Money that no provider gives back: the channel has it, or the provider declined."""
    RETURN_TO_JUDGE = "RETURN_TO_JUDGE"
    """The return policy leaves it to a person."""
    PARCEL_RETURNED = "PARCEL_RETURNED"
    """A carrier could not deliver and brings a parcel back: send it again, or pay it back by a return."""
    PARCEL_ASTRAY = "PARCEL_ASTRAY"
    """A carrier has a parcel whose work was cancelled or packed anew, or does not say so: stop it, or let it go."""
    STUCK = "STUCK"
    """Something that should have been answered long ago and did not get going again by itself."""


class Action(StrEnum):
    """What a person can do about it."""

    ASSIGN = "assign"
    CANCEL = "cancel"
    RETRY = "retry"
    REFUNDED = "refunded"
    APPROVE = "approve"
    DENY = "deny"
    SETTLED = "settled"


ACTIONS: dict[Kind, tuple[Action, ...]] = {
    Kind.OVERSOLD: (Action.ASSIGN, Action.CANCEL),
    Kind.UNROUTABLE: (Action.ASSIGN, Action.CANCEL),
    Kind.PAYMENT_LOST: (Action.ASSIGN,),
    Kind.REFUND_DUE: (Action.ASSIGN, Action.REFUNDED, Action.RETRY),
    Kind.RETURN_TO_JUDGE: (Action.ASSIGN, Action.APPROVE, Action.DENY),
    Kind.PARCEL_RETURNED: (Action.ASSIGN, Action.SETTLED),
    Kind.PARCEL_ASTRAY: (Action.ASSIGN, Action.SETTLED),
    Kind.STUCK: (Action.ASSIGN, Action.RETRY),
}


@dataclass(frozen=True)
class NeedsPerson:
    """One thing that needs a person. Its id is `{order_id}:{kind}`: an order has each kind at most once at a time."""

    order_id: str
    kind: Kind
    raised_at: datetime
    owner: str
    detail: str

    @property
    def exception_id(self) -> str:
        return f"{self.order_id}:{self.kind}"


def needs(order: Order) -> dict[Kind, str]:
    """What needs a person now, and what it is about."""
    found: dict[Kind, str] = {}
    flags = account.flags(order)
    for flag, kind in ((Flag.OVERSOLD, Kind.OVERSOLD), (Flag.UNROUTABLE, Kind.UNROUTABLE)):
        if flag in flags:
            lines = [line.line_id for line in order.lines if flag in order.line_flags(line)]
            found[kind] = f"lines {', '.join(lines[:10])}"
    if Flag.CAPTURE_DECLINED in flags:
        found[Kind.PAYMENT_LOST] = f"{account.unsecured(order)} {order.currency} could not be captured"
    if amount := _waits_for_hands(order):
        found[Kind.REFUND_DUE] = f"{amount} {order.currency} to be given back"
    judged = [one.return_id for one in order.returns if one.status is ReturnStatus.MANUAL]
    if judged:
        found[Kind.RETURN_TO_JUDGE] = f"returns {', '.join(judged[:10])}"
    if order.returned_parcels:
        found[Kind.PARCEL_RETURNED] = f"parcels {', '.join(order.returned_parcels[:10])}"
    if order.astray_parcels:
        found[Kind.PARCEL_ASTRAY] = f"parcels {', '.join(order.astray_parcels[:10])}"
    if order.overdue:
        found[Kind.STUCK] = order.overdue
    return found


def _waits_for_hands(order: Order) -> int:
    """Money to be given back that no provider is working on."""
    external = {one.payment_id for one in order.payments if one.external}
    pending = sum(
        one.amount
        for one in order.operations
        if one.kind is OperationKind.REFUND and one.status is OperationStatus.PENDING and one.payment_id in external
    )
    return pending + (account.owed(order) if account.declined_refund(order) else 0)


def raised(order: Order, change: Change) -> Order:
    """The order with the time noted at which each thing began to need a person; what is over is forgotten."""
    now = {kind.value: order.raised.get(kind.value, Raised(change.at)) for kind in needs(order)}
    return order if now == order.raised else replace(order, raised=now)


def exceptions(order: Order) -> tuple[NeedsPerson, ...]:
    """Everything about the order that needs a person."""
    about = needs(order)
    return tuple(
        NeedsPerson(order.order_id, kind, known.at, known.owner, detail)
        for kind, detail in about.items()
        if (known := order.raised.get(kind.value))
    )
