"""No place ever sends more parcels in a day than it takes, in whatever order plans are made and however calls fail."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

import pytest

from functions.fulfilment.repository import capacity, demands
from tests.faults.fulfilment.rooms import ACTS, rooms_of
from tests.support.interleaving import Fault, Violated, explore, explore_with_faults, wander, without_waiting

PAIRS = list(combinations(ACTS, 2))
SEEDED = 150


def test_two_actors_in_every_order() -> None:
    with without_waiting():
        schedules = sum(1 for pair in PAIRS for _ in explore(rooms_of(*pair)))
    assert schedules > len(PAIRS) * 2, "the actors hardly ever met"


def test_up_to_five_actors_with_faults_in_seeded_orders() -> None:
    struck: set[Fault] = set()
    with without_waiting():
        for seed in range(SEEDED):
            names = random.Random(seed).sample(list(ACTS), k=3 + seed % 3)
            outcome = wander(rooms_of(*names), seed=seed, fault_rate=0.08)
            struck |= {fault for (_, at), fault in outcome.plan.items() if at < max(outcome.calls)}
    assert struck == set(Fault)


@pytest.mark.deep
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_two_actors_in_every_order_with_each_fault(pair: tuple[str, str]) -> None:
    with without_waiting():
        assert sum(1 for _ in explore_with_faults(rooms_of(*pair))) > 10


def _counts_without_looking(patch: pytest.MonkeyPatch) -> None:
    """The limit is judged when the plan is made, and not by the write."""
    real = capacity._counted

    def counted(day: Any, by: int, limit: int, cause: Any) -> Any:
        return real(day, by, limit + 1_000, cause)

    patch.setattr(capacity, "_counted", counted)


def _counts_in_a_write_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """The count is written before the plan: a plan that then loses its race leaves it behind."""
    real = capacity.counting
    save = demands.DemandRepository.save

    def saved(self: Any, demand: Any, **more: Any) -> Any:
        def apart(*given: Any, **cause: Any) -> list[Any]:
            for action in real(*given, **cause):
                self._table.write(action)
            return []

        patch.setattr(demands, "counting", apart)
        return save(self, demand, **more)

    patch.setattr(demands.DemandRepository, "save", saved)


def _never_gives_back(patch: pytest.MonkeyPatch) -> None:
    real = capacity.counting
    patch.setattr(demands, "counting", lambda new, old, *, cause: real(new, _plans_only(old, new), cause=cause))


def _plans_only(old: Iterable[Any], new: Iterable[Any]) -> list[Any]:
    days = {(slot.key[0], slot.departure.day) for slot in new}
    return [slot for slot in old if (slot.key[0], slot.departure.day) in days]


@pytest.mark.parametrize(
    ("plant", "pair", "found"),
    [
        (_counts_without_looking, ("release A", "release B"), "too many"),
        (_counts_in_a_write_of_its_own, ("cancel planned", "grant"), "counted"),
        (_never_gives_back, ("cancel opened", "release A"), "counted"),
    ],
)
def test_planted_bugs_are_found(
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    pair: tuple[str, str],
    found: str,
) -> None:
    plant(monkeypatch)
    with without_waiting(), pytest.raises(Violated, match=found):
        for _ in explore(rooms_of(*pair)):
            pass
