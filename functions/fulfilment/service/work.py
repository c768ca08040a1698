"""Use cases of the people who pick, pack, ship and hand over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from functions.fulfilment.domain import execution
from functions.fulfilment.domain.execution import FulfilmentOrder, Status
from functions.fulfilment.domain.pickup import CodeLocked, WrongCode
from functions.fulfilment.repository.work import Worklist, WorkRepository
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried

Scope = Callable[[FulfilmentOrder], None]
"""Raises unless the caller may work on the fulfilment order."""
Step = Callable[[FulfilmentOrder], FulfilmentOrder]


class WorkService:
    """The steps of the work, each safe to repeat: the step that led to the present state with the same content answers
    as the first time."""

    def __init__(self, work: WorkRepository, *, clock: Clock) -> None:
        self._work = work
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
            return self._work.save(replace(step(order), last_request=fingerprint), cause=cause)

        return retried(attempt)

    def ready(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """The goods lie ready; from now on the shopper has so many days to come."""
        return self.take(
            fulfilment_order_id,
            lambda order: execution.ready(order, at=self._clock()),
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
            lambda order: execution.hand_over(order, proof=proof),
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
            handed_over = execution.hand_over(order, proof="code")
            assert order.pickup is not None, "a collection has a code from its opening on"
            if order.pickup.locked:
                raise CodeLocked
            if right:
                return self._work.save(handed_over, cause=cause)
            tried = order.pickup.tried()
            self._work.save(replace(order, pickup=tried), cause=cause)
            raise WrongCode(tried.tries_left)

        return retried(attempt)
