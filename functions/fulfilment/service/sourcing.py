"""Use cases that give each unit of a released order its place, or find that there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from functions.fulfilment.domain import settling
from functions.fulfilment.domain.cancelling import decide
from functions.fulfilment.domain.demand import (
    CARRIED_OUT,
    CancelRequest,
    Demand,
    Destination,
    Line,
    Outcome,
    Plan,
    Share,
    Status,
)
from functions.fulfilment.domain.pickup import new_code
from functions.fulfilment.domain.sourcing import Sourcing
from functions.fulfilment.domain.steps import stamped
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.planning import NOTHING, Planner, sourced
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.geo import Geo
from shared.inbox import NotYet

if TYPE_CHECKING:  # making these models is start-up time that the API need not spend
    from shared.events.inventory import (
        AllocationRefused,
        ReservationCommitted,
        ReservationIgnored,
        StockAllocated,
    )
    from shared.events.orders import OrderCancelRequested, OrderedLine, OrderLinesAdded, OrderReleased

MAX_WORK_CHANGED = 45
"""Fulfilment orders that one cancel decision changes, so that it is one transaction with their places' counts."""


@dataclass(frozen=True)
class Looked:
    """What came of looking at an order again: it still `waits`, or is about to be decided; what its plan `asks` for."""

    waits: bool
    asks: tuple[Share, ...] = ()


class UnknownOrder(RuntimeError):
    """Inventory answers a plan of an order that nothing is known of: the message comes again, or a person sees it."""


