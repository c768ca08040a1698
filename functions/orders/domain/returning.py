"""Returning: what the policy says before anything moves, what has come back, and what it is worth to the shopper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from functions.orders.domain import account, exchanging
from functions.orders.domain.advance import noted_and_advanced
from functions.orders.domain.order import Change, Order
from functions.orders.domain.policies import BUILT_IN, ReturnPolicy, Terms
from functions.orders.domain.returns import Condition, Disposition, Handled, Resolution, Return, ReturnLine, Verdict
from shared.errors import Conflict, InvalidField, NotFound

_UNDECIDED = (Disposition.PROCESSING, Disposition.REFURBISH, Disposition.RESTOCK_ELSEWHERE)
"""What an inspection may still change, in this order."""


class ReturnIdReused(Conflict):
    """The return id was used for another return."""

    code = "return_id_reused"


class TooManyReturned(Conflict):
    """More units than have been delivered and are in no other return."""

    code = "return_exceeds_delivered"


class NotAuthorised(Conflict):
    """The return was denied, is not judged yet, or is closed."""

    code = "return_not_authorised"


class TooManyReceived(Conflict):
    """More units than the return still waits for."""

    code = "receipt_exceeds_return"


class NothingToInspect(Conflict):
    """Fewer units lie there undecided than were judged."""

    code = "inspection_exceeds_received"


class ReturnNotFound(NotFound):
    """There is no such return, or it is not the caller's to see."""

    code = "return_not_found"

    def __init__(self) -> None:
        super().__init__("no such return, or not yours to see")


@dataclass(frozen=True)
class Judgement:
    """What the policy says, and why."""

    verdict: Verdict
    reasons: tuple[str, ...]


def returnable(order: Order) -> Counter[str]:
    """Units by line that have left and that no return is about yet."""
    counts = Counter({line_id: vector.left for line_id, vector in order.quantities.items()})
    for one in order.returns:
        counts.subtract(one.claimed)
    return counts


def judge(order: Order, return_: Return, at: datetime, terms: Terms) -> Judgement:
    """Within the terms of every line: authorised. Else denied, but left to a person when the retailer has to answer for
    every line that is not."""
    objections = {
        line.line_id: _objection(order, return_, line, at, _policy(terms, line.line_id)) for line in return_.lines
    }
    against = [line for line in return_.lines if objections[line.line_id]]
    if not against:
        return Judgement(Verdict.AUTHORISED, ())
    why = tuple(objections[line.line_id] for line in against)
    verdict = Verdict.MANUAL if all(line.reason.at_fault for line in against) else Verdict.DENIED
    return Judgement(verdict, why)


def _objection(order: Order, return_: Return, line: ReturnLine, at: datetime, policy: ReturnPolicy) -> str:
    """Why the policy does not want it back, or empty text."""
    if policy.final_sale:
        return f"FINAL_SALE line {line.line_id}: sold for good by {policy.name}"
    if return_.method not in policy.methods:
        return f"METHOD_NOT_ALLOWED line {line.line_id}: not by {return_.method} by {policy.name}"
    had = _had_since(order, line.line_id)
    if at > had + policy.window:
        days = f"{policy.window_days} days since delivery on {had.date()}"
        return f"WINDOW_CLOSED line {line.line_id}: more than {days} by {policy.name}"
    return ""


def _policy(terms: Terms, line_id: str) -> ReturnPolicy:
    return terms.get(line_id, BUILT_IN)


def fee(order: Order, return_: Return, terms: Terms) -> int:
    """What the policy keeps of the refund: once, the highest of its lines, nothing for what the retailer answers for.

    An exchange or a replacement is free.
    """
    if return_.resolution is not Resolution.REFUND:
        return 0
    fees = [
        _policy(terms, line.line_id).fee(return_.method, order.currency)
        for line in return_.lines
        if not line.reason.at_fault
    ]
    return max(fees, default=0)


def return_until(order: Order, terms: Terms) -> datetime:
    """Until when any unit of the order can be returned; what is sold for good counts as any other."""
    return max(_had_since(order, line.line_id) + _policy(terms, line.line_id).window for line in order.lines)


