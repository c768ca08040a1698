"""Nothing is promised twice, leaked or answered wrongly, in whatever order and however calls fail."""

from __future__ import annotations

import random
from itertools import combinations_with_replacement

import pytest

from tests.faults.inventory.acts import ACTS, Act
from tests.faults.inventory.shop import REFUSALS, shop_of
from tests.support.interleaving import Fault, explore, explore_with_faults, wander, without_waiting

PAIRS = list(combinations_with_replacement(ACTS, 2))
SEEDED = 1_000
SEEDED_DEEP = 20_000


def crowd(seed: int) -> list[Act]:
    """Three to five actors."""
    rng = random.Random(seed)
    return rng.choices(ACTS, k=rng.randint(3, 5))


def names(acts: tuple[Act, ...]) -> str:
    return "-".join(act.__name__ for act in acts)


def test_two_actors_in_every_order() -> None:
    with without_waiting():
        schedules = sum(1 for pair in PAIRS for _ in explore(shop_of(*pair), expected=REFUSALS))
    assert schedules > len(PAIRS) * 2, "the actors hardly ever met"


@pytest.mark.parametrize("slice_", range(5))
def test_up_to_five_actors_with_faults_in_seeded_orders(slice_: int) -> None:
    faults: set[Fault] = set()
    with without_waiting():
        for seed in range(slice_, SEEDED, 5):
            outcome = wander(shop_of(*crowd(seed)), seed=seed, fault_rate=0.08, expected=REFUSALS)
            faults |= {fault for (_, at), fault in outcome.plan.items() if at < max(outcome.calls)}
    assert faults == set(Fault)


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
