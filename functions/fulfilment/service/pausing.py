"""What becomes of the open work of a place that pauses."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from functions.fulfilment.domain import shortfall
from functions.fulfilment.domain.network import Place
from functions.fulfilment.domain.rounds import advanced, begun
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.domain.subjects import pause_subject, paused_place
from functions.fulfilment.domain.work import FulfilmentOrder, Reason
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.rounds import RoundRepository
from functions.fulfilment.repository.work import Wanted, WorkRepository
from functions.fulfilment.service.rerouting import ReroutingService
from functions.fulfilment.service.work import WorkService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import LostRace, retried
from shared.errors import Busy
from shared.events.fulfilment import QueueAdvanced
from shared.events.inventory import LocationChanged

MAX_MOVED = 50
"""Fulfilment orders looked at per message; the others by a round that goes on message by message."""


class PausingService:
    """Moves work that nobody has begun, and that other places can do."""

    def __init__(
        self,
        work: WorkRepository,
        steps: WorkService,
        rerouting: ReroutingService,
        copies: CopyRepository,
        rounds: RoundRepository,
        *,
        clock: Clock,
    ) -> None:
        self._work = work
        self._steps = steps
        self._rerouting = rerouting
        self._copies = copies
        self._rounds = rounds
        self._clock = clock

    def location_changed(self, event: LocationChanged, cause: Cause) -> None:
        """If the place is paused now: parcels that nobody has taken on, and that would leave too late from there, go
        elsewhere at once, where another place has everything. Collections stay: their shoppers come to this place."""
        after = self._hand_on(event.location_id, None, cause)
        if after is not None:
            retried(partial(self._begin, event.location_id, after, cause))

    def advance(self, event: QueueAdvanced, cause: Cause) -> None:
        """The next of a round through the work of a paused place. A step that is told twice, or late, finds that it is
        done already."""
        location_id = paused_place(event.subject)
        if location_id is None:
            return
        known = self._rounds.find(event.subject)
        if known.over or known.version != event.version:
            return
        after = self._hand_on(location_id, known.after or None, cause)
        try:
            self._rounds.save(advanced(known, after, at=self._clock()), cause=cause)
        except LostRace:  # the same step was told twice at once, or the place paused anew: that has told the next step
            return

    def _begin(self, location_id: str, after: str, cause: Cause) -> None:
        subject = pause_subject(location_id)
        following = begun(self._rounds.find(subject), "paused", at=self._clock(), after=after)
        if following is not None:
            self._rounds.save(following, cause=cause)

    def _hand_on(self, location_id: str, cursor: str | None, cause: Cause) -> str | None:
        """Look at a page of the place's work; where to go on (None: that is all, or the place is open)."""
        place = self._copies.place(location_id)
        if place is None or place.open_at(self._clock()):
            return None
        page = self._work.at_location(Wanted(location_id, Status.OPEN, SHIP), limit=MAX_MOVED, cursor=cursor)
        for order in page.orders:
            try:
                retried(partial(self._move, order.fulfilment_order_id, place, cause))
            except Busy:  # a plan of the order is in flight: nobody will take this work on, and then it is moved
                continue
        return page.next_cursor

    def _move(self, fulfilment_order_id: str, place: Place, cause: Cause) -> None:
        order = self._work.get(fulfilment_order_id)
        if order.status is not Status.OPEN or not _too_late(order, place.paused_until):
            return
        given_up = shortfall.reject(order, Reason.PAUSED, None, at=self._clock())
        if self._rerouting.fits_elsewhere(order, given_up):
            self._steps.stored(order, given_up, cause=cause)


def _too_late(order: FulfilmentOrder, paused_until: datetime | None) -> bool:
    return paused_until is None or paused_until >= order.due_by
