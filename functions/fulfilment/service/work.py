"""Use cases of the people who pick, pack, ship and hand over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.fulfilment.domain import collecting, shortfall
from functions.fulfilment.domain.pickup import CodeLocked, WrongCode
from functions.fulfilment.domain.shortfall import PickedUnits
from functions.fulfilment.domain.work import FulfilmentOrder, Reason, Status, stamped
from functions.fulfilment.repository.work import Worklist, WorkRepository
from functions.fulfilment.service.sourcing import SourcingService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried

Scope = Callable[[FulfilmentOrder], None]
"""Raises unless the caller may work on the fulfilment order."""
Step = Callable[[FulfilmentOrder], FulfilmentOrder]


@dataclass(frozen=True)
class Rejection:
    """What a place does not give, and why. `lines`: units by line, None for all."""

    reason: Reason
    lines: Mapping[str, int] | None = None
    collateral: bool = False
    pause_until: datetime | None = None


class WorkService:
    """The steps of the work, each safe to repeat: the step that led to the present state with the same content answers
    as the first time."""

    def __init__(self, work: WorkRepository, sourcing: Callable[[], SourcingService], *, clock: Clock) -> None:
        self._work = work
        self._sourcing = sourcing  # made when a place gives units up: most steps need no router
        self._clock = clock

    def get(self, fulfilment_order_id: str) -> FulfilmentOrder:
        """Raises NotFound."""
        return self._work.get(fulfilment_order_id)

    def of_order(self, order_id: str) -> tuple[FulfilmentOrder, ...]:
        """All fulfilment orders of an order."""
        return self._work.of_order(order_id)

    def at_location(self, location_id: str, *, status: Status | None, limit: int, cursor: str | None) -> Worklist:
        """A page of a location's worklist."""
        return self._work.at_location(location_id, status=status, limit=limit, cursor=cursor)

    def take(
        self, fulfilment_order_id: str, step: Step, *, request: str, allowed: Scope, cause: Cause
    ) -> FulfilmentOrder:
        """Take one step. `request`: the step's name and content as canonical text, which tells a repeat.

        Raises NotFound (also by `allowed`), TransitionNotAllowed and what the step itself refuses.
        """
        fingerprint = hashlib.sha256(request.encode()).hexdigest()

        def attempt() -> FulfilmentOrder:
            order = self._work.get(fulfilment_order_id)
            allowed(order)
            if order.last_request == fingerprint:
                return order
            return self._stored(order, replace(step(order), last_request=fingerprint), cause=cause)

        return retried(attempt)

    def _stored(self, before: FulfilmentOrder, after: FulfilmentOrder, *, cause: Cause) -> FulfilmentOrder:
        """Store a step; what the place gives up by it is sourced elsewhere in the same write."""
        after = stamped(before, after, at=self._clock())
        if after.shortfalls == before.shortfalls:
            return self._work.save(after, cause=cause)
        sourcing = self._sourcing()
        demand = sourcing.give_up(before, after, cause=cause, trigger=str(after.shortfalls[-1].reason).lower())
        sourcing.look_again(demand, cause)
        return replace(after, version=after.version + 1)

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

    def ready(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """The goods lie ready; from now on the shopper has so many days to come."""
        return self.take(
            fulfilment_order_id,
            lambda order: collecting.ready(order, at=self._clock()),
            request="ready",
            allowed=allowed,
            cause=cause,
        )

    def hand_over(
        self, fulfilment_order_id: str, *, code: str | None, relation: str | None, allowed: Scope, cause: Cause
    ) -> FulfilmentOrder:
        """Hand over against the shopper's code, or without one against a checked ID (whose `relation` is kept).

        Raises NotFound, TransitionNotAllowed, WrongCode, CodeLocked.
        """
        if code is not None:
            return self._hand_over_by_code(fulfilment_order_id, code, allowed=allowed, cause=cause)
        proof = f"id_check:{relation}"
        return self.take(
            fulfilment_order_id,
            lambda order: collecting.hand_over(order, proof=proof),
            request=f"hand_over {proof}",
            allowed=allowed,
            cause=cause,
        )

    def _hand_over_by_code(
        self, fulfilment_order_id: str, code: str, *, allowed: Scope, cause: Cause
    ) -> FulfilmentOrder:
        """Hand over against the shopper's code. Raises WrongCode, or CodeLocked after five wrong ones; each is kept."""

        def attempt() -> FulfilmentOrder:
            order = self._work.get(fulfilment_order_id)
            allowed(order)
            right = order.pickup is not None and order.pickup.opens_with(code)
            if order.status is Status.HANDED_OVER and order.pickup and order.pickup.proof == "code" and right:
                return order
            handed_over = collecting.hand_over(order, proof="code")
            assert order.pickup is not None, "a collection has a code from its opening on"
            if order.pickup.locked:
                raise CodeLocked
            if right:
                return self._stored(order, handed_over, cause=cause)
            tried = order.pickup.tried()
            self._work.save(replace(order, pickup=tried), cause=cause)
            raise WrongCode(tried.tries_left)

        return retried(attempt)
