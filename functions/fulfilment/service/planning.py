"""Making a plan from the copies, and from how full those places are that it would choose; and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain import asking, links, settling
from functions.fulfilment.domain.deadlines import deadlines
from functions.fulfilment.domain.deciding import beside, traits_of
from functions.fulfilment.domain.demand import Demand, Opened, Plan, Share, Status
from functions.fulfilment.domain.departure import Day
from functions.fulfilment.domain.departures import departures
from functions.fulfilment.domain.explanation import Decision, explained
from functions.fulfilment.domain.holding import barred
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.pickup import Pickup, new_code
from functions.fulfilment.domain.sourcing import Sourcing, source
from functions.fulfilment.domain.states import COLLECTED
from functions.fulfilment.domain.states import Status as Stage
from functions.fulfilment.domain.subjects import subjects
from functions.fulfilment.domain.work import FulfilmentOrder, WorkLine
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from shared.cause import Cause
from shared.clock import Clock

NOTHING: Mapping[tuple[str, str], int] = {}


def sourced(
    demand: Demand, repository: CopyRepository, *, at: datetime, promised: Mapping[tuple[str, str], int] = NOTHING
) -> tuple[Sourcing, Copies]:
    """The plan of all open units, with the copies that it was made from: without the units that are `promised`.

    Only the places that a plan chooses are asked how full they are: what is not chosen with room to spare is not chosen
    without. When a chosen one is full, it and the next best are asked for all their days, more of them each time.
    """
    copies = replace(repository.load(line.sku for line in demand.lines if line.open), promised=promised)
    reach = 0
    while True:
        sourcing = source(demand, copies, at=at)
        unknown = unasked(sourcing, copies, at=at, reach=reach)
        if not unknown:
            return sourcing, copies
        copies = replace(copies, taken={**copies.taken, **repository.taken(unknown)})
        reach = max(4, reach * 4)


def unasked(sourcing: Sourcing, copies: Copies, *, at: datetime, reach: int) -> set[Day]:
    """The days of the chosen places whose parcels have not been looked up; then also the days of the next `reach`."""
    chosen = {(slot.key[0], slot.departure.day) for slot in sourcing.slots if slot.departure.limit is not None}
    if chosen <= copies.taken.keys():
        return set()
    if not reach:
        return chosen
    names = {location_id for location_id, _ in chosen}
    if sourcing.routing:
        best = sorted(sourcing.routing.considered, key=lambda one: (one.alone_total, one.location_id))
        names |= {one.location_id for one in best[:reach]}
    limited = (copies.places[name] for name in names if copies.places[name].parcels_per_day is not None)
    days = {(place.location_id, one.day) for place in limited for one in departures(place, at=at)}
    return (days | chosen) - copies.taken.keys()


class Planner:
    """Takes a demand from one state to the next, and says what is to be stored with it; stores only notes of who
    waits for what."""

    def __init__(
        self,
        demands: DemandRepository,
        copies: CopyRepository,
        *,
        clock: Clock,
        key: Callable[[], bytes],
        code: Callable[[], str] = new_code,
    ) -> None:
        """`key` signs the links by which shoppers are asked."""
        self._demands = demands
        self._copies = copies
        self._clock = clock
        self._key = key
        self._code = code

    def anew(self, demand: Demand, cause: Cause, *, trigger: str) -> tuple[Demand, Decision | None]:
        """The demand with its open units planned, unless a plan is in flight: then they are planned after it."""
        if demand.status is Status.SETTLED and demand.has_open_units:
            return self.planned(demand, cause, trigger=trigger)
        return demand, None

    def settled(
        self, demand: Demand, plan: Plan, cause: Cause
    ) -> tuple[Demand, Decision | None, list[FulfilmentOrder]]:
        """The demand with the plan done, the next plan where more places are needed than one may use, and the work that
        opens. To be saved together."""
        settled = settling.settled(demand, plan)
        opened = settled.routed.opened if settled.routed and settled.routed is not demand.routed else ()
        places = self._copies.places({one.location_id for one in opened})
        work = [self.opened_work(settled, one, plan, places.get(one.location_id)) for one in opened]
        decision: Decision | None = None
        if settled.has_open_units:  # more places than one plan may use
            settled, decision = self.planned(settled, cause, trigger="continued")
        settled = self._left_over(settled, cause, given=plan.shares)
        return settled, decision, work

    def planned(
        self, demand: Demand, cause: Cause, *, trigger: str, promised: Mapping[tuple[str, str], int] = NOTHING
    ) -> tuple[Demand, Decision]:
        """The demand with a plan of its open units put to inventory, or settled at once, and the record of it."""
        at = self._clock()
        sourcing, copies = sourced(demand, self._copies, at=at, promised=promised)
        terms = copies.terms if sourcing.missing and not promised else demand.terms
        demand = replace(demand, traits=traits_of(demand, copies), terms=terms)
        others = [source(demand, copies, at=at, profile=one) for one in beside(demand, copies)]
        seen = {one.sku: copies.seen(one.sku) for one in sourcing.missing if not promised}
        planned = settling.asked(
            demand,
            shares=sourcing.shares,
            missing=sourcing.missing,
            seen=seen,
            slots=sourcing.slots,
            retry_at=sourcing.retry_at,
        )
        if planned.plan:
            minutes = sourcing.profile.terms.acknowledge_minutes
            planned = replace(planned, plan=replace(planned.plan, acknowledge_minutes=minutes))
        if planned.status is Status.SETTLED:
            planned = self._left_over(planned, cause)
        version = planned.plan_version
        return planned, explained(demand.order_id, version, sourcing, at=at, trigger=trigger, beside=others)

    def _left_over(self, demand: Demand, cause: Cause, *, given: Iterable[Share] = ()) -> Demand:
        """With the shopper asked about units that no place can ship, the others noted for the news they wait for.
        `given`: what the order has just been given, which the copies may not know yet."""
        if any(line.asked for line in demand.lines):
            at = self._clock()
            copies = self._copies.load(line.sku for line in demand.lines if line.asked)
            own = Counter[tuple[str, str]]()
            for share in given:
                own[share.sku, share.location_id] += share.quantity
            offer = asking.asked_for(demand, replace(copies, promised=own), at=at)
            if offer and offer is not demand.offer:
                link = links.signed(links.whole(demand.order_id), until=offer.expires_at + links.LIVES, key=self._key())
                demand = replace(demand, offer=offer, link=link)
        return self.noted(demand, cause)

    def noted(self, demand: Demand, cause: Cause) -> Demand:
        """With the units that wait noted for whatever news they wait for. To be saved at once."""
        if not demand.waiting:
            return demand
        wanted = subjects(demand, self._copies.load(line.sku for line in demand.waiting))
        fresh = sorted(set(wanted) - set(demand.waits))
        if not fresh:
            return demand
        self._demands.wait(demand, fresh, cause=cause)
        return replace(demand, waits=tuple(sorted({*demand.waits, *fresh})))

    def opened_work(self, demand: Demand, opened: Opened, plan: Plan, place: Place | None) -> FulfilmentOrder:
        """The work as it begins at its place."""
        skus = {share.line_id: share.sku for share in plan.shares}
        at = self._clock()
        opens_at = datetime.fromisoformat(opened.not_before) if opened.not_before else at
        work = FulfilmentOrder(
            fulfilment_order_id=opened.fulfilment_order_id,
            order_id=demand.order_id,
            location_id=opened.location_id,
            method=opened.method,
            plan_version=plan.version,
            opened_at=at,
            deadlines=deadlines(
                place,
                opened.method,
                at=max(at, opens_at),
                departure=opened.departure,
                acknowledge_minutes=plan.acknowledge_minutes,
            ),
            status=Stage.SCHEDULED if opens_at > at else Stage.OPEN,
            opens_at=opens_at if opens_at > at else None,
            departure=opened.departure,
            lines=tuple(WorkLine(line_id, skus[line_id], quantity) for line_id, quantity in opened.lines),
            pickup=Pickup(self._code()) if opened.method in COLLECTED else None,
            destination_id=opened.destination_id,
        )
        return barred(work, demand.holds, at=at)
