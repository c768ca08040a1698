"""The steps of the work: the one table says which exist, every other is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.fulfilment.domain import claims, collecting, execution, pickup, shortfall
from functions.fulfilment.domain.alarms import AlarmKind, next_alarm
from functions.fulfilment.domain.execution import Handed
from functions.fulfilment.domain.holding import barred
from functions.fulfilment.domain.parcels import Packed, Parcel
from functions.fulfilment.domain.pickup import Pickup
from functions.fulfilment.domain.shortfall import PickedUnits
from functions.fulfilment.domain.states import HOLDABLE, TRANSITIONS, UNTOUCHED, OnHold, Status, TransitionNotAllowed
from functions.fulfilment.domain.steps import moved, stamped
from functions.fulfilment.domain.work import Deadlines, FulfilmentOrder, Reason, WorkLine
from functions.fulfilment.work_facts import work_facts

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
HELD, READY = Status.ON_HOLD, Status.READY
STEPS: dict[Status, Callable[[FulfilmentOrder], FulfilmentOrder]] = {
    Status.OPEN: execution.open_work,
    Status.PICKING: execution.start_picking,
    Status.ON_HOLD: lambda order: barred(order, ("H-1",), at=AT) if order.stage in HOLDABLE else moved(order, HELD),
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
    Status.TO_RESHELVE: execution.take_back,
    Status.REJECTED: lambda order: shortfall.reject(order, Reason.NOT_FOUND, None, at=AT),
    Status.CANCELLED: lambda order: execution.lose_units(order, "1", 2),
}
"""The one way to reach each state."""
WAYS = {
    "ship": {"IN_TRANSFER", "RECEIVED", "READY", "ARRIVED", "HANDED_OVER", "NO_SHOW"},
    "pickup": {"SHIPPED", "DELIVERED", "IN_TRANSFER", "RECEIVED"},
    "curbside": {"SHIPPED", "DELIVERED", "IN_TRANSFER", "RECEIVED"},
    "by transfer": {"SHIPPED", "DELIVERED"},
}
"""What each way never comes through."""
BACKWARDS = {("PICKING", "ACKNOWLEDGED"), ("PACKED", "PICKED"), ("ARRIVED", "READY")}
"""By letting go of it, by unpacking, by the guest's leaving: see below."""
EDGES = [
    (state, to, way)
    for way, never in WAYS.items()
    for state in Status
    for to in STEPS
    if to in TRANSITIONS[state]
    and not never & {to.value}
    and (way, state, to) != ("by transfer", "PACKED", "READY")
    and (state, to) not in BACKWARDS
    and state is not HELD  # from there it depends on where the work was: see below
]
NON_EDGES = [
    (state, to, way)
    for way in WAYS
    for state in Status
    for to in STEPS
    # A guest who says again that they are there changes where they wait; a cancel decides before it takes units.
    if (state, to, way) not in EDGES
    and (state, to) != ("ARRIVED", "ARRIVED")
    and to not in (Status.CANCELLED, Status.TO_RESHELVE)
    and not (state is HELD and to is HELD)  # told again: nothing happens
]
HELD_AT = [(state, way) for way, never in WAYS.items() for state in Status if state in HOLDABLE and state not in never]


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
        holds=("H-1",) if state is HELD else (),
        held_from=Status.OPEN if state is HELD else None,
        times={"ON_HOLD": AT},
        deadlines=Deadlines(AT + timedelta(hours=1), AT + timedelta(hours=2)),
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


@pytest.mark.parametrize(("state", "way"), HELD_AT)
def test_work_on_hold_takes_no_step_and_goes_on_where_it_was(state: Status, way: str) -> None:
    before = order_in(state, way)
    held = barred(before, ("H-1",), at=AT)
    assert (held.status, held.stage, held.holds) == (HELD, state, ("H-1",))
    told = [event.model_dump() for event in work_facts(before, held)]
    assert [event["status"] for event in told if "version" in event] == ["ON_HOLD"]
    for to, step in STEPS.items():
        ends = (to is Status.CANCELLED and held.can_lose_units) or to is Status.TO_RESHELVE
        if to is not HELD and not (ends and held.can_be_taken_back is (to is Status.TO_RESHELVE)):
            with pytest.raises((OnHold, AssertionError)):  # a cancel is decided before it takes units
                step(held)
    assert barred(held, ("H-1",), at=AT) is held, "told twice"
    both = barred(held, ("H-1", "H-2"), at=AT)
    assert (both.status, both.holds) == (HELD, ("H-1", "H-2"))
    after = barred(both, (), at=AT + timedelta(hours=3))
    assert (after.status, after.holds, after.held_from) == (state, (), None)
    assert after.deadlines == Deadlines(AT + timedelta(hours=4), AT + timedelta(hours=2)), "what was promised stays"


def test_a_refused_step_names_the_holds() -> None:
    with pytest.raises(OnHold) as refusal:
        execution.acknowledge(barred(order_in(Status.OPEN, "ship"), ("FRAUD-7",), at=AT))
    assert (refusal.value.code, refusal.value.extra["holds"]) == ("on_hold", ["FRAUD-7"])


def test_a_collection_waits_as_much_longer_as_it_was_on_hold() -> None:
    ready = replace(order_in(Status.READY, "pickup"), pickup=Pickup("ABCDEF", pickup_by=AT + timedelta(days=1)))
    held = barred(ready, ("H-1",), at=AT)
    assert next_alarm(held) is None, "nobody is called a no-show who could not collect"
    after = barred(held, (), at=AT + timedelta(days=2))
    assert after.pickup is not None
    assert after.pickup.pickup_by == AT + timedelta(days=3)


