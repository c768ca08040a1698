"""Use cases of waves: open one from the worklist, see how far it is, close it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.fulfilment.domain import waves
from functions.fulfilment.domain.shelves import ShelfLine, walked
from functions.fulfilment.domain.waves import MAX_WAVE, PICKABLE, NothingToPick, Walker, Wave, WaveIdReused, WaveStatus
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.waves import BinPage, WavePage, WaveRepository
from functions.fulfilment.repository.work import Wanted, WorkRepository
from functions.fulfilment.service.work import ASSOCIATE
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.errors import InvalidField, NotFound


@dataclass(frozen=True)
class OpenWave:
    """Which work goes into a wave: the named one, or what is due first (by one method)."""

    wave_id: str
    location_id: str
    limit: int = MAX_WAVE
    method: str | None = None
    fulfilment_order_ids: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Walk:
    """A wave and its lines in the order of the shelves, each as it stands now."""

    wave: Wave
    lines: tuple[ShelfLine, ...]


class WaveService:
    """Each use case is safe to repeat."""

    def __init__(self, repository: WaveRepository, work: WorkRepository, *, clock: Clock) -> None:
        self._waves = repository
        self._work = work
        self._clock = clock

    def open(self, wanted: OpenWave, *, cause: Cause) -> tuple[Walk, bool]:
        """A wave of work that is being picked from now on, and whether it is new.

        Raises WaveIdReused, NothingToPick; of named work InvalidField, WaveTooLarge, TransitionNotAllowed, Claimed.
        """
        request = hashlib.sha256(repr(wanted).encode()).hexdigest()
        walker = Walker(cause.actor, claims=cause.actor.startswith(ASSOCIATE))

        def attempt() -> tuple[Wave, bool]:
            known = self._waves.find(wanted.wave_id)
            if known is not None:
                if known.request != request:
                    raise WaveIdReused("this wave_id stands for another wave")
                return known, False
            now = self._clock()
            work = [waves.taken_in(one, wanted.wave_id, walker, at=now) for one in self._candidates(wanted, walker)]
            if not work:
                raise NothingToPick(f"nothing is to be picked at {wanted.location_id} that nobody else works on")
            ids = tuple(one.fulfilment_order_id for one in work)
            wave = Wave(wanted.wave_id, wanted.location_id, cause.actor, now, ids, request)
            return self._waves.save(wave, work, cause=cause), True

        wave, new = retried(attempt)
        return self._walk(wave), new

    def _candidates(self, wanted: OpenWave, walker: Walker) -> list[FulfilmentOrder]:
        if wanted.fulfilment_order_ids is not None:
            return self._named(wanted.location_id, wanted.fulfilment_order_ids)
        listed: list[FulfilmentOrder] = []
        for status in sorted(PICKABLE):
            page = self._work.at_location(
                Wanted(wanted.location_id, status, wanted.method), limit=2 * MAX_WAVE, cursor=None
            )
            listed += page.orders
        ids = [one.fulfilment_order_id for one in sorted(listed, key=lambda one: one.due_by)]
        now, found = self._clock(), self._work.get_all(ids)  # the list is a moment behind
        free = [one for one in found if waves.free_for(one, walker, at=now)]
        return waves.on_one_walk(free, limit=wanted.limit)

    def _named(self, location_id: str, ids: Sequence[str]) -> list[FulfilmentOrder]:
        found: Mapping[str, FulfilmentOrder] = {one.fulfilment_order_id: one for one in self._work.get_all(ids)}
        for number, fulfilment_order_id in enumerate(ids):
            order = found.get(fulfilment_order_id)
            if order is None or order.location_id != location_id:
                raise InvalidField(f"/fulfilment_order_ids/{number}", f"no such fulfilment order at {location_id}")
        waves.check_size(list(found.values()))
        return [found[one] for one in ids]

    def get(self, wave_id: str) -> Walk:
        """Raises NotFound."""
        return self._walk(self._known(wave_id))

    def location_of(self, wave_id: str) -> str:
        """Whose wave it is. Raises NotFound."""
        return self._known(wave_id).location_id

    def of_location(self, location_id: str, status: WaveStatus | None, *, limit: int, cursor: str | None) -> WavePage:
        """A page of a location's waves."""
        return self._waves.of_location(location_id, status, limit=limit, cursor=cursor)

    def close(self, wave_id: str, *, cause: Cause) -> Walk:
        """The walk is over: what was not picked is anybody's again. Closed again it is the same. Raises NotFound."""

        def attempt() -> Wave:
            wave = self._known(wave_id)
            if wave.status is WaveStatus.CLOSED:
                return wave
            now, changed = self._clock(), []
            for order in self._work.get_all(wave.fulfilment_order_ids):
                after = waves.let_go(order, wave_id, at=now)
                if after != order:
                    changed.append(after)
            return self._waves.save(waves.closed(wave, changed, at=now), changed, cause=cause)

        return self._walk(retried(attempt))

    def walk(self, location_id: str, orders: Sequence[FulfilmentOrder]) -> tuple[ShelfLine, ...]:
        """The lines of any work at a place in the order of its shelves."""
        skus = {line.sku for order in orders for line in order.lines}
        return tuple(walked(orders, self._waves.bins(location_id, skus)))

    def put_bins(self, location_id: str, bins: Mapping[str, str | None], *, cause: Cause) -> None:
        """Say where items lie."""
        self._waves.put_bins(location_id, bins, cause=cause)

    def bins(self, location_id: str, *, limit: int, cursor: str | None) -> BinPage:
        """Where items lie."""
        return self._waves.all_bins(location_id, limit=limit, cursor=cursor)

    def _known(self, wave_id: str) -> Wave:
        wave = self._waves.find(wave_id)
        if wave is None:
            raise NotFound("no such wave")
        return wave

    def _walk(self, wave: Wave) -> Walk:
        work = [one for one in self._work.get_all(wave.fulfilment_order_ids) if one.wave_id == wave.wave_id]
        return Walk(wave, self.walk(wave.location_id, work))
