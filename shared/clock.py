"""Time: the one place where a service learns what time it is.

On AWS it is the real clock. In local and test stages a shared testing clock can be set over HTTP; every invocation
reads the shift once (`shared.testing_clock`) and time ticks on from what was set. Tokens always keep real time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the time now, in UTC."""

CLOCK_KEY = ("CLOCK", "-")

_shift = timedelta(0)


def now() -> datetime:
    """The time that services judge by, in UTC, to the millisecond."""
    moment = datetime.now(UTC) + _shift
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def set_shift(shift: timedelta) -> None:
    """Make this process's clock run `shift` ahead of the real one."""
    global _shift  # one process has one clock
    _shift = shift


def epoch_seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp())


def rfc3339(moment: datetime) -> str:
    """`2026-11-21T10:00:00.000Z`: fixed width, so text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
