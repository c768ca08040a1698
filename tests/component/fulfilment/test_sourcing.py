"""From a released order to open work, with inventory's answers in any order."""

from __future__ import annotations

import itertools

import pytest

from functions.fulfilment.service import sourcing
from shared.events.inventory import Allocation, ReservationCommitted, ReservationIgnored, StockAllocated, StockChanged
from tests.component.fulfilment.world import PLACES, World, item, line, place, released
from tests.support.bus import Bus


def test_a_released_order_is_planned_from_the_nearest_place_and_opened_once_inventory_has_set_it_aside(
    world: World,
) -> None:
    world.stock("MUG", DC=5, S1=5)
    world.say(released("O-1", line("1", "MUG", 2)))
    request = world.asked()
    assert request["allocations"] == [{"line_id": "1", "sku": "MUG", "location_id": "S1", "quantity": 2}]
    world.grant(request)
    routed = world.told("OrderRouted.v1")
    (opened,) = routed["fulfilment_orders"]
    assert opened.pop("ship_by") < opened.pop("delivered_by")
    assert routed == {
        "order_id": "O-1",
        "plan_version": 1,
        "fulfilment_orders": [
            {
                "fulfilment_order_id": "O-1.1",
                "location_id": "S1",
                "method": "ship",
                "lines": [{"line_id": "1", "quantity": 2}],
            }
        ],
    }
    assert world.api.get("/v1/fulfilment-orders/O-1.1").body["status"] == "OPEN"


def test_an_order_that_no_place_has_whole_is_split(world: World) -> None:
    world.stock("MUG", DC=1, S1=1)
    routed = world.routed("O-1", line("1", "MUG", 2))
    assert [(one["location_id"], one["lines"][0]["quantity"]) for one in routed["fulfilment_orders"]] == [
        ("DC", 1),
        ("S1", 1),
    ]


def test_every_event_may_come_twice_and_nothing_happens_twice(world: World) -> None:
    world.stock("MUG", S1=5)
    release = released("O-1", line("1", "MUG", 2))
    world.say(release, release)
    request = world.asked()
    world.grant(request)
    world.grant(request)
    world.say(release)
    assert len(world.told("OrderRouted.v1")["fulfilment_orders"]) == 1
    assert len(world.api.get("/v1/fulfilment-orders?order_id=O-1").body["items"]) == 1
    assert world.heard() == []


def test_a_refused_plan_is_made_anew_from_the_truth_that_came_with_the_refusal(world: World) -> None:
    world.stock("MUG", DC=5, S1=5)
    world.say(released("O-1", line("1", "MUG", 2)))
    world.refuse(world.asked(), world.position("MUG", "S1", 1), world.position("MUG", "DC", 5))
    second = world.asked()
    assert second["plan_version"] == 2
    assert {(one["location_id"], one["quantity"]) for one in second["allocations"]} == {("DC", 2)}


