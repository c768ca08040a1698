"""What is due by time: holds that lapsed are written down as expired, half-posted steps are completed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from functions.inventory.domain.reservation import ReservationEnded, Status
from functions.inventory.repository.projection import HOUR, Projection
from functions.inventory.repository.sweeps import Sweeps
from functions.inventory.service.posting import Poster
from functions.inventory.service.reservations import ReservationService
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import retried
from shared.failures import Failures

OVERLAP_SECONDS = 900
"""Looked through again, for rows that the projector wrote late."""
FIRST_LOOK_SECONDS = 5 * HOUR
HOURS_AT_ONCE = 24 * 14
HOLDS_AT_ONCE = 500
STEPS_AT_ONCE = 20
ABANDONED_AFTER = timedelta(seconds=60)
"""A step under way for longer has lost its worker; to help one that lives does no harm."""


@dataclass(frozen=True)
class Swept:
    """What one run did. `more`: there is work left for the next."""

    expired: int
    completed: int
    more: bool


@dataclass(frozen=True)
class SweepService:
    """Tidies up; nothing depends on its being in time, for every read judges holds by time itself."""

    reservations: ReservationService
    poster: Poster
    projection: Projection
    sweeps: Sweeps
    clock: Callable[[], datetime]

    def run(self, cause: Cause) -> Swept:
        """Do what is due, as much as fits into one run. Raises at the end for what went wrong with some of it."""
        completed = 0
        failures = Failures()
        for order_id in self.poster.documents.unfinished(before=self.clock() - ABANDONED_AFTER, limit=STEPS_AT_ONCE):
            with failures.of(order_id):
                self.poster.ready(order_id)
                completed += 1
        expired, more = self._expire(failures, cause)
        failures.end()
        return Swept(expired, completed, more or failures.busy or completed == STEPS_AT_ONCE)

    def _expire(self, failures: Failures, cause: Cause) -> tuple[int, bool]:
        now = epoch_seconds(self.clock())
        swept_until, version = self.sweeps.position()
        since = min(swept_until, now) - OVERLAP_SECONDS if swept_until else now - FIRST_LOOK_SECONDS
        until = min(now, since + HOURS_AT_ONCE * HOUR)
        expired = 0
        for reservation_id in self.projection.lapsed(since=since, until=until):
            if expired >= HOLDS_AT_ONCE:
                return expired, True
            with failures.of(reservation_id):
                expired += retried(partial(self._expire_one, reservation_id, cause))
        if failures.none:  # else the next run looks at all of them again
            self.sweeps.advance(until, expected=version, cause=cause)
        return expired, until < now

    def _expire_one(self, reservation_id: str, cause: Cause) -> int:
        held = self.reservations.documents.reservation(reservation_id)
        if held is None or held.status is not Status.HELD:
            return 0
        if held.status_at(epoch_seconds(self.clock())) is not Status.EXPIRED:
            return 0
        try:
            self.reservations.end(held, Status.EXPIRED, cause)
        except ReservationEnded:
            return 0
        return 1
