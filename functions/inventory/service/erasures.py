"""Forgetting whose a hold was; what it held, and the ledger, stay."""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.inventory.domain.reservation import Reservation
from functions.inventory.repository.documents import Documents
from shared.cause import Cause
from shared.dynamo.idempotency import Markers
from shared.dynamo.retry import retried
from shared.events.customers import CustomerErasureRequested
from shared.events.orders import OrderErased
from shared.ids import derived_id


@dataclass(frozen=True)
class ErasureService:
    """The use cases; each may be repeated."""

    documents: Documents
    markers: Markers

    def erase(self, event: CustomerErasureRequested, cause: Cause) -> None:
        """Give every hold of the person a pseudonym as its owner, forget kept answers, and say so once."""
        pseudonym = derived_id("E", event.request_id)
        held = self.documents.owned_by(event.subjects)
        for reservation in held:
            self._rename(reservation.reservation_id, pseudonym, cause)
        records = len(held) + self.markers.forget(event.subjects)
        self.documents.add_erasure(event.request_id, records=records, cause=cause)

    def erase_order(self, event: OrderErased, cause: Cause) -> None:
        """Give the hold that an order took over a pseudonym as its owner."""
        hold = self.documents.book(event.order_id).state.hold
        if hold is not None:
            self._rename(hold.reservation_id, derived_id("E", event.request_id), cause)

    def _rename(self, reservation_id: str, owner: str, cause: Cause) -> None:
        def attempt() -> Reservation | None:
            known = self.documents.reservation(reservation_id)
            if known is None or known.owner == owner:
                return known
            self.documents.forget_owner(known.owner)
            return self.documents.save_reservation(replace(known, owner=owner), (), cause)

        retried(attempt)
