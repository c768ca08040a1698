"""The shopper's link: curbside arrival, one extension, a choice when the store is short; without any login."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared import testing_clock
from shared.events.inventory import ExclusionChanged, PoolChanged
from shared.events.orders import Destination
from tests.component.fulfilment.test_collections import ready
from tests.component.fulfilment.test_profiles import activate, put
from tests.component.fulfilment.test_worklists import pass_time
from tests.component.fulfilment.world import LEEDS, World, item, line, place
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as

SHOPPER = Gateway(None)


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def short(world: World, **stock: int) -> tuple[str, dict[str, Any], str]:
    """A collection of two at S1 where one is not found: its id, the offer as told, and the link."""
    world.stock("MUG", **({"S1": 2} | stock))
    order = line("1", "MUG", 2, method="pickup", location_id="S1")
    routed = world.routed("O-1", order, destination=Destination(country="GB", geo=LEEDS))
    work = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.heard()
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    heard = world.heard()
    (told,) = [data for kind, data in heard if kind == "OptionsOffered.v1"]
    (routed,) = [data for kind, data in heard if kind == "OrderRouted.v1"]
    waits = {"line_id": "1", "quantity": 1, "outcome": "QUEUED"}
    assert (routed["fulfilment_orders"], routed["unfilled"]) == ([], [waits]), "or orders would ask what becomes of it"
    return work, told, f"/v1/shopper-links/{told['link']}"


def test_a_guest_says_by_link_that_they_are_there_and_sees_how_long_they_wait(world: World) -> None:
    work, _ = ready(world, method="curbside")
    token = _link(work)
    path = f"/v1/shopper-links/{token}"
    seen = SHOPPER.get(path).body
    assert (seen["status"], seen["actions"]) == ("READY", ["arrive", "extend"])
    for _ in range(2):
        body = {"action": "arrive", "bay": "3", "vehicle": "blue"}
        there = SHOPPER.post(path, body, headers={"Idempotency-Key": "k"})
        assert (there.status, there.body["status"], there.body["bay"]) == (200, "ARRIVED", "3")
    pass_time(minutes=2)
    assert SHOPPER.get(path).body["waiting_seconds"] >= 120
    view = world.api.get(f"/v1/fulfilment-orders/{work}").body
    assert token not in json.dumps(view), "staff never see the link"


def _link(work: str) -> str:
    from functions.fulfilment import wiring

    with running_as("fulfilment"):
        pickup = wiring.work().get(work).pickup
    assert pickup is not None
    return pickup.link


def test_a_collection_is_extended_by_link_once(world: World) -> None:
    work, _ = ready(world)
    path = f"/v1/shopper-links/{_link(work)}"
    first = SHOPPER.post(path, {"action": "extend"}).body
    assert first["actions"] == ["arrive"]
    assert SHOPPER.post(path, {"action": "extend"}).body == first
    SHOPPER.post(path, {"action": "arrive"})
    assert SHOPPER.post(path, {"action": "extend"}).body["code"] == "transition_not_allowed"


def test_a_forged_or_expired_link_is_not_found(world: World) -> None:
    work, _ = ready(world)
    link = _link(work)
    for wrong in (link[:-1] + ("A" if link[-1] != "A" else "B"), "X-1", f"{work}.ZZZZZZ.AAAAAAAAAAAAAAAA"):
        assert SHOPPER.get(f"/v1/shopper-links/{wrong}").body["code"] == "link_not_found"
        assert SHOPPER.post(f"/v1/shopper-links/{wrong}", {"action": "arrive"}).status == 404
    pass_time(days=61)
    assert SHOPPER.get(f"/v1/shopper-links/{link}").status == 404


def test_when_the_store_is_short_the_shopper_may_choose(world: World) -> None:
    _, told, path = short(world, S2=5, DC=5)
    choices = [one["option_id"] for one in told["options"]]
    assert choices == ["ship_to_store", "ship_home", "other_store:S2", "other_store:DC", "cancel"]
    assert (told["default"], told["lines"]) == ("ship_to_store", [{"line_id": "1", "quantity": 1}])
    assert world.heard() == [], "nothing is planned before the choice"
    offer = SHOPPER.get(path).body
    assert (offer["actions"], offer["offer"]["units"]) == (["choose"], 1)
    assert SHOPPER.post(path, {"action": "choose", "option_id": "by_pigeon"}).status == 422
    assert SHOPPER.post(path, {"action": "choose"}).status == 422
    chosen = SHOPPER.post(path, {"action": "choose", "option_id": "other_store:S2"}).body
    assert chosen["offer"]["chosen"] == "other_store:S2"
    assert SHOPPER.post(path, {"action": "choose", "option_id": "other_store:S2"}).body == chosen
    assert SHOPPER.post(path, {"action": "choose", "option_id": "cancel"}).body["code"] == "offer_ended"
    plan = world.asked()
    assert [(one["location_id"], one["quantity"]) for one in plan["allocations"]] == [("S2", 1)]
    world.grant(plan)
    (opened,) = world.told("OrderRouted.v1")["fulfilment_orders"]
    assert (opened["location_id"], opened["method"]) == ("S2", "pickup")


def test_no_place_is_offered_that_the_channel_does_not_sell_from_or_where_the_item_is_not_offered(
    world: World,
) -> None:
    world.say(PoolChanged(channel="web", location_ids=("S1", "S2", "DC"), threshold=0, version=1))
    world.say(place("S9"), ExclusionChanged(exclusion_id="E-1", sku="MUG", location_id="DC", version=1))
    world.talk()
    _, told, _ = short(world, S2=5, S9=5, DC=5)
    assert [one["option_id"] for one in told["options"]] == ["ship_to_store", "ship_home", "other_store:S2", "cancel"]


def test_what_only_a_store_may_hand_over_is_not_offered_to_be_sent(world: World) -> None:
    world.say(item("MUG", version=2, ships_from=("dc",)))
    _, told, _ = short(world, S2=5)
    assert [one["option_id"] for one in told["options"]] == ["other_store:S2", "cancel"]


def test_no_way_is_offered_that_the_profile_rules_out(world: World) -> None:
    put(world, "near", excluded_location_ids=["DC"])
    activate(world, "near")
    world.talk()
    _, told, _ = short(world, DC=5)
    assert [one["option_id"] for one in told["options"]] == ["ship_to_store", "other_store:DC", "cancel"]


def test_when_no_further_place_may_be_asked_nothing_is_offered(world: World) -> None:
    put(world, "once", max_reroutes=0)
    activate(world, "once")
    world.stock("MUG", S1=2, S2=5, DC=5)
    routed = world.routed("O-1", line("1", "MUG", 2, method="pickup", location_id="S1"))
    work = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.heard()
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    assert world.told("OrderRouted.v1")["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "OUT_OF_STOCK"}]


def test_units_from_two_places_are_offered_to_be_sent(world: World) -> None:
    world.stock("MUG", S1=2)
    order = line("1", "MUG", 2, method="pickup", location_id="S1")
    world.routed("O-1", order, destination=Destination(country="GB", geo=LEEDS))
    world.stock("MUG", S2=1, DC=1)
    world.step("O-1.1", "reject", {"reason": "NOT_FOUND"})
    told = dict(world.heard())["OptionsOffered.v1"]
    assert [one["option_id"] for one in told["options"]] == ["ship_to_store", "ship_home", "cancel"]


@pytest.mark.parametrize(
    ("option", "method", "destination"), [("ship_home", "ship", None), ("ship_to_store", "ship_to_store", "S1")]
)
def test_the_rest_comes_home_or_to_the_store(world: World, option: str, method: str, destination: str | None) -> None:
    _, _, path = short(world, DC=5)
    assert SHOPPER.post(path, {"action": "choose", "option_id": option}).status == 200
    world.grant(world.asked())
    (opened,) = world.told("OrderRouted.v1")["fulfilment_orders"]
    assert (opened["location_id"], opened["method"], opened.get("destination_id")) == ("DC", method, destination)


def test_without_a_choice_the_default_happens_after_a_day(world: World) -> None:
    _, told, path = short(world, DC=5)
    pass_time(hours=23)
    assert "OptionChosen.v1" not in [kind for kind, _ in world.heard()]
    pass_time(hours=2)
    heard = world.heard()
    (chosen,) = [data for kind, data in heard if kind == "OptionChosen.v1"]
    assert chosen["choice"] == told["default"]
    assert SHOPPER.get(path).body["offer"]["chosen"] == told["default"]


def test_cancelling_by_link_tells_the_units(world: World) -> None:
    _, _, path = short(world, DC=5)
    assert SHOPPER.post(path, {"action": "choose", "option_id": "cancel"}).status == 200
    told = dict(world.heard())
    chosen = told["OptionChosen.v1"]
    assert (chosen["choice"], chosen["lines"]) == ("cancel", [{"line_id": "1", "quantity": 1}])
    assert "unfilled" not in told["OrderRouted.v1"], "nothing waits any more"


def test_units_that_are_cancelled_while_they_are_offered_are_not_sent_any_more(world: World) -> None:
    _, _, path = short(world, DC=5)
    world.cancel("O-1", "X-1", l1=1)
    assert world.told("CancellationDecided.v1")["cancelled"] == [{"line_id": "1", "quantity": 1}]
    assert SHOPPER.post(path, {"action": "choose", "option_id": "ship_to_store"}).status == 200
    assert {kind for kind, _ in world.heard()} == {"OptionChosen.v1", "OrderRouted.v1"}, "nothing is asked for"
