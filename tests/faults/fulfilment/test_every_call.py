"""Something goes wrong at every call and delivery of the work at the locations: the end is as if nothing had.

In `check` a seeded slice of all faults and all planted bugs; everything, and a seeded sample of pairs, in `deep`.
"""

from __future__ import annotations

import random

import pytest

from tests.faults.fulfilment.planted import PLANTED
from tests.faults.fulfilment.ways import WAYS, look
from tests.faults.proving import Planted, Proving
from tests.support.faults import faults

SLICES = 30
"""One fault in so many is tried in `check`."""
PAIRED = ("short", "hand over", "no-show", "by carrier", "wave")
PAIRS = 60
"""Pairs of faults tried in `deep` of each of those ways."""


PROVING = Proving(WAYS, look)


@pytest.mark.parametrize("name", WAYS)
def test_whatever_goes_wrong_once_the_work_ends_as_if_nothing_had(name: str) -> None:
    wrong = faults(PROVING.good(name).places)
    assert len(wrong) > 200
    for fault in random.Random(name).sample(wrong, len(wrong) // SLICES):
        PROVING.same_end(name, fault)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_every_single_fault(name: str) -> None:
    wrong = faults(PROVING.good(name).places)
    for fault in wrong:
        PROVING.same_end(name, fault)
    print(f"{name}: every one of {len(wrong)} single faults")


@pytest.mark.deep
@pytest.mark.parametrize("name", PAIRED)
def test_pairs_of_faults(name: str) -> None:
    """The second one may never strike, since the first changes what is called after it."""
    wrong, rng = faults(PROVING.good(name).places), random.Random(name)
    for _ in range(PAIRS):
        PROVING.same_end(name, *rng.sample(wrong, 2))
    print(f"{name}: {PAIRS} of {len(wrong) * (len(wrong) - 1) // 2} pairs of faults, by a seed")


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    PROVING.catches(bug, monkeypatch)
