"""Rate cards through the API: versions, when they count, what they refuse, and that plans go by them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.fulfilment.test_capacity import at
from tests.component.fulfilment.test_capacity import real_time_afterwards as real_time_afterwards
from tests.component.fulfilment.world import World, line, released
from tests.support.gateway import Gateway, channel, service_desk

CARDS = "/v1/routing/rate-cards"
NOON = "2026-11-23T12:00:00Z"


def card(**values: Any) -> dict[str, Any]:
    """Dear nearby, cheap far away: the opposite of the built-in card."""
    steps = [{"up_to_grams": 1000, "amount": 900}, {"up_to_grams": 5000, "amount": 1200}]
    return {
        "currency": "GBP",
        "zones": [{"zone": "near", "up_to_km": 20}, {"zone": "far"}],
        "services": [
            {
                "service": "standard",
                "rates": [
                    {"zone": "near", "steps": steps, "per_kg": 100, "transit_days": 1},
                    {"zone": "far", "steps": [{"up_to_grams": 0, "amount": 100}], "per_kg": 10, "transit_days": 3},
                ],
                "charge": 399,
            }
        ],
        "holidays": {"GB": ["2026-11-25"]},
    } | values


def put(world: World, body: dict[str, Any], *, card_id: str = "gb") -> Any:
    return world.api.put(f"{CARDS}/{card_id}", body)


def test_another_content_is_another_version_and_the_same_content_is_the_same(world: World) -> None:
    at(NOON)
    first = put(world, card())
    assert (first.status, first.body["version"]) == (201, 1)
    assert put(world, card()).status == 200
    second = put(world, card(holidays={}))
    assert (second.status, second.body["version"]) == (201, 2)
    assert world.api.get(f"{CARDS}/gb").body == second.body
    assert world.api.get(f"{CARDS}/gb?version=1").body == first.body
    assert world.api.get(f"{CARDS}/gb?version=3").status == 404
    assert world.api.get(f"{CARDS}/other").status == 404
    schedule = world.api.get(CARDS).body
    assert (schedule["in_force"]["version"], schedule["scheduled"]) == (2, [])


def test_plans_go_by_the_card_in_force_and_say_so(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=5, DC=5)
    put(world, card(effective_from="2026-11-24T00:00:00Z"))
    places, cards = [], []
    for order_id, moment in (("O-1", NOON), ("O-2", "2026-11-24T09:00:00Z")):
        at(moment)
        world.say(released(order_id, line("1", "MUG", 1)))
        places.append(world.asked()["allocations"][0]["location_id"])
        (decision,) = world.api.get(f"/v1/orders/{order_id}/routing").body["decisions"]
        cards.append(decision["rate_card"])
    assert (places, cards) == (["S1", "DC"], ["built-in.v1", "gb.v1"])
    (parcel,) = decision["parcels"]
    assert (parcel["location_id"], parcel["day"]) == ("DC", "2026-11-24")
    assert parcel["delivered_by"] == "2026-11-30T23:59:00.000Z"  # a holiday and a weekend lie between


def test_the_work_says_by_when_its_parcel_leaves_and_arrives(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=5)
    (opened,) = world.routed("O-1", line("1", "MUG", 1))["fulfilment_orders"]
    work = world.api.get("/v1/fulfilment-orders/O-1.1").body
    assert opened["ship_by"] == work["ship_by"] == work["due_by"] == "2026-11-23T23:59:00.000Z"
    assert opened["delivered_by"] == work["delivered_by"] == "2026-11-25T23:59:00.000Z"


def test_a_promised_day_sends_the_parcel_from_where_it_arrives_in_time(world: World) -> None:
    at(NOON)
    put(world, card())
    world.stock("MUG", S1=5, DC=5)
    promised = released("O-1", line("1", "MUG", 1), promised_by="2026-11-24T23:59:00.000Z")
    world.say(promised, released("O-2", line("1", "MUG", 1)))
    places = {
        data["order_id"]: data["allocations"][0]["location_id"]
        for kind, data in world.heard()
        if kind == "AllocationRequested.v1"
    }
    assert places == {"O-1": "S1", "O-2": "DC"}


def service(**values: Any) -> list[dict[str, Any]]:
    return [card()["services"][0] | values]


def rates(**values: Any) -> list[dict[str, Any]]:
    return service(rates=[card()["services"][0]["rates"][0] | values])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"zones": []}, "/zones"),
        ({"zones": [{"zone": "near"}, {"zone": "near"}]}, "/zones/1/zone"),
        ({"zones": [{"zone": "near", "up_to_km": 50}, {"zone": "far", "up_to_km": 20}]}, "/zones/1/up_to_km"),
        ({"zones": [{"zone": "near"}, {"zone": "far", "up_to_km": 20}]}, "/zones/1/up_to_km"),
        ({"zones": [{"zone": "x", "up_to_km": 5, "countries": []}]}, "/zones/0/up_to_km"),
        ({"unknown_distance_zone": "moon"}, "/unknown_distance_zone"),
        ({"services": []}, "/services"),
        ({"services": service() * 2}, "/services/0/service"),
        ({"services": rates(zone="moon")}, "/services/0/rates/0/zone"),
        ({"services": rates(steps=[])}, "/services/0/rates/0/steps"),
        (
            {"services": rates(steps=[{"up_to_grams": 5, "amount": 9}, {"up_to_grams": 5, "amount": 9}])},
            "/services/0/rates/0/steps/1",
        ),
        (
            {"services": rates(steps=[{"up_to_grams": 5, "amount": 9}, {"up_to_grams": 6, "amount": 8}])},
            "/services/0/rates/0/steps/1",
        ),
        ({"services": rates(transit_days=-1)}, "/services/0/rates/0/transit_days"),
        ({"holidays": {"GB": ["2026-02-30"]}}, "/holidays/GB/0"),
        ({"currency": "pounds"}, "/currency"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused_with_a_pointer(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    answer = put(world, card() | change)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)
    assert world.api.get(CARDS).body == {"in_force": None, "scheduled": []}


def test_only_ops_put_cards_and_the_desk_may_read_them(world: World) -> None:
    assert Gateway(channel("web")).get(CARDS).status == 403
    assert Gateway(service_desk()).get(CARDS).status == 200
    assert Gateway(service_desk()).put(f"{CARDS}/gb", card()).status == 403


def test_no_more_than_ten_cards_are_still_to_come(world: World) -> None:
    at(NOON)
    for number in range(10):
        assert (
            put(world, card(effective_from=f"2027-01-{number + 1:02d}T00:00:00Z"), card_id=f"c{number}").status == 201
        )
    refused = put(world, card(effective_from="2027-02-01T00:00:00Z"), card_id="one-more")
    assert (refused.status, refused.body["code"]) == (422, "too_many_scheduled")