def _had_since(order: Order, line_id: str) -> datetime:
    """When the shopper got (the last of) a line's units, as far as it is known."""
    steps = [one.at for one in order.fulfilment.values() if line_id in one.lines and one.at is not None]
    return max(steps, default=order.placed_at)


def request(order: Order, wanted: Return, change: Change, terms: Terms | None = None) -> Order:
    """The shopper wants to give units back, under these terms (by line; where none are given, the built-in ones).
    The same return again changes nothing.

    Raises ReturnIdReused, InvalidField for a line that the order does not have, TooManyReturned.
    """
    known = order.return_(wanted.return_id)
    if known is not None:
        if known.content_hash != wanted.content_hash:
            raise ReturnIdReused("this return_id stands for another return")
        return order
    for index, line in enumerate(wanted.lines):
        if line.line_id not in order.quantities:
            raise InvalidField(f"/lines/{index}/line_id", "the order has no such line")
    _check_returnable(order, wanted)
    exchanging.check(order, wanted)
    terms = terms or {}
    judgement = judge(order, wanted, change.at, terms)
    wanted = exchanging.with_replacement(order, wanted)
    taken = replace(
        wanted,
        lines=tuple(replace(line, policy=_policy(terms, line.line_id).name) for line in wanted.lines),
        verdict=judgement.verdict,
        reasons=judgement.reasons,
        fee=fee(order, wanted, terms),
    )
    after = replace(order, returns=(*order.returns, taken))
    what = f"return {wanted.return_id} {judgement.verdict.lower()}"
    return noted_and_advanced(after, what, replace(change, why="; ".join(judgement.reasons)), before=order)


def _check_returnable(order: Order, wanted: Return) -> None:
    possible = returnable(order)
    over = [line.line_id for line in wanted.lines if line.quantity > possible[line.line_id]]
    if over:
        lines = [{"line_id": line_id, "returnable": max(0, possible[line_id])} for line_id in over]
        raise TooManyReturned("more units than were delivered and are not returned yet", extra={"lines": lines[:50]})


def decide(order: Order, return_id: str, verdict: Verdict, change: Change) -> Order:
    """A person's word on a return that the policy left open. Heard again, it changes nothing. Raises NotAuthorised."""
    known = _known(order, return_id)
    if known.verdict is verdict:
        return order
    if known.verdict is not Verdict.MANUAL:
        raise NotAuthorised("the return has been judged already")
    return _with(order, known, replace(known, verdict=verdict), f"return {return_id} {verdict.lower()}", change)


def overrule(order: Order, return_id: str, *, waive_fee: bool, change: Change) -> Order:
    """A person takes back what the policy denied or left open, with or without its fee. Twice is the same as once.

    Raises NotAuthorised for a closed return or one whose fee has been taken, TooManyReturned when another return has
    come to be about the units meanwhile.
    """
    known = _known(order, return_id)
    fee_ = 0 if waive_fee else known.fee
    if known.verdict is Verdict.AUTHORISED and known.fee == fee_:
        return order
    if known.closed:
        raise NotAuthorised("the return is closed")
    if known.fee != fee_ and known.fee_taken:
        raise NotAuthorised("its fee has been taken already")
    if known.verdict is Verdict.DENIED:
        _check_returnable(order, known)
    what = f"return {return_id} authorised by a person" + (", without its fee" if waive_fee and known.fee else "")
    return _with(order, known, replace(known, verdict=Verdict.AUTHORISED, fee=fee_), what, change)


def receive(order: Order, return_id: str, units: Iterable[Handled], *, step: str, change: Change) -> Order:
    """Units are here. `step` tells a repeat, which changes nothing. Raises NotAuthorised, TooManyReceived."""
    known = _known(order, return_id)
    if step in known.steps:
        return order
    _must_be_open(known)
    units = tuple(units)
    expected = Counter(known.requested)
    expected.subtract(known.received)
    for one in units:
        expected[one.line_id] -= one.quantity
    over = {line_id: count for line_id, count in expected.items() if count < 0}
    if over:
        lines = [{"line_id": line_id, "too_many": -count} for line_id, count in over.items()]
        raise TooManyReceived("more units than the return still waits for", extra={"lines": lines[:50]})
    after = replace(known, handled=_merged((*known.handled, *units)), steps=(*known.steps, step))
    count = sum(one.quantity for one in units)
    return _handled(order, known, after, f"return {return_id}: {count} units received", change)


