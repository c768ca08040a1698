"""A wave: work that one person picks on one walk past the shelves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import accumulate

from functions.fulfilment.domain import claims, execution
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.steps import moved, stamped
from functions.fulfilment.domain.work import FulfilmentOrder
from shared.errors import Conflict, FieldError, Refused

MAX_WAVE = 50
"""Fulfilment orders of one wave: it is opened, and closed, by one transaction."""
MAX_LINES = 5_000
"""Lines of one walk, so that its work fits into one transaction (4 MB) and its list into one answer (6 MB)."""
PICKABLE = frozenset({Status.OPEN, Status.ACKNOWLEDGED})


class WaveStatus(StrEnum):
    """OPEN while somebody walks."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class WaveIdReused(Conflict):
    """The wave id stands for another wave."""

    code = "wave_id_reused"


class NothingToPick(Conflict):
    """There is no work at the place that could go into a wave."""

    code = "nothing_to_pick"


class WaveTooLarge(Refused):
    """More lines than one walk takes."""

    code = "wave_too_large"

    def __init__(self, lines: int) -> None:
        error = FieldError("/fulfilment_order_ids", f"{lines} lines; a wave takes {MAX_LINES}")
        super().__init__("the named work has more lines than one walk takes", errors=[error])


@dataclass(frozen=True)
class Wave:
    """The fulfilment orders of one walk. `request`: what was asked for, by which its repeat is known. `left`: those
    that were let go unpicked when it was closed."""

    wave_id: str
    location_id: str
    opened_by: str
    opened_at: datetime
    fulfilment_order_ids: tuple[str, ...]
    request: str
    status: WaveStatus = WaveStatus.OPEN
    closed_at: datetime | None = None
    left: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True)
class Walker:
    """Who picks a wave. `claims`: the work is theirs alone meanwhile."""

    name: str
    claims: bool


def free_for(order: FulfilmentOrder, walker: Walker, *, at: datetime) -> bool:
    """Whether the work could go into a wave of this person."""
    claimed = order.claim is not None and order.claim.until > at and order.claim.by != walker.name
    return order.status in PICKABLE and not (walker.claims and claimed)


def on_one_walk(work: Sequence[FulfilmentOrder], *, limit: int) -> list[FulfilmentOrder]:
    """As many from the front as one walk takes: so many, with no more lines than `MAX_LINES`."""
    lines = list(accumulate(len(one.lines) for one in work[:limit]))
    return list(work[: bisect_right(lines, MAX_LINES)])


def check_size(work: Sequence[FulfilmentOrder]) -> None:
    """Raises WaveTooLarge unless one walk takes all of it."""
    if (lines := sum(len(one.lines) for one in work)) > MAX_LINES:
        raise WaveTooLarge(lines)


def taken_in(order: FulfilmentOrder, wave_id: str, walker: Walker, *, at: datetime) -> FulfilmentOrder:
    """The work in the wave, being picked. Raises TransitionNotAllowed, OnHold, Claimed."""
    started = execution.start_picking(order)
    if walker.claims:
        started = claims.claim(started, by=walker.name, at=at)
    return stamped(order, replace(started, wave_id=wave_id, last_request=""), at=at)


def let_go(order: FulfilmentOrder, wave_id: str, *, at: datetime) -> FulfilmentOrder:
    """The work out of its wave again when nobody has picked it; else as it is, also when holds bar it: it goes on
    from where it was."""
    if order.wave_id != wave_id or order.status is not Status.PICKING:
        return order
    after = replace(moved(order, Status.ACKNOWLEDGED), claim=None, wave_id="", last_request="")
    return stamped(order, after, at=at)


def closed(wave: Wave, left: Sequence[FulfilmentOrder], *, at: datetime) -> Wave:
    """The wave is over."""
    return replace(wave, status=WaveStatus.CLOSED, closed_at=at, left=tuple(one.fulfilment_order_id for one in left))
