"""Picking, also short, and rejecting: which units the place does not give, for which reason, and what stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.steps import may_become, moved, not_allowed
from functions.fulfilment.domain.work import FulfilmentOrder, Reason, Shortfall, WorkLine, with_lines
from shared.errors import InvalidField

BUSY_FOR = timedelta(hours=2)
"""How long a place that is too busy takes no work, unless it says otherwise."""
CLOSED_FOR = timedelta(hours=12)
LONGEST_PAUSE = timedelta(days=14)
PAUSING = {Reason.TOO_BUSY: BUSY_FOR, Reason.STORE_CLOSED: CLOSED_FOR}


@dataclass(frozen=True)
class PickedUnits:
    """Units of a line in hand, and why not more."""

    line_id: str
    picked: int
    reason: Reason = Reason.NOT_FOUND


def pick(
    order: FulfilmentOrder, picked: Sequence[PickedUnits], *, at: datetime, collateral: bool = False
) -> FulfilmentOrder:
    """So many units are in hand; a line that is not named has none. The others are short: they leave this work.

    With `collateral` nothing is kept when anything is short, so that the order can come whole from elsewhere. Without
    any unit in hand the whole is REJECTED. Raises TransitionNotAllowed; InvalidField for a foreign, repeated or
    exceeded line.
    """
    if order.status is Status.PACKED:  # back from there leads taking it out of its parcels (`execution.unpack`)
        raise not_allowed(order, Status.PICKED)
    after = moved(order, Status.PICKED)
    wanted = {line.line_id: line for line in order.lines}
    given: dict[str, PickedUnits] = {}
    for index, one in enumerate(picked):
        if one.line_id not in wanted or one.line_id in given:
            raise InvalidField(f"/lines/{index}/line_id", "not a line of this fulfilment order, or named twice")
        if one.picked > wanted[one.line_id].quantity:
            raise InvalidField(f"/lines/{index}/picked", f"only {wanted[one.line_id].quantity} units are to be picked")
        given[one.line_id] = one
    lost: dict[tuple[str, Reason], int] = {}
    for line in order.lines:
        one = given.get(line.line_id, PickedUnits(line.line_id, 0))
        if line.quantity > one.picked:
            lost[line.line_id, one.reason] = line.quantity - one.picked
    if lost and collateral:
        for line in order.lines:
            rest = line.quantity - sum(units for (line_id, _), units in lost.items() if line_id == line.line_id)
            if rest:
                lost[line.line_id, Reason.COLLATERAL] = rest
    after = _without(after, lost, at=at)
    after = with_lines(after, (replace(line, picked=line.quantity) for line in after.lines))
    return after if any(line.quantity for line in after.lines) else replace(after, status=Status.REJECTED)


def reject(
    order: FulfilmentOrder,
    reason: Reason,
    lines: Mapping[str, int] | None,
    *,
    at: datetime,
    collateral: bool = False,
    pause_until: datetime | None = None,
) -> FulfilmentOrder:
    """The place does not give these units (by line; None: all of them). Without any unit left the whole is REJECTED.

    A place that is too busy or closed takes no work until `pause_until`. Raises TransitionNotAllowed once it is packed;
    InvalidField for a foreign or exceeded line, or an end that has passed or is too far away.
    """
    if not may_become(order, Status.REJECTED):
        moved(order, Status.REJECTED)  # refuses in the table's own words
    until = _pause_end(reason, pause_until, at=at)
    there = {line.line_id: line.quantity for line in order.lines}
    wanted = {line_id: units for line_id, units in there.items() if units} if lines is None else dict(lines)
    for index, (line_id, units) in enumerate(wanted.items()):
        if line_id not in there:
            raise InvalidField(f"/lines/{index}/line_id", "not a line of this fulfilment order")
        if units > there[line_id]:
            raise InvalidField(f"/lines/{index}/quantity", f"only {there[line_id]} units are left here")
    lost = {(line_id, reason): units for line_id, units in wanted.items()}
    if collateral:
        lost |= {
            (line_id, Reason.COLLATERAL): units - wanted.get(line_id, 0)
            for line_id, units in there.items()
            if units > wanted.get(line_id, 0)
        }
    after = _without(order, lost, at=at, pause_until=until)
    return after if any(line.quantity for line in after.lines) else moved(after, Status.REJECTED)


def _pause_end(reason: Reason, until: datetime | None, *, at: datetime) -> datetime | None:
    if reason not in PAUSING:
        if until is not None:
            raise InvalidField("/pause_until", "only a place that is too busy or closed pauses")
        return None
    if until is None:
        return at + PAUSING[reason]
    if not at < until <= at + LONGEST_PAUSE:
        raise InvalidField("/pause_until", "must lie ahead, at most 14 days")
    return until


def _without(
    order: FulfilmentOrder,
    lost: Mapping[tuple[str, Reason], int],
    *,
    at: datetime,
    pause_until: datetime | None = None,
) -> FulfilmentOrder:
    if not lost:
        return order
    skus = {line.line_id: line.sku for line in order.lines}
    by_reason: dict[Reason, list[tuple[str, str, int]]] = {}
    gone: Counter[str] = Counter()
    for (line_id, reason), units in lost.items():
        by_reason.setdefault(reason, []).append((line_id, skus[line_id], units))
        gone[line_id] += units
    fresh = tuple(
        Shortfall(number, reason, tuple(lines), at, pause_until if reason in PAUSING else None)
        for number, (reason, lines) in enumerate(sorted(by_reason.items()), start=len(order.shortfalls) + 1)
    )
    lighter = with_lines(order, (_lighter(line, gone[line.line_id]) for line in order.lines))
    return replace(lighter, shortfalls=(*order.shortfalls, *fresh))


def _lighter(line: WorkLine, units: int) -> WorkLine:
    left = line.quantity - units
    return replace(line, quantity=left, short=line.short + units, picked=min(line.picked, left))


def lost_units(before: FulfilmentOrder, after: FulfilmentOrder) -> dict[str, int]:
    """Units by line that the step took away from this work and that need another place."""
    lost: dict[str, int] = {}
    for one in after.shortfalls[len(before.shortfalls) :]:
        for line_id, _, units in one.lines:
            lost[line_id] = lost.get(line_id, 0) + units
    return lost