def test_only_inventory_itself_may_say_that_there_is_no_stock(world: World) -> None:
    world.say(released("O-1", line("1", "MUG", 2)))
    first = world.asked()
    assert first["confirm_unplaced"] is True
    assert first["unplaced"] == [{"line_id": "1", "sku": "MUG", "quantity": 2}]
    world.refuse(first, world.position("MUG", "S2", 1))
    second = world.asked()
    assert second["allocations"][0]["location_id"] == "S2"
    assert "confirm_unplaced" not in second
    world.grant(second)
    routed = world.told("OrderRouted.v1")
    assert routed["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "OUT_OF_STOCK"}]


def test_what_inventory_confirms_missing_is_out_of_stock_backordered_or_oversold(world: World) -> None:
    world.say(item("LAMP", backorderable=True, version=2))
    for order_id, sku, paid, outcome in (
        ("O-1", "MUG", False, "OUT_OF_STOCK"),
        ("O-2", "LAMP", False, "BACKORDERED"),
        ("O-3", "MUG", True, "OVERSOLD"),
    ):
        routed = world.routed(order_id, line("1", sku, 1), paid_by_channel=paid)
        assert routed["fulfilment_orders"] == []
        assert [one["outcome"] for one in routed["unfilled"]] == [outcome]


def test_a_sku_that_is_refused_again_and_again_is_given_up_and_the_rest_is_still_delivered(world: World) -> None:
    world.stock("MUG", S1=5)
    world.stock("LAMP", S1=5)
    world.say(released("O-1", line("1", "MUG", 1), line("2", "LAMP", 1)))
    for _ in range(6):
        request = world.asked()
        assert {one["sku"] for one in request["allocations"]} == {"MUG", "LAMP"}
        world.refuse(request, world.position("MUG", "S1", 5))
    last = world.asked()
    assert {one["sku"] for one in last["allocations"]} == {"LAMP"}
    world.grant(last)
    assert world.told("OrderRouted.v1")["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "OUT_OF_STOCK"}]


def test_an_unknown_item_waits_until_it_exists_and_is_then_sourced(world: World) -> None:
    world.say(released("O-1", line("1", "NEW", 1)))
    routed = world.told("OrderRouted.v1")
    assert routed["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "UNROUTABLE"}]
    world.stock("NEW", S1=3)
    assert world.heard() == []
    world.say(item("NEW"))
    world.grant(world.asked())
    assert [one["fulfilment_order_id"] for one in world.told("OrderRouted.v1")["fulfilment_orders"]] == ["O-1.1"]


def test_backordered_units_are_sourced_when_stock_arrives_the_oldest_order_first(world: World) -> None:
    world.say(item("MUG", backorderable=True, version=2))
    world.routed("O-2", line("1", "MUG", 2), placed_at="2026-11-21T11:00:00.000Z")
    world.routed("O-1", line("1", "MUG", 2), placed_at="2026-11-21T10:00:00.000Z")
    world.stock("MUG", DC=3)
    first, second = [data for kind, data in world.heard() if kind == "AllocationRequested.v1"]
    assert (first["order_id"], second["order_id"]) == ("O-1", "O-2")
    assert second["allocations"] == [{"line_id": "1", "sku": "MUG", "location_id": "DC", "quantity": 1}]
    world.grant(first)
    world.heard()
    world.grant(second)
    routed = world.told("OrderRouted.v1")
    assert routed["order_id"] == "O-2"
    assert routed["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "BACKORDERED"}]


def test_stock_that_cannot_serve_who_waits_makes_no_noise(world: World) -> None:
    world.say(item("MUG", backorderable=True, version=2), place("S2", capabilities=("pickup",), version=2))
    world.routed("O-1", line("1", "MUG", 1))
    world.stock("MUG", S2=9)
    assert world.heard() == []


def test_lines_to_be_collected_are_placed_at_their_store_only(world: World) -> None:
    world.stock("MUG", S1=1, DC=9)
    world.stock("LAMP", S1=9)
    routed = world.routed(
        "O-1",
        line("1", "MUG", 2, method="pickup", location_id="S1"),
        line("2", "LAMP", 1, method="curbside", location_id="S1"),
    )
    assert {(one["location_id"], one["method"]) for one in routed["fulfilment_orders"]} == {
        ("S1", "pickup"),
        ("S1", "curbside"),
    }
    assert routed["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "OUT_OF_STOCK"}]


def test_a_store_without_pickup_cannot_be_collected_from_whatever_it_has(world: World) -> None:
    world.say(place("S1", capabilities=("ship",), version=2))
    world.stock("MUG", S1=9)
    world.say(released("O-1", line("1", "MUG", 1, method="pickup", location_id="S1")))
    routed = world.told("OrderRouted.v1")
    assert routed["unfilled"] == [{"line_id": "1", "quantity": 1, "outcome": "OUT_OF_STOCK"}]
    (decision,) = world.api.get("/v1/orders/O-1/routing").body["decisions"]
    assert decision["collections"][0]["reason"] == "METHOD_OFF"


def test_a_store_whose_description_comes_after_its_stock_serves_the_order_that_waited_for_it(world: World) -> None:
    world.stock("MUG", S9=4)
    world.say(released("O-1", line("1", "MUG", 1, method="pickup", location_id="S9")))
    assert [one["outcome"] for one in world.told("OrderRouted.v1")["unfilled"]] == ["UNROUTABLE"]
    world.say(place("S9"))
    assert world.asked()["allocations"][0]["location_id"] == "S9"


def test_a_store_that_does_not_exist_ends_as_out_of_stock_not_in_the_dead_letters(world: World) -> None:
    routed = world.routed("O-1", line("1", "MUG", 1, method="pickup", location_id="NOWHERE"))
    assert [one["outcome"] for one in routed["unfilled"]] == ["OUT_OF_STOCK"]


def test_a_paused_place_is_not_planned_and_the_collection_there_waits_for_it(world: World) -> None:
    world.stock("MUG", S1=9, S2=9)
    world.say(place("S1", paused=True, paused_reason="flood", version=2))
    world.say(released("O-1", line("1", "MUG", 1), line("2", "MUG", 1, method="pickup", location_id="S1")))
    request = world.asked()
    assert {one["location_id"] for one in request["allocations"]} == {"S2"}
    world.grant(request)
    assert [one["outcome"] for one in world.told("OrderRouted.v1")["unfilled"]] == ["UNROUTABLE"]
    world.say(place("S1", version=3))
    assert world.asked()["allocations"][0]["location_id"] == "S1"


def test_news_that_is_older_than_what_is_known_changes_nothing(world: World) -> None:
    old, new = world.position("MUG", "S1", 0), world.position("MUG", "S1", 7)
    world.say(StockChanged(positions=(new,)), StockChanged(positions=(old,)))
    world.say(place("S1", version=5), place("S1", paused=True, version=4))
    world.say(released("O-1", line("1", "MUG", 1)))
    assert world.asked()["allocations"][0]["location_id"] == "S1"


def test_an_order_with_a_reservation_is_planned_only_when_its_fate_is_known_in_either_order(world: World) -> None:
    world.stock("MUG", S2=0)
    pins = (Allocation(line_id="1", sku="MUG", location_id="S2", quantity=2),)
    for order_id, order in (("O-1", (0, 1)), ("O-2", (1, 0))):
        events = (
            released(order_id, line("1", "MUG", 2), reservation_id=f"R-{order_id}"),
            ReservationCommitted(order_id=order_id, reservation_id=f"R-{order_id}", pins=pins),
        )
        world.say(events[order[0]])
        assert world.heard() == []
        world.say(events[order[1]])
        request = world.asked()
        assert request["reservation_id"] == f"R-{order_id}"
        assert request["allocations"] == [{"line_id": "1", "sku": "MUG", "location_id": "S2", "quantity": 2}]


def test_a_reservation_that_was_ignored_lets_the_order_be_sourced_as_any_other(world: World) -> None:
    world.stock("MUG", S1=2)
    world.say(released("O-1", line("1", "MUG", 2), reservation_id="R-1"))
    world.say(ReservationIgnored(order_id="O-1", reservation_id="R-1", reason="lapsed"))
    assert "reservation_id" not in world.asked()


def test_the_hold_is_used_up_by_the_first_allocation(world: World) -> None:
    world.say(item("MUG", backorderable=True, version=2))
    world.say(released("O-1", line("1", "MUG", 3), reservation_id="R-1"))
    pins = (Allocation(line_id="1", sku="MUG", location_id="S2", quantity=2),)
    world.say(ReservationCommitted(order_id="O-1", reservation_id="R-1", pins=pins))
    world.grant(world.asked())
    world.heard()
    world.stock("MUG", DC=1)
    later = world.asked()
    assert later["allocations"] == [{"line_id": "1", "sku": "MUG", "location_id": "DC", "quantity": 1}]
    assert "reservation_id" not in later


def test_stock_that_arrives_while_inventory_answers_is_not_overlooked(world: World) -> None:
    world.say(item("MUG", backorderable=True, version=2))
    world.say(released("O-1", line("1", "MUG", 1)))
    request = world.asked()
    world.stock("MUG", S1=4)
    assert world.heard() == []
    world.grant(request)
    heard = world.heard()
    kinds = ["OrderRouted.v1", "UnitsAwaited.v1", "AllocationRequested.v1", "UnitsAwaited.v1"]
    assert [kind for kind, _ in heard] == kinds
    assert [data["units"] for kind, data in heard if kind == "UnitsAwaited.v1"] == [
        [{"sku": "MUG", "quantity": 1}],
        [],
    ]
    assert heard[2][1]["allocations"][0]["location_id"] == "S1"


def test_an_order_whose_waiting_units_are_being_planned_keeps_its_place_in_the_queue(world: World) -> None:
    world.say(item("MUG", backorderable=True, version=2))
    world.routed("O-1", line("1", "MUG", 1))
    world.stock("MUG", S1=1)
    request = world.asked()
    world.stock("MUG", S2=1)  # while the plan is in flight: nobody is to be forgotten
    world.refuse(request, world.position("MUG", "S1", 0), world.position("MUG", "S2", 0))
    world.heard()
    world.stock("MUG", DC=1)
    assert world.asked()["allocations"][0]["location_id"] == "DC"


def test_an_answer_for_a_plan_that_is_not_in_flight_changes_nothing(world: World) -> None:
    world.stock("MUG", S1=2)
    world.say(released("O-1", line("1", "MUG", 2)))
    first = world.asked()
    world.say(StockAllocated(order_id="O-1", plan_version=9, allocations=()))
    assert world.heard() == []
    world.refuse(first, world.position("MUG", "S1", 1))
    second = world.asked()
    world.grant(first)
    assert world.heard() == []
    world.grant(second)
    assert world.told("OrderRouted.v1")["plan_version"] == 2


def test_an_answer_for_an_unknown_order_comes_again_until_a_person_looks(world: World, bus: Bus) -> None:
    unknown = StockAllocated(order_id="O-404", plan_version=1, allocations=())
    assert bus.deliver("fulfilment", unknown) == ["m0"]


def test_an_order_of_1200_lines_over_the_whole_network_goes_the_same_way(world: World) -> None:
    skus = [f"SKU-{number:03d}" for number in range(100)]
    places = itertools.cycle(["DC", "S1", "S2"])
    world.say(*(item(sku) for sku in skus))
    world.say(StockChanged(positions=tuple(world.position(sku, next(places), 24) for sku in skus)))
    routed = world.routed("O-1", *(line(str(number), skus[number % 100], 2) for number in range(1200)))
    units = sum(one["quantity"] for order in routed["fulfilment_orders"] for one in order["lines"])
    assert (len(routed["fulfilment_orders"]), units) == (3, 2400)
    explained = world.api.get("/v1/orders/O-1/routing").body
    assert len(explained["decisions"][0]["assignments"]) == 1200


def test_whoever_asks_again_hears_of_every_part_of_an_order_also_of_more_than_fit_one_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sourcing, "MAX_WORK_CHANGED", 1)
    world.stock("MUG", DC=1, S1=1, S2=1)
    lines = [line(str(number), "MUG", 1, method="pickup", location_id=name) for number, name in enumerate(PLACES)]
    world.routed("O-1", *lines)
    again = released("O-1", *lines, again=1)
    world.say(again)
    told = [data["fulfilment_order_id"] for kind, data in world.heard() if kind == "FulfilmentOrderMoved.v1"]
    assert sorted(told) == ["O-1.1", "O-1.2", "O-1.3"]
    world.say(again)
    assert world.heard() == []
