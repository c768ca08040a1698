"""The steps of a collection: ready, arrived, handed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.pickup import pickup_by
from functions.fulfilment.domain.work import FulfilmentOrder, Status, moved


def ready(order: FulfilmentOrder, *, at: datetime) -> FulfilmentOrder:
    """The goods lie ready for the shopper. Raises TransitionNotAllowed unless packed, for a collection."""
    after = moved(order, Status.READY)
    assert order.pickup is not None, "a collection has a code from its opening on"
    return replace(after, pickup=replace(order.pickup, pickup_by=pickup_by(at)))


def hand_over(order: FulfilmentOrder, *, proof: str) -> FulfilmentOrder:
    """The shopper has the goods; `proof` says how that was checked. Raises TransitionNotAllowed unless ready."""
    after = moved(order, Status.HANDED_OVER)
    assert order.pickup is not None, "a collection has a code from its opening on"
    return replace(after, pickup=replace(order.pickup, proof=proof))
