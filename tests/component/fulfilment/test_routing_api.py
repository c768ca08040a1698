"""The dry run of the router and the explanation of an order's routing, through the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.fulfilment.world import World, line, released
from tests.support.gateway import Gateway, associate, channel, customer

PLAN = "/v1/routing/plan"


def candidate(name: str, **values: Any) -> dict[str, Any]:
    defaults = {"fixed_cost": 500, "cost_per_kg": 100, "unit_cost": 10, "capacity_left": 5, "stock": {"MUG": 5}}
    return {"location_id": name} | defaults | values


def test_a_question_with_candidates_is_answered_by_the_formula_of_the_contract(world: World) -> None:
    body = {
        "lines": [
            {
                "line_id": "1",
                "sku": "MUG",
                "quantity": 3,
                "weight_grams": 405,
                "cancel_penalty": {"amount": 900, "currency": "GBP"},
            }
        ],
        "destination": {"geo": {"lat": 53.8, "lng": -1.55}},
        "service": "standard",
        "candidates": [
            candidate("A", stock={"MUG": 2}, unit_price={"MUG": 7}),
            candidate("B", capacity_left=0),
            candidate("C", stock={"LAMP": 1}),
        ],
    }
    answer = world.api.post(PLAN, body).body
    unit = 10 + (100 * 405 + 500) // 1000 + 7
    assert answer["assignments"] == [{"line_id": "1", "sku": "MUG", "location_id": "A", "quantity": 2}]
    assert [(one["line_id"], one["quantity"]) for one in answer["unfilled"]] == [("1", 1)]
    assert answer["cost"]["total"] == answer["lower_bound"] == 500 + 2 * unit + 900
    assert sum(term["amount"] for term in answer["cost"]["terms"]) == answer["cost"]["total"]
    assert answer["proven_optimal"] is True
    assert answer["excluded"] == [
        {"location_id": "B", "reason": "CAPACITY_FULL"},
        {"location_id": "C", "reason": "NO_STOCK"},
    ]
    assert world.heard() == []


def gbp(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "GBP"}


def test_a_question_may_limit_what_the_plan_looks_like(world: World) -> None:
    body: dict[str, Any] = {
        "lines": [{"line_id": "1", "sku": "MUG", "quantity": 13, "value": gbp(100)}],
        "limits": {"max_parcels": 1, "min_parcel_value": gbp(1200)},
        "candidates": [candidate("A", stock={"MUG": 10}, fixed_cost=1), candidate("B", stock={"MUG": 15})],
    }
    answer = world.api.post(PLAN, body).body
    assert [(one["location_id"], one["quantity"]) for one in answer["assignments"]] == [("B", 13)]
    body["limits"]["min_parcel_value"] = gbp(1400)
    assert world.api.post(PLAN, body).body["assignments"] == []


@pytest.mark.parametrize(
    ("limits", "pointer"),
    [
        ({"together": [["1"], ["1", "9"]]}, "/limits/together/1/1"),
        ({"max_parcels": 0}, "/limits/max_parcels"),
        ({"min_parcel_value": {"amount": 1, "currency": "EUR"}}, "/lines/0/value/currency"),
    ],
)
def test_limits_that_mean_nothing_are_refused_by_name(world: World, limits: dict[str, Any], pointer: str) -> None:
    lines = [{"line_id": "1", "sku": "MUG", "quantity": 1, "value": gbp(5)}]
    answer = world.api.post(PLAN, {"lines": lines, "limits": limits, "candidates": []})
    assert answer.status == 422
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


def test_a_question_over_live_data_knows_network_stock_and_distances(world: World) -> None:
    world.stock("MUG", S1=5, DC=5)
    body = {
        "lines": [{"line_id": "1", "sku": "MUG", "quantity": 1}],
        "destination": {"geo": {"lat": 53.8, "lng": -1.5}},
    }
    answer = Gateway(channel("web")).post(PLAN, body).body
    assert [one["location_id"] for one in answer["assignments"]] == ["S1"]
    assert {one["kind"] for one in answer["alternatives"]} == {"best_single", "nearest"}
    assert {one["location_id"] for one in answer["considered"]} == {"DC", "S1"}
    assert answer["excluded"] == [{"location_id": "S2", "reason": "NO_STOCK"}]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"colour": "red"}, "/colour"),
        ({"lines": [{"line_id": "1", "sku": "MUG", "quantity": -1}]}, "/lines/0/quantity"),
        ({"lines": [{"line_id": "a b", "sku": "MUG", "quantity": 1}]}, "/lines/0/line_id"),
        ({"lines": [{"line_id": "1", "sku": "MUG", "quantity": 1}] * 2}, "/lines/1/line_id"),
        ({"candidates": [candidate("A"), candidate("A")]}, "/candidates/1/location_id"),
        ({"candidates": [candidate("A", fixed_cost=-1)]}, "/candidates/0/fixed_cost"),
        ({"candidates": [candidate("A", fixed_cost=1e308)]}, "/candidates/0/fixed_cost"),
        ({"candidates": [candidate("A", stock={"a#b": 1})]}, "/candidates/0/stock/a#b/[key]"),
        ({"profile": "unheard-of"}, "/profile"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_a_pointer(
    world: World, change: dict[str, Any], pointer: str
) -> None:
    body = {"lines": [{"line_id": "1", "sku": "MUG", "quantity": 1}], "service": "standard"} | change
    answer = world.api.post(PLAN, body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_every_plan_of_an_order_is_explained_to_who_may_see_the_order(world: World) -> None:
    world.stock("MUG", S1=2, S2=2)
    order = line("1", "MUG", 2)
    world.say(released("O-1", order))
    world.refuse(world.asked(), world.position("MUG", "S1", 0))
    world.grant(world.asked())
    answer = Gateway(channel("web")).get("/v1/orders/O-1/routing")
    assert answer.body["status"] == "SETTLED"
    first, second = answer.body["decisions"]
    assert [one["trigger"] for one in (first, second)] == ["released", "refused"]
    assert [one["location_id"] for one in second["assignments"]] == ["S2"]
    assert second["cost"]["total"] >= first["cost"]["total"] == sum(term["amount"] for term in first["cost"]["terms"])
    assert Gateway(channel("app")).get("/v1/orders/O-1/routing").status == 404
    assert Gateway(associate("S1")).get("/v1/orders/O-1/routing").status == 403
    assert Gateway(customer("C")).get("/v1/orders/O-1/routing").status == 403
    assert world.api.get("/v1/orders/O-404/routing").status == 404
