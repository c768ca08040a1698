"""What the platform itself tells: testing stages only."""

from __future__ import annotations

from shared.events.base import Event


class ClockMoved(Event):
    """The testing clock was set or reset; timers that are due by it run at once."""

    source = "throughline.platform"
    detail_type = "ClockMoved.v1"

    now: str
