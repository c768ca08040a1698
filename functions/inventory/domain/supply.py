"""Dated supply: what will be available when, from what is there and what is expected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Inbound:
    """Units that a place may expect of a document (`purchase_order/P1`, `transfer/T1`). Without `due` nobody knows
    when."""

    sku: str
    location_id: str
    document: str
    quantity: int
    due: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether it should have arrived: then it is not counted on until somebody names a new date."""
        return self.due is not None and self.due <= now


@dataclass(frozen=True, slots=True)
class Step:
    """So much is available from that moment on, until the next step."""

    at: datetime
    available: int


Dated = tuple[datetime, int]
"""Units by the moment at which they are due."""


def curve(
    free: int, supply: Iterable[Dated], demand: Iterable[Dated] = (), *, safety: int = 0, now: datetime
) -> list[Step]:
    """A(t) = min over t' >= t of [supply due by t' - demand due by t'] - safety, at least 0, as the moments at which it
    changes; the first is `now`. `free` is there already. What is promised for later is never taken by somebody sooner.

    Supply that was due by now and has not come counts for nothing; demand that was due counts at once.
    """
    changes: dict[datetime, int] = {now: free}
    for at, quantity in supply:
        if at > now:
            changes[at] = changes.get(at, 0) + quantity
    for at, quantity in demand:
        moment = max(at, now)
        changes[moment] = changes.get(moment, 0) - quantity
    moments = sorted(changes)
    totals = list(accumulate(changes[at] for at in moments))
    least = list(accumulate(reversed(totals), min))[::-1]
    return _steps((at, max(0, total - safety)) for at, total in zip(moments, least, strict=True))


def summed(curves: Sequence[Sequence[Step]], *, now: datetime) -> list[Step]:
    """Several places together."""
    moments = sorted({now, *(step.at for steps in curves for step in steps)})
    return _steps((at, sum(available_at(steps, at) for steps in curves)) for at in moments)


def available_at(steps: Sequence[Step], at: datetime) -> int:
    """What is available at a moment; before the first step nothing is."""
    return next((step.available for step in reversed(steps) if step.at <= at), 0)


def _steps(points: Iterable[tuple[datetime, int]]) -> list[Step]:
    steps: list[Step] = []
    for at, available in points:
        if not steps or steps[-1].available != available:
            steps.append(Step(at, available))
    return steps
