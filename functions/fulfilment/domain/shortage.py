"""A place has fewer units than are promised there: which work gives some up, so that the rest can be kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.work import FulfilmentOrder

LYING = (
    Status.SCHEDULED,
    Status.OPEN,
    Status.ACKNOWLEDGED,
    Status.PICKING,
    Status.PICKED,
    Status.PACKED,
    Status.ON_HOLD,
    Status.READY,
    Status.ARRIVED,
    Status.NO_SHOW,
    Status.TO_RESHELVE,
)
"""States in which the goods lie where the work is done, unless they have travelled to another store."""

GIVES_UP = frozenset({Status.SCHEDULED, Status.OPEN})
"""Nobody has taken it on."""


@dataclass(frozen=True)
class GivenUp:
    """Units by line that one fulfilment order gives up."""

    fulfilment_order_id: str
    lines: dict[str, int]


def lying(order: FulfilmentOrder, sku: str, location_id: str) -> int:
    """Units of the item that lie at the place for this work."""
    if order.location_id != location_id or order.place_id != location_id or order.status not in LYING:
        return 0
    return sum(line.quantity - line.handed for line in order.lines if line.sku == sku)


def give_up(orders: Iterable[FulfilmentOrder], *, sku: str, location_id: str, usable: int) -> list[GivenUp]:
    """What is to be sourced elsewhere, so that the `usable` units there suffice for the rest.

    Work that nobody has taken on gives up, the newest first: goods that somebody picks or has packed are in hand.
    """
    known = list(orders)
    excess = sum(lying(order, sku, location_id) for order in known) - max(0, usable)
    untouched = [one for one in known if one.status in GIVES_UP and lying(one, sku, location_id)]
    found = []
    for order in sorted(untouched, key=lambda one: (one.opened_at, one.fulfilment_order_id), reverse=True):
        lines: dict[str, int] = {}
        for line in order.lines:
            if line.sku == sku and (taken := min(excess, line.quantity)) > 0:
                lines[line.line_id] = taken
                excess -= taken
        if lines:
            found.append(GivenUp(order.fulfilment_order_id, lines))
    return found