class SourcingService:
    """Plans, asks inventory, opens the work, and plans again when news comes."""

    def __init__(
        self,
        demands_: DemandRepository,
        copies: CopyRepository,
        work: WorkRepository,
        *,
        clock: Clock,
        key: Callable[[], bytes],
        code: Callable[[], str] = new_code,
    ) -> None:
        """`key` signs the links by which shoppers are asked."""
        self.planner = Planner(demands_, copies, clock=clock, key=key, code=code)
        self._demands = demands_
        self._copies = copies
        self._work = work
        self._clock = clock

    # ------------------------------------------------------------- what happens

    def release(self, event: OrderReleased, cause: Cause) -> None:
        """The order may be sourced: plan it, unless what became of its hold is not known yet."""

        def attempt() -> Demand:
            known = self._load(event.order_id)
            if not known.lines and (released := _released(known, event)).lines:
                released = replace(released, destination=self._copies.located(released.destination))
                return self._advance(released, cause, trigger="released")
            return self._told_again(known, event.again, cause) if event.again > known.told_again else known

        self._decided(attempt, cause)

    def reservation_committed(self, event: ReservationCommitted, cause: Cause) -> None:
        """The order's hold is its own: the units pinned by it are the order's to plan with."""
        pins = tuple(Share(pin.line_id, pin.sku, pin.location_id, pin.quantity) for pin in event.pins)
        self._reservation_answered(event.order_id, event.reservation_id, pins, cause)

    def reservation_ignored(self, event: ReservationIgnored, cause: Cause) -> None:
        """The order named a hold that is not its own: it is sourced as any other."""
        self._reservation_answered(event.order_id, event.reservation_id, (), cause)

    def stock_allocated(self, event: StockAllocated, cause: Cause) -> set[str]:
        """Every unit of the plan is set aside: open the work at the locations. Answers the SKUs of which others may
        have been kept waiting by the plan (of a plan that has been answered before: all of them)."""
        contended = {one.sku for one in event.allocations}

        def attempt() -> Demand:
            demand = self._load(event.order_id, must_exist=True)
            plan = _in_flight(demand, event.plan_version)
            if plan is None:
                return demand
            if not demand.waits:
                contended.clear()
            settled, decision, work = self.planner.settled(demand, plan, cause)
            return self._demands.save(settled, cause=cause, decision=decision, work=work)

        self._decided(attempt, cause)
        return contended

    def allocation_refused(self, event: AllocationRefused, cause: Cause) -> set[str]:
        """Nothing of the plan was taken: plan again. Its true positions are in the copies already. Answers as
        `stock_allocated`."""
        contended = {one.sku for one in event.positions}

        def attempt() -> Demand:
            demand = self._load(event.order_id, must_exist=True)
            plan = _in_flight(demand, event.plan_version)
            if plan is None:
                return demand
            contended.clear()
            if demand.waits:
                contended.update(share.sku for share in plan.shares)
            told = {position.sku for position in event.positions}
            return self._advance(settling.refused(demand, plan, told=told), cause, trigger="refused")

        self._decided(attempt, cause)
        return contended

    def cancel_requested(self, event: OrderCancelRequested, cause: Cause) -> None:
        """Decide by quantity what can still be stopped. A request that comes before the release is decided with it."""
        units = tuple((line.line_id, line.quantity) for line in event.lines)
        request = CancelRequest(event.request_id, units, event.all_or_none)

        def attempt() -> None:
            demand = self._load(event.order_id)
            if not demand.lines:
                if all(known.request_id != request.request_id for known in demand.requests):
                    self._demands.save(replace(demand, requests=(*demand.requests, request)), cause=cause)
                return
            if any(known.request_id == request.request_id for known in demand.cancellations):
                again = _decided_again(demand, request.request_id, event.again)
                if again is not demand:
                    self._demands.save(again, cause=cause)
                return
            work = self._work.of_order(event.order_id)
            decision = decide(demand, request, work, limit=MAX_WORK_CHANGED)
            if decision.demand is not demand:
                before, now = {one.fulfilment_order_id: one for one in work}, self._clock()
                stopped = [stamped(before[one.fulfilment_order_id], one, at=now) for one in decision.stopped]
                self._demands.save(decision.demand, cause=cause, work=stopped)

        retried(attempt)

    def lines_added(self, event: OrderLinesAdded, cause: Cause) -> None:
        """Plan the units that a change added; with a plan in flight they are planned after it. Raises NotYet."""
        more = tuple(_line(line) for line in event.lines if line.method != CARRIED_OUT)
        if not more:
            return

        def attempt() -> Demand:
            demand = self._load(event.order_id)
            if not demand.lines:
                raise NotYet(f"the release of {event.order_id} has not arrived")
            wanted = settling.with_more(demand, event.change_id, more)
            if wanted is demand:
                return demand
            if wanted.status is Status.SETTLED:
                return self._advance(settling.reopened(wanted), cause, trigger="changed")
            return self._demands.save(wanted, cause=cause)

        self._decided(attempt, cause)

    def look_again(self, demand: Demand, cause: Cause) -> None:
        """See whether news came between a plan's look at the copies and its write, when units wait after it."""
        if demand.waiting:
            self.reconsider(demand.order_id, cause, trigger="stock_changed")

    def reconsider(
        self, order_id: str, cause: Cause, *, trigger: str, promised: Mapping[tuple[str, str], int] = NOTHING
    ) -> Looked:
        """Plan the waiting units of an order again, when more is known than at their last plan or a place has changed.
        `promised`: units by SKU and place that orders before it in the queue ask for."""

        def attempt() -> Looked:
            demand = self._demands.find(order_id)
            if demand is None or demand.status is not Status.SETTLED or not demand.waiting:
                pending = demand is None or demand.status is not Status.SETTLED
                return Looked(pending, demand.plan.shares if demand and demand.plan else ())
            copies = self._copies.load(line.sku for line in demand.waiting)
            news = any(copies.seen(line.sku) > demand.seen.get(line.sku, 0) for line in demand.waiting)
            if not (news or copies.terms != demand.terms or trigger in ("place_changed", "time")):
                return Looked(True)
            again = settling.reopened(demand)
            mine = {line.sku for line in demand.waiting}
            before = {spot: units for spot, units in promised.items() if spot[0] in mine}
            sourcing, _ = sourced(again, self._copies, at=self._clock(), promised=before)
            if sourcing.shares or _outcomes(sourcing) != {(line.line_id, line.outcome) for line in demand.waiting}:
                advanced = self._advance(again, cause, trigger=trigger, promised=before)
                return Looked(True, advanced.plan.shares if advanced.plan else ())
            known = replace(demand, retry_at=sourcing.retry_at, terms=demand.terms if before else copies.terms)
            if known != demand:
                self._demands.save(known, cause=cause)
            return Looked(True)

        return retried(attempt)

    # ------------------------------------------------------------------- steps

    def _told_again(self, demand: Demand, again: int, cause: Cause) -> Demand:
        """Something was lost on the way: tell how each part stands, and put a plan that got no answer anew."""
        asked = replace(demand, told_again=again)
        if demand.plan is not None:
            return self._advance(settling.given_up(asked, demand.plan), cause, trigger="asked_again")
        work = [one for one in self._work.of_order(demand.order_id) if one.told_again < again]
        for one in work[
            MAX_WORK_CHANGED:
        ]:  # each on its own, before the order: what is cut off here is asked for again
            self._work.save(replace(one, told_again=again), cause=cause)
        telling = [replace(one, told_again=again) for one in work[:MAX_WORK_CHANGED]]
        return self._demands.save(settling.told_as_now(asked), cause=cause, work=telling)

    def _load(self, order_id: str, *, must_exist: bool = False) -> Demand:
        found = self._demands.find(order_id)
        if found is None and must_exist:
            raise UnknownOrder(order_id)
        return found or Demand(order_id)

    def _decided(self, attempt: Callable[[], Demand], cause: Cause) -> None:
        """Run the attempt; if units wait then, see whether news came between its look at the copies and its write."""
        self.look_again(retried(attempt), cause)

    def _reservation_answered(self, order_id: str, reservation_id: str, pins: tuple[Share, ...], cause: Cause) -> None:
        def attempt() -> Demand:
            demand = self._load(order_id)
            if demand.reservation_answered:
                return demand
            answered = replace(demand, reservation_id=reservation_id, reservation_answered=True, pins=pins)
            if answered.plannable:
                return self._advance(answered, cause, trigger="released")
            return self._demands.save(answered, cause=cause)

        self._decided(attempt, cause)

    def _advance(
        self, demand: Demand, cause: Cause, *, trigger: str, promised: Mapping[tuple[str, str], int] = NOTHING
    ) -> Demand:
        if not demand.plannable:
            return self._demands.save(demand.to(Status.AWAITING_RESERVATION), cause=cause)
        planned, decision = self.planner.planned(demand, cause, trigger=trigger, promised=promised)
        return self._demands.save(planned, cause=cause, decision=decision)


