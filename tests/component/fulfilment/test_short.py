"""Short picks and rejections through the API: corrected, told and sourced elsewhere in one write."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.fulfilment.world import World, line


def opened(world: World, quantity: int = 2, **fields: Any) -> str:
    work = world.routed("O-1", line("1", "MUG", quantity, **fields))["fulfilment_orders"][0]
    return str(work["fulfilment_order_id"])


def asked_for(heard: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [data for kind, data in heard if kind == "AllocationRequested.v1"]


def test_a_short_pick_is_told_and_planned_elsewhere_at_once(world: World) -> None:
    world.stock("MUG", S1=5, DC=5)
    work = opened(world)
    world.step(work, "acknowledge")
    world.heard()
    picked = world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    assert (picked["status"], picked["lines"][0]["quantity"], picked["lines"][0]["short"]) == ("PICKED", 1, 1)
    assert world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 1}]}) == picked
    heard = world.heard()
    (short,) = [data for kind, data in heard if kind == "UnitsShort.v1"]
    assert (short["reason"], short["location_id"], short["lines"][0]["quantity"]) == ("NOT_FOUND", "S1", 1)
    (plan,) = asked_for(heard)
    assert [(one["location_id"], one["quantity"]) for one in plan["allocations"]] == [("DC", 1)]
    world.grant(plan)
    routed = world.told("OrderRouted.v1")
    assert [one["location_id"] for one in routed["fulfilment_orders"]] == ["DC"]
    decisions = world.api.get("/v1/orders/O-1/routing").body["decisions"]
    assert decisions[-1]["trigger"] == "not_found"
    assert {"location_id": "S1", "reason": "ALREADY_TRIED"} in decisions[-1]["excluded"]


def test_a_rejection_by_a_busy_store_names_the_end_of_its_pause(world: World) -> None:
    world.stock("MUG", S1=5, DC=5)
    work = opened(world)
    world.heard()
    assert world.step(work, "reject", {"reason": "TOO_BUSY"})["status"] == "REJECTED"
    heard = world.heard()
    (short,) = [data for kind, data in heard if kind == "UnitsShort.v1"]
    assert short["pause_until"]
    assert asked_for(heard)[0]["allocations"][0]["location_id"] == "DC"
    (moved,) = [data for kind, data in heard if kind == "FulfilmentOrderMoved.v1"]
    assert moved["status"] == "REJECTED"
    assert world.step(work, "acknowledge", status=409)["code"] == "transition_not_allowed"


def test_what_no_other_place_has_is_cancelled_or_backordered(world: World) -> None:
    world.stock("MUG", S1=2)
    work = opened(world)
    world.step(work, "reject", {"reason": "DAMAGED"})
    request = world.asked()
    assert request["confirm_unplaced"]
    world.grant(request)
    assert world.told("OrderRouted.v1")["unfilled"] == [{"line_id": "1", "quantity": 2, "outcome": "OUT_OF_STOCK"}]


def test_units_given_up_while_a_plan_is_in_flight_are_planned_after_it(world: World) -> None:
    world.stock("MUG", S1=1, S2=1)
    work = opened(world)
    world.step(work, "reject", {"reason": "OTHER"})
    first = world.asked()
    (other,) = [
        one
        for one in world.api.get("/v1/fulfilment-orders?order_id=O-1").body["items"]
        if one["fulfilment_order_id"] != work
    ]
    world.step(other["fulfilment_order_id"], "reject", {"reason": "OTHER"})
    assert asked_for(world.heard()) == []
    world.stock("MUG", DC=5)
    world.grant(first)
    (second,) = asked_for(world.heard())
    assert sum(one["quantity"] for one in second["allocations"]) >= 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"reason": "NOT_FOUND", "lines": [{"line_id": "9", "quantity": 1}]}, "/lines/0/line_id"),
        ({"reason": "NOT_FOUND", "lines": [{"line_id": "1", "quantity": 3}]}, "/lines/0/quantity"),
        ({"reason": "NOT_FOUND", "pause_until": "2027-01-01T00:00:00Z"}, "/pause_until"),
        ({"reason": "TOO_BUSY", "pause_until": "2020-01-01T00:00:00Z"}, "/pause_until"),
        ({"reason": "NO_IDEA"}, "/reason"),
    ],
)
def test_a_rejection_that_does_not_fit_names_the_field(world: World, body: Any, pointer: str) -> None:
    world.stock("MUG", S1=5)
    work = opened(world)
    assert world.step(work, "reject", body, status=422)["errors"][0]["pointer"] == pointer
