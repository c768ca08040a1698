"""Parcels that a place sends in a day: counted with the plan, kept by the work, given back when either ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from functions.fulfilment import timer
from shared import testing_clock
from shared.aws import client
from shared.dynamo.table import Table
from tests.component.fulfilment.world import World, line, place, released
from tests.support.local_aws import running_as

TODAY, TOMORROW = "2026-11-23", "2026-11-24"
NOON = "2026-11-23T12:00:00Z"


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def at(moment: str) -> None:
    with running_as("platform"):
        testing_clock.move(datetime.fromisoformat(moment))


def tick() -> None:
    with running_as("fulfilment"):
        timer.handler({}, None)


def counted(location_id: str, day: str = TODAY) -> int:
    found = Table(client("dynamodb"), "fulfilment").get(f"CAPACITY#{location_id}", day)
    return int(found["taken"]) if found else 0


def small(world: World, location_id: str, parcels: int | None, version: int = 2, **values: Any) -> None:
    world.say(place(location_id, parcels_per_day=parcels, version=version, **values))


def places_of(request: dict[str, Any]) -> list[str]:
    return [one["location_id"] for one in request["allocations"]]


def test_a_full_place_is_left_out_when_another_can_send_it_for_little_more(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=9, S2=9)
    small(world, "S1", 1)
    world.say(released("O-1", line("1", "MUG", 1)))
    assert places_of(world.asked()) == ["S1"]
    assert counted("S1") == 1
    small(world, "S2", 5, geo=place("S1").geo, handling_per_parcel=20)
    world.say(released("O-2", line("1", "MUG", 1)))
    assert places_of(world.asked()) == ["S2"]
    assert (counted("S1"), counted("S2")) == (1, 1)


def test_a_parcel_leaves_on_the_next_day_with_room_and_the_work_is_due_then(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=9)
    small(world, "S1", 1, cutoff="15:00")
    due = []
    for order_id in ("O-1", "O-2"):
        world.routed(order_id, line("1", "MUG", 1))
        due.append(world.api.get(f"/v1/fulfilment-orders/{order_id}.1").body["due_by"])
    assert due == ["2026-11-23T15:00:00.000Z", "2026-11-24T15:00:00.000Z"]
    assert (counted("S1", TODAY), counted("S1", TOMORROW)) == (1, 1)


def test_after_the_cut_off_the_next_days_room_counts_and_closed_days_have_none(world: World) -> None:
    at("2026-11-21T16:00:00Z")  # a Saturday
    hours = {day: [("09:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    world.stock("MUG", S1=9)
    small(world, "S1", 1, cutoff="15:00", opening_hours=hours)
    world.routed("O-1", line("1", "MUG", 1))
    assert (counted("S1", "2026-11-22"), counted("S1", "2026-11-23")) == (0, 1)


def test_a_day_is_the_day_of_the_places_own_time_zone(world: World) -> None:
    at("2026-11-23T12:00:00Z")  # the 24th has begun in Auckland
    world.stock("MUG", S1=9)
    small(world, "S1", 1, time_zone="Pacific/Auckland")
    world.routed("O-1", line("1", "MUG", 1))
    assert (counted("S1", TODAY), counted("S1", TOMORROW)) == (0, 1)


def test_what_is_refused_or_cancelled_is_given_back_once(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=9, S2=9)
    small(world, "S1", 3)
    world.say(released("O-1", line("1", "MUG", 2)))
    request = world.asked()
    world.refuse(request, world.position("MUG", "S1", 0))
    world.refuse(request, world.position("MUG", "S1", 0))
    assert counted("S1") == 0
    world.grant(world.asked())
    world.stock("MUG", S1=9)
    world.routed("O-2", line("1", "MUG", 2))
    assert counted("S1") == 1
    world.cancel("O-2", "R-1", l1=1)
    assert counted("S1") == 1
    world.cancel("O-2", "R-2", l1=1)
    world.cancel("O-2", "R-2", l1=1)
    assert counted("S1") == 0


def test_a_cancel_while_inventory_is_asked_gives_the_parcel_back(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=9)
    small(world, "S1", 3)
    world.say(released("O-1", line("1", "MUG", 2)))
    assert counted("S1") == 1
    world.cancel("O-1", "R-1", l1=2)
    assert counted("S1") == 0
    world.grant(world.asked())
    assert counted("S1") == 0


def test_a_rejected_parcel_is_counted_at_the_place_that_takes_it_over(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=9, S2=9)
    small(world, "S1", 3)
    small(world, "S2", 3)
    world.routed("O-1", line("1", "MUG", 1))
    world.step("O-1.1", "reject", {"reason": "NOT_FOUND"})
    assert (counted("S1"), counted("S2")) == (0, 1)
    world.grant(world.asked())
    assert (counted("S1"), counted("S2")) == (0, 1)


def test_a_collection_is_no_parcel(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=9)
    small(world, "S1", 0)
    world.routed("O-1", line("1", "MUG", 1, method="pickup", location_id="S1"))
    assert counted("S1") == 0


def test_goods_that_travel_to_a_store_are_a_parcel_of_the_place_that_sends_them(world: World) -> None:
    at(NOON)
    world.stock("MUG", S2=9)
    small(world, "S2", 1)
    world.routed("O-1", line("1", "MUG", 1, method="ship_to_store", location_id="S1"), line("2", "MUG", 1))
    assert (counted("S2", TODAY), counted("S2", TOMORROW)) == (1, 1)


def test_an_order_waits_while_every_place_is_full_and_is_sent_when_a_day_has_room(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=9)
    small(world, "S1", 0)
    world.say(released("O-1", line("1", "MUG", 1)))
    routed = world.told("OrderRouted.v1")
    assert routed["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "UNROUTABLE"}]
    (decision,) = world.api.get("/v1/orders/O-1/routing").body["decisions"]
    assert decision["excluded_by_reason"]["CAPACITY_FULL"] == 1
    tick()
    assert world.heard() == []
    small(world, "S1", 1, version=3)  # nobody waits for news of the place: the day that begins finds it
    at("2026-11-24T00:01:00Z")
    tick()
    assert places_of(world.asked()) == ["S1"]


def test_an_order_waits_for_a_paused_place_and_is_sent_when_it_opens(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=9)
    small(world, "S1", None, paused=True)
    world.say(released("O-1", line("1", "MUG", 1)))
    assert world.told("OrderRouted.v1")["unfilled"][0]["outcome"] == "UNROUTABLE"
    small(world, "S1", None, version=3)
    assert places_of(world.asked()) == ["S1"]


def test_many_full_places_are_looked_up_in_a_few_requests(world: World) -> None:
    at(NOON)
    names = [f"N{number:02d}" for number in range(60)]
    world.say(*(place(name, parcels_per_day=1, version=1) for name in names))
    world.stock("MUG", **dict.fromkeys(names, 9))
    for number in range(60):
        world.say(released(f"O-{number}", line("1", "MUG", 1)))
    requests = [data for kind, data in world.heard() if kind == "AllocationRequested.v1"]
    sent = [(places_of(one)[0]) for one in requests]
    assert sorted(sent) == names
