"""Something goes wrong in what looks back, tries, decides and prices routing: the end is as if nothing had.

In `check` a seeded slice and the planted bugs; every single fault in `deep`.
"""

from __future__ import annotations

import random

import pytest

from tests.faults.fulfilment.planted import ROUTING_PLANTED
from tests.faults.fulfilment.routing_ways import OF, WAYS, look
from tests.faults.proving import Planted, Proving
from tests.support.faults import Fault, faults

SLICES = 20
"""One fault in so many is tried in `check`."""


PROVING = Proving(WAYS, look)


def wrong(name: str) -> list[Fault]:
    """Everything that can go wrong once in what the way is about."""
    return [one for one in faults(PROVING.good(name).places) if any(part in one.what for part in OF[name])]


@pytest.mark.parametrize("name", WAYS)
def test_whatever_goes_wrong_once_routing_ends_as_if_nothing_had(name: str) -> None:
    found = wrong(name)
    assert len(found) > 20
    for fault in random.Random(name).sample(found, 1 + len(found) // SLICES):
        PROVING.same_end(name, fault)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_every_single_fault(name: str) -> None:
    found = wrong(name)
    for fault in found:
        PROVING.same_end(name, fault)
    print(f"{name}: every one of {len(found)} single faults")


@pytest.mark.parametrize("bug", ROUTING_PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    PROVING.catches(bug, monkeypatch)
