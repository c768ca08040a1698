"""Something goes wrong while those who wait are looked at, asked or given something: the end is as if nothing had.

In `check` a seeded slice and the planted bugs; every single fault in `deep`.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.fulfilment.planted import WAITING_PLANTED
from tests.faults.fulfilment.waiting_ways import OF, WAITING, WAYS, look, woken_later
from tests.faults.proving import Planted, Proving
from tests.support.faults import Way, World, faults

SLICES = 40
"""One fault in so many is tried in `check`."""
PROVING = Proving(WAYS, look, OF)
LATER = Way("woken later", WAYS["woken"].prepare, woken_later)


def test_without_faults_everybody_gets_what_they_wait_for() -> None:
    woken = PROVING.good("woken").seen
    assert {number: one["allocated"] for number, one in woken["lines"].items()} == dict.fromkeys(WAITING, 1)
    steps = [one for one in PROVING.good("woken").places if "QueueAdvanced" in one.what]
    assert len(steps) > len(WAITING), "one order at a time"
    assert PROVING.good("chosen").seen["work"] == {"W-1": [("S1", "pickup", "OPEN")]}
    assert PROVING.good("lapsed").seen["work"] == {"W-1": [("DC1", "ship", "OPEN")]}
    handed_on = PROVING.good("handed on").seen["work"]
    assert [[place for place, _, status in one if status == "OPEN"] for one in handed_on.values()] == [["DC1"]] * 3


@pytest.mark.parametrize("name", WAYS)
def test_whatever_goes_wrong_once_those_who_wait_end_as_if_nothing_had(name: str) -> None:
    assert len(PROVING.wrong(name)) > 100
    PROVING.some(name, one_in=SLICES)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_every_single_fault(name: str) -> None:
    PROVING.each(name)


def given(world: World) -> dict[str, Any]:
    """What everybody has in the end, whether or not a lost round still waits for news of its own."""
    return {name: value for name, value in look(world).items() if name != "under way"}


def test_a_round_whose_step_is_lost_is_begun_anew_by_the_next_news() -> None:
    proving = Proving({LATER.name: LATER}, given)
    good = proving.good(LATER.name)
    lost = [one for one in faults(good.places, lost=True) if one.what.endswith("consumer QueueAdvanced.v1")]
    assert len(lost) > 2
    for fault in lost:
        proving.same_end(LATER.name, fault)


@pytest.mark.parametrize("bug", WAITING_PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    PROVING.catches(bug, monkeypatch)
