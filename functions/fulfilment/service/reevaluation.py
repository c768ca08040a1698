"""Re-evaluation: waiting work is looked at together before each release wave, and moved where it is better off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from functions.fulfilment.domain import moving
from functions.fulfilment.domain.demand import Demand
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.reevaluation import Choose, Column, columns, free
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.work import Wanted, WorkRepository
from functions.fulfilment.service.sourcing import SourcingService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import LostRace, retried
from shared.errors import Busy
from shared.events.inventory import AllocationRefused, StockAllocated

ORDERS_TOGETHER = 200
"""Orders that one model holds."""
ORDERS_PER_RUN = 2_000
AT_ONE_PLACE = 500
BETWEEN_RUNS_SECONDS = 900
TURN = 7_919
"""So many places further than the last one each run begins: a prime above their number, so that each has its turn."""


@dataclass(frozen=True)
class Looked:
    """What one run did: orders looked at, moves asked for, minor units that these save by the model."""

    orders: int = 0
    moves: int = 0
    saved: int = 0


class ReevaluationService:
    """Finds better places for waiting work, and asks inventory for them."""

    def __init__(
        self, demands: DemandRepository, copies: CopyRepository, work: WorkRepository, *, clock: Clock, choose: Choose
    ) -> None:
        self._demands = demands
        self._copies = copies
        self._work = work
        self._clock = clock
        self._choose = choose

    def run(self, cause: Cause, *, enough: Callable[[], bool]) -> Looked:
        """Look at all work that nobody has begun, as far as time allows. The same run twice asks for nothing twice."""
        orders = moves = saved = 0
        for batch in self._batches():
            if enough():
                break
            waiting = [(demand, batch[demand.order_id]) for demand in self._waiting(batch, cause)]
            if waiting:
                asked = self._improve(waiting, cause)
                moves, saved = moves + len(asked), saved + sum(asked)
            orders += len(batch)
        return Looked(orders, moves, saved)

    def _batches(self) -> Iterator[dict[str, list[FulfilmentOrder]]]:
        """Work that may move, by order, so many orders at a time."""
        at = self._clock()
        found: dict[str, list[FulfilmentOrder]] = defaultdict(list)
        places = sorted(self._copies.network().items())
        first = int(at.timestamp()) // BETWEEN_RUNS_SECONDS * TURN % max(1, len(places))
        for location_id, place in (*places[first:], *places[:first]):  # where one run ends early, another begins
            if place.can(SHIP) and len(found) < ORDERS_PER_RUN:
                page = self._work.at_location(Wanted(location_id, Status.OPEN, SHIP), limit=AT_ONE_PLACE, cursor=None)
                for order in page.orders:
                    if moving.may_move(order, at):
                        found[order.order_id].append(order)
        ids = sorted(found)
        for start in range(0, len(ids), ORDERS_TOGETHER):
            yield {order_id: found[order_id] for order_id in ids[start : start + ORDERS_TOGETHER]}

    def _waiting(self, batch: Mapping[str, list[FulfilmentOrder]], cause: Cause) -> Iterator[Demand]:
        for demand in self._demands.find_all(batch):
            if moving.overdue(demand, self._clock()):
                retried(partial(self._give_up, demand.order_id, cause))
            elif moving.may_be_moved(demand):
                yield demand

    def _give_up(self, order_id: str, cause: Cause) -> None:
        demand = self._demands.find(order_id)
        if demand is not None and moving.overdue(demand, self._clock()):
            self._demands.save(moving.given_up(demand), cause=cause)

    def _improve(self, waiting: list[tuple[Demand, list[FulfilmentOrder]]], cause: Cause) -> list[int]:
        """Choose for all of them together, and ask for what changes; answers what each move saves."""
        copies = self._copies.load({line.sku for _, work in waiting for order in work for line in order.lines})
        at = self._clock()
        by_order = [ways for demand, work in waiting if len(ways := columns(demand, work, copies, at=at)) > 1]
        chosen = self._choose(by_order, free((column for ways in by_order for column in ways), copies))
        before = {ways[0].order_id: ways[0] for ways in by_order}
        demands = {demand.order_id: demand for demand, _ in waiting}
        return [
            before[column.order_id].cost - column.cost
            for column in chosen
            if column.ended and self._ask(demands[column.order_id], column, cause)
        ]

    def _ask(self, demand: Demand, column: Column, cause: Cause) -> bool:
        at = self._clock()
        after = moving.asked_to_move(demand, column.ended, column.fresh, slots=column.slots, at=at)
        decision = Decision(demand.order_id, after.plan_version, at, "reevaluated", column.fresh, ())
        try:
            self._demands.save(after, cause=cause, decision=decision)
        except (LostRace, Busy):  # something else happens to the order, or the place is full: until the next wave
            return False
        return True


class MovingService:
    """Inventory's answers to moves that were asked for."""

    def __init__(
        self, demands: DemandRepository, copies: CopyRepository, work: WorkRepository, sourcing: SourcingService,
        *, clock: Clock,
    ) -> None:  # fmt: skip
        self._demands = demands
        self._copies = copies
        self._work = work
        self._sourcing = sourcing
        self._clock = clock

    def stock_allocated(self, event: StockAllocated, cause: Cause) -> None:
        """The new units are set aside: open the work there and end the old one in one write, or give the move up."""
        retried(partial(self._settle, event, cause))

    def allocation_refused(self, event: AllocationRefused, cause: Cause) -> None:
        """Nothing was taken: the work stays where it is."""

        def attempt() -> None:
            demand = self._moving(event.order_id, event.plan_version)
            if demand is not None:
                self._demands.save(moving.refused(demand), cause=cause)

        retried(attempt)

    def _settle(self, event: StockAllocated, cause: Cause) -> None:
        demand = self._moving(event.order_id, event.plan_version)
        if demand is None:
            return
        result = moving.done(demand, self._work.of_order(demand.order_id), at=self._clock())
        work = list(result.ended)
        if result.plan is not None:
            places = self._copies.places({one.location_id for one in result.opened})
            work += [
                self._sourcing.planner.opened_work(result.demand, one, result.plan, places.get(one.location_id))
                for one in result.opened
            ]
        self._demands.save(result.demand, cause=cause, work=work)

    def _moving(self, order_id: str, plan_version: int) -> Demand | None:
        """The demand if it waits for the answer to this plan as a move."""
        demand = self._demands.find(order_id)
        move = demand.move if demand else None
        return demand if move and move.plan.version == plan_version else None
