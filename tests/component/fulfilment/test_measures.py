"""How a place works is measured by what happened there, each thing once however often it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from functions.fulfilment.domain.measures import Times, times
from shared import clock, testing_clock
from shared.events import fulfilment
from shared.events.base import Event
from shared.events.orders import LineQuantity, OrderHoldsChanged
from tests.component.fulfilment.test_work import PACK
from tests.component.fulfilment.test_worklists import pass_time
from tests.component.fulfilment.world import World, line, place
from tests.support.gateway import Gateway, associate
from tests.support.local_aws import running_as


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def hear_oneself(world: World, *, times_: int = 2) -> None:
    """Fulfilment's own events reach its own inbox, twice and the newest first."""
    heard = world.heard()
    for _ in range(times_):
        for kind, data in reversed(heard):
            event = getattr(fulfilment, kind.partition(".")[0], None)
            if kind in MEASURED and event is not None:
                world.say(event(**data), event_id=f"{kind}{json.dumps(data)[:99]}")


MEASURED = {
    f"{name}.v1"
    for name in (
        "UnitsShort",
        "ReadyForPickup",
        "HandedOver",
        "FulfilmentOrderMoved",
        "FulfilmentOrderDelayed",
        "PickupNotCollected",
    )
}


def measures(by: Gateway) -> Any:
    day = clock.now().date().isoformat()
    return by.get(f"/v1/locations/S1/measures?from={day}&to={day}")


