"""Use case of holds that come, or go, while fulfilment works on the order."""

from __future__ import annotations

from dataclasses import replace

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
        while retried(lambda: self._bar(event, cause)):
            pass

    def _bar(self, event: OrderHoldsChanged, cause: Cause) -> bool:
        """Bar as much as one write takes; answers whether there is more. The demand is written with each part: work
        that opens meanwhile opens on hold, and newer holds that come in between are never taken back."""
        known = self._demands.find(event.order_id) or Demand(event.order_id)
        if event.version < known.holds_version:
            return False
        now = self._clock()
        changed = [
            after
            for before in self._work.of_order(event.order_id)
            if (after := barred(before, event.holds, at=now)) != before
        ]
        if changed or event.version > known.holds_version:
            demand = replace(known, holds=event.holds, holds_version=event.version)
            self._demands.save(demand, cause=cause, work=changed[:MAX_WORK_CHANGED])
        return len(changed) > MAX_WORK_CHANGED
