"""What a checkout is told: how a basket can be delivered or collected, by when, on which terms; nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.inventory import ExclusionChanged, PoolChanged
from tests.component.fulfilment.test_capacity import at, small
from tests.component.fulfilment.test_capacity import real_time_afterwards as real_time_afterwards
from tests.component.fulfilment.test_profiles import activate
from tests.component.fulfilment.test_profiles import put as put_profile
from tests.component.fulfilment.test_rate_cards import card, put
from tests.component.fulfilment.world import World, line, place
from tests.support.gateway import Gateway, associate, channel, customer

NOON = "2026-11-23T12:00:00Z"  # a Monday
HOME = {"country": "GB", "geo": {"lat": 53.8, "lng": -1.55}}


def asked(world: World, *units: tuple[str, int], **values: Any) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in units or (("MUG", 1),)]
    answer = world.api.post("/v1/delivery-options", {"lines": lines, "channel": "web", "destination": HOME} | values)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def by_method(answer: dict[str, Any], method: str) -> list[dict[str, Any]]:
    return [one for one in answer["options"] if one["method"] == method]


def test_a_basket_is_shipped_by_each_service_or_collected_at_places_that_have_all_of_it(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=5, DC=5)
    world.stock("LAMP", S2=5, DC=5)
    answer = asked(world, ("MUG", 1), ("LAMP", 1))
    shipped = {one["service"]: one for one in by_method(answer, "ship")}
    assert {name: one["parcels"] for name, one in shipped.items()} == {"standard": 1, "express": 1}
    assert shipped["standard"]["delivered_by"] == "2026-11-26T23:59:00.000Z"
    assert shipped["express"]["delivered_by"] == "2026-11-24T23:59:00.000Z"
    assert "charge" not in shipped["standard"] or shipped["standard"]["charge"] is None
    assert by_method(answer, "pickup") == []
    assert {one["location_id"] for one in by_method(answer, "ship_to_store")} == {"S1", "S2"}
    assert answer["lacking"] == []
    assert world.heard() == []


def test_a_collection_is_ready_after_the_stores_own_lead_time_in_its_opening_hours(world: World) -> None:
    at(NOON)
    hours = {day: [("09:00", "13:00")] for day in ("mon", "wed")}
    world.say(place("S1", version=2, opening_hours=hours, lead_time_minutes=90))
    world.stock("MUG", S1=5)
    pickup, curbside = (by_method(asked(world), method) for method in ("pickup", "curbside"))
    assert [(one["location_id"], one["ready_at"][:16]) for one in pickup] == [("S1", "2026-11-25T09:30")]
    assert len(curbside) == 1
    assert pickup[0]["distance_km"] == 0.0


def test_a_card_says_what_the_shopper_pays_and_the_cut_off_how_long_that_holds(world: World) -> None:
    at(NOON)
    put(world, card())
    small(world, "S1", None, cutoff="12:20")
    world.stock("MUG", S1=5)
    (option,) = by_method(asked(world), "ship")
    assert option["charge"] == {"amount": 399, "currency": "GBP"}
    assert option["honoured_until"] == "2026-11-23T12:20:00.000Z"
    assert "12:20" in option["terms"][0]


def test_a_full_day_is_seen_in_the_date_without_counting_anything(world: World) -> None:
    at(NOON)
    small(world, "S1", 1)
    world.stock("MUG", S1=5)
    dates = [by_method(asked(world), "ship")[0]["delivered_by"][:10] for _ in range(2)]
    world.routed("O-1", line("1", "MUG", 1))
    dates.append(by_method(asked(world), "ship")[0]["delivered_by"][:10])
    assert dates == ["2026-11-25", "2026-11-25", "2026-11-26"]


def test_what_is_offered_keeps_within_the_profile_that_would_decide_the_order(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=1, S2=1, DC=1)
    assert [one["parcels"] for one in by_method(asked(world, ("MUG", 2)), "ship")] == [2, 2]
    put_profile(world, "whole", when={"services": ["standard"]}, max_parcels=1)
    put_profile(world, "new", excluded_location_ids=["S1", "S2", "DC"])
    activate(world, "whole")
    activate(world, "new", "canary", share=0.99)
    assert [one["service"] for one in by_method(asked(world, ("MUG", 2)), "ship")] == ["express"]
    assert [one["service"] for one in by_method(asked(world, ("MUG", 1)), "ship")] == ["standard", "express"]


def test_only_what_the_channel_sells_is_offered(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=5, DC=2)
    world.say(PoolChanged(channel="web", location_ids=("DC",), version=1))
    answer = asked(world, ("MUG", 3))
    assert answer["options"] == []
    assert answer["lacking"] == [{"sku": "MUG", "requested": 3, "available": 2}]
    assert by_method(asked(world, ("MUG", 3), channel="app"), "pickup")
    world.say(ExclusionChanged(exclusion_id="X", sku="MUG", method="pickup", version=1))
    assert not by_method(asked(world, ("MUG", 3), channel="app"), "pickup")


def test_without_a_destination_only_collections_are_offered_and_far_ones_are_not(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=5, DC=5)
    everywhere = asked(world, destination=None)
    assert {one["method"] for one in everywhere["options"]} == {"pickup", "curbside", "ship_to_store"}
    near_leeds = asked(world, destination=None, near=HOME["geo"])
    assert {one["location_id"] for one in by_method(near_leeds, "pickup")} == {"S1"}
    by_code = asked(world, destination={"country": "GB", "postal_code": "SW1A 1AA"})
    assert {one["location_id"] for one in by_method(by_code, "pickup")} == {"DC"}


def test_lines_of_one_item_count_together_and_an_unknown_item_is_lacking(world: World) -> None:
    at(NOON)
    world.stock("MUG", S1=3)
    answer = asked(world, ("MUG", 2), ("MUG", 2))
    assert (answer["options"], answer["lacking"]) == ([], [{"sku": "MUG", "requested": 4, "available": 3}])
    assert asked(world, ("NEW", 1))["lacking"] == [{"sku": "NEW", "requested": 1, "available": 0}]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"sku": "MUG", "quantity": 1}] * 101}, "/lines"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, "/lines/0/quantity"),
        ({"channel": "a b"}, "/channel"),
        ({"near": {"lat": 91, "lng": 0}}, "/near/lat"),
        ({"destination": {"country": "gb"}}, "/destination/country"),
    ],
)
def test_a_basket_that_makes_no_sense_is_refused_with_a_pointer(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    body = {"lines": [{"sku": "MUG", "quantity": 1}], "channel": "web"} | change
    answer = world.api.post("/v1/delivery-options", body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_channel_asks_for_itself_and_shoppers_and_staff_for_any(world: World) -> None:
    body = {"lines": [{"sku": "MUG", "quantity": 1}], "channel": "web"}
    for token, status in ((channel("web"), 200), (channel("app"), 404), (customer("C-1"), 200), (associate("S1"), 200)):
        assert Gateway(token).post("/v1/delivery-options", body).status == status
