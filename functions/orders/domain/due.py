"""What is due by time: holds that expire, answers that should have come, parcels nobody said were delivered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from functions.orders.domain.advance import advance
from functions.orders.domain.order import Cancellation, Change, Order
from functions.orders.domain.tenders import Operation, OperationStatus

ANSWER_WITHIN = timedelta(minutes=15)
"""Longer than every retry of a message takes: what is pending then was lost on the way."""
MAX_QUESTIONS = 3
"""How often something is asked for again before it is put before a person."""


def next_look(order: Order) -> datetime | None:
    """When somebody has to look at the order again, if ever."""
    times = [hold.expires_at for hold in order.holds if hold.expires_at]
    if not order.overdue:
        times += [one.at + _patience(one) for one in _pending(order)]
        times += [one.at + _patience(one) for one in _undecided(order) if one.at]
    return min(times, default=None)


def look(order: Order, change: Change) -> Order:
    """Do what is due: lift expired holds, ask again for answers that did not come, call a person after the third time.

    Twice is the same as once.
    """
    after = advance(order, change)
    late = [one for one in _pending(after) if change.at >= one.at + _patience(one)]
    slow = [one for one in _undecided(after) if one.at and change.at >= one.at + _patience(one)]
    if not (late or slow) or after.overdue:
        return after
    asked = [*(one.asked_again for one in late), *(one.asked_again for one in slow)]
    if max(asked) >= MAX_QUESTIONS:
        what = ", ".join([*(one.operation_id for one in late), *(f"cancel {one.request_id}" for one in slow)])
        return advance(replace(after, overdue=f"no answer: {what}"), change).noted("stuck", change, before=order)
    return asked_again(after, late, slow, change)


def asked_again(order: Order, late: list[Operation], slow: list[Cancellation], change: Change) -> Order:
    """The order asking once more; providers and fulfilment know the ids and do nothing twice."""
    after = replace(
        order,
        operations=tuple(
            replace(one, asked_again=one.asked_again + 1) if one in late else one for one in order.operations
        ),
        cancellations=tuple(
            replace(one, asked_again=one.asked_again + 1) if one in slow else one for one in order.cancellations
        ),
    )
    return after.noted(f"asked again for {len(late) + len(slow)} answers", change, before=order)


def retried(order: Order, change: Change) -> Order:
    """A person wants it tried again: everything that waits is asked for once more."""
    late, slow = _pending(order), _undecided(order)
    fresh = replace(
        order,
        overdue="",
        operations=tuple(replace(one, at=change.at, asked_again=0) if one in late else one for one in order.operations),
        cancellations=tuple(
            replace(one, at=change.at, asked_again=0) if one in slow else one for one in order.cancellations
        ),
    )
    again = asked_again(fresh, _pending(fresh), _undecided(fresh), change)
    return advance(again, change)


def _patience(one: Operation | Cancellation) -> timedelta:
    return ANSWER_WITHIN * (one.asked_again + 1)


def _pending(order: Order) -> list[Operation]:
    """Operations that a provider has not answered; what the channel pays back itself, nobody asks a provider for."""
    external = {one.payment_id for one in order.payments if one.external}
    return [one for one in order.operations if one.status is OperationStatus.PENDING and one.payment_id not in external]


def _undecided(order: Order) -> list[Cancellation]:
    return [one for one in order.cancellations if not one.decided]
