"""The routing report and simulations: settled decisions counted once, and replayed as they were."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.base import Event
from shared.events.fulfilment import SimulationAdvanced
from shared.events.inventory import StockChanged
from tests.component.fulfilment.test_profiles import put
from tests.component.fulfilment.world import World, line
from tests.support.gateway import Gateway, channel, service_desk

REPORT = "/v1/routing/report"
SIMULATIONS = "/v1/routing/simulations"
ALWAYS = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}


@pytest.fixture
def sold(world: World) -> World:
    """Four orders, of which one is short and one comes in two parcels."""
    world.open_for_business("MUG", "LAMP")
    world.stock("MUG", S1=4, S2=2, DC=20)
    world.stock("LAMP", DC=9)
    for number, lines in enumerate(
        [
            [line("1", "MUG", 1)],
            [line("1", "MUG", 2), line("2", "LAMP", 1)],
            [line("1", "MUG", 24)],
            [line("1", "MUG", 1)],
        ]
    ):
        world.routed(f"o{number}", *lines)
        world.heard()
    return world


def window(world: World) -> dict[str, str]:
    at = world.api.get("/v1/orders/o0/routing").body["decisions"][0]["at"]
    return {"from": f"{at[:10]}T00:00:00Z", "to": f"{at[:10]}T23:59:59Z"}


def finished(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """Start a simulation and let its worker run until nothing is due any more."""
    answer = world.api.post(SIMULATIONS, body)
    assert answer.status == 202, answer.body
    for _ in range(50):
        due: list[Event] = [
            SimulationAdvanced(**data) for kind, data in world.heard() if kind == "SimulationAdvanced.v1"
        ]
        if not due:
            return dict(world.api.get(f"{SIMULATIONS}/{answer.body['simulation_id']}").body)
        for event in due * 2:  # told twice: done once
            assert world.bus.deliver("fulfilment", event, module="simulator") == []
    raise AssertionError("the simulation does not end")


def test_the_report_counts_each_settled_plan_once_however_often_the_stream_tells_it(sold: World) -> None:
    sold.bus.project("fulfilment")
    once = sold.api.get(REPORT).body
    sold.bus.project("fulfilment")
    assert sold.api.get(REPORT).body == once
    total = once["total"]
    assert (total["orders"], total["units"], total["unfilled"]) == (4, 29, 0)
    decisions = [sold.api.get(f"/v1/orders/o{n}/routing").body["decisions"][-1] for n in range(4)]
    places = [{one["location_id"] for one in decision["assignments"]} for decision in decisions]
    assert total["parcels"] == sum(map(len, places))
    assert total["cost"] == sum(
        term["amount"]
        for decision in decisions
        for term in decision["cost"]["terms"]
        if term["term"] in ("parcel", "handling", "weight")
    )
    assert total["fill"] == 1.0
    by_place = {
        name: sold.api.get(f"{REPORT}?location_id={name}").body["total"]["parcels"] for name in ("S1", "S2", "DC")
    }
    assert by_place == {name: sum(name in one for one in places) for name in by_place}


def test_the_report_tells_positions_that_have_come_to_nothing(sold: World) -> None:
    sold.bus.project("fulfilment")
    before = sold.api.get(f"{REPORT}?location_id=S2").body["positions_at_zero"]
    sold.stock("MUG", S2=0)
    sold.bus.project("fulfilment")
    report = sold.api.get(f"{REPORT}?location_id=S2").body
    assert (report["total"]["emptied"], report["positions_at_zero"]) == (1, before + 1)
    sold.stock("MUG", S2=3)
    sold.bus.project("fulfilment")
    assert sold.api.get(f"{REPORT}?location_id=S2").body["positions_at_zero"] == before


def test_an_item_that_comes_to_nothing_at_many_places_at_once_is_counted_at_each(world: World) -> None:
    places = [f"P{number}" for number in range(60)]
    for units in (5, 0):
        world.say(StockChanged(positions=tuple(world.position("MUG", name, units) for name in places)))
        world.bus.project("fulfilment")
    assert world.api.get(REPORT).body["total"]["emptied"] == 60


def test_a_parcel_that_leaves_late_is_counted_as_late(sold: World) -> None:
    sold.step("o0.1", "acknowledge")
    sold.step("o0.1", "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    sold.step("o0.1", "pack", {"parcels": [{"parcel_id": "p1", "lines": [{"line_id": "1", "quantity": 1}]}]})
    sold.step("o0.1", "ship", {"parcels": [{"parcel_id": "p1", "carrier": "hand", "tracking_number": "T1"}]})
    sold.bus.project("fulfilment")
    total = sold.api.get(REPORT).body["total"]
    assert (total["shipped"], total["shipped_late"]) == (1, 0)


@pytest.mark.parametrize("query", ["from=2026-02-02&to=2026-02-01", "from=2020-01-01&to=2026-01-01", "from=yesterday"])
def test_a_report_over_days_that_mean_nothing_is_refused(world: World, query: str) -> None:
    assert world.api.get(f"{REPORT}?{query}").status == 422


def test_a_simulation_of_the_profile_that_decided_reproduces_every_recorded_decision(sold: World) -> None:
    sold.bus.project("fulfilment")
    result = finished(sold, window(sold) | {"profiles": [{"profile_id": "default"}]})
    assert result["status"] == "COMPLETED"
    assert result["recorded"]["plans"] == 4
    (profile,) = result["profiles"]
    assert (profile["different"], profile["cost_difference"], result["items"]) == (0, 0, [])
    assert profile["figures"] == result["recorded"]


def test_a_simulation_says_order_by_order_what_another_profile_would_have_done(sold: World) -> None:
    put(sold, "dc-only", location_kinds=["dc"])
    put(sold, "app-only", when={"channels": ["app"]}, location_kinds=["dc"])
    sold.bus.project("fulfilment")
    tried = [{"profile_id": "dc-only"}, {"profile_id": "app-only", "version": 1}]
    result = finished(sold, window(sold) | {"simulation_id": "sim-1", "profiles": tried})
    dc_only, app_only = result["profiles"]
    assert (app_only["different"], app_only["cost_difference"]) == (0, 0)
    assert dc_only["different"] == len(result["items"]) > 0
    assert {one["profile_id"] for one in result["items"]} == {"dc-only"}
    for one in result["items"]:
        assert {it["location_id"] for it in one["assignments"]} <= {"DC"}
    assert dc_only["cost_difference"] == sum(one["cost"] - one["recorded_cost"] for one in result["items"])
    first = sold.api.get(f"{SIMULATIONS}/sim-1?limit=1").body
    rest = sold.api.get(f"{SIMULATIONS}/sim-1?limit=50&cursor={first['next_cursor']}").body
    assert first["items"] + rest["items"] == result["items"]


def test_a_simulation_decides_nothing_and_moves_nothing(sold: World) -> None:
    put(sold, "dc-only", location_kinds=["dc"])
    sold.bus.project("fulfilment")
    before = sold.api.get("/v1/orders/o0/routing").body
    sold.api.post(SIMULATIONS, window(sold) | {"simulation_id": "s", "profiles": [{"profile_id": "dc-only"}]})
    heard = sold.heard()
    assert {kind for kind, _ in heard} == {"SimulationAdvanced.v1"}
    assert sold.api.get("/v1/orders/o0/routing").body == before


def test_a_simulation_id_stands_for_one_question(sold: World) -> None:
    body = window(sold) | {"simulation_id": "s", "profiles": [{"profile_id": "default"}]}
    assert sold.api.post(SIMULATIONS, body).status == 202
    assert sold.api.post(SIMULATIONS, body).status == 202
    other = sold.api.post(SIMULATIONS, body | ALWAYS)
    assert (other.status, other.body["code"]) == (409, "simulation_id_reused")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"profiles": []}, "/profiles"),
        ({"profiles": [{"profile_id": "default"}] * 2}, "/profiles/1"),
        ({"profiles": [{"profile_id": f"p{n}"} for n in range(6)]}, "/profiles"),
        ({"profiles": [{"profile_id": "unheard-of"}]}, "/profiles/0/profile_id"),
        ({"to": "2025-01-01T00:00:00Z"}, "/to"),
        ({"to": "2027-01-01T00:00:00Z"}, "/to"),
    ],
)
def test_a_simulation_that_makes_no_sense_is_refused(world: World, change: dict[str, Any], pointer: str) -> None:
    answer = world.api.post(SIMULATIONS, ALWAYS | {"profiles": [{"profile_id": "default"}]} | change)
    assert answer.status == 422
    assert [error["pointer"] for error in answer.body["errors"]] == [pointer]


def test_the_desk_reads_reports_and_simulations_and_only_ops_starts_them(world: World) -> None:
    body = ALWAYS | {"simulation_id": "s", "profiles": [{"profile_id": "default"}]}
    assert Gateway(service_desk()).post(SIMULATIONS, body).status == 403
    assert world.api.post(SIMULATIONS, body).status == 202
    assert Gateway(service_desk()).get(f"{SIMULATIONS}/s").status == 200
    assert Gateway(service_desk()).get(REPORT).status == 200
    assert Gateway(channel("web")).get(REPORT).status == 403
    assert world.api.get(f"{SIMULATIONS}/none").status == 404
