"""The steps of the work: the one table says which exist, every other is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.fulfilment.domain import collecting, execution, pickup, shortfall
from functions.fulfilment.domain.execution import Handed
from functions.fulfilment.domain.pickup import Pickup
from functions.fulfilment.domain.shortfall import PickedUnits
from functions.fulfilment.domain.work import (
    TRANSITIONS,
    FulfilmentOrder,
    Packed,
    Parcel,
    Reason,
    Status,
    TransitionNotAllowed,
    WorkLine,
)
from functions.fulfilment.facts import work_facts

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
STEPS: dict[Status, Callable[[FulfilmentOrder], FulfilmentOrder]] = {
    Status.ACKNOWLEDGED: execution.acknowledge,
    Status.PICKED: lambda order: shortfall.pick(order, [PickedUnits("1", 2)], at=AT),
    Status.PACKED: lambda order: execution.pack(order, [Parcel("P1", (Packed("1", 2),))]),
    Status.SHIPPED: lambda order: execution.ship(order, [Handed("P1", "carrier", "T1")]),
    Status.DELIVERED: execution.deliver,
    Status.IN_TRANSFER: collecting.transfer,
    Status.RECEIVED: collecting.receive,
    Status.READY: lambda order: collecting.ready(order, collect_by=AT),
    Status.ARRIVED: lambda order: collecting.arrive(order, at=AT),
    Status.HANDED_OVER: lambda order: collecting.hand_over(order, proof="code"),
    Status.NO_SHOW: collecting.no_show,
    Status.RESHELVED: collecting.reshelve,
    Status.REJECTED: lambda order: shortfall.reject(order, Reason.NOT_FOUND, None, at=AT),
    Status.CANCELLED: lambda order: execution.lose_units(order, "1", 2),
}
"""The one way to reach each state."""
WAYS = {
    "ship": {"IN_TRANSFER", "RECEIVED", "READY", "ARRIVED", "HANDED_OVER", "NO_SHOW", "RESHELVED"},
    "pickup": {"SHIPPED", "DELIVERED", "IN_TRANSFER", "RECEIVED"},
    "curbside": {"SHIPPED", "DELIVERED", "IN_TRANSFER", "RECEIVED"},
    "by transfer": {"SHIPPED", "DELIVERED"},
}
"""What each way never comes through."""
EDGES = [
    (state, to, way)
    for way, never in WAYS.items()
    for state in Status
    for to in STEPS
    if to in TRANSITIONS[state] and not never & {to.value} and (way, state, to) != ("by transfer", "PACKED", "READY")
]
NON_EDGES = [
    (state, to, way)
    for way in WAYS
    for state in Status
    for to in STEPS
    # A guest who says again that they are there changes where they wait; a cancel decides before it takes units.
    if (state, to, way) not in EDGES and (state, to) != ("ARRIVED", "ARRIVED") and to is not Status.CANCELLED
]


def order_in(state: Status, way: str) -> FulfilmentOrder:
    return FulfilmentOrder(
        "O-1.1",
        "O-1",
        "S1",
        "ship_to_store" if way == "by transfer" else way,
        1,
        AT,
        (WorkLine("1", "MUG", 2, picked=2),),
        status=state,
        parcels=(Parcel("P1", (Packed("1", 2),)),),
        pickup=Pickup("ABCDEF") if way != "ship" else None,
        destination_id="S2" if way == "by transfer" else None,
    )


@pytest.mark.parametrize(("state", "to", "way"), EDGES)
def test_every_step_of_the_table_can_be_taken_and_is_told_once(state: Status, to: Status, way: str) -> None:
    before = order_in(state, way)
    after = STEPS[to](before)
    assert after.status is to
    told = [event.model_dump() for event in work_facts(before, after)]
    assert [event["status"] for event in told if "version" in event] == [to.value]


@pytest.mark.parametrize(("state", "to", "way"), NON_EDGES)
def test_every_other_step_is_refused(state: Status, to: Status, way: str) -> None:
    with pytest.raises(TransitionNotAllowed):
        STEPS[to](order_in(state, way))


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_a_wrong_code_tells_nothing_to_anybody() -> None:
    before = order_in(Status.READY, "pickup")
    assert before.pickup is not None
    assert list(work_facts(before, replace(before, pickup=before.pickup.tried()))) == []
    assert list(work_facts(None, before)) == []


def test_the_code_is_unambiguous_random_and_never_shown_by_accident() -> None:
    codes = {pickup.new_code() for _ in range(200)}
    assert len(codes) > 190
    assert all(len(code) == 6 and set(code) <= set(pickup.CODE_ALPHABET) for code in codes)
    assert not set("ILOU01") & set(pickup.CODE_ALPHABET)
    assert "ABCDEF" not in repr(order_in(Status.READY, "pickup"))


def test_the_code_is_taken_in_any_case_and_locked_after_five_wrong_tries() -> None:
    collection = Pickup("ABCDEF")
    assert collection.opens_with(" abcdef ")
    assert not collection.opens_with("ABCDEG")
    assert not collection.opens_with("é")
    assert not Pickup("").opens_with(" ")
    for _ in range(5):
        assert not collection.locked
        collection = collection.tried()
    assert collection.locked
