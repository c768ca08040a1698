"""The exact router against an independent solver: the same problem as a mixed-integer programme for HiGHS."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from functions.fulfilment.domain.routing import search
from functions.fulfilment.domain.routing.plan import plan
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.search import Search
from functions.fulfilment.solver import solved
from tests.unit.fulfilment.test_router import check_feasible, cost_of, random_problem

INSTANCES = 2000
SLICE = 120


def milp(wants: list[Want], places: list[Candidate]) -> int:
    """Units by line and place, units unfilled by line, and a switch per place; stock is shared by an item's lines."""
    usable = [place for place in places if place.capacity_left is None or place.capacity_left > 0]
    skus = sorted({want.sku for want in wants})
    stocked = {(p, sku): len(wants) + n for n, (p, sku) in enumerate((p, s) for p in range(len(usable)) for s in skus)}
    linked = len(wants) + len(stocked)  # rows: filled or not (=), stock of open places (<= 0), units only if open
    costs: list[float] = []
    entries: list[list[tuple[int, float]]] = []
    most: list[float] = []
    rows = linked
    switches: list[list[tuple[int, float]]] = [
        [(stocked[p, sku], -float(max(0, place.stock.get(sku, 0)))) for sku in skus] for p, place in enumerate(usable)
    ]
    for n, want in enumerate(wants):
        costs.append(want.cancel_penalty or 0)
        entries.append([(n, 1.0)])
        most.append(want.quantity)
        for p, place in enumerate(usable):
            possible = min(want.quantity, max(0, place.stock.get(want.sku, 0)))
            costs.append(place.cost_of(want))
            entries.append([(n, 1.0), (stocked[p, want.sku], 1.0), (rows, 1.0)])
            most.append(possible)
            switches[p].append((rows, -float(possible)))
            rows += 1
    for p, place in enumerate(usable):
        costs.append(place.fixed_cost)
        entries.append(switches[p])
        most.append(1)
    exact = [float(want.quantity) for want in wants]
    lower = exact + [float("-inf")] * (rows - len(wants))
    upper = exact + [0.0] * (rows - len(wants))
    solver = solved(costs, entries, lower, upper, most=most, whole=True)
    return round(float(solver.getInfo().objective_function_value))


def instance(seed: int) -> tuple[list[Want], list[Candidate]]:
    wants, places = random_problem(seed, places=2 + seed % 19, lines=1 + seed % 11, same_sku=seed % 3 == 0)
    if seed % 5 == 0:  # lines of one item with other weights
        wants = [Want(w.line_id, w.sku, w.quantity, (int(w.line_id) * 700) % 2600, w.cancel_penalty) for w in wants]
    return wants, places


def _compare_all(seeds: Iterable[int]) -> None:
    for seed in seeds:
        compare(seed)


def compare(seed: int) -> None:
    wants, places = instance(seed)
    answer, truth = plan(wants, places), milp(wants, places)
    check_feasible(answer, wants, places)
    assert answer.total == cost_of(answer, wants, places)
    assert answer.lower_bound <= truth <= answer.total, seed
    assert answer.proven_optimal, seed
    assert answer.total == truth, seed


@pytest.mark.parametrize("first", range(0, SLICE, 20))
def test_the_plan_costs_what_a_mixed_integer_programme_says_to_the_cent(first: int) -> None:
    _compare_all(range(first, first + 20))


@pytest.mark.deep
@pytest.mark.parametrize("first", range(SLICE, INSTANCES, 188))
def test_two_thousand_random_instances_equal_the_programme(first: int) -> None:
    _compare_all(range(first, min(INSTANCES, first + 188)))


def hard(seed: int) -> tuple[list[Want], list[Candidate]]:
    """As few of 40 places as cover 24 items: every parcel costs nearly the same, which no bound likes."""
    rng = random.Random(seed)
    wants = [Want(f"{n:02d}", f"s{n}", 1, cancel_penalty=10_000) for n in range(24)]
    stocks = [{want.sku: 1 for want in wants if rng.random() < 0.25} for _ in range(40)]
    return wants, [Candidate(f"L{n:02d}", 500 + rng.randint(0, 3), 0, 0, stock) for n, stock in enumerate(stocks)]


def test_a_hard_instance_ends_at_its_budget_with_a_true_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    wants, places = hard(1)
    truth = milp(wants, places)
    assert plan(wants, places).total == truth
    by_nodes = plan(wants, places, node_budget=20)
    assert by_nodes.nodes == 20
    monkeypatch.setattr(search, "LOOKS", 0)
    monkeypatch.setattr(search, "WORK_BUDGET", 8_000)
    for answer in (by_nodes, plan(wants, places)):
        check_feasible(answer, wants, places)
        assert not answer.proven_optimal
        assert 0 < answer.lower_bound <= truth <= answer.total
        assert answer.lower_bound < answer.total


def test_a_search_that_shuts_a_place_too_early_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: dominance without looking at unit costs."""

    def careless(search: Search, possible: int) -> int:
        cheapest = min((place for place in range(len(search._setups)) if possible >> place & 1), default=-1)
        return 1 << cheapest if cheapest >= 0 else 0

    monkeypatch.setattr(Search, "_undominated", careless)
    with pytest.raises(AssertionError):
        _compare_all(range(SLICE))
