"""What a channel may be given at all: its pool, what is not offered, and what may be shipped from where."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.inventory import ExclusionChanged, PoolChanged
from tests.component.fulfilment.world import World, item, line, released


def placed(world: World, order_id: str, **values: Any) -> set[str]:
    """Where the plan of an order for one mug takes it from."""
    world.say(released(order_id, line("1", "MUG", 1), **values))
    return {one["location_id"] for one in world.asked()["allocations"]}


def left_out(world: World, order_id: str) -> dict[str, str]:
    (decision,) = world.api.get(f"/v1/orders/{order_id}/routing").body["decisions"]
    return {one["location_id"]: one["reason"] for one in decision["excluded"]}


def test_an_order_is_never_sourced_outside_its_channels_pool(world: World) -> None:
    world.stock("MUG", S1=9, DC=9)
    world.say(PoolChanged(channel="web", location_ids=("DC", "S2"), version=2))
    assert placed(world, "O-1") == {"DC"}
    assert left_out(world, "O-1") == {"S1": "NOT_IN_POOL", "S2": "NO_STOCK"}
    assert placed(world, "O-2", channel="app") == {"S1"}
    world.say(PoolChanged(channel="web", location_ids=("S1",), version=1))  # an older one that comes late
    assert placed(world, "O-3") == {"DC"}
    world.say(PoolChanged(channel="web", version=3))
    assert placed(world, "O-4") == {"S1"}


def test_stock_outside_the_pool_is_no_stock_once_inventory_has_been_asked(world: World) -> None:
    world.stock("MUG", S1=9)
    world.say(PoolChanged(channel="web", location_ids=("DC",), version=1))
    assert placed(world, "O-1") == set()
    world.say(released("O-2", line("1", "MUG", 1)))
    request = world.asked()
    assert request["confirm_unplaced"] is True
    world.refuse(request, world.position("MUG", "S1", 9))
    assert world.told("OrderRouted.v1")["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "OUT_OF_STOCK"}]


def test_a_collection_outside_the_pool_is_not_placed(world: World) -> None:
    world.stock("MUG", S1=9)
    world.say(PoolChanged(channel="web", location_ids=("S2",), version=1))
    world.say(released("O-1", line("1", "MUG", 1, method="pickup", location_id="S1")))
    assert world.told("OrderRouted.v1")["unfilled"][0]["outcome"] == "OUT_OF_STOCK"
    (decision,) = world.api.get("/v1/orders/O-1/routing").body["decisions"]
    assert decision["collections"][0]["reason"] == "NOT_IN_POOL"


@pytest.mark.parametrize(
    ("conditions", "kept_out"),
    [
        ({}, True),
        ({"sku": "MUG", "location_id": "S1"}, True),
        ({"location_kind": "store", "category": "Kitchen"}, True),
        ({"method": "ship", "channel": "web"}, True),
        ({"method": "pickup"}, False),
        ({"channel": "app"}, False),
        ({"sku": "LAMP"}, False),
        ({"category": "Garden"}, False),
        ({"location_kind": "dc"}, False),
        ({"expires_at": "2020-01-01T00:00:00.000Z"}, False),
        ({"gone": True}, False),
    ],
)
def test_what_is_not_offered_is_not_taken_where_all_conditions_hold(
    world: World, conditions: dict[str, Any], kept_out: bool
) -> None:
    world.say(item("MUG", category="Kitchen", version=2))
    world.stock("MUG", S1=9)
    world.say(ExclusionChanged(exclusion_id="R", version=1, **conditions))
    assert placed(world, "O-1") == (set() if kept_out else {"S1"})
    if kept_out:
        assert left_out(world, "O-1")["S1"] == "EXCLUDED"


@pytest.mark.parametrize(("kinds", "places"), [(None, {"S1"}), (("dc",), {"DC"}), ((), set[str]())])
def test_an_item_is_shipped_only_by_the_kinds_of_place_that_may(
    world: World, kinds: tuple[str, ...] | None, places: set[str]
) -> None:
    world.say(item("MUG", ships_from=kinds, version=2))
    world.stock("MUG", S1=9, DC=9)
    assert placed(world, "O-1") == places
    expected = {"S1", "DC"} - places if kinds is not None else set()
    assert {name for name, reason in left_out(world, "O-1").items() if reason == "ATTRIBUTE"} == expected
