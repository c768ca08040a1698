"""The states of a fulfilment order, and the one table of the steps between them."""

from __future__ import annotations

from enum import StrEnum

from shared.errors import Conflict

SHIP = "ship"
COLLECTED = frozenset({"pickup", "curbside", "ship_to_store"})
"""Methods by which the shopper comes to the place."""


class Status(StrEnum):
    """Where the work stands."""

    SCHEDULED = "SCHEDULED"
    """The goods are set aside; the work opens later."""
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    PICKING = "PICKING"
    """Somebody walks for it: nothing can be cancelled any more."""
    PICKED = "PICKED"
    PACKED = "PACKED"
    ON_HOLD = "ON_HOLD"
    """A hold of the order bars every step, until it is lifted: then the work goes on where it was."""
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    IN_TRANSFER = "IN_TRANSFER"
    RECEIVED = "RECEIVED"
    READY = "READY"
    ARRIVED = "ARRIVED"
    HANDED_OVER = "HANDED_OVER"
    NO_SHOW = "NO_SHOW"
    TO_RESHELVE = "TO_RESHELVE"
    """Cancelled on hold after it was begun: the goods are not for sale before they are back on their shelf."""
    RESHELVED = "RESHELVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


HOLDABLE = frozenset(
    {
        Status.SCHEDULED,
        Status.OPEN,
        Status.ACKNOWLEDGED,
        Status.PICKING,
        Status.PICKED,
        Status.PACKED,
        Status.RECEIVED,
        Status.READY,
        Status.ARRIVED,
    }
)
"""States in which the goods have not left for the shopper: a hold stops the work there."""
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.SCHEDULED: frozenset({Status.OPEN, Status.REJECTED, Status.CANCELLED, Status.ON_HOLD}),
    Status.OPEN: frozenset({Status.ACKNOWLEDGED, Status.PICKING, Status.REJECTED, Status.CANCELLED, Status.ON_HOLD}),
    Status.ACKNOWLEDGED: frozenset({Status.PICKING, Status.PICKED, Status.REJECTED, Status.CANCELLED, Status.ON_HOLD}),
    Status.PICKING: frozenset({Status.PICKED, Status.ACKNOWLEDGED, Status.REJECTED, Status.ON_HOLD}),
    Status.PICKED: frozenset({Status.PACKED, Status.REJECTED, Status.ON_HOLD}),
    Status.PACKED: frozenset({Status.PICKED, Status.SHIPPED, Status.IN_TRANSFER, Status.READY, Status.ON_HOLD}),
    Status.ON_HOLD: HOLDABLE | {Status.CANCELLED, Status.TO_RESHELVE},
    Status.SHIPPED: frozenset({Status.DELIVERED}),
    Status.IN_TRANSFER: frozenset({Status.RECEIVED}),
    Status.RECEIVED: frozenset({Status.READY, Status.ON_HOLD}),
    Status.READY: frozenset({Status.ARRIVED, Status.HANDED_OVER, Status.NO_SHOW, Status.ON_HOLD}),
    Status.ARRIVED: frozenset({Status.READY, Status.HANDED_OVER, Status.NO_SHOW, Status.ON_HOLD}),
    Status.NO_SHOW: frozenset({Status.RESHELVED}),
    Status.TO_RESHELVE: frozenset({Status.RESHELVED}),
    Status.DELIVERED: frozenset(),
    Status.HANDED_OVER: frozenset(),
    Status.RESHELVED: frozenset(),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
}
"""From ON_HOLD only back to where the work was held, or to its cancellation: CANCELLED before anybody had begun to
pick, TO_RESHELVE after that."""
ACTIVE = tuple(status for status in Status if TRANSITIONS[status])
"""States in which somebody still has something to do, or to wait for."""
AT_DESTINATION = frozenset(
    {
        Status.IN_TRANSFER,
        Status.RECEIVED,
        Status.READY,
        Status.ARRIVED,
        Status.HANDED_OVER,
        Status.NO_SHOW,
        Status.TO_RESHELVE,
        Status.RESHELVED,
    }
)
"""States in which goods that travel to a store are that store's concern, once they have come there."""
TAKEN_BACK = frozenset({Status.TO_RESHELVE, Status.RESHELVED})
"""States that goods come to at the store, or before they have travelled."""
UNTOUCHED = frozenset({Status.SCHEDULED, Status.OPEN, Status.ACKNOWLEDGED})
"""Nobody has begun to pick."""
WORKED_ON = UNTOUCHED | {Status.PICKING, Status.PICKED, Status.PACKED}
"""The goods are at their place and have not left its back room."""
ONLY_SHIP = frozenset({Status.SHIPPED, Status.DELIVERED})
ONLY_COLLECTED = frozenset({Status.READY, Status.ARRIVED, Status.HANDED_OVER, Status.NO_SHOW})
ONLY_TRANSFERRED = frozenset({Status.IN_TRANSFER, Status.RECEIVED})


class TransitionNotAllowed(Conflict):
    """The work is not where this step starts, or its method has no such step."""

    code = "transition_not_allowed"


class OnHold(TransitionNotAllowed):
    """Holds of the order bar every step. They are named in `holds`."""

    code = "on_hold"
