"""Use cases of collections: on the way to the store, ready, arrived, handed over, extended, not collected."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from functions.fulfilment.domain import collecting, links
from functions.fulfilment.domain.collecting import Given
from functions.fulfilment.domain.deadlines import collect_by
from functions.fulfilment.domain.pickup import CodeLocked, WrongCode
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.work import Scope, WorkService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried


@dataclass(frozen=True)
class Handing:
    """How the hand-over is proven, and what is handed over. `request`: its content as text, without the code."""

    request: str
    code: str | None = None
    relation: str = ""
    given: Given = field(default_factory=Given)


class CollectionService:
    """The life of a collection. Each use case is safe to repeat."""

    def __init__(
        self,
        steps: WorkService,
        work: WorkRepository,
        copies: CopyRepository,
        key: Callable[[], bytes],
        *,
        clock: Clock,
    ) -> None:
        self._steps = steps
        self._work = work
        self._copies = copies
        self._key = key
        self._clock = clock

    def transfer(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """The goods leave for the store where they are collected."""
        return self._steps.take(
            fulfilment_order_id, collecting.transfer, request="transfer", allowed=allowed, cause=cause
        )

    def receive(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """The goods have come to the store where they are collected."""
        return self._steps.take(
            fulfilment_order_id, collecting.receive, request="receive", allowed=allowed, cause=cause
        )

    def ready(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """The goods lie ready; from now on the shopper has so many open days of the place to come."""

        def step(order: FulfilmentOrder) -> FulfilmentOrder:
            now = self._clock()
            until = collect_by(self._copies.place(order.destination_id or order.location_id), ready_at=now)
            link = links.signed(order.fulfilment_order_id, until=now + links.LIVES, key=self._key())
            return collecting.ready(order, collect_by=until, link=link)

        return self._steps.take(fulfilment_order_id, step, request="ready", allowed=allowed, cause=cause)

    def extend(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """The goods wait as many open days again. Raises ExtendedAlready the second time."""

        def step(order: FulfilmentOrder) -> FulfilmentOrder:
            until = order.pickup.pickup_by if order.pickup and order.pickup.pickup_by else self._clock()
            return collecting.extend(
                order, collect_by=collect_by(self._copies.place(order.place_id), ready_at=max(until, self._clock()))
            )

        return self._steps.take(fulfilment_order_id, step, request="extend", allowed=allowed, cause=cause)

    def arrive(
        self, fulfilment_order_id: str, *, bay: str, vehicle: str, allowed: Scope, cause: Cause
    ) -> FulfilmentOrder:
        """The shopper is there and waits."""
        return self._steps.take(
            fulfilment_order_id,
            lambda order: collecting.arrive(order, at=self._clock(), bay=bay, vehicle=vehicle),
            request=f"arrive {bay} {vehicle}",
            allowed=allowed,
            cause=cause,
        )

    def leave(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """The guest is gone without the goods."""
        return self._steps.take(fulfilment_order_id, collecting.leave, request="leave", allowed=allowed, cause=cause)

    def no_show(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """Nobody came, or nobody will: what is left is cancelled, and for sale once it is back on its shelf."""
        return self._steps.take(
            fulfilment_order_id, collecting.no_show, request="no_show", allowed=allowed, cause=cause
        )

    def reshelve(self, fulfilment_order_id: str, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """What nobody collected is back on its shelf."""
        return self._steps.take(
            fulfilment_order_id, collecting.reshelve, request="reshelve", allowed=allowed, cause=cause
        )

    def hand_over(self, fulfilment_order_id: str, handing: Handing, *, allowed: Scope, cause: Cause) -> FulfilmentOrder:
        """Hand over against the shopper's code, or without one against a checked ID (whose `relation` is kept).

        Raises NotFound, TransitionNotAllowed; WrongCode, or CodeLocked after five wrong ones; each is kept.
        """
        fingerprint = hashlib.sha256(f"hand_over {handing.request}".encode()).hexdigest()
        by_code = handing.code is not None
        proof = "code" if by_code else "id_check"
        proof += f":{handing.relation}" if handing.relation else ""

        def attempt() -> FulfilmentOrder:
            order = self._work.get(fulfilment_order_id)
            allowed(order)
            right = not by_code or (order.pickup is not None and order.pickup.opens_with(handing.code or ""))
            if order.last_request == fingerprint and right:
                return order
            handed = collecting.hand_over(order, handing.given, proof=proof, by=cause.actor)
            assert order.pickup is not None, "a collection has a code from its opening on"
            if by_code and order.pickup.locked:
                raise CodeLocked
            if right:
                return self._steps.stored(order, replace(handed, last_request=fingerprint), cause=cause)
            tried = order.pickup.tried()
            self._work.save(replace(order, pickup=tried), cause=cause)
            raise WrongCode(tried.tries_left)

        return retried(attempt)
