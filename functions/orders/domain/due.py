"""What is due by time: holds that expire, answers that should have come, parcels nobody said were delivered, orders
that nothing can happen to any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from functions.orders.domain import account, exchanging
from functions.orders.domain.advance import advance
from functions.orders.domain.lines import Progress, Waiting
from functions.orders.domain.order import Cancellation, Change, Order, Status
from functions.orders.domain.policies import Terms
from functions.orders.domain.returning import return_until
from functions.orders.domain.returns import ReturnStatus
from functions.orders.domain.tenders import Operation, OperationStatus

ANSWER_WITHIN = timedelta(minutes=15)
"""Longer than every retry of a message takes: what is pending then was lost on the way."""
MAX_QUESTIONS = 3
"""How often something is asked for again before it is put before a person."""
NEWS_WITHIN = timedelta(days=2)
"""Work at a location moves on within this; else fulfilment is asked how it stands."""
DELIVERED_WITHIN = timedelta(days=10)
"""Of shipping: then a parcel is taken for delivered, whether the carrier said so or not."""
_CLOSED_RETURNS = frozenset({ReturnStatus.DENIED, ReturnStatus.RESOLVED, ReturnStatus.CLOSED})


def next_look(order: Order) -> datetime | None:
    """When somebody has to look at the order again, if ever: at the first moment at which `look` would do something.

    What cannot go on then must not count, or the reconciler would find the order for ever, and others never.
    """
    times = [hold.expires_at for hold in order.holds if hold.expires_at]
    times += [arrives for _, arrives in _on_the_way(order)]
    times += exchanging.given_up_at(order)
    times += _lapses(order)
    if closes := _closes(order):
        times.append(closes)
    times += [one.at + _patience(one) for one in _pending(order) if not _given_up(order, one.asked_again)]
    times += [one.at + _patience(one) for one in _undecided(order) if one.at and not _given_up(order, one.asked_again)]
    if (news := _news_by(order)) and not _given_up(order, order.asked_again):
        times.append(news)
    return min(times, default=None)


def built_in(_: Order) -> Terms:
    """No policy holds for any line but the built-in one."""
    return {}


def look(order: Order, change: Change, terms: Callable[[Order], Terms] = built_in) -> Order:
    """Do what is due: lift expired holds, presume delivery, close; ask again for what did not come, call a person after
    the third time. `terms`: of returns, which say when an order is over.

    Twice is the same as once.
    """
    after = closed(advance(_arrived(order, change), change), change, terms)
    late = [one for one in _pending(after) if _late(after, one, change)]
    slow = [one for one in _undecided(after) if _late(after, one, change)]
    news_by = _news_by(after)
    silent = news_by is not None and change.at >= news_by and not _given_up(after, after.asked_again)
    if not (late or slow or silent):
        return after
    asked = [one.asked_again for one in late] + [one.asked_again for one in slow] + [after.asked_again] * silent
    if max(asked) >= MAX_QUESTIONS:
        after = replace(after, overdue=_in_vain(after)).noted("stuck", change, before=order)
    late = [one for one in late if one.asked_again < MAX_QUESTIONS]
    slow = [one for one in slow if one.asked_again < MAX_QUESTIONS]
    silent = silent and after.asked_again < MAX_QUESTIONS
    if late or slow or silent:
        after = _asking_again(after, late, slow, silent=silent, change=change)
    return advance(after, change)


def answered(order: Order) -> Order:
    """The order with nobody called any more for what has been answered, however late."""
    return replace(order, overdue=_in_vain(order)) if order.overdue else order


def _late(order: Order, one: Operation | Cancellation, change: Change) -> bool:
    return one.at is not None and change.at >= one.at + _patience(one) and not _given_up(order, one.asked_again)


def _given_up(order: Order, asked_again: int) -> bool:
    """Whether a person has been called for what was asked for so often."""
    return bool(order.overdue) and asked_again >= MAX_QUESTIONS


def _in_vain(order: Order) -> str:
    """What has been asked for as often as it may be, and is not answered; empty: nothing."""
    what = [one.operation_id for one in _pending(order) if one.asked_again >= MAX_QUESTIONS]
    what += [f"cancel {one.request_id}" for one in _undecided(order) if one.asked_again >= MAX_QUESTIONS]
    if order.asked_again >= MAX_QUESTIONS and _news_by(order) is not None:
        what.append("how the order stands at fulfilment")
    return f"no answer: {', '.join(what)}" if what else ""


def retried(order: Order, change: Change) -> Order:
    """A person wants it tried again: everything that waits is asked for once more."""
    late, slow = _pending(order), _undecided(order)
    fresh = replace(
        order,
        overdue="",
        asked_again=0,
        operations=tuple(replace(one, at=change.at, asked_again=0) if one in late else one for one in order.operations),
        cancellations=tuple(
            replace(one, at=change.at, asked_again=0) if one in slow else one for one in order.cancellations
        ),
    )
    silent = _news_by(fresh) is not None
    return advance(_asking_again(fresh, _pending(fresh), _undecided(fresh), silent=silent, change=change), change)


def _asking_again(
    order: Order, late: list[Operation], slow: list[Cancellation], *, silent: bool, change: Change
) -> Order:
    """The order asking once more; providers and fulfilment know the ids and do nothing twice."""
    after = replace(
        order,
        asked_again=order.asked_again + silent,
        operations=tuple(
            replace(one, asked_again=one.asked_again + 1) if one in late else one for one in order.operations
        ),
        cancellations=tuple(
            replace(one, asked_again=one.asked_again + 1) if one in slow else one for one in order.cancellations
        ),
    )
    return after.noted(f"asked again for {len(late) + len(slow) + silent} answers", change, before=order)


def _patience(one: Operation | Cancellation) -> timedelta:
    return ANSWER_WITHIN * (one.asked_again + 1)


def _pending(order: Order) -> list[Operation]:
    """Operations that a provider has not answered; what the channel pays back itself, nobody asks a provider for."""
    external = {one.payment_id for one in order.payments if one.external}
    return [one for one in order.operations if one.status is OperationStatus.PENDING and one.payment_id not in external]


def _undecided(order: Order) -> list[Cancellation]:
    return [one for one in order.cancellations if not one.decided]


def _news_by(order: Order) -> datetime | None:
    """When something must have been heard of fulfilment, if it has anything to say."""
    if not order.released or order.barring:  # on hold, silence is as it should be
        return None
    since = order.history[-1].at if order.history else order.accepted_at
    if _unrouted(order):
        return since + ANSWER_WITHIN * (order.asked_again + 1)
    opens = [line.not_before for line in order.lines if line.not_before]  # until then the work is only scheduled
    return max([since, *opens]) + NEWS_WITHIN if _in_work(order) else None


def _unrouted(order: Order) -> bool:
    """Whether fulfilment has said nothing of some unit: neither where it comes from nor that there is none."""
    nothing = Waiting()
    for line_id, vector in order.quantities.items():
        waiting = order.waiting.get(line_id, nothing)
        if vector.unsourced > waiting.oversold + waiting.unroutable + waiting.queued:
            return True
    return False


def _in_work(order: Order) -> bool:
    return any(
        vector.open > vector.left + vector.unsourced + vector.backordered for vector in order.quantities.values()
    )


def _on_the_way(order: Order) -> list[tuple[str, datetime]]:
    """Fulfilment orders of which parcels are on their way, and when they are taken for delivered."""
    return [
        (key, one.at + DELIVERED_WITHIN)
        for key, one in order.fulfilment.items()
        if one.at and key not in order.presumed and _shipped(one) and not _comes_back(order, key)
    ]


def _shipped(one: Progress) -> bool:
    return any(units.shipped for units in one.lines.values())


def _comes_back(order: Order, fulfilment_order_id: str) -> bool:
    """What a carrier brings back is not taken for delivered before somebody has seen to it."""
    return any(parcel.startswith(f"{fulfilment_order_id}/") for parcel in order.returned_parcels)


def _arrived(order: Order, change: Change) -> Order:
    there = tuple(key for key, arrives in _on_the_way(order) if change.at >= arrives)
    if not there:
        return order
    after = replace(order, presumed=(*order.presumed, *there))
    return after.noted(f"taken for delivered: {', '.join(there)}", change, before=order)


def _lapses(order: Order) -> list[datetime]:
    """When money lapses that is still to be captured; what else is set aside may lapse."""
    newest = [
        account.authorisation_of(order, one)
        for one, _ in account.still_needed(order)
        if not account.reauthorising(order, one)
    ]
    return [one.expires_at for one in newest if one and one.expires_at]


def _closes(order: Order) -> datetime | None:
    """When an order is over: nothing of it can be returned any more, nothing is open and nobody has to look at it."""
    if order.status is not Status.FULFILLED or order.raised or _pending(order) or _undecided(order):
        return None
    if any(one.status not in _CLOSED_RETURNS or one.exchanging for one in order.returns):
        return None
    return order.returnable_until or return_until(order, {})


def timed(order: Order, terms: Callable[[Order], Terms]) -> Order:
    """The order with the time noted when its last unit can still be returned, as soon as the shopper has all of it.

    Imported orders are over as they come: theirs is asked when they would close by the built-in terms.
    """
    if order.status is not Status.FULFILLED or order.returnable_until is not None or order.imported:
        return order
    return replace(order, returnable_until=return_until(order, terms(order)))


def closed(order: Order, change: Change, terms: Callable[[Order], Terms] = built_in) -> Order:
    """The order closed, once nothing of it can be returned any more: by its terms as they are known then, since units
    may have come later than was noted."""
    closes = _closes(order)
    if closes is None or change.at < closes:
        return order
    until = return_until(order, terms(order))
    if change.at < until:
        return replace(order, returnable_until=until)
    return replace(order, closed_at=change.at).noted("closed", change, before=order)
