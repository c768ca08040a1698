"""Work that nobody has begun goes to a better place: asked for, done, or given up.

The units at the new places are set aside before those at the old ones are withdrawn, so that at no moment the order
has fewer units than it wants. Whatever else happens to the work or the order meanwhile wins: then the move is given up
and what was set aside for it is withdrawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.fulfilment.domain.demand import (
    LOST,
    Cancellation,
    Demand,
    Move,
    Opened,
    Plan,
    Routed,
    Share,
    Slot,
    Status,
)
from functions.fulfilment.domain.settling import openings, parcels, unfilled
from functions.fulfilment.domain.states import SHIP
from functions.fulfilment.domain.states import Status as Stage
from functions.fulfilment.domain.steps import moved, stamped
from functions.fulfilment.domain.work import FulfilmentOrder, with_lines

MAX_MOVES = 3
"""Of one order: it must leave one day."""
ANSWERED_WITHIN = timedelta(minutes=15)
"""When inventory has said nothing by then, something was lost: the move is given up."""
WAITING_SERVICE = "standard"
"""Orders of any other service leave as soon as they can and are never moved."""


@dataclass(frozen=True)
class Moved:
    """The demand after the move, the work that ends, and what opens instead by which plan."""

    demand: Demand
    ended: tuple[FulfilmentOrder, ...] = ()
    opened: tuple[Opened, ...] = ()
    plan: Plan | None = None


def may_move(order: FulfilmentOrder, at: datetime) -> bool:
    """Nobody has begun with this work, and it is to be shipped at once."""
    claimed = order.claim is not None and order.claim.until > at
    return order.status is Stage.OPEN and order.method == SHIP and not order.holds and not claimed


def may_be_moved(demand: Demand) -> bool:
    """Nothing of the order is being decided, and it can wait for something better."""
    return (
        demand.status is Status.SETTLED
        and demand.service == WAITING_SERVICE
        and demand.move is None
        and demand.moves < MAX_MOVES
        and not demand.has_open_units
        and not demand.holds
    )


def shares_of(orders: Iterable[FulfilmentOrder]) -> tuple[Share, ...]:
    """What these fulfilment orders have set aside."""
    return tuple(
        Share(line.line_id, line.sku, order.location_id, line.quantity)
        for order in orders
        for line in order.lines
        if line.quantity
    )


def changes(
    orders: Sequence[FulfilmentOrder], shares: Iterable[Share]
) -> tuple[tuple[FulfilmentOrder, ...], tuple[Share, ...]]:
    """Which of the fulfilment orders have to end, and which shares have to be set aside, so that the order's units lie
    as `shares` say: work that stays exactly as it is is left alone."""
    wanted: dict[str, Counter[tuple[str, str]]] = {}
    for share in shares:
        wanted.setdefault(share.location_id, Counter())[share.line_id, share.sku] += share.quantity
    ended = []
    for order in orders:
        has = Counter({(line.line_id, line.sku): line.quantity for line in order.lines if line.quantity})
        if wanted.get(order.location_id) == has:
            del wanted[order.location_id]
        else:
            ended.append(order)
    fresh = tuple(
        Share(line_id, sku, location_id, units)
        for location_id, counts in sorted(wanted.items())
        for (line_id, sku), units in sorted(counts.items())
    )
    return tuple(ended), fresh


def asked_to_move(
    demand: Demand,
    ended: Sequence[FulfilmentOrder],
    fresh: tuple[Share, ...],
    *,
    slots: tuple[Slot, ...] = (),
    at: datetime,
) -> Demand:
    """Inventory is asked to set the new units aside, and the new parcels (`slots`) are counted at their places; nothing
    else changes yet."""
    assert may_be_moved(demand), "the order can be moved"
    version = demand.plan_version + 1
    move = Move(Plan(version, fresh, slots=slots), tuple(order.fulfilment_order_id for order in ended), at)
    return replace(demand, plan_version=version, move=move, moves=demand.moves + 1)


def done(demand: Demand, work: Sequence[FulfilmentOrder], *, at: datetime) -> Moved:
    """The new units are set aside: they replace the old work, if that is still as it was; else the move is given up."""
    move = demand.move
    assert move is not None, "there is a move"
    old = [order for order in work if order.fulfilment_order_id in move.replaces]
    has, gets = (_by_line(shares) for shares in (shares_of(old), move.plan.shares))
    if demand.holds or has != gets or not all(may_move(order, at) for order in old):
        return Moved(given_up(demand))
    version = move.plan.version
    ended = [_ended(order, at) for order in old]
    left = tuple((order.plan_version, shares_of([order])) for order in old)
    opened = tuple(openings(demand, move.plan))
    after = replace(
        demand,
        move=None,
        held=parcels(replace(demand, move=None)),  # the move's stay counted, as those of the work that opens
        cancellations=(*demand.cancellations, Cancellation(f"{LOST}{version}", (), (), left)),
        routed=Routed(version, opened, unfilled(demand.lines)),
        opened=demand.opened + len(opened),
    )
    return Moved(after, tuple(ended), opened, move.plan)


def given_up(demand: Demand) -> Demand:
    """The work stays where it is: whatever inventory has set aside for the move, or will, is withdrawn."""
    assert demand.move is not None, "there is a move"
    plan = demand.move.plan
    withdrawal = Cancellation(f"{LOST}{plan.version}", (), (), ((plan.version, plan.shares),))
    return replace(demand, move=None, cancellations=(*demand.cancellations, withdrawal))


def refused(demand: Demand) -> Demand:
    """Inventory took nothing for the move: the work stays where it is."""
    return replace(demand, move=None)


def overdue(demand: Demand, at: datetime) -> bool:
    """Whether nothing was heard of a move for too long."""
    return demand.move is not None and at - demand.move.at >= ANSWERED_WITHIN


def _ended(order: FulfilmentOrder, at: datetime) -> FulfilmentOrder:
    lighter = with_lines(order, (replace(one, quantity=0, moved=one.moved + one.quantity) for one in order.lines))
    return stamped(order, moved(lighter, Stage.CANCELLED), at=at)


def _by_line(shares: Iterable[Share]) -> Counter[tuple[str, str]]:
    units: Counter[tuple[str, str]] = Counter()
    for share in shares:
        units[share.line_id, share.sku] += share.quantity
    return units
