"""The search by itself: without a good first guess every pruning has to be right."""

from __future__ import annotations

import itertools

import pytest

from functions.fulfilment.domain.routing.bound import dual_bound, even_prices, parts_of
from functions.fulfilment.domain.routing.groups import Group, grouped
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.search import Search
from functions.fulfilment.domain.routing.transport import transport
from tests.unit.fulfilment.test_router import random_problem


def cheapest(groups: list[Group], setups: list[int], *, among: int, forced: int = 0) -> int:
    """By looking at every set of places within `among` that contains `forced`."""
    best: int | None = None
    for chosen in itertools.product([0, 1], repeat=len(setups)):
        mask = sum(bit << place for place, bit in enumerate(chosen))
        if mask & ~among or forced & ~mask:
            continue
        cost = sum(setups[place] for place, bit in enumerate(chosen) if bit) + sum(group.cost(mask) for group in groups)
        best = cost if best is None or cost < best else best
    assert best is not None
    return best


def problem(seed: int) -> tuple[list[Group], list[int]]:
    wants, places = random_problem(seed, places=5 + seed % 5, lines=2 + seed % 8, same_sku=seed % 3 == 0)
    return grouped(wants, places), [place.fixed_cost for place in places]


@pytest.mark.parametrize("seed", range(60))
def test_the_tree_finds_the_optimum_without_any_first_guess(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    groups, setups = problem(seed)
    monkeypatch.setattr(Search, "_greedy", lambda self, possible: None)
    found = Search(groups, setups).run()
    assert found.proven_optimal
    assert found.total == cheapest(groups, setups, among=(1 << len(setups)) - 1)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("steps", [0, 1, 20])
def test_the_dual_bound_is_below_every_plan_and_shuts_no_place_of_a_better_one(seed: int, steps: int) -> None:
    groups, setups = problem(seed)
    parts, everything = parts_of(groups), (1 << len(setups)) - 1
    truth = cheapest(groups, setups, among=everything)
    for factor in (0.3, 1.0, 4.0):  # whatever the prices, the bound has to hold
        prices = [{place: share * factor for place, share in row.items()} for row in even_prices(parts, setups)]
        dual = dual_bound(parts, setups, prices, free=0, undecided=everything, enough=truth + 50, steps=steps)
        assert dual.bound <= truth
        for place in range(len(setups)):
            if dual.shut >> place & 1:
                assert cheapest(groups, setups, among=everything, forced=1 << place) >= truth + 50


@pytest.mark.parametrize("seed", range(20))
def test_the_saving_of_a_place_only_shrinks_when_others_open(seed: int) -> None:
    groups, setups = problem(seed)
    for group in groups:
        for small in range(1 << len(setups)):
            large = small | (small << 1 & (1 << len(setups)) - 1)
            for bit in (1 << place for place in range(len(setups)) if not large >> place & 1):
                assert group.cost(small) - group.cost(small | bit) >= group.cost(large) - group.cost(large | bit)


def test_lines_of_one_sku_with_other_weights_are_rearranged_where_that_is_cheaper() -> None:
    assert transport([1, 1], [1, 1], [[1, 2], [1, 100]], [1000, 1000]) == [[0, 1], [1, 0]]
    assert transport([1, 1], [1, 1], [[1, 100], [1, 2]], [1000, 1000]) == [[1, 0], [0, 1]]
    heavy, light = Want("1", "S", 1, 5000, 9000), Want("2", "S", 1, 0, 9000)
    places = [Candidate("A", 0, 10, 0, {"S": 1}), Candidate("B", 0, 900, 1, {"S": 1})]
    (group,) = grouped([heavy, light], places)
    assert group.cost(0b11) == 50 + 1
