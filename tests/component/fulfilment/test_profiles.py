"""Routing profiles: versions and stages through the API, and what they make of released orders."""

from __future__ import annotations

from typing import Any

import pytest

from functions.fulfilment import wiring
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.profiles import Chosen, Stage
from functions.fulfilment.domain.replaying import made
from functions.fulfilment.repository import profiles as profile_rows
from shared.dynamo.documents import Document
from shared.events.inventory import ItemChanged
from shared.ids import new_id
from tests.component.fulfilment.world import World, item, line, released
from tests.support.gateway import Gateway, channel, service_desk

PROFILES = "/v1/routing/profiles"


def gbp(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "GBP"}


def put(world: World, name: str, **body: Any) -> dict[str, Any]:
    answer = world.api.put(f"{PROFILES}/{name}", {"rank": 0} | body)
    assert answer.status in (200, 201), answer.body
    return dict(answer.body)


def activate(world: World, name: str, stage: str = "active", **body: Any) -> dict[str, Any]:
    answer = world.api.post(f"{PROFILES}/{name}/activate", {"stage": stage} | body)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def decided(world: World, order_id: str) -> dict[str, Any]:
    """The newest decision on the order."""
    return dict(world.api.get(f"/v1/orders/{order_id}/routing").body["decisions"][-1])


def places(decision: dict[str, Any]) -> dict[str, int]:
    return {one["location_id"]: one["quantity"] for one in decision["assignments"]}


# ------------------------------------------------------------------ versions and stages


def test_a_changed_body_is_a_new_version_and_the_same_body_the_same(world: World) -> None:
    first = world.api.put(f"{PROFILES}/calm", {"max_parcels": 1})
    assert (first.status, first.body["version"], first.body["stage"]) == (201, 1, "DRAFT")
    again = world.api.put(f"{PROFILES}/calm", {"max_parcels": 1})
    assert (again.status, again.body["version"]) == (200, 1)
    changed = world.api.put(f"{PROFILES}/calm", {"max_parcels": 2})
    assert (changed.status, changed.body["version"]) == (201, 2)
    old = world.api.get(f"{PROFILES}/calm/versions/1").body
    assert (old["terms"]["max_parcels"], [one["version"] for one in old["versions"]]) == (1, [1, 2])
    assert [one["profile_id"] for one in world.api.get(PROFILES).body["items"]] == ["calm"]


def test_a_version_that_becomes_active_retires_the_one_before(world: World) -> None:
    put(world, "calm", max_parcels=1)
    activate(world, "calm")
    put(world, "calm", max_parcels=2)
    body = activate(world, "calm")
    assert [(one["version"], one["stage"]) for one in body["versions"]] == [(1, "RETIRED"), (2, "ACTIVE")]
    refused = world.api.post(f"{PROFILES}/calm/activate", {"stage": "active", "version": 1})
    assert (refused.status, refused.body["code"]) == (409, "transition_not_allowed")
    assert world.api.post(f"{PROFILES}/calm/retire", {}).body["stage"] == "RETIRED"
    assert put(world, "calm", max_parcels=2)["version"] == 3


@pytest.mark.parametrize(
    ("path", "body", "status", "pointer"),
    [
        ("calm/activate", {"stage": "canary"}, 422, "/share"),
        ("calm/activate", {"stage": "active", "share": 0.5}, 422, "/share"),
        ("calm/activate", {"stage": "canary", "share": 1.5}, 422, "/share"),
        ("calm/activate", {"stage": "active", "version": 9}, 404, None),
        ("none/activate", {"stage": "active"}, 404, None),
    ],
)
def test_an_activation_that_means_nothing_is_refused(
    world: World, path: str, body: dict[str, Any], status: int, pointer: str | None
) -> None:
    put(world, "calm")
    answer = world.api.post(f"{PROFILES}/{path}", body)
    assert answer.status == status
    if pointer:
        assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


