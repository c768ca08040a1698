"""Where postal districts lie: by the retailer's file, credited, else the built-in table; a point always wins."""

from __future__ import annotations

from typing import Any

import pytest

from functions.fulfilment.domain.geography import built_in
from infra.local.geography import NotLoaded, load, read
from shared.events.orders import Destination
from shared.geo import Geo, distance_km, postal_district
from tests.component.fulfilment.world import LEEDS, LONDON, World, line, released
from tests.support.gateway import Gateway, channel, service_desk

ROW = "GB\t{code}\tSomewhere\tEngland\tENG\tShire\t11\tTown\tE0\t{lat}\t{lng}\t4\n"
"""A line of the format, made up."""
CREDIT = {"source": "GeoNames", "licence": "CC BY 4.0"}


def row(code: str, lat: float, lng: float) -> str:
    return ROW.format(code=code, lat=lat, lng=lng)


def sent_from(world: World, order_id: str, **where: Any) -> str:
    world.say(released(order_id, line("1", "MUG", 1), destination=Destination(country="GB", **where)))
    (one,) = world.asked()["allocations"]
    return str(one["location_id"])


def test_an_order_without_a_point_goes_by_its_postal_district_and_a_point_always_wins(world: World) -> None:
    world.stock("MUG", S1=9, DC=9)
    assert sent_from(world, "O-1", postal_district="LS1") == "S1"
    assert sent_from(world, "O-2", postal_district="SW1A") == "DC"
    assert sent_from(world, "O-3", postal_district="SW1A", geo=LEEDS) == "S1"


def test_what_was_loaded_comes_before_what_is_built_in(world: World) -> None:
    world.stock("MUG", S1=9, DC=9)
    moved = [row("LS1 4AP", LONDON.lat, LONDON.lng), row("LS1 4DY", LONDON.lat, LONDON.lng), row("LS2 7HY", 53.8, -1.5)]
    assert load(world.api, read(moved), **CREDIT) == 2
    assert sent_from(world, "O-1", postal_district="LS1") == "DC"
    assert sent_from(world, "O-2", postal_district="LS2") == "S1"
    assert sent_from(world, "O-3", postal_district="LS9") == "S1"  # not in the file: about there, by the table
    loaded = Gateway(service_desk()).get("/v1/routing/geography/GB/LS").body
    assert (loaded["source"], loaded["licence"]) == ("GeoNames", "CC BY 4.0")
    assert loaded["districts"]["LS1"] == {"lat": 51.5, "lng": -0.12}
    assert load(world.api, read([row("LS1 4AP", 53.8, -1.5)]), **CREDIT) == 1  # loading again replaces
    assert sent_from(world, "O-4", postal_district="LS1") == "S1"


def test_a_dry_run_takes_a_postal_code(world: World) -> None:
    world.stock("MUG", S1=9, DC=9)
    body = {"lines": [{"line_id": "1", "sku": "MUG", "quantity": 1}]}
    for code, place in (("LS1 4AP", "S1"), ("sw1a1aa", "DC")):
        answer = world.api.post("/v1/routing/plan", body | {"destination": {"country": "GB", "postal_code": code}})
        assert [one["location_id"] for one in answer.body["assignments"]] == [place]


def test_a_file_is_read_as_the_middle_of_each_district_by_area() -> None:
    lines = [row("M1 1AA", 53.0, -2.0), row("M1 1AB", 54.0, -3.0), "\n", row("M60 1AA", 53.5, -2.2)]
    assert read(lines).areas == {
        ("GB", "M1"): {"M1": {"lat": 53.5, "lng": -2.5}},
        ("GB", "M6"): {"M60": {"lat": 53.5, "lng": -2.2}},
    }


def test_rows_that_say_no_place_are_left_out_and_counted() -> None:
    lines = [row("HU1", 53.7446, -0.3353), row("HU1", 53.7, -0.3).replace("53.7\t-0.3", "\t"), row("??", 1, 1)]
    found = read(lines)
    assert (found.rows, found.unplaced) == (3, 2)
    assert found.areas == {("GB", "HU"): {"HU1": {"lat": 53.7446, "lng": -0.3353}}}


@pytest.mark.parametrize("bad", ["GB\tLS1", row("LS1 4AP", 0, 0).replace("\t0\t0\t", "\tnorth\twest\t")])
def test_a_file_of_another_format_is_refused_with_its_line(bad: str) -> None:
    with pytest.raises(NotLoaded, match="line 2"):
        read([row("LS1 4AP", 53.8, -1.5), bad])


@pytest.mark.parametrize(
    ("path", "change", "pointer"),
    [
        ("gb/LS", {}, "/country"),
        ("GBR/LS", {}, "/country"),
        ("GB/LS1", {}, "/area"),
        ("GB/ls", {}, "/area"),
        ("GB/YO", {}, "/districts/LS1"),
        ("GB/LS", {"districts": {}}, "/districts"),
        ("GB/LS", {"districts": {"LS1": {"lat": 91, "lng": 0}}}, "/districts/LS1/lat"),
        ("GB/LS", {"districts": {"ls1": {"lat": 1, "lng": 0}}}, "/districts/ls1/[key]"),
    ],
)
def test_an_area_that_is_none_is_refused_with_a_pointer(
    world: World, path: str, change: dict[str, Any], pointer: str
) -> None:
    body = CREDIT | {"districts": {"LS1": {"lat": 53.8, "lng": -1.5}}} | change
    answer = world.api.put(f"/v1/routing/geography/{path}", body)
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, pointer)


def test_only_ops_load_and_what_was_not_loaded_is_not_found(world: World) -> None:
    assert world.api.get("/v1/routing/geography/GB/LS").status == 404
    assert Gateway(channel("web")).get("/v1/routing/geography/GB/LS").status == 403
    assert Gateway(service_desk()).put("/v1/routing/geography/GB/LS", CREDIT | {"districts": {}}).status == 403


@pytest.mark.parametrize(
    ("country", "code", "district"),
    [
        ("GB", "LS1 4AP", "LS1"),
        ("GB", "ls14ap", "LS1"),
        ("GB", "M1", "M1"),
        ("US", "10001-1234", "100"),
        ("FR", "", ""),
    ],
)
def test_a_postal_district_says_about_where_it_is(country: str, code: str, district: str) -> None:
    assert postal_district(country, code) == district


@pytest.mark.parametrize(("district", "city"), [("LS1", Geo(53.8, -1.55)), ("E14", Geo(51.5, -0.02)), ("AB1", None)])
def test_the_built_in_table_is_roughly_right(district: str, city: Geo | None) -> None:
    found = built_in("GB", district)
    assert found is not None
    assert city is None or distance_km(found, city) < 30
    assert built_in("US", district) is None
    assert built_in("GB", "99") is None