def test_what_has_left_stays_as_it_is_and_goods_on_their_way_go_no_further_than_the_store() -> None:
    for state in (Status.SHIPPED, Status.HANDED_OVER, Status.NO_SHOW, Status.CANCELLED):
        gone = order_in(state, "pickup")
        assert barred(gone, ("H-1",), at=AT) is gone
    travelling = barred(order_in(Status.IN_TRANSFER, "by transfer"), ("H-1",), at=AT)
    assert travelling.status is Status.IN_TRANSFER
    received = collecting.receive(travelling)
    with pytest.raises(OnHold):
        collecting.ready(received, collect_by=AT)
    assert collecting.ready(barred(received, (), at=AT), collect_by=AT).status is Status.READY


def test_work_on_hold_is_cancelled_by_quantity_when_nobody_had_begun_to_pick() -> None:
    held = barred(order_in(Status.OPEN, "ship"), ("H-1",), at=AT)
    gone = execution.lose_units(held, "1", 2)
    assert (gone.status, gone.holds, gone.stage) == (Status.CANCELLED, (), Status.CANCELLED)
    assert not held.can_be_taken_back
    assert not barred(order_in(Status.PICKING, "ship"), ("H-1",), at=AT).can_lose_units


@pytest.mark.parametrize(
    ("state", "way"), [(state, way) for state, way in HELD_AT if state not in UNTOUCHED], ids=lambda one: str(one)
)
def test_work_in_hand_on_hold_is_taken_back_and_its_units_are_free_once_they_lie_on_their_shelf(
    state: Status, way: str
) -> None:
    before = order_in(state, way)
    there = way == "by transfer" and state in (Status.RECEIVED, Status.READY, Status.ARRIVED)
    if there:
        before = replace(before, times={**before.times, "RECEIVED": AT})
    held = barred(before, ("H-1",), at=AT)
    gone = execution.take_back(held)
    assert (gone.status, gone.holds, next_alarm(gone)) == (Status.TO_RESHELVE, (), None)
    assert gone.place_id == ("S2" if there else "S1")
    told = [event.model_dump() for event in work_facts(held, gone)]
    assert [(one["status"], one["lines"][0]["cancelled"]) for one in told] == [("TO_RESHELVE", 2)]
    assert barred(gone, ("H-2",), at=AT) is gone, "there is nothing left to bar"
    back = collecting.reshelve(gone)
    withdrawn, progress = [event.model_dump() for event in work_facts(gone, back)]
    (share,) = withdrawn["allocations"]
    assert (share["location_id"], share["quantity"], progress["status"]) == (gone.place_id, 2, "RESHELVED")


def test_who_lets_go_of_what_they_pick_leaves_it_acknowledged() -> None:
    picking = claims.claim(execution.start_picking(order_in(Status.OPEN, "ship")), by="ann", at=AT)
    assert (picking.status, picking.can_lose_units) == (Status.PICKING, False)
    let_go = claims.release(picking, by="ann", at=AT)
    assert (let_go.status, let_go.claim) == (Status.ACKNOWLEDGED, None)


def test_what_is_unpacked_is_packed_anew() -> None:
    before = order_in(Status.PACKED, "ship")
    after = execution.unpack(before)
    assert (after.status, after.parcels) == (Status.PICKED, ())
    (told,) = work_facts(before, after)
    assert told.model_dump()["lines"][0]["picked"] == 2
    with pytest.raises(TransitionNotAllowed):
        execution.unpack(order_in(Status.PICKING, "ship"))


def test_a_guest_who_leaves_finds_the_goods_ready_and_nobody_is_told_the_code_again() -> None:
    before = replace(order_in(Status.READY, "curbside"), times={"READY": AT})
    there = collecting.arrive(before, at=AT + timedelta(hours=1), bay="3")
    gone = stamped(there, collecting.leave(there), at=AT + timedelta(hours=2))
    assert gone.pickup is not None
    assert (gone.status, gone.pickup.arrived_at, gone.pickup.bay, gone.pickup.ready_since) == (READY, None, "", AT)
    assert [event.detail_type for event in work_facts(there, gone)] == ["FulfilmentOrderMoved.v1"]


@pytest.mark.parametrize(("pickup_by", "given_up"), [(10, 10), (1, 3)])
def test_a_guest_who_is_neither_served_nor_sent_away_is_given_up_in_the_end(pickup_by: int, given_up: int) -> None:
    ready = collecting.ready(order_in(Status.PACKED, "curbside"), collect_by=AT + timedelta(hours=pickup_by))
    there = collecting.arrive(ready, at=AT + timedelta(hours=1))
    called = replace(there, alarms=("curbside",))
    alarm = next_alarm(called)
    assert alarm is not None
    assert (alarm.kind, alarm.at) == (AlarmKind.UNCOLLECTED, AT + timedelta(hours=given_up))


def test_the_staff_is_called_for_every_guest_that_waits() -> None:
    there = collecting.arrive(order_in(Status.READY, "curbside"), at=AT)
    again = collecting.arrive(collecting.leave(replace(there, alarms=("curbside",))), at=AT + timedelta(hours=1))
    alarm = next_alarm(again)
    assert alarm is not None
    assert (alarm.kind, alarm.name) == (AlarmKind.CURBSIDE_WAITING, "curbside:2")


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_a_wrong_code_tells_nothing_to_anybody() -> None:
    before = order_in(Status.READY, "pickup")
    assert before.pickup is not None
    assert list(work_facts(before, replace(before, pickup=before.pickup.tried()))) == []
    assert list(work_facts(None, order_in(Status.OPEN, "pickup"))) == [], "OrderRouted tells it"


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