def test_a_profile_that_names_too_much_is_refused_and_so_are_too_many_large_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [{"skus": [new_id() + new_id() for _ in range(100)]} for _ in range(20)]
    answer = world.api.put(f"{PROFILES}/huge", {"line_rules": rules + rules})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/line_rules")
    with monkeypatch.context() as patch:
        patch.setattr(profile_rows, "MAX_TERMS_BYTES", 50_000)
        refused = world.api.put(f"{PROFILES}/huge", {"line_rules": rules})
        assert (refused.status, refused.body["code"]) == (422, "profile_too_large")
    monkeypatch.setattr(profile_rows, "MAX_BOOK_BYTES", 50_000)
    put(world, "huge", line_rules=rules)
    refused = world.api.post(f"{PROFILES}/huge/activate", {"stage": "active"})
    assert (refused.status, refused.body["code"]) == (409, "too_many_profiles")


def test_profiles_are_read_by_the_desk_and_changed_by_ops_only(world: World) -> None:
    put(world, "calm")
    assert Gateway(service_desk()).get(f"{PROFILES}/calm").status == 200
    assert Gateway(service_desk()).put(f"{PROFILES}/calm", {}).status == 403
    assert Gateway(channel("web")).get(f"{PROFILES}/calm").status == 403


# ------------------------------------------------------------------ what they decide


def test_an_order_is_planned_within_its_profile_and_says_which_version_decided(world: World) -> None:
    world.open_for_business("MUG")
    world.stock("MUG", S1=10, DC=15)
    put(world, "one-parcel", when={"channels": ["app"]}, max_parcels=1)
    activate(world, "one-parcel")
    world.say(released("o1", line("1", "MUG", 20), channel="app"))
    assert {one["location_id"]: one["quantity"] for one in world.asked()["allocations"]} == {"DC": 15}
    assert decided(world, "o1")["profile"] == {"profile_id": "one-parcel", "version": 1, "stage": "ACTIVE"}
    world.say(released("o2", line("1", "MUG", 20), channel="web"))
    assert len(world.asked()["allocations"]) == 2
    assert decided(world, "o2")["profile"] == {"profile_id": "default", "version": 0, "stage": "ACTIVE"}


def test_a_canary_decides_its_share_of_the_orders_and_always_the_same_ones(world: World) -> None:
    world.open_for_business("MUG")
    world.stock("MUG", S1=1000, DC=1000)
    put(world, "dc-only", location_kinds=["dc"])
    activate(world, "dc-only", "canary", share=0.5)
    for number in range(40):
        world.say(released(f"o{number}", line("1", "MUG", 1)))
    early = {number for number in range(40) if places(decided(world, f"o{number}")) == {"DC": 1}}
    assert 8 < len(early) < 32
    activate(world, "dc-only", "canary", share=0.9)
    for number in range(40):
        world.say(released(f"o{number}", line("1", "MUG", 1)))  # told again: changes nothing
    put(world, "dc-only", location_kinds=["dc"], rank=1)
    activate(world, "dc-only", "canary", share=0.9)
    body = {"lines": [{"line_id": "1", "sku": "MUG", "quantity": 1}], "profile": "dc-only"}
    assert places(world.api.post("/v1/routing/plan", body).body) == {"DC": 1}


def test_a_shadow_is_recorded_beside_the_decision_and_moves_nothing(world: World) -> None:
    world.open_for_business("MUG")
    world.stock("MUG", S1=5, DC=5)
    put(world, "dc-only", location_kinds=["dc"])
    activate(world, "dc-only", "shadow")
    world.say(released("o1", line("1", "MUG", 1)))
    asked = world.asked()
    assert [one["location_id"] for one in asked["allocations"]] == ["S1"]
    decision = decided(world, "o1")
    (shadow,) = decision["shadows"]
    assert shadow["profile"] == {"profile_id": "dc-only", "version": 1, "stage": "SHADOW"}
    assert places(shadow) == {"DC": 1}
    assert shadow["total"] > decision["cost"]["total"]


