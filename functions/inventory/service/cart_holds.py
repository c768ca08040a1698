"""Holds of shoppers' carts: they are asked for and dropped by events, and belong to no channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from functions.inventory.domain.cart_answer import CartAnswer, Outcome
from functions.inventory.domain.reservation import (
    InsufficientStock,
    Reservation,
    ReservationEnded,
    Scope,
    TooManyHolds,
    Wanted,
)
from functions.inventory.repository.cart_answers import CartAnswers
from functions.inventory.schemas.fingerprint import fingerprint
from functions.inventory.service.reservations import (
    HoldCommand,
    ReservationNotFound,
    ReservationService,
    TooManyPositions,
)
from shared.cause import Cause
from shared.events.customers import CartHoldAsked, CartHoldDropped


@dataclass(frozen=True)
class CartHolds:
    """The use cases; each may be repeated, and a hold may be dropped before it is heard that it was asked for."""

    holds: ReservationService
    answers: CartAnswers
    clock: Callable[[], datetime]

    def asked(self, event: CartHoldAsked, cause: Cause) -> None:
        """Hold every unit for the cart, or say what is missing. The holds that it replaces end by it; when it cannot be
        made they stay: the cart then still has what it had."""
        answer = self.answers.find(event.reservation_id)
        if answer is None:
            if not self._in_time(event):
                return
            answer = self.answers.give(self._hold(event, cause), cause)
            if answer.outcome is Outcome.DROPPED:
                self._release(event.reservation_id, cause)
        if answer.outcome is Outcome.HELD:
            for name in event.replaces:
                self._drop(name, cause)

    def dropped(self, event: CartHoldDropped, cause: Cause) -> None:
        """Give the units back; what is asked for later under this id is not held any more."""
        self._drop(event.reservation_id, cause)

    def _in_time(self, event: CartHoldAsked) -> bool:
        """Whether somebody may still wait for it: nothing is held for a question that lay in a queue for hours."""
        return self.clock() < datetime.fromisoformat(event.asked_at) + timedelta(seconds=event.ttl_seconds)

    def _hold(self, event: CartHoldAsked, cause: Cause) -> CartAnswer:
        command = _command(event)
        try:
            try:
                held = self.holds.place(command, cause)  # beside the others, which end afterwards
            except InsufficientStock:
                if not event.replaces:
                    raise
                held = self.holds.place(replace(command, instead=event.replaces), cause)
        except (InsufficientStock, TooManyHolds, TooManyPositions) as refusal:
            short = refusal.extra.get("shortages", ())
            return CartAnswer(
                event.reservation_id,
                Outcome.REFUSED,
                shortages=tuple((one["sku"], one["requested"], one["available"]) for one in short),
            )
        return CartAnswer(event.reservation_id, Outcome.HELD, until=_until(held))

    def _drop(self, reservation_id: str, cause: Cause) -> None:
        self.answers.give(CartAnswer(reservation_id, Outcome.DROPPED), cause)
        self._release(reservation_id, cause)

    def _release(self, reservation_id: str, cause: Cause) -> None:
        try:
            self.holds.release(reservation_id, cause)
        except (ReservationNotFound, ReservationEnded):
            return  # never made, or an order has it


def _command(event: CartHoldAsked) -> HoldCommand:
    scope = Scope.LOCATION if event.location_id else Scope.NETWORK
    return HoldCommand(
        reservation_id=event.reservation_id,
        owner=event.reservation_id,  # whose cart it is, is nobody's business here
        channel=event.channel,
        scope=scope,
        wanted=[Wanted(one.line_id, one.sku, one.quantity, event.location_id) for one in event.lines],
        ttl_seconds=event.ttl_seconds,
        partial=False,
        near=None,
        fingerprint=fingerprint(event, event.channel),
        shared=True,
    )


def _until(held: Reservation) -> datetime:
    return datetime.fromtimestamp(held.until, UTC)