def _line(line: OrderedLine) -> Line:
    return Line(line.line_id, line.sku, line.quantity, line.method, line.location_id, not_before=line.not_before or "")


def _released(demand: Demand, event: OrderReleased) -> Demand:
    """With what the release says, and with the cancel requests decided that came before it."""
    to = event.destination
    geo = Geo(to.geo.lat, to.geo.lng) if to and to.geo else None
    demand = replace(
        demand,
        channel=event.channel,
        placed_at=event.placed_at,
        service=event.service,
        destination=Destination(to.country if to else "", geo, to.postal_district if to else ""),
        paid_by_channel=event.paid_by_channel,
        promised_by=datetime.fromisoformat(event.promised_by) if event.promised_by else None,
        lines=tuple(_line(line) for line in event.lines if line.method != CARRIED_OUT),
        reservation_id=event.reservation_id,
        changes=event.changes,
        told_again=event.again,
    )
    requests, demand = demand.requests, replace(demand, requests=())
    for request in requests:
        demand = decide(demand, request, (), limit=0).demand
    return demand


def _decided_again(demand: Demand, request_id: str, again: int) -> Demand:
    """With the decision on a request to be told once more, if it was asked for more often than it was told."""
    told = tuple(
        replace(one, told_again=again) if one.request_id == request_id and again > one.told_again else one
        for one in demand.cancellations
    )
    return demand if told == demand.cancellations else replace(demand, cancellations=told)


def _in_flight(demand: Demand, plan_version: int) -> Plan | None:
    """The plan if it is the one in flight; None for a late or repeated answer, which changes nothing."""
    return demand.plan if demand.plan and demand.plan.version == plan_version else None


def _outcomes(sourcing: Sourcing) -> set[tuple[str, Outcome | None]]:
    return {(one.line_id, one.outcome) for one in sourcing.missing}
