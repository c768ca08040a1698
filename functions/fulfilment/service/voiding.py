"""Use cases of labels on their way back to a carrier, and of the sandbox carrier's own endpoint."""

from __future__ import annotations

from collections.abc import Mapping

from functions.fulfilment.carriers.port import Carrier
from functions.fulfilment.carriers.sandbox import NAME as SANDBOX
from functions.fulfilment.carriers.sandbox import SandboxCarrier
from functions.fulfilment.domain import labels, tracking
from functions.fulfilment.domain.parcels import Void, VoidStatus
from functions.fulfilment.domain.tracking import ParcelNotFound
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.shipping import with_parcel
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.errors import Busy

AT_ONCE = 25
"""Labels of which a carrier is asked before their fate is stored."""
SCANNED = "scanned"


class VoidingService:
    """Asks carriers to take labels back; asked again after a crash, they answer the same."""

    def __init__(self, work: WorkRepository, carriers: Mapping[str, Carrier], *, clock: Clock) -> None:
        self._work = work
        self._carriers = carriers
        self._clock = clock

    def give_back(self, fulfilment_order_id: str, cause: Cause) -> None:
        """Ask for every label of the work that is due to be asked for, and keep what the carrier says. One that cannot
        answer is asked again, ever more seldom."""

        def attempt() -> None:
            order, now = self._work.get(fulfilment_order_id), self._clock()
            due = [one for one in labels.pending(order) if one.ask_at <= now][:AT_ONCE]
            if due:
                answers = {one.key: self._answer(one) for one in due}
                self._work.save(labels.answered(order, answers, at=now), cause=cause)

        retried(attempt)

    def _answer(self, void: Void) -> VoidStatus | None:
        carrier = self._carriers.get(void.carrier)
        if carrier is None:  # no longer one of ours: somebody has to make it known again
            return VoidStatus.PENDING
        try:
            return carrier.void(void.key)
        except Busy:
            return VoidStatus.PENDING


class SandboxService:
    """Says what becomes of parcels of the sandbox carrier."""

    def __init__(self, work: WorkRepository, carrier: SandboxCarrier, *, clock: Clock) -> None:
        self._work = work
        self._carrier = carrier
        self._clock = clock

    def drive(self, tracking_number: str, outcome: str, *, cause: Cause) -> FulfilmentOrder:
        """As time passes it ends so; or it is scanned at once, whatever the store says. Raises ParcelNotFound, and
        TakenBack when its label was given back before its scan."""

        def step(order: FulfilmentOrder) -> FulfilmentOrder:
            if outcome != SCANNED:
                return tracking.driven(order, tracking_number, outcome)
            key = labels.key_of_number(order, tracking_number)
            if key is None:
                raise ParcelNotFound
            self._carrier.scan(key)
            return order

        return with_parcel(self._work, SANDBOX, tracking_number, step, at=self._clock(), cause=cause)
