"""Use case of holds that come, or go, while fulfilment works on the order."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from functions.fulfilment.domain.demand import Demand
from functions.fulfilment.domain.holding import barred
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.sourcing import MAX_WORK_CHANGED
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.events.orders import OrderHoldsChanged


class HoldingService:
    """Holds are told whole and with a version, so late and repeated ones do no harm."""

    def __init__(self, demands: DemandRepository, work: WorkRepository, *, clock: Clock) -> None:
        self._demands = demands
        self._work = work
        self._clock = clock

    def holds_changed(self, event: OrderHoldsChanged, cause: Cause) -> None:
        """Exactly these holds bar the order's work from now on: what is open, and what will open. What has left has
        left."""
        for late in retried(lambda: self._bar(event, cause)):
            retried(partial(self._bar_one, late, event, cause))

    def _bar(self, event: OrderHoldsChanged, cause: Cause) -> list[str]:
        """Bar as much as one write takes; answers the fulfilment orders beyond. The demand is written with them, so
        that work which opens meanwhile opens on hold."""
        known = self._demands.find(event.order_id) or Demand(event.order_id)
        if event.version < known.holds_version:
            return []
        now = self._clock()
        changed = [
            after
            for before in self._work.of_order(event.order_id)
            if (after := barred(before, event.holds, at=now)) != before
        ]
        if changed or event.version > known.holds_version:
            demand = replace(known, holds=event.holds, holds_version=event.version)
            self._demands.save(demand, cause=cause, work=changed[:MAX_WORK_CHANGED])
        return [one.fulfilment_order_id for one in changed[MAX_WORK_CHANGED:]]

    def _bar_one(self, fulfilment_order_id: str, event: OrderHoldsChanged, cause: Cause) -> None:
        before = self._work.get(fulfilment_order_id)
        after = barred(before, event.holds, at=self._clock())
        if after != before:
            self._work.save(after, cause=cause)
