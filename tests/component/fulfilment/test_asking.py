"""A profile that asks: what no place can ship is offered to the shopper by signed link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.fulfilment import consumer, wiring
from shared import testing_clock
from shared.events.inventory import StockChanged
from shared.events.orders import Destination, OrderErased
from tests.component.fulfilment.test_profiles import activate, put
from tests.component.fulfilment.test_queue import asked
from tests.component.fulfilment.test_worklists import pass_time
from tests.component.fulfilment.world import LEEDS, World, line, place, released
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as

SHOPPER = Gateway(None)


@pytest.fixture(autouse=True)
def real_time_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with running_as("fulfilment"):  # the consumer and the API are two processes, which share this test's table only
        monkeypatch.setattr(wiring.link_secret(), "_known", None)
    consumer.use_cases.cache_clear()
    yield
    with running_as("platform"):
        testing_clock.move(None)


def offered(world: World, *, wanted: int = 2, **stock: int) -> tuple[dict[str, Any], str]:
    """An order of which one unit can be shipped, S2 can only hand over: the offer as told, and the link."""
    put(world, "asks", unroutable="offer")
    activate(world, "asks")
    world.say(place("S2", capabilities=("pickup",), version=2))
    world.stock("MUG", **({"S1": 1} | stock))
    world.say(released("O-1", line("1", "MUG", wanted), destination=Destination(country="GB", geo=LEEDS)))
    world.grant(world.asked())
    told = world.heard()
    (offer,) = [data for kind, data in told if kind == "ChoiceOffered.v1"]
    (routed,) = [data for kind, data in told if kind == "OrderRouted.v1"]
    assert routed["unfilled"] == [{"line_id": "1", "quantity": wanted - 1, "outcome": "QUEUED"}]
    assert len(routed["fulfilment_orders"]) == 1, "what can be shipped goes ahead"
    world.say(StockChanged(positions=(world.position("MUG", "S1", 1, allocated=1),)))
    return offer, f"/v1/shopper-links/{offer['link']}"


def choose(path: str, option: str, *, status: int = 200) -> dict[str, Any]:
    answer = SHOPPER.post(path, {"action": "choose", "option_id": option})
    assert answer.status == status, answer.body
    return dict(answer.body)


def test_the_shopper_collects_where_the_goods_are(world: World) -> None:
    told, path = offered(world, S2=5)
    assert [one["option_id"] for one in told["options"]] == ["wait", "collect:S2", "cancel"]
    assert (told["default"], told["lines"]) == ("wait", [{"line_id": "1", "quantity": 1}])
    seen = SHOPPER.get(path).body
    assert (seen["method"], seen["units"], seen["actions"]) == ("ship", 1, ["choose"])
    assert choose(path, "by_pigeon", status=422)["errors"][0]["pointer"] == "/option_id"
    assert SHOPPER.post(path, {"action": "arrive"}).body["errors"][0]["pointer"] == "/action"
    chosen = choose(path, "collect:S2")
    assert (chosen["offer"]["chosen"], chosen["actions"]) == ("collect:S2", [])
    assert choose(path, "collect:S2") == chosen
    assert choose(path, "cancel", status=409)["code"] == "offer_ended"
    told_now = world.heard()
    (made,) = [data for kind, data in told_now if kind == "ChoiceMade.v1"]
    assert (made["choice"], made["location_id"]) == ("collect", "S2")
    (request,) = [data for kind, data in told_now if kind == "AllocationRequested.v1"]
    world.grant(request)
    (opened,) = world.told("OrderRouted.v1")["fulfilment_orders"]
    assert (opened["location_id"], opened["method"]) == ("S2", "pickup")


def test_what_the_shopper_cancels_is_out_of_stock(world: World) -> None:
    _, path = offered(world)
    choose(path, "cancel")
    assert world.told("OrderRouted.v1")["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "OUT_OF_STOCK"}]


def test_whoever_does_not_choose_waits_and_is_not_asked_again(world: World) -> None:
    _, path = offered(world, wanted=3)
    world.stock("LAMP", S1=1)
    pass_time(hours=23)
    assert [kind for kind, _ in world.talk() if kind == "ChoiceMade.v1"] == []
    pass_time(hours=2)
    (made,) = [data for kind, data in world.talk() if kind == "ChoiceMade.v1"]
    assert made["choice"] == "wait"
    assert SHOPPER.get(path).body["offer"]["chosen"] == "wait"
    world.stock("MUG", DC=1)
    told = world.talk()
    assert asked(told) == [("O-1", [("DC", 1)])]
    world.say(StockChanged(positions=(world.position("MUG", "DC", 1, allocated=1),)))
    world.grant(next(data for kind, data in told if kind == "AllocationRequested.v1"))
    told = world.talk()
    (routed,) = [data for kind, data in told if kind == "OrderRouted.v1"]
    assert routed["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "QUEUED"}]
    assert [kind for kind, _ in told if kind == "ChoiceOffered.v1"] == []


def test_stock_that_came_while_the_shopper_thought_is_taken_at_once(world: World) -> None:
    _, path = offered(world)
    world.stock("MUG", DC=5)
    assert asked(world.talk()) == [], "the units wait for the choice"
    choose(path, "wait")
    assert asked(world.talk()) == [("O-1", [("DC", 1)])]


def test_units_that_are_cancelled_meanwhile_go_nowhere(world: World) -> None:
    _, path = offered(world, S2=5)
    world.cancel("O-1", "X-1", l1=1)
    assert world.told("CancellationDecided.v1")["cancelled"] == [{"line_id": "1", "quantity": 1}]
    choose(path, "collect:S2")
    assert asked(world.talk()) == []


def test_an_order_that_is_forgotten_keeps_no_link(world: World) -> None:
    offered(world)
    world.say(OrderErased(request_id="E-1", order_id="O-1"))
    with running_as("fulfilment"):
        assert wiring.asking().get("O-1").link == ""
