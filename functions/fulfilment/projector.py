"""Lambda entry: fulfilment's stream -> settled decisions by day, and the sums of the routing report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from functions.fulfilment.domain.demand import Demand
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.figures import Figures, by_place, in_all
from functions.fulfilment.domain.network import StockPage
from functions.fulfilment.domain.states import Status
from functions.fulfilment.repository import demands, work
from functions.fulfilment.repository.copies import PAGE_KIND, to_page
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.history import EVERYWHERE, TOTAL, Counted, HistoryRepository, counted, decided
from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.marshal import Item
from shared.dynamo.table import Table
from shared.observability import logger
from shared.relay import Change, changes
from shared.settings import settings

POSITIONS_AT_ONCE = 25
"""Each adds to two rows, and a transaction takes 100."""


@cache
def _repositories(own: str, derived: str) -> tuple[DemandRepository, HistoryRepository]:
    dynamodb = client("dynamodb")
    return DemandRepository(Table(dynamodb, own)), HistoryRepository(Table(dynamodb, derived))


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Count the batch. Raises for anything that was not written: the batch comes again, and counts nothing twice.

    Without records the event says what to project once more (`shared.reemission`).
    """
    if "Records" not in event:
        from shared.reemission import again  # hardly ever needed: not a part of every cold start

        return again(event, handler)
    testing_clock.refresh()
    known, history = _repositories(settings().table_name, settings().projection_table_name)
    now = clock.epoch_seconds(clock.now())
    news: dict[tuple[str, str], Counted] = {}
    for change in changes(event):
        for one in _counted(change, known, now=now):
            news[one.mark["pk"], one.mark["sk"]] = one
    history.add(list(news.values()))
    logger().info("projected", records=len(event["Records"]), counted=len(news))
    return {"batchItemFailures": []}


def _counted(change: Change, known: DemandRepository, *, now: int) -> Iterator[Counted]:
    if change.new is None:
        return
    if change.kind == demands.KIND:
        yield from _settled(change, known, now=now)
    elif change.kind == work.KIND:
        yield from _shipped(change, now=now)
    elif change.kind == PAGE_KIND:
        yield from _emptied(change.old, change.new, now=now)


def _settled(change: Change, known: DemandRepository, *, now: int) -> Iterator[Counted]:
    """A plan is settled: its decision is history."""
    old, new = demands.to_demand(change.old) if change.old else None, demands.to_demand(change.new or {})
    version = new.routed.plan_version if new.routed else 0
    if not version or (old and old.routed and old.routed.plan_version >= version):
        return
    decision = known.decision(new.order_id, version)
    if decision is not None:
        first = old is None or old.routed is None
        yield decided(decision, _sums(decision, new, first=first), now=now)


def _sums(decision: Decision, demand: Demand, *, first: bool) -> dict[tuple[str, str], Counter[str]]:
    """Fill is told of an order's first plan: later ones ask for the same units again."""
    day = decision.at.date().isoformat()
    whole: Counter[str] = Counter(plans=1, orders=int(first))
    if first:
        whole["units"] = sum(line.quantity - line.cancelled for line in demand.lines)
        whole["unfilled"] = sum(one.quantity for one in decision.missing)
    sums = {(EVERYWHERE, day): whole}
    if decision.seen is not None and decision.routing is not None:
        places = by_place(decision.seen, decision.shares, decision.routing.terms)
        whole.update(_added(in_all(decision.seen, places, ())))
        for location_id, figures in places.items():
            sums[location_id, day] = Counter({"plans": 1, **_added(figures)})
    return sums


def _added(figures: Figures) -> dict[str, int]:
    return {
        "parcels": figures.parcels,
        "cost": figures.cost,
        "distance_m": figures.distance_m,
        "measured": figures.measured,
        "late_planned": figures.late,
    }


def _shipped(change: Change, *, now: int) -> Iterator[Counted]:
    """A parcel has left, in time or not."""
    old, new = work.to_order(change.old) if change.old else None, work.to_order(change.new or {})
    if new.status is not Status.SHIPPED or (old and old.status is Status.SHIPPED):
        return
    at = Cause.from_stamp((change.new or {})["cause"]).at
    late = bool(new.deadlines and at > new.deadlines.due_by)
    added = Counter(shipped=1, shipped_late=int(late))
    day = at.date().isoformat()
    sums = {(EVERYWHERE, day): added, (new.location_id, day): added}
    yield counted(f"{new.fulfilment_order_id}#shipped", sums, now=now)


def _emptied(old: Item | None, new: Item, *, now: int) -> Iterator[Counted]:
    """Positions that have come to nothing, or have something again: so many at a time as one transaction counts."""
    page = to_page(new)
    before = (to_page(old) if old else StockPage(page.sku)).by_place
    day = Cause.from_stamp(new["cause"]).at.date().isoformat()
    changed = [
        (location_id, was, units)
        for location_id, units in sorted(page.by_place.items())
        if (was := before.get(location_id)) != units and not (was and units) and (was is not None or not units)
    ]
    for start in range(0, len(changed), POSITIONS_AT_ONCE):
        sums: dict[tuple[str, str], Counter[str]] = {}
        for location_id, was, units in changed[start : start + POSITIONS_AT_ONCE]:
            change = Counter(emptied=int(bool(was)), refilled=int(bool(units)))
            for where in (EVERYWHERE, location_id):
                sums.setdefault((where, day), Counter()).update(change)
                sums.setdefault((where, TOTAL), Counter())["at_zero"] += -1 if units else 1
        behind = f"#{start}" if start else ""
        yield counted(f"{page.sku}#{page.version}{behind}", sums, now=now)
