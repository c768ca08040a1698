"""Something goes wrong at every call and delivery of the work at the locations: the end is as if nothing had.

In `check` a seeded slice of all faults and all planted bugs; everything in `deep`.
"""

from __future__ import annotations

import random
from functools import cache

import pytest

from tests.faults.fulfilment.planted import PLANTED
from tests.faults.fulfilment.ways import WAYS
from tests.faults.orders.planted import Planted
from tests.faults.orders.ways import look
from tests.support.faults import Ended, Fault, World, faults, prepared, run

SLICES = 30
"""One fault in so many is tried in `check`."""


@cache
def _base(name: str) -> World:
    world = prepared(WAYS[name])
    run(WAYS[name], world, [], look)  # what is kept in the process is warm from now on: every run makes the same calls
    return world


@cache
def _good(name: str) -> Ended:
    return run(WAYS[name], _base(name), [], look)


def _same_end(name: str, *wrong: Fault) -> None:
    ended = run(WAYS[name], _base(name), wrong, look)
    assert ended.struck, f"nothing went wrong: {wrong}"
    assert ended.seen == _good(name).seen, ", ".join(map(str, wrong))


@pytest.mark.parametrize("name", WAYS)
def test_whatever_goes_wrong_once_the_work_ends_as_if_nothing_had(name: str) -> None:
    wrong = faults(_good(name).places)
    assert len(wrong) > 200
    for fault in random.Random(name).sample(wrong, len(wrong) // SLICES):
        _same_end(name, fault)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_every_single_fault(name: str) -> None:
    for fault in faults(_good(name).places):
        _same_end(name, fault)


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does no harm as long as nothing goes wrong, and is found when something does."""
    base, good = _base(bug.way), _good(bug.way)
    bug.plant(monkeypatch)
    assert run(WAYS[bug.way], base, [], look).seen == good.seen, "found without any fault: proves nothing"
    for fault in faults(good.places):
        if fault.kind is bug.kind and bug.where in fault.what:
            try:
                if run(WAYS[bug.way], base, [fault], look).seen != good.seen:
                    return
            except AssertionError:
                return
    pytest.fail(f"{bug.name} went unnoticed")
