"""Cancel requests: fulfilment alone decides, by quantity."""

from __future__ import annotations

from typing import Any

from shared.events.inventory import Allocation, ReservationCommitted
from shared.events.orders import OrderHoldsChanged
from tests.component.fulfilment.world import World, item, line, released


def by_kind(heard: list[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    assert len({kind for kind, _ in heard}) == len(heard)
    return dict(heard)


def share(quantity: int, location_id: str = "S1") -> dict[str, Any]:
    return {"line_id": "1", "sku": "MUG", "location_id": location_id, "quantity": quantity}


def test_units_that_nobody_has_picked_are_stopped_and_their_stock_is_freed(world: World) -> None:
    world.stock("MUG", S1=5)
    world.routed("O-1", line("1", "MUG", 3))
    world.step("O-1.1", "acknowledge")
    world.heard()
    world.cancel("O-1", "C-1", l1=2)
    heard = by_kind(world.heard())
    assert heard["AllocationWithdrawn.v1"] == {
        "order_id": "O-1",
        "plan_version": 1,
        "request_id": "C-1",
        "allocations": [share(2)],
    }
    assert heard["CancellationDecided.v1"]["cancelled"] == [{"line_id": "1", "quantity": 2}]
    (progress,) = heard["FulfilmentOrderMoved.v1"]["lines"]
    assert (progress["allocated"], progress["cancelled"]) == (1, 2)
    order = world.step("O-1.1", "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    assert order["status"] == "PICKED"


def test_work_that_loses_its_last_unit_is_cancelled(world: World) -> None:
    world.stock("MUG", S1=5)
    world.routed("O-1", line("1", "MUG", 3))
    world.cancel("O-1", "C-1", l1=3)
    assert by_kind(world.heard())["FulfilmentOrderMoved.v1"]["status"] == "CANCELLED"
    assert world.step("O-1.1", "acknowledge", status=409)["code"] == "transition_not_allowed"


def held_in_hand(world: World, *, picked: int = 3) -> None:
    world.stock("MUG", S1=5)
    world.routed("O-1", line("1", "MUG", 3))
    world.step("O-1.1", "acknowledge")
    world.step("O-1.1", "pick", {"lines": [{"line_id": "1", "picked": picked}]})
    parcel = {"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": picked}]}
    world.step("O-1.1", "pack", {"parcels": [parcel]})
    world.say(OrderHoldsChanged(order_id="O-1", holds=("FRAUD-1",), version=1))
    world.heard()


def test_work_in_hand_that_a_hold_bars_is_cancelled_at_once_and_sold_again_from_its_shelf(world: World) -> None:
    held_in_hand(world)
    for _ in range(2):  # told twice, decided once
        world.cancel("O-1", "C-1", l1=3)
    heard = by_kind(world.heard())
    assert heard["CancellationDecided.v1"]["cancelled"] == [{"line_id": "1", "quantity": 3}]
    assert heard["FulfilmentOrderMoved.v1"]["status"] == "TO_RESHELVE"
    assert "AllocationWithdrawn.v1" not in heard, "not for sale before it is back on its shelf"
    world.say(OrderHoldsChanged(order_id="O-1", holds=(), version=2))
    assert world.step("O-1.1", "start-picking", status=409)["code"] == "transition_not_allowed"
    assert world.api.get("/v1/fulfilment-orders?location_id=S1&status=TO_RESHELVE").body["items"]
    world.heard()
    assert world.step("O-1.1", "reshelve")["status"] == "RESHELVED"
    withdrawn = by_kind(world.heard())["AllocationWithdrawn.v1"]
    assert (withdrawn["plan_version"], withdrawn["allocations"]) == (1, [share(3)])


def test_of_work_in_hand_on_hold_a_part_is_refused(world: World) -> None:
    held_in_hand(world)
    world.cancel("O-1", "C-1", l1=2)
    decided = by_kind(world.heard())["CancellationDecided.v1"]
    assert (decided["cancelled"], decided["refused"]) == ([], [{"line_id": "1", "quantity": 2}])
    assert world.api.get("/v1/fulfilment-orders/O-1.1").body["status"] == "ON_HOLD"


def test_what_is_picked_already_is_refused(world: World) -> None:
    world.stock("MUG", S1=5)
    world.routed("O-1", line("1", "MUG", 3))
    world.step("O-1.1", "acknowledge")
    world.step("O-1.1", "pick", {"lines": [{"line_id": "1", "picked": 3}]})
    world.heard()
    world.cancel("O-1", "C-1", l1=3)
    decided = by_kind(world.heard())
    assert decided == {
        "CancellationDecided.v1": {
            "order_id": "O-1",
            "request_id": "C-1",
            "cancelled": [],
            "refused": [{"line_id": "1", "quantity": 3}],
        }
    }


def test_the_same_request_again_decides_nothing_new(world: World) -> None:
    world.stock("MUG", S1=5)
    world.routed("O-1", line("1", "MUG", 3))
    world.cancel("O-1", "C-1", l1=1)
    world.heard()
    world.cancel("O-1", "C-1", l1=1)
    assert world.heard() == []


def test_a_plan_in_flight_is_withdrawn_and_the_late_answer_opens_only_what_is_left(world: World) -> None:
    world.stock("MUG", S1=5)
    world.say(released("O-1", line("1", "MUG", 3)))
    request = world.asked()
    world.cancel("O-1", "C-1", l1=2)
    assert by_kind(world.heard())["AllocationWithdrawn.v1"]["allocations"] == [share(2)]
    world.grant(request)
    (opened,) = world.told("OrderRouted.v1")["fulfilment_orders"]
    assert opened["lines"] == [{"line_id": "1", "quantity": 1}]


def test_a_plan_in_flight_that_is_withdrawn_whole_opens_nothing(world: World) -> None:
    world.stock("MUG", S1=5)
    world.say(released("O-1", line("1", "MUG", 3)))
    request = world.asked()
    world.cancel("O-1", "C-1", l1=3)
    world.heard()
    world.grant(request)
    assert world.heard() == []
    assert world.api.get("/v1/fulfilment-orders?order_id=O-1").body["items"] == []


def test_a_withdrawn_plan_that_inventory_refuses_is_made_anew_for_the_rest_only(world: World) -> None:
    world.stock("MUG", S1=5)
    world.say(released("O-1", line("1", "MUG", 3)))
    request = world.asked()
    world.cancel("O-1", "C-1", l1=2)
    world.heard()
    world.refuse(request, world.position("MUG", "S1", 0), world.position("MUG", "DC", 9))
    assert world.asked()["allocations"] == [share(1, "DC")]


def test_units_that_wait_are_cancelled_first_and_wait_no_more(world: World) -> None:
    world.say(item("MUG", backorderable=True, version=2))
    world.stock("MUG", S1=1)
    world.routed("O-1", line("1", "MUG", 3))
    world.cancel("O-1", "C-1", l1=2)
    assert list(by_kind(world.heard())) == ["CancellationDecided.v1", "UnitsAwaited.v1"]
    world.stock("MUG", S1=9)
    assert world.heard() == []


def test_a_request_that_comes_before_the_release_is_decided_with_it(world: World) -> None:
    world.stock("MUG", S1=5)
    world.cancel("O-1", "C-1", l1=2)
    assert world.heard() == []
    world.say(released("O-1", line("1", "MUG", 3)))
    heard = by_kind(world.heard())
    assert heard["CancellationDecided.v1"]["cancelled"] == [{"line_id": "1", "quantity": 2}]
    assert heard["AllocationRequested.v1"]["allocations"] == [share(1)]


def test_an_order_cancelled_whole_while_its_hold_is_looked_at_gives_the_hold_back(world: World) -> None:
    world.say(released("O-1", line("1", "MUG", 2), reservation_id="R-1"))
    world.cancel("O-1", "C-1", l1=2)
    assert list(by_kind(world.heard())) == ["CancellationDecided.v1"]
    pins = (Allocation(line_id="1", sku="MUG", location_id="S1", quantity=2),)
    world.say(ReservationCommitted(order_id="O-1", reservation_id="R-1", pins=pins))
    request = world.asked()
    assert (request["allocations"], request["reservation_id"]) == ([], "R-1")
    world.grant(request)
    assert world.heard() == []


def test_more_units_than_there_are_and_foreign_lines_are_refused_not_invented(world: World) -> None:
    world.stock("MUG", S1=5)
    world.routed("O-1", line("1", "MUG", 1))
    world.cancel("O-1", "C-1", l1=4, l9=1)
    decided = by_kind(world.heard())["CancellationDecided.v1"]
    assert decided["cancelled"] == [{"line_id": "1", "quantity": 1}]
    assert decided["refused"] == [{"line_id": "1", "quantity": 3}, {"line_id": "9", "quantity": 1}]
