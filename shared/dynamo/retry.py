"""Optimistic concurrency: who loses a race loads and decides again, a bounded number of times."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import sleep
from typing import TypeVar

from shared.errors import Busy, Conflict

T = TypeVar("T")

MAX_ATTEMPTS = 8
"""With full jitter from 10 ms doubling to 320 ms: patient for half a second on average."""


class LostRace(Conflict):
    """The row is not as it was read any more. Repositories raise it; `retried` decides again."""

    code = "changed_meanwhile"


def retried(attempt: Callable[[], T], *, pause: Callable[[float], None] | None = None) -> T:
    """What `attempt` (load, decide, save) answers, tried again whenever it raises LostRace.

    Raises Busy when every attempt lost; nothing was done then.
    """
    for number in range(MAX_ATTEMPTS):
        try:
            return attempt()
        except LostRace:
            (pause or sleep)(random.uniform(0, min(0.32, 0.01 * 2**number)))
    raise Busy