def test_conditions_on_value_and_category_hold_for_any_line(world: World) -> None:
    world.open_for_business("MUG")
    sofa: ItemChanged = item("SOFA", value=90_000, category="furniture")
    world.say(sofa)
    world.stock("MUG", S1=5, DC=5)
    world.stock("SOFA", S1=5, DC=5)
    put(world, "bulky", when={"categories": ["furniture"], "min_value": gbp(50_000)}, location_kinds=["dc"])
    activate(world, "bulky")
    world.say(released("o1", line("1", "MUG", 1), line("2", "SOFA", 1)))
    assert {one["location_id"] for one in world.asked()["allocations"]} == {"DC"}
    world.say(released("o2", line("1", "MUG", 1)))
    assert {one["location_id"] for one in world.asked()["allocations"]} == {"S1"}


def test_a_line_rule_keeps_an_item_from_stores_and_the_others_not(world: World) -> None:
    world.open_for_business("MUG")
    world.say(item("KNIFE", category="blades"))
    world.stock("MUG", S1=5)
    world.stock("KNIFE", S1=5, DC=5)
    put(world, "care", line_rules=[{"categories": ["blades"], "location_kinds": ["dc"]}])
    activate(world, "care")
    world.say(released("o1", line("1", "MUG", 1), line("2", "KNIFE", 1)))
    got = {one["sku"]: one["location_id"] for one in world.asked()["allocations"]}
    assert got == {"MUG": "S1", "KNIFE": "DC"}


def test_places_that_are_kept_out_too_far_or_not_preferred_are_explained(world: World) -> None:
    world.open_for_business("MUG")
    world.stock("MUG", S1=5, S2=5, DC=5)
    put(world, "north", excluded_location_ids=["S1"], max_distance_km=100)
    activate(world, "north")
    world.say(released("o1", line("1", "MUG", 1)))
    decision = decided(world, "o1")
    assert places(decision) == {"S2": 1}
    reasons = {one["location_id"]: one["reason"] for one in decision["excluded"]}
    assert (reasons["S1"], reasons["DC"]) == ("EXCLUDED", "TOO_FAR")
    put(world, "north", preferred_location_ids=["DC"], preference=gbp(1000))
    activate(world, "north")
    world.heard()
    world.say(released("o2", line("1", "MUG", 1)))
    assert places(decided(world, "o2")) == {"DC": 1}
    world.say(released("o3", line("1", "MUG", 9)))
    terms = {one["term"]: one["amount"] for one in decided(world, "o3")["cost"]["terms"] if one["location_id"] != "DC"}
    assert terms["preference"] == 1000


# ------------------------------------------------------------------ units without a place


@pytest.mark.parametrize(
    ("rule", "paid", "outcome"),
    [
        ("item", False, "OUT_OF_STOCK"),
        ("queue", False, "QUEUED"),
        ("backorder", False, "BACKORDERED"),
        ("cancel", False, "OUT_OF_STOCK"),
        ("cancel", True, "OVERSOLD"),
        ("offer", False, "QUEUED"),
        ("offer", True, "OVERSOLD"),
    ],
)
def test_what_no_place_has_waits_or_is_cancelled_as_the_profile_says(
    world: World, rule: str, paid: bool, outcome: str
) -> None:
    world.open_for_business("MUG")
    world.stock("MUG", S1=1)
    put(world, "rest", unroutable=rule)
    activate(world, "rest")
    world.say(released("o1", line("1", "MUG", 3), paid_by_channel=paid))
    world.grant(world.asked())
    unfilled = world.told("OrderRouted.v1")["unfilled"]
    assert [(one["quantity"], one["outcome"]) for one in unfilled] == [(2, outcome)]


def test_units_that_are_queued_go_out_when_stock_arrives_oldest_order_first(world: World) -> None:
    world.open_for_business("MUG")
    put(world, "rest", unroutable="queue")
    activate(world, "rest")
    for number, hour in ((2, 11), (1, 9)):
        order = released(f"o{number}", line("1", "MUG", 1), placed_at=f"2026-11-21T{hour:02d}:00:00.000Z")
        world.say(order)
        world.grant(world.asked())
    world.heard()
    world.stock("MUG", S1=1)
    asked = [data["order_id"] for kind, data in world.heard() if kind == "AllocationRequested.v1"]
    assert asked[0] == "o1"


