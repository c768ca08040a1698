"""Use cases of the people who pick, pack and ship."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.fulfilment.domain import claims, execution, shortfall
from functions.fulfilment.domain.alarms import Alarm, raised
from functions.fulfilment.domain.shortfall import PickedUnits
from functions.fulfilment.domain.states import ACTIVE, Status
from functions.fulfilment.domain.steps import stamped
from functions.fulfilment.domain.work import FulfilmentOrder, Reason
from functions.fulfilment.repository.work import Wanted, Worklist, WorkRepository
from functions.fulfilment.service.rerouting import ReroutingService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried

Scope = Callable[[FulfilmentOrder], None]
"""Raises unless the caller may work on the fulfilment order."""
Step = Callable[[FulfilmentOrder], FulfilmentOrder]
ASSOCIATE = "associate:"
OVERDUE_IN = (Status.OPEN, Status.ACKNOWLEDGED, Status.PICKING, Status.PICKED, Status.PACKED)


@dataclass(frozen=True)
class Rejection:
    """What a place does not give, and why. `lines`: units by line, None for all."""

    reason: Reason
    lines: Mapping[str, int] | None = None
    collateral: bool = False
    pause_until: datetime | None = None


@dataclass(frozen=True)
class Load:
    """How much there is to do at a place: fulfilment orders by state, and those that are past due."""

    counts: Mapping[Status, int]
    overdue: int


class WorkService:
    """The steps of the work, each safe to repeat: the step that led to the present state with the same content answers
    as the first time."""

    def __init__(self, work: WorkRepository, rerouting: Callable[[], ReroutingService], *, clock: Clock) -> None:
        self._work = work
        self._rerouting = rerouting  # made when a place gives units up: most steps need no router
        self._clock = clock

    def get(self, fulfilment_order_id: str) -> FulfilmentOrder:
        """Raises NotFound."""
        return self._work.get(fulfilment_order_id)

    def of_order(self, order_id: str) -> tuple[FulfilmentOrder, ...]:
        """All fulfilment orders of an order."""
        return self._work.of_order(order_id)

    def at_location(self, wanted: Wanted, *, limit: int, cursor: str | None) -> Worklist:
        """A page of a location's worklist."""
        return self._work.at_location(wanted, limit=limit, cursor=cursor)

    def load(self, location_id: str, *, method: str | None) -> Load:
        """How much there is to do at a location."""
        now = self._clock()
        counts = {status: self._work.count(Wanted(location_id, status, method)) for status in ACTIVE}
        overdue = sum(
            self._work.count(Wanted(location_id, status, method, due_before=now))
            for status in OVERDUE_IN
            if counts[status]
        )
        return Load({status: units for status, units in counts.items() if units}, overdue)

    def take(
        self, fulfilment_order_id: str, step: Step, *, request: str, allowed: Scope, cause: Cause
    ) -> FulfilmentOrder:
        """Take one step. `request`: the step's name and content as canonical text, which tells a repeat.

        Raises NotFound (also by `allowed`), TransitionNotAllowed, Claimed and what the step itself refuses.
        """
        fingerprint = hashlib.sha256(request.encode()).hexdigest()

        def attempt() -> FulfilmentOrder:
            order = self._work.get(fulfilment_order_id)
            allowed(order)
            if order.last_request == fingerprint:
                return order
            if cause.actor.startswith(ASSOCIATE):
                claims.check(order, by=cause.actor, at=self._clock())
            return self.stored(order, replace(step(order), last_request=fingerprint), cause=cause)

        return retried(attempt)

    def stored(self, before: FulfilmentOrder, after: FulfilmentOrder, *, cause: Cause) -> FulfilmentOrder:
        """Store a step; what the place gives up by it is sourced elsewhere in the same write. Raises LostRace."""
        after = stamped(before, after, at=self._clock())
        if after.status is Status.SHIPPED and before.status is not Status.SHIPPED:
            self._work.make_findable(
                after, cause=cause
            )  # before the step: a number that leads to it early does no harm
        if after.shortfalls == before.shortfalls:
            return self._work.save(after, cause=cause)
        return self._rerouting().give_up(before, after, cause=cause)

    def choose(
        self, fulfilment_order_id: str, option_id: str, *, alarm: Alarm | None = None, cause: Cause
    ) -> FulfilmentOrder:
        """The shopper chooses what becomes of units that the store cannot give; the same again changes nothing.

        Raises NotFound, OfferEnded, InvalidField. `alarm`: raised in the same write.
        """

        def attempt() -> FulfilmentOrder:
            order = self._work.get(fulfilment_order_id)
            if order.offer and order.offer.chosen == option_id:
                return order
            after = raised(order, alarm) if alarm else order
            return self._rerouting().choose(order, after, option_id, cause=cause)

        return retried(attempt)

    def start_picking(self, fulfilment_order_id: str, *, request: str, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """Somebody walks for it; an associate who does has claimed it. Raises what `take` does."""

        def step(order: FulfilmentOrder) -> FulfilmentOrder:
            started = execution.start_picking(order)
            by = cause.actor
            return claims.claim(started, by=by, at=self._clock()) if by.startswith(ASSOCIATE) else started

        return self.take(fulfilment_order_id, step, request=request, allowed=allowed, cause=cause)

    def pick(
        self,
        fulfilment_order_id: str,
        picked: Sequence[PickedUnits],
        *,
        collateral: bool,
        request: str,
        allowed: Scope,
        cause: Cause,
    ) -> FulfilmentOrder:
        """So many units are in hand; the others are taken off the stock and sourced elsewhere at once."""

        def step(order: FulfilmentOrder) -> FulfilmentOrder:
            return shortfall.pick(order, picked, at=self._clock(), collateral=collateral)

        return self.take(fulfilment_order_id, step, request=request, allowed=allowed, cause=cause)

    def reject(
        self, fulfilment_order_id: str, rejection: Rejection, *, request: str, allowed: Scope, cause: Cause
    ) -> FulfilmentOrder:
        """The place does not give these units: its stock is corrected by the reason, they are sourced elsewhere."""

        def step(order: FulfilmentOrder) -> FulfilmentOrder:
            return shortfall.reject(
                order,
                rejection.reason,
                rejection.lines,
                at=self._clock(),
                collateral=rejection.collateral,
                pause_until=rejection.pause_until,
            )

        return self.take(fulfilment_order_id, step, request=request, allowed=allowed, cause=cause)

    def claim(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """The work is the caller's for a while. Raises NotFound, TransitionNotAllowed, Claimed."""
        return self._changed(
            fulfilment_order_id,
            lambda order: claims.claim(order, by=cause.actor, at=self._clock()),
            allowed=allowed,
            cause=cause,
        )

    def release(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """Anybody may take the work, and nobody walks for it any more; somebody above the floor takes it from anyone.

        Raises NotFound, Claimed.
        """

        def step(order: FulfilmentOrder) -> FulfilmentOrder:
            by = cause.actor if cause.actor.startswith(ASSOCIATE) or order.claim is None else order.claim.by
            return claims.release(order, by=by, at=self._clock())

        return self._changed(fulfilment_order_id, step, allowed=allowed, cause=cause)

    def _changed(self, fulfilment_order_id: str, step: Step, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """A change that is no step of the work and leaves what tells a repeat of the last step as it is."""

        def attempt() -> FulfilmentOrder:
            order = self._work.get(fulfilment_order_id)
            allowed(order)
            after = stamped(order, step(order), at=self._clock())
            if after.status is not order.status:  # taken again, the last step is a new one
                after = replace(after, last_request="")
            return order if after == order else self._work.save(after, cause=cause)

        return retried(attempt)