def inspect(order: Order, return_id: str, units: Iterable[Handled], *, step: str, change: Change) -> Order:
    """What becomes of units that lie at a place. `step` tells a repeat. Raises NothingToInspect."""
    known = _known(order, return_id)
    if step in known.steps:
        return order
    handled = list(known.handled)
    for one in units:
        left = one.quantity
        for disposition in _UNDECIDED:
            for index, lying in enumerate(handled):
                if (lying.line_id, lying.location_id, lying.disposition) == (
                    one.line_id,
                    one.location_id,
                    disposition,
                ):
                    taken = min(left, lying.quantity)
                    handled[index] = replace(lying, quantity=lying.quantity - taken)
                    left -= taken
        if left:
            raise NothingToInspect(f"line {one.line_id}: {left} units fewer lie at {one.location_id} than were judged")
        handled.append(one)
    after = replace(known, handled=_merged(handled), steps=(*known.steps, step))
    return _handled(order, known, after, f"return {return_id} inspected", change)


def close(order: Order, return_id: str, change: Change) -> Order:
    """What is missing is not expected any more; it may be returned by another return. Twice is the same as once."""
    known = _known(order, return_id)
    if known.closed:
        return order
    return _with(order, known, replace(known, closed=True), f"return {return_id} closed", change)


def quote(order: Order, return_: Return) -> int:
    """What the whole return brings the shopper, minor units: granted so far, and for what is still to come."""
    if return_.verdict is Verdict.DENIED or return_.closed:
        return return_.refund
    if return_.exchanging:
        return exchanging.balance(order, return_).to_refund
    rest = Counter(return_.requested)
    rest.subtract(return_.judged)
    place = return_.location_id or ""
    coming = tuple(
        Handled(line_id, count, place, Disposition.RESTOCK, Condition.NEW) for line_id, count in rest.items()
    )
    judged = tuple(one for one in return_.handled if one.disposition is not Disposition.PROCESSING)
    whole = replace(return_, handled=_merged((*judged, *coming)))
    others = tuple(whole if one is return_ else one for one in order.returns)
    worth = account.due(order) - account.due(replace(order, returns=others))
    return return_.refund + worth - min(worth, return_.fee - return_.fee_taken)


def _known(order: Order, return_id: str) -> Return:
    known = order.return_(return_id)
    if known is None:
        raise ReturnNotFound
    return known


def _must_be_open(known: Return) -> None:
    if known.closed:
        raise NotAuthorised("the return is closed")
    if known.verdict is not Verdict.AUTHORISED:
        raise NotAuthorised(f"the return is {known.verdict}", extra={"reasons": list(known.reasons)})


def _handled(order: Order, known: Return, after: Return, what: str, change: Change) -> Order:
    """With the units as they are now, and with what they newly bring the shopper."""
    bare = replace(order, returns=tuple(after if one is known else one for one in order.returns))
    worth = account.due(order) - account.due(bare)  # nothing while an exchange is pending: it is settled as a whole
    fee_ = min(worth, known.fee - known.fee_taken)
    granted = replace(after, refund=known.refund + worth - fee_, fee_taken=known.fee_taken + fee_)
    return _with(order, known, granted, what, change)


def _with(order: Order, known: Return, after: Return, what: str, change: Change) -> Order:
    changed = replace(order, returns=tuple(after if one is known else one for one in order.returns))
    return noted_and_advanced(changed, what, change, before=order)


def _merged(units: Iterable[Handled]) -> tuple[Handled, ...]:
    counts: Counter[Handled] = Counter()
    for one in units:
        counts[replace(one, quantity=0)] += one.quantity
    return tuple(replace(kind, quantity=count) for kind, count in counts.items() if count > 0)
