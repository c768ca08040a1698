"""Places, items, receipts, adjustments and damage through the API."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ids import new_id
from tests.component.inventory.goods import audited, counters, pass_time
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway
from tests.support.shop import location, money, open_shop

STORE = location("store", 53.8, -1.55)


def post(who: Gateway, kind: str, lines: list[tuple[str, int]], movement_id: str = "", **fields: Any) -> Answer:
    body = {
        "movement_id": movement_id or new_id(),
        "kind": kind,
        "location_id": "S1",
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
    }
    return who.post("/v1/inventory/movements", body | fields)


def test_a_place_is_made_described_again_and_listed(ops: Gateway, web: Gateway, bus: Bus) -> None:
    full = STORE | {
        "opening_hours": {"mon": [["09:00", "12:00"], ["13:00", "24:00"]], "sun": []},
        "parcels_per_day": 40,
        "cutoff": "15:00",
        "handling": {"per_parcel": money(50), "per_unit": money(5)},
        "default_safety_stock": 1,
    }
    assert ops.put("/v1/locations/S1", full).status == 201
    again = ops.put("/v1/locations/S1", full)
    assert (again.status, again.body["version"], again.body["status"]) == (200, 1, "open")
    assert {name: again.body[name] for name in full} == full
    ops.put("/v1/locations/S2", STORE)
    first = web.get("/v1/locations?limit=1").body
    assert [one["location_id"] for one in first["items"]] == ["S1"]
    rest = web.get(f"/v1/locations?limit=1&cursor={first['next_cursor']}").body
    assert [one["location_id"] for one in rest["items"]] == ["S2"]
    assert web.get("/v1/locations/S9").status == 404
    assert web.put("/v1/locations/S3", STORE).status == 403
    told = [data for kind, data in bus.published("inventory") if kind == "LocationChanged.v1"]
    assert [(one["location_id"], one["version"]) for one in told] == [("S1", 1), ("S2", 1)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"time_zone": "Europe/Atlantis"}, "/time_zone"),
        ({"time_zone": "../etc/passwd"}, "/time_zone"),
        ({"time_zone": "Europe"}, "/time_zone"),
        ({"opening_hours": {"mon": [["18:00", "09:00"]]}}, "/opening_hours/mon/0"),
        ({"opening_hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "/opening_hours/mon/1"),
        ({"opening_hours": {"mon": [["9", "12:00"]]}}, "/opening_hours/mon/0/0"),
        ({"geo": {"lat": 1e308, "lng": 0}}, "/geo/lat"),
        ({"kind": "boat"}, "/kind"),
        ({"capabilities": ["fly"]}, "/capabilities/0"),
        ({"cutoff": "25:00"}, "/cutoff"),
        ({"parcels_per_day": -1}, "/parcels_per_day"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_a_pointer(
    ops: Gateway, change: dict[str, object], pointer: str
) -> None:
    refused = ops.put("/v1/locations/S1", STORE | change)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)
    assert ops.get("/v1/locations/S1").status == 404


def test_a_pause_stays_through_a_new_description_and_lifts_itself_at_its_end(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 3}})
    assert ops.post("/v1/locations/S1/pause", {"reason": "flood"}).body["status"] == "paused"
    assert ops.put("/v1/locations/S1", STORE | {"name": "New"}).body["status"] == "paused"
    assert counters(ops, "MUG", "S1")["available"] == 0
    assert ops.post("/v1/locations/S1/resume").body["status"] == "open"
    version = ops.post("/v1/locations/S1/resume").body["version"]
    paused = ops.post("/v1/locations/S1/pause", {"reason": "lunch", "until": "2099-01-01T00:00:00Z"}).body
    assert (paused["version"], paused["pause"]["until"]) == (version + 1, "2099-01-01T00:00:00.000Z")
    past = ops.post("/v1/locations/S1/pause", {"reason": "x", "until": "2020-01-01T00:00:00Z"})
    assert past.status == 422
    pass_time(80 * 365 * 86_400)
    assert ops.get("/v1/locations/S1").body["status"] == "open"


def test_an_associate_pauses_and_posts_at_the_own_place_only(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 3}, "S2": {"MUG": 1}})
    ann = Gateway(gateway.associate("S1"))
    assert post(ann, "receipt", [("MUG", 1)]).status == 201
    assert post(ann, "receipt", [("MUG", 1)], location_id="S2").status == 404
    assert ann.post("/v1/locations/S1/pause", {"reason": "x"}).status == 200
    assert ann.post("/v1/locations/S2/pause", {"reason": "x"}).status == 404
    assert ann.get("/v1/inventory/MUG").status == 200
    assert Gateway(gateway.channel("web")).get("/v1/inventory/MUG").status == 403


def test_an_item_needs_a_right_check_digit_and_is_found_again(ops: Gateway, web: Gateway, bus: Bus) -> None:
    item = {"name": "Mug", "weight_grams": 300, "gtin": "4006381333931", "value": money(800), "backorderable": True}
    wrong = ops.put("/v1/items/MUG", item | {"gtin": "4006381333932"})
    assert (wrong.status, wrong.body["errors"][0]["pointer"]) == (422, "/gtin")
    assert ops.put("/v1/items/MUG", item).status == 201
    assert ops.put("/v1/items/MUG", item).status == 200
    assert web.get("/v1/items/MUG").body["gtin"] == "4006381333931"
    assert web.get("/v1/items/CUP").status == 404
    (told,) = [data for kind, data in bus.published("inventory") if kind == "ItemChanged.v1"]
    assert (told["sku"], told["value"], told["backorderable"]) == ("MUG", 800, True)


def test_a_new_safety_stock_of_an_item_counts_at_once_everywhere(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}, "S2": {"MUG": 2}})
    ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 300, "default_safety_stock": 3})
    assert counters(ops, "MUG", "S1")["available"] == 2
    assert counters(ops, "MUG", "S2")["available"] == 0
    audited(ops, bus)


def test_the_places_safety_stock_counts_for_what_opens_there(ops: Gateway) -> None:
    ops.put("/v1/locations/S1", STORE | {"default_safety_stock": 2})
    open_shop(ops, stock={"S2": {"MUG": 1}})
    (position,) = post(ops, "receipt", [("MUG", 5)]).body["positions"]
    assert (position["safety"], position["available"]) == (2, 3)


def test_a_movement_answers_the_same_again_and_another_content_is_refused(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0, "LAMP": 0}})
    first = post(ops, "receipt", [("MUG", 5), ("LAMP", 2), ("MUG", 1)], "M1")
    assert first.status == 201
    assert {one["sku"]: one["on_hand"] for one in first.body["positions"]} == {"MUG": 6, "LAMP": 2}
    post(ops, "adjustment", [("MUG", -2)])
    assert post(ops, "receipt", [("MUG", 5), ("LAMP", 2), ("MUG", 1)], "M1").body == first.body
    other = post(ops, "receipt", [("MUG", 5)], "M1")
    assert (other.status, other.body["code"]) == (409, "movement_id_reused")
    assert counters(ops, "MUG", "S1")["on_hand"] == 4
    audited(ops, bus)


def test_the_same_idempotency_key_posts_once(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}})
    body = {"movement_id": "M1", "kind": "receipt", "location_id": "S1", "lines": [{"sku": "MUG", "quantity": 5}]}
    first = ops.post("/v1/inventory/movements", body, headers={"Idempotency-Key": "k1"})
    again = ops.post("/v1/inventory/movements", body, headers={"Idempotency-Key": "k1"})
    assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert counters(ops, "MUG", "S1")["on_hand"] == 5


def test_nothing_is_posted_when_one_line_would_fall_below_zero(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5, "LAMP": 1}})
    refused = post(ops, "adjustment", [("MUG", -1), ("LAMP", -2)])
    assert (refused.status, refused.body["code"], refused.body["sku"]) == (409, "stock_below_zero", "LAMP")
    assert post(ops, "damage", [("LAMP", 2)]).status == 409
    assert counters(ops, "MUG", "S1")["on_hand"] == 5


def test_damage_makes_units_unavailable_without_taking_them_away(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    (position,) = post(ops, "damage", [("MUG", 2)]).body["positions"]
    assert (position["on_hand"], position["unavailable"], position["available"]) == (5, 2, 3)
    refused = post(ops, "adjustment", [("MUG", -4)])
    assert refused.status == 409, "more would be unavailable than there is"


@pytest.mark.parametrize(
    ("kind", "lines", "fields", "pointer"),
    [
        ("receipt", [("MUG", 0)], {}, "/lines/0/quantity"),
        ("receipt", [("MUG", -1)], {}, "/lines/0/quantity"),
        ("damage", [("MUG", -1)], {}, "/lines/0/quantity"),
        ("adjustment", [("MUG", 0)], {}, "/lines/0/quantity"),
        ("count", [("MUG", 1)], {}, "/kind"),
        ("receipt", [("MUG", 1), ("CUP", 1)], {}, "/lines/1/sku"),
        ("receipt", [("MUG", 1)], {"location_id": "S9"}, "/location_id"),
        ("receipt", [("MUG", 1)] * 91, {}, "/lines"),
        ("receipt", [], {}, "/lines"),
    ],
)
def test_a_wrong_movement_is_refused_with_a_pointer(
    ops: Gateway, kind: str, lines: list[tuple[str, int]], fields: dict[str, Any], pointer: str
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    refused = post(ops, kind, lines, **fields)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_document_of_ours_cannot_be_forged_as_the_reference_of_a_movement(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    assert post(ops, "receipt", [("MUG", 1)], reference="order/O1").status == 201
    audited(ops, bus)
    assert ops.get("/v1/inventory/MUG/ledger").body["items"][0]["reference"] == "order:O1"


def test_an_item_without_any_position_has_none_and_an_unknown_one_is_not_found(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}})
    assert ops.get("/v1/inventory/MUG").body["positions"] == []
    assert ops.get("/v1/inventory/CUP").status == 404
