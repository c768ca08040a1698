"""Something goes wrong at every call and delivery of the work at the locations: the end is as if nothing had.

In `check` a seeded slice of all faults and all planted bugs; everything, and a seeded sample of pairs, in `deep`.
"""

from __future__ import annotations

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
    assert len(faults(PROVING.good(name).places)) > 200
    PROVING.some(name, one_in=SLICES)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_every_single_fault(name: str) -> None:
    PROVING.each(name)


@pytest.mark.deep
@pytest.mark.parametrize("name", PAIRED)
def test_pairs_of_faults(name: str) -> None:
    PROVING.pairs(name, count=PAIRS)


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    PROVING.catches(bug, monkeypatch)
