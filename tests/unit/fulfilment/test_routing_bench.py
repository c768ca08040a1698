"""The routing benchmark measures what it says: no unit is sold twice, and the lower bound is one."""

from __future__ import annotations

import itertools

import pytest

from infra.local.replay.baskets import baskets, opening
from tests.bench.routing import replay, world
from tests.bench.routing.bound import lower_bound, partitions
from tests.bench.routing.pricing import ClosedForm, NoPrices, TransportPrices
from tests.bench.routing.report import EXCERPT
from tests.bench.routing.rules import Exact, FewestSplits, Ranked, Rule
from tests.bench.routing.week import Outcome, play
from tests.bench.routing.world import Item, Node, Order, Visit, Week


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop of a few items, so that a week takes a moment."""
    monkeypatch.setattr(world, "SKUS", 12)
    monkeypatch.setattr(world, "ONLINE_UNITS_PER_DAY", 30.0)
    monkeypatch.setattr(world, "WALK_IN_UNITS_PER_DAY", 30.0)


def rules() -> list[Rule]:
    return [
        Ranked(dc_first=False),
        Ranked(dc_first=True),
        FewestSplits(),
        Exact(NoPrices()),
        Exact(ClosedForm()),
        Exact(TransportPrices()),
    ]


@pytest.mark.parametrize("failing", [0.0, 0.3])
def test_every_unit_is_accounted_for_under_every_rule(failing: float) -> None:
    week = world.make(5, nodes=8, log_sd=0.5)
    for rule in rules():
        outcome = play(week, rule, failing=failing)
        assert outcome.units == sum(len(order.items) for order in week.orders)
        assert 0 < outcome.filled <= outcome.units
        assert outcome.orders <= len(week.orders) <= outcome.parcels + len(week.orders)


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_below_every_rule(seed: int) -> None:
    week = world.make(seed, nodes=8, log_sd=0.5)
    costs = [play(week, rule).cost for rule in rules()]
    bound = lower_bound(week, upper=min(costs), steps=60)
    assert 0 < bound.cost <= min(costs)
    assert 0.5 < bound.fill <= 1.0


def hindsight(week: Week) -> int:
    """The least cost of a tiny week by trying everything."""
    best: list[int] = []
    choices = [[*range(len(week.nodes)), None] for order in week.orders for _ in order.items]
    for chosen in itertools.product(*choices):
        left = [list(row) for row in week.opening]
        outcome, position, possible = Outcome(), 0, True
        for order in week.orders:
            nodes = set()
            for item in order.items:
                node = chosen[position]
                position += 1
                if node is None:
                    outcome.unfilled += world.penalty(week.items[item])
                    continue
                left[item][node] -= 1
                possible &= left[item][node] >= 0
                nodes.add(node)
                outcome.shipping += world.unit_cost(week.nodes[node])
            outcome.shipping += sum(world.parcel_cost(week.nodes[node], order) for node in nodes)
        for visit in week.visits:
            left[visit.item][visit.node] -= 1
            if left[visit.item][visit.node] < 0:
                outcome.lost_walk_ins += week.items[visit.item].margin
        if possible:
            best.append(outcome.cost)
    return min(best)


def tiny(stock: tuple[tuple[int, ...], ...]) -> Week:
    nodes = (Node("D0", 0, 0, 0.0), Node("S1", 300, 0, 0.5), Node("S2", 0, 800, 0.5))
    items = tuple(Item(f"SKU{n}", 900 + 300 * n, 0, (1.0,), (0.0, 1.0, 1.0)) for n in range(2))
    events = (
        (0.1, Order(0, 10.0, 0.0, 0, (0, 1))),
        (0.2, Visit(1, 0)),
        (0.3, Order(0, 290.0, 0.0, 150, (1,))),
        (0.4, Order(0, 0.0, 790.0, 0, (0, 1))),
        (0.5, Visit(2, 1)),
    )
    return Week(nodes, ((0.0, 0.0),), items, events, items, stock, 0.5)


@pytest.mark.parametrize("stock", [((1, 1, 1), (1, 1, 1)), ((0, 1, 1), (2, 0, 1)), ((1, 0, 0), (0, 1, 0))])
def test_the_bound_is_below_hindsight_and_near_it(stock: tuple[tuple[int, ...], ...]) -> None:
    week = tiny(stock)
    truth = hindsight(week)
    assert 0.85 * truth <= lower_bound(week, upper=truth, steps=200).cost <= truth + 1e-6


def test_the_ways_to_part_four_lines_into_parcels_are_fifteen() -> None:
    assert [len(list(partitions(count))) for count in range(5)] == [1, 1, 2, 5, 15]


def test_a_replay_sells_no_unit_twice_and_leaves_none_unfilled_that_lies_somewhere() -> None:
    for rule in (replay.nearest, replay.greedy, replay.exact(priced=False), replay.exact(priced=True, posted=True)):
        tally = replay.play(EXCERPT, rule, limit=40)
        assert tally.orders == 40
        assert tally.unfilled == 0


def test_the_exact_split_of_a_basket_takes_no_more_parcels_than_the_greedy_one() -> None:
    (first,) = baskets(EXCERPT, 1)
    shelves = replay.Shelves.of(opening(EXCERPT, 25))
    few = {place for _, place, _ in replay.greedy(shelves, first)}
    assert len({place for _, place, _ in replay.exact(priced=False)(shelves, first)}) <= len(few)