def test_an_order_that_ships_complete_waits_as_a_whole_until_everything_is_there(world: World) -> None:
    world.open_for_business("MUG", "LAMP")
    world.stock("MUG", S1=5)
    put(world, "whole", ship_complete=True, unroutable="queue")
    activate(world, "whole")
    world.say(released("o1", line("1", "MUG", 1), line("2", "LAMP", 1)))
    request = world.asked()
    assert request["allocations"] == []
    world.grant(request)
    waiting = {one["line_id"]: one["outcome"] for one in world.told("OrderRouted.v1")["unfilled"]}
    assert waiting == {"1": "QUEUED", "2": "QUEUED"}
    world.stock("LAMP", DC=1)
    assert {one["line_id"] for one in world.asked()["allocations"]} == {"1", "2"}


def test_what_is_out_of_stock_for_good_does_not_hold_a_complete_shipment_up(world: World) -> None:
    world.open_for_business("MUG", "LAMP")
    world.stock("MUG", S1=5)
    put(world, "whole", ship_complete=True, unroutable="cancel")
    activate(world, "whole")
    world.say(released("o1", line("1", "MUG", 1), line("2", "LAMP", 1)))
    request = world.asked()
    assert [one["line_id"] for one in request["allocations"]] == ["1"]
    world.grant(request)
    unfilled = world.told("OrderRouted.v1")["unfilled"]
    assert [(one["line_id"], one["outcome"]) for one in unfilled] == [("2", "OUT_OF_STOCK")]


def test_a_place_takes_the_work_on_in_the_time_that_the_profile_gives(world: World) -> None:
    world.open_for_business("MUG")
    world.stock("MUG", S1=5)
    put(world, "quick", acknowledge_minutes=7)
    activate(world, "quick")
    routed = world.routed("o1", line("1", "MUG", 1))
    opened = routed["fulfilment_orders"][0]["fulfilment_order_id"]
    view = world.api.get(f"/v1/fulfilment-orders/{opened}").body
    assert view["status"] == "OPEN"
    order = wiring.work().get(opened)
    assert order.deadlines is not None
    assert (order.deadlines.acknowledge_by - order.opened_at).total_seconds() == 7 * 60


def test_after_the_last_re_route_that_the_profile_allows_the_units_wait(world: World) -> None:
    world.open_for_business("MUG")
    world.stock("MUG", S1=5, S2=5, DC=5)
    put(world, "never", max_reroutes=0, unroutable="queue")
    activate(world, "never")
    routed = world.routed("o1", line("1", "MUG", 1))
    opened = routed["fulfilment_orders"][0]["fulfilment_order_id"]
    world.heard()
    world.step(opened, "reject", {"reason": "NOT_FOUND"})
    told = world.told("OrderRouted.v1")
    assert [one["outcome"] for one in told["unfilled"]] == ["QUEUED"]


def test_a_decision_keeps_what_it_saw_so_that_it_can_be_made_again(world: World) -> None:
    world.open_for_business("MUG", "LAMP")
    world.stock("MUG", S1=3, S2=3, DC=9)
    world.stock("LAMP", DC=2)
    put(world, "near", max_parcels=2, excluded_location_ids=["S1"], unroutable="queue")
    activate(world, "near")
    world.say(released("o1", line("1", "MUG", 10), line("2", "LAMP", 1)))
    (decision,) = wiring.routing().explain("o1").decisions
    assert decision.seen is not None
    assert decision.seen.complete
    terms = wiring.profiles().get("near").terms
    again = made(decision.seen, Chosen("near", 1, Stage.ACTIVE, terms))
    assert {(one.line_id, one.location_id, one.quantity) for one in again.plan.assignments} == {
        (one.line_id, one.location_id, one.quantity) for one in decision.shares
    }
    assert decision.routing is not None
    assert again.plan.total == decision.routing.total
    assert len(Document(Decision).dump(decision)) <= 1000, "a decision over a few places is one write unit"
