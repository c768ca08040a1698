"""Nobody pays for a label that no parcel goes with, in whatever order people act and however calls fail."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from functions.fulfilment.carriers.sandbox import SandboxCarrier
from functions.fulfilment.domain import labels
from functions.fulfilment.domain.parcels import VoidStatus
from tests.faults.fulfilment.label_rooms import ACTS, labels_of
from tests.support.interleaving import Fault, Violated, explore, explore_with_faults, wander, without_waiting

PAIRS = list(combinations(ACTS, 2))
THREES = list(combinations(ACTS, 3))
FEW = [three for three in THREES if "give back" in three and "buy standard" not in three]
"""The others have a hundred times as many orders: in `deep`."""
SEEDED = 150


@pytest.mark.parametrize("labelled", [False, True], ids=["bare", "labelled"])
def test_two_and_three_actors_in_every_order(labelled: bool) -> None:
    with without_waiting():
        schedules = sum(1 for group in (*PAIRS, *FEW) for _ in explore(labels_of(*group, labelled=labelled)))
    assert schedules > len(PAIRS + FEW) * 3, "the actors hardly ever met"


def test_up_to_five_actors_with_faults_in_seeded_orders() -> None:
    struck: set[Fault] = set()
    with without_waiting():
        for seed in range(SEEDED):
            names = random.Random(seed).sample(list(ACTS), k=3 + seed % 3)
            outcome = wander(labels_of(*names, labelled=seed % 2 == 0), seed=seed, fault_rate=0.08)
            struck |= {fault for (_, at), fault in outcome.plan.items() if at < max(outcome.calls)}
    assert struck >= set(Fault) - {Fault.CONFLICT}, "no transaction is made here"


@pytest.mark.deep
@pytest.mark.parametrize("three", [three for three in THREES if three not in FEW], ids="-".join)
def test_any_three_actors_in_every_order(three: tuple[str, ...]) -> None:
    with without_waiting():
        assert sum(1 for _ in explore(labels_of(*three))) > 1


@pytest.mark.deep
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_two_actors_in_every_order_with_each_fault(pair: tuple[str, str]) -> None:
    with without_waiting():
        assert sum(1 for _ in explore_with_faults(labels_of(*pair))) > 10


def _buys_without_saying_so_first(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(labels, "buying", lambda order, _purchase, *, at: order)


def _sells_what_was_given_back(patch: pytest.MonkeyPatch) -> None:
    real = SandboxCarrier.void
    patch.setattr(SandboxCarrier, "void", lambda self, key: real(self, key) if _known(self, key) else None)


def _known(carrier: SandboxCarrier, key: str) -> bool:
    return bool(carrier._labels._table.get(f"SANDBOX#{key}"))


def _asks_under_the_same_key_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(labels, "key_of", lambda order, parcel_id: f"{order.fulfilment_order_id}/{parcel_id}")


def _forgets_what_is_refused(patch: pytest.MonkeyPatch) -> None:
    real = labels.answered

    def answered(order: Any, answers: Any, *, at: Any) -> Any:
        after = real(order, answers, at=at)
        return replace(after, voids=tuple(one for one in after.voids if one.status is VoidStatus.VOIDED))

    patch.setattr(labels, "answered", answered)


@pytest.mark.parametrize(
    ("plant", "actors", "labelled"),
    [
        (_buys_without_saying_so_first, ("buy express", "unpack"), False),
        (_sells_what_was_given_back, ("buy express", "cancel", "give back"), False),
        (_asks_under_the_same_key_again, ("buy express", "buy standard"), False),
        (_forgets_what_is_refused, ("cancel", "scan"), True),
    ],
)
def test_planted_bugs_are_found(
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    actors: tuple[str, ...],
    labelled: bool,
) -> None:
    plant(monkeypatch)
    with without_waiting(), pytest.raises(Violated):
        for _ in explore(labels_of(*actors, labelled=labelled)):
            pass
