"""The demand of an order: every unit has one fate, whatever happens in which order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.fulfilment.domain.cancelling import decide
from functions.fulfilment.domain.demand import (
    CancelRequest,
    Demand,
    Line,
    Missing,
    Outcome,
    Share,
    Status,
)
from functions.fulfilment.domain.execution import acknowledge
from functions.fulfilment.domain.settling import MAX_PLANS, asked, refused, reopened, settled
from functions.fulfilment.domain.shortfall import PickedUnits, pick
from functions.fulfilment.domain.work import FulfilmentOrder, WorkLine

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
LINES = (Line("1", "MUG", 5, "ship"), Line("2", "LAMP", 3, "ship"), Line("3", "MUG", 4, "pickup", "S1"))


class Story:
    """Things that happen to one order, checked after each."""

    def __init__(self) -> None:
        self.demand = Demand("O-1", lines=LINES)
        self.work: dict[str, FulfilmentOrder] = {}

    def plan(self, draw: st.DataObject) -> None:
        """Any split of the open units over two places, and what is missing."""
        if self.demand.plan or not self.demand.has_open_units:
            return
        shares, missing = [], []
        for line in self.demand.lines:
            left = line.open
            for place in ("S1", "S2"):
                units = draw.draw(st.integers(0, left))
                left -= units
                if units:
                    shares.append(Share(line.line_id, line.sku, place, units))
            if left:
                outcome = draw.draw(st.sampled_from(list(Outcome)))
                missing.append(Missing(line.line_id, line.sku, left, outcome, ask=draw.draw(st.booleans())))
        self.take(asked(self.demand, shares=shares, missing=missing, seen={}))

    def allocated(self) -> None:
        if self.demand.plan:
            self.take(settled(self.demand, self.demand.plan))

    def refused(self) -> None:
        if self.demand.plan:
            self.demand = refused(self.demand, self.demand.plan, told=["MUG"])

    def news(self) -> None:
        if self.demand.status is Status.SETTLED and self.demand.waiting:
            self.demand = reopened(self.demand)

    def picked(self) -> None:
        for name, order in self.work.items():
            if order.can_lose_units and order.status.value == "OPEN":
                lines = [PickedUnits(line.line_id, line.quantity) for line in order.lines]
                self.work[name] = pick(acknowledge(order), lines, at=order.opened_at)
                return

    def cancel(self, draw: st.DataObject) -> None:
        number = str(len(self.demand.cancellations))
        wanted = tuple((line.line_id, draw.draw(st.integers(1, 6))) for line in LINES)
        decision = decide(self.demand, CancelRequest(number, wanted), tuple(self.work.values()), limit=3)
        self.demand = decision.demand
        self.work |= {order.fulfilment_order_id: order for order in decision.stopped}
        made = decision.demand.cancellations[-1]
        decided = Counter(dict(made.cancelled)) + Counter(dict(made.refused))
        assert decided == Counter(dict(wanted))
        again = decide(self.demand, CancelRequest(number, wanted), tuple(self.work.values()), limit=3)
        assert again.demand is self.demand

    def take(self, demand: Demand) -> None:
        if demand.routed and demand.routed is not self.demand.routed:
            for one in demand.routed.opened:
                skus = {line.line_id: line.sku for line in LINES}
                assert one.fulfilment_order_id not in self.work
                self.work[one.fulfilment_order_id] = FulfilmentOrder(
                    one.fulfilment_order_id,
                    "O-1",
                    one.location_id,
                    one.method,
                    demand.routed.plan_version,
                    AT,
                    tuple(WorkLine(line_id, skus[line_id], units) for line_id, units in one.lines),
                )
        self.demand = demand

    def check(self) -> None:
        working: Counter[str] = Counter()
        for order in self.work.values():
            for part in order.lines:
                assert part.quantity >= 0
                working[part.line_id] += part.quantity
        cancelled: Counter[str] = Counter()
        for cancellation in self.demand.cancellations:
            cancelled.update(dict(cancellation.cancelled))
        for line in self.demand.lines:
            assert min(line.open, line.placed, line.waiting, line.out_of_stock, line.cancelled) >= 0
            assert line.placed == working[line.line_id]
            assert line.cancelled == cancelled[line.line_id]
            planned = 0
            if self.demand.plan:
                planned = sum(one.quantity for one in self.demand.plan.shares if one.line_id == line.line_id)
                planned += sum(one.quantity for one in self.demand.plan.missing if one.line_id == line.line_id)
            assert planned in (0, line.open)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_unit_of_an_order_has_exactly_one_fate_whatever_happens(draw: st.DataObject) -> None:
    story = Story()
    for step in draw.draw(st.lists(st.sampled_from("papacrnk"), max_size=14)):
        match step:
            case "p":
                story.plan(draw)
            case "a":
                story.allocated()
            case "c":
                story.cancel(draw)
            case "r":
                story.refused()
            case "n":
                story.news()
            case "k":
                story.picked()
        story.check()


def test_a_plan_without_anything_to_ask_inventory_is_settled_at_once() -> None:
    demand = Demand("O-1", lines=LINES[:1])
    unknown = Missing("1", "MUG", 5, Outcome.UNROUTABLE, ask=False)
    assert asked(demand, shares=(), missing=[unknown], seen={}).status is Status.SETTLED
    unsure = replace(unknown, outcome=Outcome.OUT_OF_STOCK, ask=True)
    assert asked(demand, shares=(), missing=[unsure], seen={}).status is Status.ALLOCATING
    told = replace(demand, told=("MUG",))
    assert asked(told, shares=(), missing=[unsure], seen={}).status is Status.SETTLED


def test_a_sku_is_given_up_after_so_many_refusals_and_only_that_one() -> None:
    demand = Demand("O-1", lines=LINES[:2])
    for _ in range(MAX_PLANS):
        assert demand.given_up == ()
        demand = asked(demand, shares=[Share("1", "MUG", "S1", 5), Share("2", "LAMP", "S1", 3)], missing=[], seen={})
        assert demand.plan is not None
        demand = refused(demand, demand.plan, told=["MUG"])
    assert demand.given_up == ("MUG",)
