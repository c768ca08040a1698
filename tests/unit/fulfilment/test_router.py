"""The exact router against brute force, and what its answer says."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.fulfilment.domain.routing.plan import Reason, RoutingPlan, plan
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.transport import transport


def place(name: str, stock: dict[str, int], *, fixed_cost: int = 300) -> Candidate:
    return Candidate(name, fixed_cost, 0, 0, stock)


def cost_of(answer: RoutingPlan, wants: list[Want], places: list[Candidate]) -> int:
    """The formula of the contract, applied to the assignments."""
    by_line, by_place = {w.line_id: w for w in wants}, {p.location_id: p for p in places}
    cost = sum(by_place[name].fixed_cost for name in {one.location_id for one in answer.assignments})
    for one in answer.assignments:
        candidate, want = by_place[one.location_id], by_line[one.line_id]
        weight = (candidate.cost_per_kg * want.weight_grams + 500) // 1000
        cost += one.quantity * (candidate.unit_cost + weight + candidate.unit_price.get(one.sku, 0))
    return cost + sum(one.quantity * (by_line[one.line_id].cancel_penalty or 0) for one in answer.unfilled)


def check_feasible(answer: RoutingPlan, wants: list[Want], places: list[Candidate]) -> None:
    for want in wants:
        given_units = sum(one.quantity for one in answer.assignments if one.line_id == want.line_id)
        left = sum(one.quantity for one in answer.unfilled if one.line_id == want.line_id)
        assert given_units + left == want.quantity
    for candidate in places:
        for sku, stock in candidate.stock.items():
            taken = sum(
                one.quantity
                for one in answer.assignments
                if one.location_id == candidate.location_id and one.sku == sku
            )
            assert taken <= max(0, stock)


def brute_force(wants: list[Want], places: list[Candidate]) -> int:
    """Every unit to every place or to nobody."""
    units = [want for want in wants for _ in range(want.quantity)]
    usable = [p for p in places if p.capacity_left is None or p.capacity_left > 0]
    best: int | None = None
    for choice in itertools.product([None, *range(len(usable))], repeat=len(units)):
        taken: dict[tuple[int, str], int] = {}
        cost = 0
        for want, index in zip(units, choice, strict=True):
            if index is None:
                cost += want.cancel_penalty or 0
                continue
            key = (index, want.sku)
            taken[key] = taken.get(key, 0) + 1
            cost += usable[index].cost_of(want)
        if any(units_taken > usable[i].stock.get(sku, 0) for (i, sku), units_taken in taken.items()):
            continue
        cost += sum(usable[i].fixed_cost for i in {i for i, _ in taken})
        best = cost if best is None or cost < best else best
    assert best is not None
    return best


small_place = st.builds(
    Candidate,
    location_id=st.just("?"),
    fixed_cost=st.integers(0, 12),
    cost_per_kg=st.integers(0, 6),
    unit_cost=st.integers(0, 4),
    stock=st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=2),
    capacity_left=st.sampled_from([None, 0, 1]),
    unit_price=st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=2),
)
small_want = st.builds(
    Want,
    line_id=st.just("?"),
    sku=st.sampled_from("ab"),
    quantity=st.integers(1, 2),
    weight_grams=st.sampled_from([0, 400, 1500]),
    cancel_penalty=st.integers(0, 20),
)


def named(wants: list[Want], places: list[Candidate]) -> tuple[list[Want], list[Candidate]]:
    return (
        [Want(str(n), w.sku, w.quantity, w.weight_grams, w.cancel_penalty) for n, w in enumerate(wants)],
        [
            Candidate(f"L{n}", p.fixed_cost, p.cost_per_kg, p.unit_cost, p.stock, p.capacity_left, p.unit_price)
            for n, p in enumerate(places)
        ],
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(small_want, min_size=1, max_size=3), st.lists(small_place, max_size=3))
def test_no_assignment_of_units_is_cheaper_than_the_plan(wants: list[Want], places: list[Candidate]) -> None:
    wants, places = named(wants, places)
    answer = plan(wants, places)
    check_feasible(answer, wants, places)
    assert answer.proven_optimal
    assert answer.total == answer.lower_bound == cost_of(answer, wants, places) == brute_force(wants, places)
    assert sum(term.amount for term in answer.terms) == answer.total


def random_problem(seed: int, *, places: int, lines: int, same_sku: bool = False) -> tuple[list[Want], list[Candidate]]:
    rng = random.Random(seed)
    skus = [f"s{n}" for n in range(max(1, lines // 2) if same_sku else lines)]
    weights = {sku: rng.choice([0, 150, 900, 2500]) for sku in skus}
    wants = []
    for n in range(lines):
        sku = rng.choice(skus) if same_sku else skus[n]
        wants.append(Want(f"{n:04d}", sku, rng.randint(1, 6), weights[sku], rng.choice([50, 400, 5000])))
    return wants, [
        Candidate(
            f"L{n:03d}",
            fixed_cost=rng.randint(100, 900),
            cost_per_kg=rng.randint(0, 120),
            unit_cost=rng.randint(0, 60),
            stock={sku: rng.randint(0, 5) for sku in skus if rng.random() < 0.5},
            capacity_left=rng.choice([None, None, None, 3, 0]),
            unit_price={sku: rng.randint(0, 90) for sku in skus if rng.random() < 0.3},
        )
        for n in range(places)
    ]


def enumerated(wants: list[Want], places: list[Candidate]) -> int:
    """Every subset of places, its units sorted by cost: an independent way to the same figure."""
    usable = [p for p in places if p.capacity_left != 0]
    skus = sorted({want.sku for want in wants})
    best: int | None = None
    for chosen in itertools.product([False, True], repeat=len(usable)):
        subset = [p for p, taken in zip(usable, chosen, strict=True) if taken]
        cost = sum(p.fixed_cost for p in subset)
        for sku in skus:
            lines = [want for want in wants if want.sku == sku]
            worth = sorted((want.cancel_penalty or 0 for want in lines for _ in range(want.quantity)), reverse=True)
            offers = sorted(p.cost_of(lines[0]) for p in subset for _ in range(p.stock.get(sku, 0)))
            offers += [10**9] * len(worth)
            cost += sum(min(penalty, offer) for penalty, offer in zip(worth, offers, strict=False))
        best = cost if best is None or cost < best else best
    assert best is not None
    return best


@pytest.mark.parametrize("seed", range(40))
def test_larger_random_networks_equal_the_enumeration_of_all_subsets(seed: int) -> None:
    wants, places = random_problem(seed, places=4 + seed % 6, lines=1 + seed % 9, same_sku=seed % 2 == 0)
    answer = plan(wants, places)
    check_feasible(answer, wants, places)
    assert answer.proven_optimal
    assert answer.total == enumerated(wants, places) == cost_of(answer, wants, places)


@pytest.mark.parametrize("seed", range(6))
def test_a_search_cut_short_never_claims_more_than_it_has_proven(seed: int) -> None:
    wants, places = random_problem(seed, places=9, lines=8)
    truth = enumerated(wants, places)
    for budget in (0, 1, 2, 5):
        answer = plan(wants, places, node_budget=budget)
        check_feasible(answer, wants, places)
        assert answer.lower_bound <= truth <= answer.total
        assert answer.proven_optimal is (answer.lower_bound == answer.total)
        assert answer.total == cost_of(answer, wants, places)


def test_the_order_in_which_the_question_is_put_does_not_change_the_answer() -> None:
    wants, places = random_problem(7, places=8, lines=8, same_sku=True)
    assert plan(wants, places) == plan(list(reversed(wants)), list(reversed(places)))


def test_two_units_come_from_two_places_that_have_one_each() -> None:
    answer = plan([Want("1", "MUG", 2)], [place("A", {"MUG": 1}), place("B", {"MUG": 1})])
    assert [(one.location_id, one.quantity) for one in answer.assignments] == [("A", 1), ("B", 1)]
    assert not answer.unfilled


def test_a_second_parcel_is_saved_when_one_place_has_everything() -> None:
    wants = [Want("1", "MUG", 1), Want("2", "LAMP", 1)]
    places = [place("A", {"MUG": 9}), place("B", {"LAMP": 9}), place("C", {"MUG": 1, "LAMP": 1}, fixed_cost=450)]
    answer = plan(wants, places)
    assert {one.location_id for one in answer.assignments} == {"C"}
    assert answer.total == 450


def test_what_no_place_has_is_left_unfilled_at_its_penalty_and_stock_never_goes_negative() -> None:
    answer = plan([Want("1", "MUG", 5, cancel_penalty=7000)], [place(name, {"MUG": 2}) for name in "AB"])
    assert [(one.line_id, one.quantity) for one in answer.unfilled] == [("1", 1)]
    assert [term.amount for term in answer.terms if term.kind == "unfilled"] == [7000]


def test_scarce_units_go_to_the_line_whose_cancelling_costs_most() -> None:
    wants = [Want("cheap", "MUG", 1, cancel_penalty=400), Want("dear", "MUG", 1, cancel_penalty=9000)]
    answer = plan(wants, [place("A", {"MUG": 1})])
    assert [one.line_id for one in answer.assignments] == ["dear"]


def test_units_that_cost_more_to_ship_than_to_cancel_stay_unfilled() -> None:
    answer = plan([Want("1", "MUG", 1, cancel_penalty=299)], [place("A", {"MUG": 1})])
    assert answer.total == 299
    assert not answer.assignments


def test_without_a_penalty_units_are_filled_whatever_it_costs() -> None:
    answer = plan([Want("1", "MUG", 1)], [place("A", {"MUG": 1}, fixed_cost=10**9)])
    assert not answer.unfilled


def test_a_place_without_parcels_left_is_left_out_and_the_answer_says_why() -> None:
    full = Candidate("A", 1, 0, 0, {"MUG": 9}, capacity_left=0)
    answer = plan([Want("1", "MUG", 1)], [full, place("B", {"MUG": 1}), place("C", {"LAMP": 1})])
    assert [one.location_id for one in answer.assignments] == ["B"]
    assert {one.location_id: one.reason for one in answer.excluded} == {
        "A": Reason.CAPACITY_FULL,
        "C": Reason.NO_STOCK,
    }


def test_the_alternatives_say_what_one_place_alone_and_the_nearest_would_have_cost() -> None:
    near = Candidate("NEAR", 300, 0, 0, {"MUG": 1}, distance_km=1.0)
    far = Candidate("FAR", 350, 0, 0, {"MUG": 2}, distance_km=90.0)
    answer = plan([Want("1", "MUG", 2)], [near, far])
    assert {one.kind: (one.location_ids, one.total, one.difference) for one in answer.alternatives} == {
        "best_single": (("FAR",), 350, 0),
        "nearest": (("FAR", "NEAR"), 650, 300),
    }


def test_an_order_of_1108_lines_over_ten_places_is_solved_to_the_proven_optimum() -> None:
    wants, places = random_problem(1, places=10, lines=1108)
    answer = plan(wants, places)
    check_feasible(answer, wants, places)
    assert answer.proven_optimal


def test_the_transport_problem_prefers_to_fill_when_filling_costs_as_much_as_cancelling() -> None:
    assert transport([1], [1], [[5]], [5]) == [[1]]
    assert transport([1], [1], [[6]], [5]) == [[0]]
