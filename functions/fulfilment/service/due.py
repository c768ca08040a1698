"""What is due by time: reminders, delays, collections that nobody came for, labels that nobody needs."""

from __future__ import annotations

from dataclasses import dataclass

from functions.fulfilment.domain import collecting, execution, shortfall
from functions.fulfilment.domain.alarms import Alarm, AlarmKind, next_alarm, raised
from functions.fulfilment.domain.states import SHIP
from functions.fulfilment.domain.tracking import sandbox_news, tracked
from functions.fulfilment.domain.work import FulfilmentOrder, Reason
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.asking import AskingService
from functions.fulfilment.service.rerouting import ReroutingService
from functions.fulfilment.service.sourcing import SourcingService
from functions.fulfilment.service.voiding import VoidingService
from functions.fulfilment.service.waking import WakingService
from functions.fulfilment.service.work import WorkService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.failures import Failures

ORDERS_AT_ONCE = 200
ALARMS_AT_ONCE = 12
"""Of one fulfilment order in one run: after a long pause several may be due."""


@dataclass(frozen=True)
class Looked:
    """What one run did. `more`: there is work left for the next."""

    raised: int
    more: bool


@dataclass(frozen=True)
class DueService:
    """Raises what is due; the same run twice raises nothing twice."""

    work: WorkRepository
    steps: WorkService
    rerouting: ReroutingService
    demands: DemandRepository
    sourcing: SourcingService
    asking: AskingService
    waking: WakingService
    voiding: VoidingService
    clock: Clock

    def run(self, cause: Cause) -> Looked:
        """Raise every alarm that is due, let offers lapse, and plan again who waits for a place to have room, as many
        as fit into one run. Raises at the end for what went wrong with some of them."""
        failures = Failures()
        with failures.of("terms"):
            self.waking.terms_turn(cause)
        ids = self.work.due(until=self.clock(), limit=ORDERS_AT_ONCE)
        count = 0
        for fulfilment_order_id in ids:
            with failures.of(fulfilment_order_id):
                count += self._look(fulfilment_order_id, cause)
        waiting = self.demands.to_retry(until=self.clock(), limit=ORDERS_AT_ONCE)
        for order_id in waiting:
            with failures.of(order_id):
                self.asking.lapse(order_id, cause)
                self.sourcing.reconsider(order_id, cause, trigger="time")
        failures.end()
        return Looked(count, failures.busy or max(len(ids), len(waiting)) >= ORDERS_AT_ONCE // 2)

    def _look(self, fulfilment_order_id: str, cause: Cause) -> int:
        for number in range(ALARMS_AT_ONCE):
            if not retried(lambda: self._raise_next(fulfilment_order_id, cause)):
                return number
        return ALARMS_AT_ONCE

    def _raise_next(self, fulfilment_order_id: str, cause: Cause) -> bool:
        order = self.work.get(fulfilment_order_id)
        alarm = next_alarm(order)
        if alarm is None or alarm.at > self.clock():
            return False
        if alarm.kind is AlarmKind.OFFER_ENDS:
            assert order.offer is not None, "an offer that ends was made"
            self.steps.choose(fulfilment_order_id, order.offer.default, alarm=alarm, cause=cause)
            return True
        if alarm.kind is AlarmKind.LABEL_UNUSED:
            self.voiding.give_back(fulfilment_order_id, cause)
            return True
        self.steps.stored(order, self._after(order, alarm), cause=cause)
        return True

    def _after(self, order: FulfilmentOrder, alarm: Alarm) -> FulfilmentOrder:
        if alarm.kind is AlarmKind.CARRIER_NEWS and (news := sandbox_news(order)):
            return tracked(order, *news)
        after = raised(order, alarm)
        if alarm.kind is AlarmKind.OPENS:
            return execution.open_work(after)
        if alarm.kind is AlarmKind.UNCOLLECTED:
            return collecting.no_show(after)
        if alarm.kind is AlarmKind.UNACKNOWLEDGED and order.method == SHIP:
            given_up = shortfall.reject(after, Reason.NOT_ACKNOWLEDGED, None, at=self.clock())
            return given_up if self.rerouting.fits_elsewhere(after, given_up) else after
        return after
