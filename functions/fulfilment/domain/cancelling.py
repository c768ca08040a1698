"""Deciding a cancel request by quantity: what can still be stopped, and what has gone too far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from functions.fulfilment.domain import execution
from functions.fulfilment.domain.demand import Cancellation, CancelRequest, Demand, Line, Missing, Plan, Share
from functions.fulfilment.domain.work import FulfilmentOrder

_Part = TypeVar("_Part", Missing, Share)


@dataclass(frozen=True)
class Decision:
    """The demand after the decision, and the fulfilment orders that lose units."""

    demand: Demand
    stopped: tuple[FulfilmentOrder, ...] = ()


def decide(demand: Demand, request: CancelRequest, work: Sequence[FulfilmentOrder], *, limit: int) -> Decision:
    """Cancel first what waits or is not planned, then what is being allocated, then work that nobody has picked yet,
    and last work in hand that is on hold, each fulfilment order of it as a whole or not at all.

    `work` are the order's fulfilment orders; at most `limit` of them are changed, units beyond are refused. A request
    that was decided before changes nothing.
    """
    if any(known.request_id == request.request_id for known in demand.cancellations):
        return Decision(demand)
    lines = {line.line_id: line for line in demand.lines}
    plan = demand.plan
    touched: dict[str, FulfilmentOrder] = {}
    withdrawn: dict[int, list[Share]] = {}
    asked = Counter[str]()
    for line_id, wanted in request.lines:
        asked[line_id] += wanted
    over: dict[str, int] = {}
    for line_id, wanted in asked.items():
        line, left = lines.get(line_id), wanted
        if line is not None:
            line, left = _from_waiting(line, left)
            plan, line, left = _from_plan(plan, line, left, withdrawn)
            for order in work:
                known = touched.get(order.fulfilment_order_id, order)
                if left and known.can_lose_units and (known is not order or len(touched) < limit):
                    known, line, left = _from_work(known, line, left, withdrawn)
                    touched[known.fulfilment_order_id] = known
            lines[line_id] = line
        over[line_id] = left
    for order in work:
        if len(touched) < limit and _covers(over, order):
            touched[order.fulfilment_order_id] = execution.take_back(order)
            for line_id, units in order.lying.items():
                over[line_id] -= units
                line = lines[line_id]
                lines[line_id] = replace(line, placed=line.placed - units, cancelled=line.cancelled + units)
    cancelled = [(line_id, wanted - over[line_id]) for line_id, wanted in asked.items() if wanted > over[line_id]]
    refused = [(line_id, units) for line_id, units in over.items() if units]
    if refused and request.all_or_none:
        none = Cancellation(request.request_id, (), request.lines)
        return Decision(replace(demand, cancellations=(*demand.cancellations, none)))
    decision = Cancellation(
        request.request_id,
        tuple(cancelled),
        tuple(refused),
        tuple((version, tuple(shares)) for version, shares in sorted(withdrawn.items())),
    )
    return Decision(
        replace(
            demand,
            lines=tuple(lines[line.line_id] for line in demand.lines),
            plan=plan,
            cancellations=(*demand.cancellations, decision),
        ),
        tuple(order for order in touched.values() if order not in work),
    )


def _covers(units: Mapping[str, int], order: FulfilmentOrder) -> bool:
    """Whether it is work in hand on hold, all of which these units (by line) are."""
    lying = order.lying
    return order.can_be_taken_back and bool(lying) and all(units.get(name, 0) >= lying[name] for name in lying)


def _from_waiting(line: Line, left: int) -> tuple[Line, int]:
    stopped = min(left, line.waiting)
    line = replace(line, waiting=line.waiting - stopped, cancelled=line.cancelled + stopped)
    left -= stopped
    stopped = min(left, line.offered)
    line = replace(line, offered=line.offered - stopped, cancelled=line.cancelled + stopped)
    left -= stopped
    stopped = min(left, line.asked)
    return replace(line, asked=line.asked - stopped, cancelled=line.cancelled + stopped), left - stopped


def _from_plan(
    plan: Plan | None, line: Line, left: int, withdrawn: dict[int, list[Share]]
) -> tuple[Plan | None, Line, int]:
    """Open units: first those not planned yet, then those of the plan without a place, then those asked for."""
    stopped, open_before = min(left, line.open), line.open
    if not stopped:
        return plan, line, left
    line = replace(line, cancelled=line.cancelled + stopped)
    if plan is None:
        return plan, line, left - stopped
    planned = sum(one.quantity for one in plan.missing if one.line_id == line.line_id)
    planned += sum(share.quantity for share in plan.shares if share.line_id == line.line_id)
    rest = max(0, stopped - (open_before - planned))
    missing = []
    for one in plan.missing:
        taken = min(rest, one.quantity) if one.line_id == line.line_id else 0
        rest -= taken
        missing.append(replace(one, quantity=one.quantity - taken))
    shares = []
    for share in plan.shares:
        taken = min(rest, share.quantity) if share.line_id == line.line_id else 0
        rest -= taken
        if taken:
            withdrawn.setdefault(plan.version, []).append(replace(share, quantity=taken))
        shares.append(replace(share, quantity=share.quantity - taken))
    plan = replace(plan, shares=_not_empty(shares), missing=_not_empty(missing))
    return plan, line, left - stopped


def _from_work(
    order: FulfilmentOrder, line: Line, left: int, withdrawn: dict[int, list[Share]]
) -> tuple[FulfilmentOrder, Line, int]:
    there = next((one for one in order.lines if one.line_id == line.line_id), None)
    stopped = min(left, there.quantity) if there else 0
    if not there or not stopped:
        return order, line, left
    withdrawn.setdefault(order.plan_version, []).append(Share(there.line_id, there.sku, order.location_id, stopped))
    line = replace(line, placed=line.placed - stopped, cancelled=line.cancelled + stopped)
    return execution.lose_units(order, there.line_id, stopped), line, left - stopped


def _not_empty(parts: Iterable[_Part]) -> tuple[_Part, ...]:
    return tuple(part for part in parts if part.quantity)
