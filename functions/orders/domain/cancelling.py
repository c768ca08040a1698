"""Cancelling: before the release the book decides by itself, afterwards fulfilment alone does, by quantity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from functions.orders.domain.advance import noted_and_advanced
from functions.orders.domain.due import answered
from functions.orders.domain.order import Cancellation, Change, Order
from shared.errors import Conflict, InvalidField, NotFound


class RequestIdReused(Conflict):
    """The request id was used for another cancel of this order."""

    code = "request_id_reused"


class NothingToCancel(Conflict):
    """Every unit is cancelled, on its way to be, or has left."""

    code = "nothing_to_cancel"


class TooManyUnits(Conflict):
    """More units than can still be stopped."""

    code = "cancel_exceeds_open"


class UnknownRequest(NotFound):
    """Fulfilment decided a cancel that nobody asked for: the two have drifted apart."""

    code = "cancel_request_unknown"


def stoppable(order: Order) -> dict[str, int]:
    """Units by line that somebody may ask to cancel: not cancelled, not gone, and in no request that is undecided."""
    asked: Counter[str] = Counter()
    for cancellation in order.cancellations:
        if not cancellation.decided:
            asked.update(cancellation.asked)
    counts = {line_id: vector.stoppable - asked[line_id] for line_id, vector in order.quantities.items()}
    return {line_id: count for line_id, count in counts.items() if count > 0}


def request_cancel(
    order: Order, *, request_id: str, lines: Mapping[str, int] | None, reason: str, change: Change
) -> Order:
    """Units are not wanted any more; `lines` None: all that can be stopped. The same request again changes nothing.

    Raises RequestIdReused, NothingToCancel, TooManyUnits, or InvalidField for a line that the order does not have.
    """
    known = order.cancellation(request_id)
    if known is not None:
        same = known.whole if lines is None else not known.whole and known.asked == dict(lines)
        if not same or known.reason != reason:
            raise RequestIdReused("this request_id stands for another cancel of the order")
        return order
    possible = stoppable(order)
    asked = possible if lines is None else dict(lines)
    _check(order, asked, possible)
    cancellation = Cancellation(
        request_id=request_id,
        reason=reason,
        asked=asked,
        cancelled={} if order.released else asked,
        decided=not order.released,
        whole=lines is None,
        at=change.at,
    )
    after = replace(order, cancellations=(*order.cancellations, cancellation))
    what = f"cancel {request_id} " + ("requested" if order.released else "done")
    return noted_and_advanced(after, what, replace(change, why=reason), before=order)


def _check(order: Order, asked: Mapping[str, int], possible: Mapping[str, int]) -> None:
    for index, line_id in enumerate(asked):
        if line_id not in order.quantities:
            raise InvalidField(f"/lines/{index}/line_id", "the order has no such line")
    if not possible:
        raise NothingToCancel("no unit of this order can be stopped any more")
    over = {line_id: possible.get(line_id, 0) for line_id, count in asked.items() if count > possible.get(line_id, 0)}
    if over:
        lines = [{"line_id": line_id, "open": count} for line_id, count in over.items()]
        raise TooManyUnits("more units than can still be stopped", extra={"lines": lines[:50]})


def decide_cancel(
    order: Order, *, request_id: str, cancelled: Mapping[str, int], refused: Mapping[str, int], change: Change
) -> Order:
    """Fulfilment's word on a request. Heard again, it changes nothing.

    Raises UnknownRequest for a request that this order does not have.
    """
    asked = order.cancellation(request_id)
    if asked is None:
        raise UnknownRequest(f"order {order.order_id} has no cancel request {request_id}")
    if asked.decided:
        return order
    decided = replace(asked, cancelled=dict(cancelled), refused=dict(refused), decided=True)
    told = replace(order, cancellations=tuple(decided if one is asked else one for one in order.cancellations))
    stopped, gone = sum(cancelled.values()), sum(refused.values())
    what = f"cancel {request_id} decided: {stopped} units stopped, {gone} too late"
    return noted_and_advanced(answered(told), what, replace(change, why=asked.reason), before=order)
