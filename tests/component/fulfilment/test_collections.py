"""The life of a collection through the API: extended once, arrived, handed over in part, refused, not collected."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared import testing_clock
from tests.component.fulfilment.test_worklists import pass_time
from tests.component.fulfilment.world import World, line, place
from tests.support.gateway import Gateway, associate
from tests.support.local_aws import running_as

WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
ID_CHECK = {"id_check": {"relation": "self", "document_last4": "12AB"}}


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Any:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def ready(world: World, *, quantity: int = 2, method: str = "pickup", order_id: str = "O-1") -> tuple[str, str]:
    world.stock("MUG", S1=9)
    routed = world.routed(order_id, line("1", "MUG", quantity, method=method, location_id="S1"))
    work = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": quantity}]})
    world.step(work, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": quantity}]}]})
    world.heard()
    world.step(work, "ready")
    return work, str(world.told("ReadyForPickup.v1")["code"])


def kinds(world: World) -> list[str]:
    return [kind for kind, _ in world.heard()]


def test_it_waits_the_open_days_of_the_store_and_is_extended_once(world: World) -> None:
    with running_as("platform"):
        testing_clock.move(datetime(2026, 12, 5, 11, tzinfo=UTC))
    world.say(place("S1", version=2, opening_hours=WEEK, pickup_days=2))
    work, _ = ready(world)
    view = world.api.get(f"/v1/fulfilment-orders/{work}").body
    assert view["pickup"]["pickup_by"] == "2026-12-08T18:00:00.000Z"
    extended = world.step(work, "extend")
    assert extended["pickup"]["pickup_by"] == "2026-12-10T18:00:00.000Z"
    assert world.step(work, "extend") == extended, "told again it is the same"
    assert world.told("PickupExtended.v1")["pickup_by"] == "2026-12-10T18:00:00.000Z"
    assert Gateway(associate("S1")).post(f"/v1/fulfilment-orders/{work}/arrive", {}).status == 200


def test_the_shopper_is_reminded_then_given_up_and_the_goods_are_reshelved(world: World) -> None:
    work, _ = ready(world)
    world.heard()
    assert pass_time(days=7)["raised"] == 1  # by now its last day has begun, whatever the hour
    assert kinds(world) == ["PickupReminded.v1"]
    assert pass_time(days=2)["raised"] == 1
    heard = world.heard()
    (missed,) = [data for kind, data in heard if kind == "PickupNotCollected.v1"]
    assert missed["lines"] == [{"line_id": "1", "quantity": 2}]
    assert [kind for kind, _ in heard if kind == "AllocationWithdrawn.v1"] == [], "nothing is for sale yet"
    assert pass_time(days=9)["raised"] == 0
    assert world.step(work, "hand-over", ID_CHECK, status=409)["code"] == "transition_not_allowed"
    reshelved = world.step(work, "reshelve")
    assert world.step(work, "reshelve") == reshelved
    (withdrawn,) = [data for kind, data in world.heard() if kind == "AllocationWithdrawn.v1"]
    assert withdrawn["allocations"] == [{"line_id": "1", "sku": "MUG", "location_id": "S1", "quantity": 2}]


def test_after_an_extension_the_shopper_is_reminded_again(world: World) -> None:
    work, _ = ready(world)
    pass_time(days=7)
    world.step(work, "extend")
    world.heard()
    assert pass_time(days=2)["raised"] == 0
    pass_time(days=5)
    assert kinds(world) == ["PickupReminded.v1"]
    pass_time(days=2)
    assert world.api.get(f"/v1/fulfilment-orders/{work}").body["status"] == "NO_SHOW"


def test_a_part_is_handed_over_and_the_rest_waits(world: World) -> None:
    work, code = ready(world, quantity=3)
    world.heard()
    part = {"code": code, "lines": [{"line_id": "1", "quantity": 1}]}
    first = world.step(work, "hand-over", part)
    assert (first["status"], first["lines"][0]["handed"]) == ("READY", 1)
    assert world.step(work, "hand-over", part) == first
    told = world.told("HandedOver.v1")
    assert told["lines"] == [{"line_id": "1", "sku": "MUG", "ready": 2, "fulfilled": 1}]
    again = world.step(work, "hand-over", part | {"hand_over_id": "second"})
    assert again["lines"][0]["handed"] == 2
    too_many = world.step(work, "hand-over", {"code": code, "lines": [{"line_id": "1", "quantity": 2}]}, status=422)
    assert too_many["errors"][0]["pointer"] == "/lines/0/quantity"
    done = world.step(work, "hand-over", {"code": code})
    assert (done["status"], done["lines"][0]["handed"]) == ("HANDED_OVER", 3)


def test_what_is_refused_at_the_counter_is_told_with_its_reason(world: World) -> None:
    work, code = ready(world)
    world.heard()
    refused = [{"line_id": "1", "quantity": 1, "reason": "DAMAGED"}]
    done = world.step(work, "hand-over", {"code": code, "refused": refused, "relation": "son"})
    assert (done["status"], done["pickup"]["proof"], done["pickup"]["handed_by"]) == (
        "HANDED_OVER",
        "code:son",
        "ops:ops-1",
    )
    told = world.told("HandedOver.v1")
    assert (told["refused"], told["lines"][0]["fulfilled"]) == (refused, 2)


def test_nobody_comes_for_the_rest_of_a_part_and_only_that_is_given_up(world: World) -> None:
    work, code = ready(world, quantity=3)
    world.step(work, "hand-over", {"code": code, "lines": [{"line_id": "1", "quantity": 1}]})
    world.heard()
    pass_time(days=9)
    heard = world.heard()
    (missed,) = [data for kind, data in heard if kind == "PickupNotCollected.v1"]
    assert missed["lines"] == [{"line_id": "1", "quantity": 2}]
    (moved,) = [data for kind, data in heard if kind == "FulfilmentOrderMoved.v1"]
    assert moved["lines"] == [{"line_id": "1", "sku": "MUG", "fulfilled": 1, "cancelled": 2}]


def test_a_guest_at_the_curb_is_in_the_queue_by_how_long_they_wait(world: World) -> None:
    works = [ready(world, method="curbside", order_id=f"O-{number}")[0] for number in (1, 2)]
    world.heard()
    world.step(works[1], "arrive", {"bay": "4", "vehicle": "red van"})
    told = world.told("ShopperArrived.v1")
    assert (told["bay"], "van" in json.dumps(told)) == ("4", False)
    pass_time(minutes=3)
    world.step(works[0], "arrive", {"bay": "1"})
    world.step(works[1], "arrive", {"bay": "5"})
    queue = world.api.get("/v1/fulfilment-orders?location_id=S1&status=ARRIVED").body["items"]
    assert [one["fulfilment_order_id"] for one in queue] == [works[1], works[0]]
    assert queue[0]["pickup"]["waiting_seconds"] >= 180
    assert (queue[0]["pickup"]["bay"], queue[0]["pickup"]["vehicle"]) == ("5", "red van")
    world.heard()
    pass_time(minutes=2, seconds=5)
    (late,) = [data for kind, data in world.heard() if kind == "FulfilmentOrderDelayed.v1"]
    assert (late["cause"], late["fulfilment_order_id"]) == ("CURBSIDE_WAITING", works[1])
    done = world.step(works[1], "hand-over", ID_CHECK)
    assert (done["status"], done["pickup"]["waiting_seconds"]) == ("HANDED_OVER", None)