def test_times_waits_shorts_and_what_nobody_collected_are_measured_per_place(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_as("platform"):
        testing_clock.move(clock.now().replace(hour=8, minute=0, second=0, microsecond=0))
    world.stock("MUG", S1=9)
    routed = world.routed("O-1", line("1", "MUG", 3, method="curbside", location_id="S1"))
    work = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    world.step(work, "pack", PACK)
    pass_time(minutes=20)
    world.step(work, "ready")
    pass_time(hours=2)
    world.step(work, "arrive", {"bay": "3"})
    pass_time(minutes=4)
    world.step(work, "hand-over", {"id_check": {"relation": "self", "document_last4": "12AB"}})
    capsys.readouterr()
    hear_oneself(world)

    found = measures(Gateway(associate("S1"))).body
    assert (found["picked_units"], found["short_units"], found["short_rate"]) == (2, 1, 0.3333)
    for name, seconds in (("ready", 20 * 60), ("wait", 4 * 60), ("collected", 2 * 3600 + 4 * 60)):
        assert found[name]["count"] == 1
        assert abs(found[name]["mean_seconds"] - seconds) < 30, name
    assert (found["late"], found["not_collected"], found["rejected_units"]) == (0, 0, 0)
    emitted = [json.loads(row) for row in capsys.readouterr().out.splitlines() if "_aws" in row]
    ready = next(row for row in emitted if "ReadySeconds" in row)
    assert ready["location"] == "S1"
    assert ready["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "ReadySeconds", "Unit": "Seconds"}]
    assert measures(Gateway(associate("S2"))).status == 404


def not_collected(number: int, at: str) -> Event:
    return fulfilment.PickupNotCollected(
        order_id=f"O-{number}",
        fulfilment_order_id=f"O-{number}.1",
        location_id="S1",
        lines=(LineQuantity(line_id="1", quantity=1),),
        at=at,
    )


@pytest.mark.parametrize(
    ("day", "begins", "last", "hours"),
    [
        ("2026-03-08", "2026-03-08T05:00:00.000Z", "2026-03-09T03:59:59.999Z", 23),
        ("2026-11-01", "2026-11-01T04:00:00.000Z", "2026-11-02T04:59:59.999Z", 25),
        ("2026-07-04", "2026-07-04T04:00:00.000Z", "2026-07-05T03:59:59.999Z", 24),
    ],
)
def test_a_day_is_the_places_own_also_when_its_clock_changes(
    world: World, day: str, begins: str, last: str, hours: int
) -> None:
    world.say(place("S1", time_zone="America/New_York", version=2))
    start = datetime.fromisoformat(begins)
    assert datetime.fromisoformat(last) - start == timedelta(hours=hours, milliseconds=-1)
    before = clock.rfc3339(start - timedelta(milliseconds=1))
    after = clock.rfc3339(start + timedelta(hours=hours))
    for number, at in enumerate((before, begins, last, after)):
        world.say(not_collected(number, at))
    counted = world.api.get(f"/v1/locations/S1/measures?from={day}&to={day}").body
    assert counted["not_collected"] == 2
    around = [date.fromisoformat(day) + timedelta(days=ahead) for ahead in (-1, 1)]
    found = world.api.get(f"/v1/locations/S1/measures?from={around[0]}&to={around[1]}").body
    assert found["not_collected"] == 4


def test_what_is_told_again_days_later_counts_on_its_day_and_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether the bus delivers an event again, or the work tells its state anew after a hold or when asked."""
    with running_as("platform"):
        testing_clock.move(clock.now().replace(hour=8, minute=0, second=0, microsecond=0))
    world.stock("MUG", S1=9)
    routed = world.routed("O-1", line("1", "MUG", 3, method="pickup", location_id="S1"))
    work = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 3}]})
    hear_oneself(world)
    day = clock.now().date()
    pass_time(days=2)
    capsys.readouterr()
    for version, holds in ((1, ("H-1",)), (2, ())):
        world.say(OrderHoldsChanged(order_id="O-1", holds=holds, version=version))
    told = world.heard()
    assert [data["status"] for kind, data in told if kind == "FulfilmentOrderMoved.v1"] == ["ON_HOLD", "PICKED"]
    for kind, data in told:
        if kind in MEASURED:
            world.say(getattr(fulfilment, kind.partition(".")[0])(**data))
    found = world.api.get(f"/v1/locations/S1/measures?from={day}&to={day + timedelta(days=3)}").body
    assert found["picked_units"] == 3
    assert "PickedUnits" not in capsys.readouterr().out, "nor in the metrics"


@pytest.mark.parametrize(
    "query", ["", "?from=2026-11-01", "?from=2026-11-02&to=2026-11-01", "?from=2026-01-01&to=2026-03-01"]
)
def test_measures_are_asked_for_by_a_month_of_days_at_most(world: World, query: str) -> None:
    assert world.api.get(f"/v1/locations/S1/measures{query}").status in (400, 422)


def test_quantiles_are_by_nearest_rank() -> None:
    assert times([]) is None
    assert times([5]) == Times(1, 5, 5, 5)
    assert times([4, 1, 3, 2, 100, 6, 7, 8, 9, 10]) == Times(10, 15, 6, 10)


def ready_event(number: int, opened_at: str, ready_at: str, *, held: int = 0, method: str = "pickup") -> Event:
    return fulfilment.ReadyForPickup(
        order_id=f"O-{number}",
        fulfilment_order_id=f"O-{number}.1",
        location_id="S1",
        method=method,
        status="READY",
        lines=(),
        version=4,
        code="ABCDEF",
        opened_at=opened_at,
        ready_at=ready_at,
        held_seconds=held,
    )


def handed(number: int, arrived_at: str | None, handed_over_at: str, *, status: str = "HANDED_OVER") -> Event:
    return fulfilment.HandedOver(
        order_id=f"O-{number}",
        fulfilment_order_id=f"O-{number}.1",
        location_id="S1",
        method="curbside",
        status=status,
        lines=(),
        version=6,
        ready_at="2026-10-24T10:00:00.000Z",
        arrived_at=arrived_at,
        handed_over_at=handed_over_at,
    )


def of_days(world: World, first: str, last: str) -> Any:
    return world.api.get(f"/v1/locations/S1/measures?from={first}&to={last}").body


def test_waits_over_midnight_and_the_change_of_the_clock_are_real_time_on_the_day_they_ended(world: World) -> None:
    """The clock of London goes back at 01:00 UTC on the 25th of October, which has 25 hours there."""
    over_midnight = handed(1, "2026-10-24T22:56:00.000Z", "2026-10-24T23:03:00.000Z")
    over_the_change = handed(2, "2026-10-25T00:50:00.000Z", "2026-10-25T01:10:00.000Z")
    for event in (over_the_change, over_midnight, over_midnight, over_the_change):
        world.say(event)
    assert of_days(world, "2026-10-24", "2026-10-24")["wait"] is None
    wait = of_days(world, "2026-10-25", "2026-10-25")["wait"]
    assert (wait["count"], wait["mean_seconds"], wait["p90_seconds"]) == (2, (7 * 60 + 20 * 60) // 2, 20 * 60)


def test_a_collection_that_was_ordered_at_night_counts_against_the_store_from_its_opening_on(world: World) -> None:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat"), (("09:00", "18:00"),))
    world.say(place("S1", opening_hours=hours, version=2))
    saturday_night = ready_event(1, "2026-10-24T20:00:00.000Z", "2026-10-26T09:30:00.000Z")
    world.say(saturday_night, ready_event(2, "2026-10-26T09:30:00.000Z", "2026-10-26T10:45:00.000Z", held=900))
    found = of_days(world, "2026-10-26", "2026-10-26")
    assert found["ready"]["p90_seconds"] == 37 * 3600 + 30 * 60
    assert (found["ready_open"]["count"], found["ready_open"]["p90_seconds"]) == (2, 3600), "less the time on hold"
    assert found["ready_open"]["median_seconds"] == 30 * 60


def test_a_manager_asks_how_long_guests_wait_this_week_by_method(world: World) -> None:
    world.say(ready_event(1, "2026-10-26T10:00:00.000Z", "2026-10-26T10:10:00.000Z"))
    world.say(ready_event(2, "2026-10-26T10:00:00.000Z", "2026-10-26T11:00:00.000Z", method="curbside"))
    for number, minutes in ((2, 4), (3, 8), (4, 6)):
        world.say(handed(number, "2026-10-27T12:00:00.000Z", f"2026-10-27T12:{minutes:02}:00.000Z"))
    found = of_days(world, "2026-10-26", "2026-11-01")
    assert (found["wait"]["count"], found["wait"]["median_seconds"]) == (3, 360)
    assert set(found["by_method"]) == {"pickup", "curbside"}
    assert found["by_method"]["pickup"]["wait"] is None
    assert found["by_method"]["pickup"]["ready"]["mean_seconds"] == 600
    assert found["by_method"]["curbside"]["ready"]["mean_seconds"] == 3600
    assert found["by_method"]["curbside"]["wait"] == found["wait"]


def test_a_guest_who_gets_a_part_has_waited_until_then_and_comes_again_as_another_guest(world: World) -> None:
    with running_as("platform"):
        testing_clock.move(clock.now().replace(hour=8, minute=0, second=0, microsecond=0))
    world.stock("MUG", S1=9)
    routed = world.routed("O-1", line("1", "MUG", 2, method="curbside", location_id="S1"))
    work = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    world.step(work, "pack", PACK)
    world.step(work, "ready")
    pass_time(hours=1)
    world.step(work, "arrive", {"bay": "3"})
    pass_time(minutes=4)
    proof = {"id_check": {"relation": "self", "document_last4": "12AB"}}
    part = world.step(work, "hand-over", proof | {"lines": [{"line_id": "1", "quantity": 1}]})
    assert (part["status"], part["pickup"]["waiting_seconds"], part["pickup"]["arrived_at"]) == ("READY", None, None)
    assert world.api.get("/v1/fulfilment-orders?location_id=S1&status=ARRIVED").body["items"] == []
    pass_time(hours=3)
    world.step(work, "arrive", {"bay": "5"})
    pass_time(minutes=2)
    assert world.step(work, "hand-over", proof)["status"] == "HANDED_OVER"
    hear_oneself(world)
    found = measures(Gateway(associate("S1"))).body
    assert (found["wait"]["count"], round(found["wait"]["mean_seconds"], -1)) == (2, 180)
    assert found["collected"]["count"] == 1
    assert abs(found["collected"]["mean_seconds"] - (4 * 3600 + 360)) < 30, "since it lay ready first"
