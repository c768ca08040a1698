"""Short picks and rejections: units are in hand, given up for a reason, or still there; never two of these."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain.demand import TRIED_FOR, Demand, Line
from functions.fulfilment.domain.settling import unplaced
from functions.fulfilment.domain.shortfall import PickedUnits, lost_units, pick, reject
from functions.fulfilment.domain.states import TRANSITIONS, Status, TransitionNotAllowed
from functions.fulfilment.domain.work import FulfilmentOrder, Reason, WorkLine
from functions.fulfilment.work_facts import work_facts
from shared.errors import InvalidField
from shared.events.fulfilment import UnitsShort

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)

MOST = 5


def work(*quantities: int, status: Status = Status.ACKNOWLEDGED) -> FulfilmentOrder:
    lines = tuple(WorkLine(str(number), f"SKU{number}", units) for number, units in enumerate(quantities, 1))
    return FulfilmentOrder("O-1.1", "O-1", "S1", "ship", 3, AT, lines, status=status)


def test_what_is_not_in_hand_leaves_the_work_with_its_reason() -> None:
    before = work(3, 2)
    after = pick(before, [PickedUnits("1", 1), PickedUnits("2", 1, Reason.DAMAGED)], at=AT)
    assert after.status is Status.PICKED
    assert [(line.quantity, line.picked, line.short) for line in after.lines] == [(1, 1, 2), (1, 1, 1)]
    assert lost_units(before, after) == {"1": 2, "2": 1}
    told = {
        event.reason: event.lines[0].quantity for event in work_facts(before, after) if isinstance(event, UnitsShort)
    }
    assert told == {"NOT_FOUND": 2, "DAMAGED": 1}


def test_nothing_in_hand_is_a_rejection() -> None:
    after = pick(work(2, 1), [PickedUnits("1", 0)], at=AT)
    assert after.status is Status.REJECTED
    assert sum(line.quantity for line in after.lines) == 0


def test_with_collateral_what_is_there_is_given_up_as_well_but_not_written_off() -> None:
    after = pick(work(2, 1), [PickedUnits("1", 1), PickedUnits("2", 1)], at=AT, collateral=True)
    assert after.status is Status.REJECTED
    assert {(one.reason, one.lines) for one in after.shortfalls} == {
        (Reason.NOT_FOUND, (("1", "SKU1", 1),)),
        (Reason.COLLATERAL, (("1", "SKU1", 1), ("2", "SKU2", 1))),
    }


def test_a_part_can_be_rejected_and_the_rest_goes_on() -> None:
    after = reject(work(3, 1, status=Status.OPEN), Reason.DAMAGED, {"1": 2}, at=AT)
    assert (after.status, [line.quantity for line in after.lines]) == (Status.OPEN, [1, 1])
    picked = replace(work(3), status=Status.PICKED, lines=(WorkLine("1", "SKU1", 3, picked=3),))
    assert reject(picked, Reason.DAMAGED, {"1": 1}, at=AT).lines[0].picked == 2


@pytest.mark.parametrize("status", [status for status in Status if Status.REJECTED not in TRANSITIONS[status]])
def test_what_is_packed_or_gone_cannot_be_rejected(status: Status) -> None:
    with pytest.raises(TransitionNotAllowed):
        reject(work(1, status=status), Reason.NOT_FOUND, None, at=AT)
    if status is not Status.PACKED:
        with pytest.raises(TransitionNotAllowed):
            pick(work(1, status=status), [], at=AT)


def test_a_place_that_is_too_busy_pauses_with_an_end() -> None:
    assert reject(work(1), Reason.TOO_BUSY, None, at=AT).shortfalls[0].pause_until == AT + timedelta(hours=2)
    until = AT + timedelta(hours=5)
    assert reject(work(1), Reason.STORE_CLOSED, None, at=AT, pause_until=until).shortfalls[0].pause_until == until
    for wrong in (AT, AT - timedelta(1), AT + timedelta(15)):
        with pytest.raises(InvalidField):
            reject(work(1), Reason.TOO_BUSY, None, at=AT, pause_until=wrong)
    with pytest.raises(InvalidField):
        reject(work(1), Reason.NOT_FOUND, None, at=AT, pause_until=until)


@given(
    lines=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=4),
    collateral=st.booleans(),
)
def test_every_unit_is_in_hand_or_given_up_once(lines: list[tuple[int, int]], collateral: bool) -> None:
    wanted = [max(pair) for pair in lines]
    picked = [PickedUnits(str(number), min(pair)) for number, pair in enumerate(lines, 1)]
    before = work(*wanted)
    after = pick(before, picked, at=AT, collateral=collateral)
    lost = lost_units(before, after)
    for line, units in zip(after.lines, wanted, strict=True):
        assert line.quantity + lost.get(line.line_id, 0) == units
        assert line.picked == line.quantity
        assert line.short == lost.get(line.line_id, 0)
    if collateral and lost:
        assert after.status is Status.REJECTED


def test_a_place_that_failed_is_left_alone_for_a_day_and_so_many_places_are_tried() -> None:
    placed = Line("1", "MUG", 2, "ship", placed=2)
    demand = Demand("O-1", lines=(placed,))
    for number in range(MOST + 1):
        assert not demand.exhausted("MUG", most=MOST, at=AT)
        demand = unplaced(replace(demand, lines=(placed,)), {"1": 1}, location_id=f"S{number}", at=AT)
    assert demand.lines[0].open == 1
    assert demand.exhausted("MUG", most=MOST, at=AT)
    assert not demand.exhausted("MUG", most=MOST, at=AT + TRIED_FOR)
    again = unplaced(replace(demand, lines=(placed,)), {"1": 1}, location_id="S0", at=AT)
    assert len(again.tried) == MOST + 1
