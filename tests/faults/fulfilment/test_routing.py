"""Something goes wrong in what looks back, tries, decides and prices routing: the end is as if nothing had.

In `check` a seeded slice and the planted bugs; every single fault in `deep`.
"""

from __future__ import annotations

import pytest

from tests.faults.fulfilment.planted import ROUTING_PLANTED
from tests.faults.fulfilment.routing_ways import OF, WAYS, look
from tests.faults.proving import Planted, Proving

SLICES = 20
"""One fault in so many is tried in `check`."""


PROVING = Proving(WAYS, look, OF)


@pytest.mark.parametrize("name", WAYS)
def test_whatever_goes_wrong_once_routing_ends_as_if_nothing_had(name: str) -> None:
    assert len(PROVING.wrong(name)) > 20
    PROVING.some(name, one_in=SLICES)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_every_single_fault(name: str) -> None:
    PROVING.each(name)


@pytest.mark.parametrize("bug", ROUTING_PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    PROVING.catches(bug, monkeypatch)
