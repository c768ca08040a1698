"""Something goes wrong at every call and delivery of an order's ways: the end is the same as if nothing had.

In `check` a seeded slice of all faults, every lost delivery and all planted bugs; everything, and pairs, in `deep`.
"""

from __future__ import annotations

import pytest

from tests.faults.orders.planted import PLANTED
from tests.faults.orders.ways import WAYS, look, rules
from tests.faults.proving import Planted, Proving
from tests.support.faults import Kind, faults, healed

SLICES = 20
"""One fault in so many is tried in `check`."""
PAIRS = 150
"""Pairs of faults tried per way in `deep`."""


PROVING = Proving(WAYS, look)


@pytest.mark.parametrize("name", WAYS)
def test_a_way_makes_the_same_calls_each_time(name: str) -> None:
    """Else a fault's number would not name the same call."""
    again = PROVING.run(name)
    assert [place.what for place in again.places] == [place.what for place in PROVING.good(name).places]
    assert len(again.places) > 50


@pytest.mark.parametrize("name", WAYS)
def test_whatever_goes_wrong_once_the_order_ends_as_if_nothing_had(name: str) -> None:
    PROVING.some(name, one_in=SLICES)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_every_single_fault(name: str) -> None:
    PROVING.each(name)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_pairs_of_faults(name: str) -> None:
    PROVING.pairs(name, count=PAIRS)


@pytest.mark.parametrize("name", WAYS)
def test_what_is_never_delivered_is_asked_for_again_or_put_before_a_person(name: str) -> None:
    lost = faults(PROVING.good(name).places, lost=True)
    assert len(lost) > 5
    for fault in lost:
        assert healed(WAYS[name], PROVING.base(name), fault, rules).struck


@pytest.mark.parametrize("name", ["place", "cancel", "change"])
def test_what_orders_never_hears_of_fulfilment_is_healed_without_a_person(name: str) -> None:
    for fault in faults(PROVING.good(name).places, lost=True):
        if "CancellationDecided" in fault.what or "OrderRouted" in fault.what or "OrderReleased" in fault.what:
            ended = healed(WAYS[name], PROVING.base(name), fault, look)
            assert ended.seen["exceptions"] == [], fault
            assert ended.seen["lines"] == PROVING.good(name).seen["lines"], fault


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    PROVING.catches(bug, monkeypatch)


def test_every_kind_of_fault_occurs() -> None:
    kinds = {kind for name in WAYS for place in PROVING.good(name).places for kind in place.kinds}
    assert kinds == set(Kind)
