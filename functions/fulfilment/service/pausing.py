"""What becomes of the open work of a place that pauses."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from functions.fulfilment.domain import shortfall
from functions.fulfilment.domain.network import Place
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.domain.work import FulfilmentOrder, Reason
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.work import Wanted, WorkRepository
from functions.fulfilment.service.rerouting import ReroutingService
from functions.fulfilment.service.work import WorkService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.errors import Busy
from shared.events.inventory import LocationChanged

MAX_MOVED = 100
"""Fulfilment orders looked at per pause. Others are moved when nobody has taken them on in time."""


class PausingService:
    """Moves work that nobody has begun, and that other places can do."""

    def __init__(
        self,
        work: WorkRepository,
        steps: WorkService,
        rerouting: ReroutingService,
        copies: CopyRepository,
        *,
        clock: Clock,
    ) -> None:
        self._work = work
        self._steps = steps
        self._rerouting = rerouting
        self._copies = copies
        self._clock = clock

    def location_changed(self, event: LocationChanged, cause: Cause) -> None:
        """If the place is paused now: parcels that nobody has taken on, and that would leave too late from there, go
        elsewhere at once, where another place has everything. Collections stay: their shoppers come to this place."""
        place = self._copies.place(event.location_id)
        if place is None or place.open_at(self._clock()):
            return
        page = self._work.at_location(Wanted(event.location_id, Status.OPEN, SHIP), limit=MAX_MOVED, cursor=None)
        for order in page.orders:
            try:
                retried(partial(self._move, order.fulfilment_order_id, place, cause))
            except Busy:  # a plan of the order is in flight: nobody will take this work on, and then it is moved
                continue

    def _move(self, fulfilment_order_id: str, place: Place, cause: Cause) -> None:
        order = self._work.get(fulfilment_order_id)
        if order.status is not Status.OPEN or not _too_late(order, place.paused_until):
            return
        given_up = shortfall.reject(order, Reason.PAUSED, None, at=self._clock())
        if self._rerouting.fits_elsewhere(order, given_up):
            self._steps.stored(order, given_up, cause=cause)


def _too_late(order: FulfilmentOrder, paused_until: datetime | None) -> bool:
    return paused_until is None or paused_until >= order.due_by
