"""The search by itself: without a good first guess every pruning has to be right."""

from __future__ import annotations

import itertools
import random

import pytest

from functions.fulfilment.domain.routing import bound
from functions.fulfilment.domain.routing.bound import SCALE, Dual, Shares, ascended, parts_of
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
    for guess in ("_greedy", "_try", "_swap"):
        monkeypatch.setattr(Search, guess, lambda self, places: None)
    found = Search(groups, setups).run()
    assert found.proven_optimal
    assert found.total == cheapest(groups, setups, among=(1 << len(setups)) - 1)


def random_shares(seed: int, ascent: Shares, setups: list[int]) -> Shares:
    """Any division of the setups among those who share them, and not always the whole of them."""
    rng = random.Random(seed)
    shares = [{place: rng.random() ** 3 for place in row} for row in ascent]
    whole = [sum(row.get(place, 0.0) for row in shares) / rng.choice((1.0, 1.0, 0.4)) for place in range(len(setups))]
    return [{place: int(setups[place] * SCALE * one / whole[place]) for place, one in row.items()} for row in shares]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("steps", [0, 1, 20])
@pytest.mark.parametrize("whole_units", [0, 2, 8], ids="whole up to {}".format)
def test_the_dual_bound_is_below_every_plan_and_shuts_no_place_of_a_better_one(
    seed: int, steps: int, whole_units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bound, "WHOLE_UNITS", whole_units)
    groups, setups = problem(seed)
    parts, everything = parts_of(groups), (1 << len(setups)) - 1
    truth = cheapest(groups, setups, among=everything)
    ascent, paid = ascended(parts, setups, undecided=everything)
    assert paid & ~everything == 0
    for shares in (ascent, random_shares(seed, ascent, setups)):
        dual = Dual(parts, setups, shares, free=0, undecided=everything)
        for _ in range(steps):
            dual.step(truth + 50)
        proof = dual.proof(truth + 50)
        assert dual.bound <= truth
        for place in range(len(setups)):
            asked = [row[place] for row in proof.shares if place in row]
            assert min(asked, default=0) >= 0
            assert sum(asked) <= setups[place] * SCALE
            if proof.shut >> place & 1:
                assert cheapest(groups, setups, among=everything, forced=1 << place) >= truth + 50


@pytest.mark.parametrize("seed", range(30))
def test_with_places_open_and_shut_the_dual_bound_is_that_of_the_rest(seed: int) -> None:
    groups, setups = problem(seed)
    parts, everything = parts_of(groups), (1 << len(setups)) - 1
    ascent, _ = ascended(parts, setups, undecided=everything)
    opened, shut = 0b1, 0b10
    free_of_charge = [0 if place == 0 else setup for place, setup in enumerate(setups)]
    truth = cheapest(groups, free_of_charge, among=everything & ~shut, forced=opened)
    dual = Dual(parts, setups, ascent, free=opened, undecided=everything & ~opened & ~shut)
    for _ in range(10):
        dual.step(truth)
        assert dual.bound <= truth


def test_a_share_is_paid_whole_where_stock_is_thin() -> None:
    """Three units from places with two each: the linear relaxation would pay for one and a half parcels."""
    wants = [Want("1", "S", 3, cancel_penalty=10_000)]
    places = [Candidate(name, 600, 0, 10, {"S": 2}) for name in "ABC"]
    (group,) = groups = grouped(wants, places)
    parts, setups = parts_of(groups), [600, 600, 600]
    shares, _ = ascended(parts, setups, undecided=0b111)
    assert Dual(parts, setups, shares, free=0, undecided=0b111).bound == 1230 == 1200 + group.cost(0b011)


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
