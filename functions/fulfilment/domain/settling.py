"""The steps of a demand: a plan is asked for, settled, refused or given up; units are open again; more are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.demand import (
    LOST,
    TRIED_FOR,
    Cancellation,
    Demand,
    Line,
    Missing,
    Opened,
    Outcome,
    Plan,
    Routed,
    Share,
    Slot,
    Status,
    Tried,
    WorkKey,
    work_key,
)

MAX_PLANS = 6
"""Refused plans in a row after which a SKU that was refused again is given up."""


def asked(
    demand: Demand,
    *,
    shares: Iterable[Share],
    missing: Iterable[Missing],
    seen: dict[str, int],
    slots: tuple[Slot, ...] = (),
    retry_at: datetime | None = None,
) -> Demand:
    """The plan is put to inventory, or settled at once when there is nothing that inventory could say about it.

    A committed hold is always put to inventory, even by an empty plan: what is not planned becomes free there.
    """
    version = demand.plan_version + 1
    lacking = tuple(missing)
    unsure = {one.sku for one in lacking if one.ask} - set(demand.told)
    plan = Plan(version, tuple(shares), lacking, confirm=bool(unsure), slots=slots)
    retries = [one for one in (retry_at, demand.retry_at if demand.waiting else None) if one]
    demand = replace(demand, plan_version=version, seen=demand.seen | seen, retry_at=min(retries, default=None))
    if plan.shares or plan.confirm or demand.pins:
        return replace(demand.to(Status.ALLOCATING), plan=plan)
    return settled(demand, plan)


def settled(demand: Demand, plan: Plan) -> Demand:
    """Each unit of the plan has its place or is known to have none."""
    placed: Counter[str] = Counter()
    for share in plan.shares:
        placed[share.line_id] += share.quantity
    lacking: dict[str, list[Missing]] = {}
    for one in plan.missing:
        lacking.setdefault(one.line_id, []).append(one)
    opened = tuple(openings(demand, plan))
    lines = tuple(_settled_line(line, placed[line.line_id], lacking.get(line.line_id, ())) for line in demand.lines)
    routed = Routed(plan.version, opened, unfilled(lines)) if opened or plan.missing else demand.routed
    return replace(
        demand.to(Status.SETTLED),
        lines=lines,
        plan=None,
        held=demand.move.plan.slots if demand.move else (),  # its own stay counted, as those of the fulfilment orders
        pins=(),
        refusals=0,
        told=(),
        given_up=(),
        routed=routed,
        opened=demand.opened + len(opened),
    )


def _settled_line(line: Line, placed: int, lacking: Iterable[Missing]) -> Line:
    line = replace(line, placed=line.placed + placed)
    for one in lacking:
        if one.outcome is Outcome.OUT_OF_STOCK:
            line = replace(line, out_of_stock=line.out_of_stock + one.quantity)
        elif one.outcome is Outcome.OFFERED:
            line = replace(line, asked=line.asked + one.quantity)
        else:
            line = replace(line, waiting=line.waiting + one.quantity, outcome=one.outcome)
    return line


def unfilled(lines: Iterable[Line]) -> tuple[Missing, ...]:
    """All units without a place: orders takes the newest plan's word for all that wait, and for all that is out of
    stock. Those for which the shopper is asked, for whatever reason, are told as waiting."""
    found: list[Missing] = []
    for line in lines:
        counts = {line.outcome or Outcome.BACKORDERED: line.waiting, Outcome.OUT_OF_STOCK: line.out_of_stock}
        counts[Outcome.QUEUED] = counts.get(Outcome.QUEUED, 0) + line.asked + line.offered
        found += [Missing(line.line_id, line.sku, units, why) for why, units in counts.items() if units]
    return tuple(found)


def told_anew(demand: Demand) -> Demand:
    """What has no place is told once more, under a version of its own."""
    version = demand.plan_version + 1
    return replace(demand, plan_version=version, routed=Routed(version, (), unfilled(demand.lines)))


def told_as_now(demand: Demand) -> Demand:
    """What has no place is told anew where that is not what was told last."""
    known = demand.routed.unfilled if demand.routed else ()
    settled_now = demand.status is Status.SETTLED and not demand.has_open_units
    return told_anew(demand) if settled_now and unfilled(demand.lines) != known else demand


def openings(demand: Demand, plan: Plan) -> Iterable[Opened]:
    """The fulfilment orders that the plan means."""
    lines = {line.line_id: line for line in demand.lines}
    leaves = {slot.key: slot.departure for slot in plan.slots}
    work: dict[WorkKey, Counter[str]] = {}
    for share in plan.shares:
        units = work.setdefault(work_key(lines[share.line_id], share), Counter())
        units[share.line_id] += share.quantity
    for number, (key, units) in enumerate(sorted(work.items()), start=demand.opened + 1):
        location_id, method, destination_id, not_before = key
        lines_of_work = tuple(sorted(units.items()))
        name = f"{demand.order_id}.{number}"
        departure = leaves.get(key)
        yield Opened(name, location_id, method, lines_of_work, destination_id or None, not_before, departure)


def parcels(demand: Demand) -> tuple[Slot, ...]:
    """The parcels of the plan in flight that it still has units for, and of a move."""
    moving = demand.move.plan.slots if demand.move else ()
    if demand.plan is None:
        return moving
    lines = {line.line_id: line for line in demand.lines}
    keys = {work_key(lines[share.line_id], share) for share in demand.plan.shares}
    return (*(slot for slot in demand.plan.slots if slot.key in keys), *moving)


def refused(demand: Demand, plan: Plan, *, told: Iterable[str]) -> Demand:
    """Nothing of the plan was taken: its units are open again. `told`: SKUs whose true stock came with the refusal."""
    truths = set(told) | ({one.sku for one in plan.missing if one.ask} if plan.confirm else set())
    refusals = demand.refusals + 1
    given_up = set(demand.given_up)
    if refusals >= MAX_PLANS:
        planned = {share.sku for share in plan.shares}
        given_up |= (truths & planned) or planned
    return replace(
        demand,
        plan=None,
        refusals=refusals,
        told=tuple(sorted(truths | set(demand.told))),
        given_up=tuple(sorted(given_up)),
    )


def given_up(demand: Demand, plan: Plan) -> Demand:
    """Nothing was heard of a plan: whatever inventory took or will take for it is withdrawn, its units are open."""
    withdrawal = Cancellation(f"{LOST}{plan.version}", (), (), ((plan.version, plan.shares),))
    return replace(demand, plan=None, cancellations=(*demand.cancellations, withdrawal))


def unplaced(demand: Demand, lost: Mapping[str, int], *, location_id: str, at: datetime) -> Demand:
    """Units by line that a place failed to give are open again, and the place is not asked again for a while."""
    skus = sorted({line.sku for line in demand.lines if lost.get(line.line_id)})
    kept = (
        one
        for one in demand.tried
        if one.at + TRIED_FOR > at and not (one.location_id == location_id and one.sku in skus)
    )
    return replace(
        demand,
        lines=tuple(replace(line, placed=line.placed - lost.get(line.line_id, 0)) for line in demand.lines),
        tried=(*kept, *(Tried(sku, location_id, at) for sku in skus)),
    )


def with_more(demand: Demand, change_id: str, lines: Iterable[Line]) -> Demand:
    """The order wants more units, of new lines or of known ones; once per change."""
    if change_id in demand.changes:
        return demand
    known = {line.line_id: line for line in demand.lines}
    for line in lines:
        there = known.get(line.line_id)
        known[line.line_id] = replace(there, quantity=there.quantity + line.quantity) if there else line
    return replace(demand, lines=tuple(known.values()), changes=(*demand.changes, change_id))


def reopened(demand: Demand) -> Demand:
    """Units that waited are open again, for a new round of planning."""
    return replace(demand, lines=tuple(replace(line, waiting=0, outcome=None) for line in demand.lines))
