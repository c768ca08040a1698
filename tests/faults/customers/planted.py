"""Bugs that the faults on customers must find; none does any harm as long as nothing goes wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from functions.customers.links import Links
from functions.inventory.domain.cart_answer import CartAnswer, Outcome
from functions.inventory.service.cart_holds import CartHolds
from shared.cause import Cause
from shared.events.customers import CartHoldAsked
from tests.faults.proving import Planted
from tests.support.faults import Kind


def _the_join_is_lost_with_its_worker(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Links, "join_matched", lambda *_: None)


def _answered_before_it_is_held(patch: pytest.MonkeyPatch) -> None:
    real = CartHolds._hold

    def hold(self: CartHolds, event: CartHoldAsked, cause: Cause) -> CartAnswer:
        until = datetime.fromisoformat(event.asked_at) + timedelta(seconds=event.ttl_seconds)
        self.answers.give(CartAnswer(event.reservation_id, Outcome.HELD, until=until), cause)
        return real(self, event, cause)

    patch.setattr(CartHolds, "_hold", hold)


PLANTED = (
    Planted(
        "the join of an account is lost with its worker",
        "an account joins two",
        Kind.CRASH_AFTER,
        "TransactWriteItems",
        _the_join_is_lost_with_its_worker,
    ),
    Planted(
        "the join of an order is lost with its worker",
        "an order joins two",
        Kind.CRASH_AFTER,
        "TransactWriteItems",
        _the_join_is_lost_with_its_worker,
    ),
    Planted(
        "answered before it is held",
        "a cart holds",
        Kind.CRASH_AFTER,
        "inventory.consumer",
        _answered_before_it_is_held,
    ),
)
