"""Nothing is promised twice, leaked or answered wrongly, in whatever order and however calls fail."""

from __future__ import annotations

import random
from itertools import combinations_with_replacement

import pytest

from tests.faults.inventory.acts import ACTS, Act
from tests.faults.inventory.shop import REFUSALS, shop_of
from tests.support.interleaving import Fault, explore, explore_with_faults, wander, without_waiting

PAIRS = list(combinations_with_replacement(ACTS, 2))
SEEDED = 600
SEEDED_HOT = 250
SEEDED_DEEP = 20_000


def crowd(seed: int) -> list[Act]:
    """Three to five actors."""
    rng = random.Random(seed)
    return rng.choices(ACTS, k=rng.randint(3, 5))


def names(acts: tuple[Act, ...]) -> str:
    return "-".join(act.__name__ for act in acts)


@pytest.mark.parametrize(
    "slice_", [0, pytest.param(1, marks=pytest.mark.deep), pytest.param(2, marks=pytest.mark.deep)]
)
def test_two_actors_in_every_order(slice_: int) -> None:
    pairs = PAIRS[slice_::3]
    with without_waiting():
        schedules = sum(1 for pair in pairs for _ in explore(shop_of(*pair), expected=REFUSALS))
    assert schedules > len(pairs) * 2, "the actors hardly ever met"


@pytest.mark.parametrize("slice_", range(5))
def test_up_to_five_actors_with_faults_in_seeded_orders(slice_: int) -> None:
    faults: set[Fault] = set()
    with without_waiting():
        for seed in range(slice_, SEEDED, 5):
            outcome = wander(shop_of(*crowd(seed)), seed=seed, fault_rate=0.08, expected=REFUSALS)
            faults |= {fault for (_, at), fault in outcome.plan.items() if at < max(outcome.calls)}
    assert faults == set(Fault)


@pytest.mark.parametrize("shards", [2, 3])
def test_a_crowd_with_faults_at_a_position_that_is_spread_over_cells(shards: int) -> None:
    with without_waiting():
        for seed in range(SEEDED_HOT):
            make = shop_of(*crowd(seed), shards=shards, chunk_rows=90 if shards == 2 else 1)
            wander(make, seed=seed, fault_rate=0.08, expected=REFUSALS)


@pytest.mark.deep
@pytest.mark.parametrize("shards", [2, 3])
@pytest.mark.parametrize("pair", PAIRS, ids=names)
def test_two_actors_in_every_order_at_a_position_that_is_spread_over_cells(pair: tuple[Act, Act], shards: int) -> None:
    with without_waiting():
        make = shop_of(*pair, shards=shards, chunk_rows=90 if shards == 2 else 1)
        assert sum(1 for _ in explore(make, expected=REFUSALS)) > 0


@pytest.mark.deep
@pytest.mark.parametrize("slice_", range(10))
@pytest.mark.parametrize("shards", [2, 3])
def test_many_crowds_with_faults_at_a_position_that_is_spread_over_cells(slice_: int, shards: int) -> None:
    with without_waiting():
        for seed in range(2_000_000 + slice_, 2_000_000 + SEEDED_DEEP // 2, 10):
            make = shop_of(*crowd(seed), shards=shards, chunk_rows=90 if shards == 2 else 1)
            wander(make, seed=seed, fault_rate=0.08, expected=REFUSALS)


@pytest.mark.deep
@pytest.mark.parametrize("pair", PAIRS, ids=names)
def test_two_actors_in_every_order_with_a_fault_at_every_call(pair: tuple[Act, Act]) -> None:
    with without_waiting():
        assert sum(1 for _ in explore_with_faults(shop_of(*pair), expected=REFUSALS)) > 0


@pytest.mark.deep
@pytest.mark.parametrize("slice_", range(20))
def test_up_to_five_actors_with_faults_in_many_seeded_orders(slice_: int) -> None:
    with without_waiting():
        for seed in range(1_000_000 + slice_, 1_000_000 + SEEDED_DEEP, 20):
            wander(shop_of(*crowd(seed)), seed=seed, fault_rate=0.08, expected=REFUSALS)
