"""What channels may sell: pools with thresholds, exclusions, safety stock by rules; for reading and for promising."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.inventory.service import selling
from shared.clock import now, rfc3339
from tests.component.inventory.goods import audited, hold, pass_time, pins, plan, said, tell
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway
from tests.support.shop import open_shop

RULES = "/v1/inventory/safety-rules"


def ask(who: Gateway, bus: Bus, sku: str, **fields: Any) -> dict[str, Any]:
    """The item's availability once the pages are up to date."""
    bus.project("inventory")
    answer = who.post("/v1/availability", {"skus": [sku]} | fields)
    assert answer.status == 200, answer.body
    return dict(answer.body["items"][0])


def rule(ops: Gateway, rule_id: str, units: int, when: dict[str, Any], **fields: Any) -> Answer:
    answer = ops.put(f"{RULES}/{rule_id}", {"name": rule_id, "safety_stock": units, "when": when} | fields)
    assert answer.status in (200, 201), answer.body
    return answer


@pytest.fixture
def shop(ops: Gateway) -> None:
    """3 + 4 + 0 units at three places."""
    open_shop(ops, stock={"DC1": {"MUG": 3}, "S1": {"MUG": 4}, "S2": {"MUG": 0}})


@pytest.mark.usefixtures("shop")
def test_a_channel_sees_and_holds_from_its_pool_only(ops: Gateway, web: Gateway, bus: Bus) -> None:
    body = {"location_ids": ["DC1"], "threshold": 0}
    assert ops.put("/v1/inventory/pools/web", body).status == 201
    assert ops.put("/v1/inventory/pools/web", body).body["version"] == 1
    assert ask(web, bus, "MUG")["available"] == 3
    assert ask(ops, bus, "MUG", channel="web")["available"] == 3
    assert ask(ops, bus, "MUG")["available"] == 7
    refused = hold(web, "R1", [("MUG", 4)])
    assert (refused.status, refused.body["shortages"][0]["available"]) == (409, 3)
    assert hold(web, "R2", [("MUG", 1)], scope="location", lines=[at("S1", 1)]).status == 409
    assert pins(hold(web, "R3", [("MUG", 3)])) == [{"location_id": "DC1", "quantity": 3}]
    audited(ops, bus)


def at(location_id: str, quantity: int, sku: str = "MUG") -> dict[str, Any]:
    return {"line_id": "1", "sku": sku, "quantity": quantity, "location_id": location_id}


@pytest.mark.usefixtures("shop")
def test_a_channels_threshold_is_neither_shown_nor_held(ops: Gateway, web: Gateway, bus: Bus) -> None:
    ops.put("/v1/inventory/pools/web", {"location_ids": None, "threshold": 2})
    assert ask(web, bus, "MUG")["available"] == 5
    assert hold(web, "R1", [("MUG", 6)]).status == 409
    assert hold(web, "R2", [("MUG", 2)]).status == 201
    assert hold(web, "R3", [("MUG", 1)], scope="location", lines=[at("S1", 1)]).status == 201
    assert hold(web, "R4", [("MUG", 3)]).status == 409
    assert hold(web, "R5", [("MUG", 2)]).status == 201
    assert hold(web, "R6", [("MUG", 1)]).status == 409
    assert hold(web, "R7", [("MUG", 1)], scope="location", lines=[at("S1", 1)]).status == 409
    assert ask(ops, bus, "MUG")["available"] == 2
    assert ask(web, bus, "MUG")["available"] == 0
    audited(ops, bus)


def test_a_pool_names_known_places_and_every_error_its_field(ops: Gateway, web: Gateway) -> None:
    answer = ops.put("/v1/inventory/pools/web", {"location_ids": ["NOWHERE"], "threshold": 0})
    assert (answer.status, answer.body["code"]) == (422, "unknown_location")
    assert answer.body["errors"][0]["pointer"] == "/location_ids/0"
    assert ops.put("/v1/inventory/pools/web", {"threshold": -1, "location_ids": None}).status == 422
    assert ops.get("/v1/inventory/pools/web").status == 404
    assert web.put("/v1/inventory/pools/web", {"location_ids": None}).status == 403
    ops.put("/v1/inventory/pools/pos", {"location_ids": None, "threshold": 4})
    assert [one["channel"] for one in ops.get("/v1/inventory/pools").body["items"]] == ["pos"]


PRECEDENCE: list[tuple[str, list[dict[str, Any]], str]] = [
    ("most conditions", [{"when": {"sku": "MUG"}}, {"when": {"category": "c", "location_id": "S1"}}], "r1"),
    ("then soonest expiry", [{"expires": 90}, {"expires": 60}, {}], "r1"),
    ("an end comes before none, whatever the rank", [{"rank": 1}, {"expires": 60, "rank": 9}], "r1"),
    ("then rank", [{"rank": 2}, {"rank": 1}, {}], "r1"),
    ("then the newest", [{}, {}, {}], "r2"),
    ("a condition that does not hold counts nothing", [{"when": {"sku": "MUG", "location_id": "S2"}}, {}], "r1"),
]


@pytest.mark.parametrize(("name", "rules", "winner"), PRECEDENCE, ids=[row[0] for row in PRECEDENCE])
def test_of_all_rules_that_hold_one_counts(
    ops: Gateway, bus: Bus, name: str, rules: list[dict[str, Any]], winner: str
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 9}}, items={"MUG": {"category": "c", "default_safety_stock": 9}})
    for number, fields in enumerate(rules):
        pass_time(number * 2)
        expires = {"expires_at": rfc3339(now() + timedelta(minutes=fields["expires"]))} if "expires" in fields else {}
        rank = {"rank": fields["rank"]} if "rank" in fields else {}
        rule(ops, f"r{number}", number + 1, fields.get("when", {"sku": "MUG"}), **expires, **rank)
    found = ask(ops, bus, "MUG", explain=True)["locations"][0]
    assert found["explained"]["safety"]["rule_id"] == winner
    assert found["available"] == 9 - found["explained"]["safety"]["units"]


def test_a_rule_counts_until_it_expires_or_is_deleted_then_the_defaults_do(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 9}})
    rule(ops, "peak", 5, {}, expires_at=rfc3339(now().replace(year=2100)))
    rule(ops, "peak", 5, {"channel": "web"})
    assert (ask(web, bus, "MUG")["available"], ask(ops, bus, "MUG")["available"]) == (4, 9)
    gone = ops.delete(f"{RULES}/peak")
    assert (gone.status, ops.delete(f"{RULES}/peak").body) == (200, gone.body)
    assert ops.get(f"{RULES}/peak").status == ops.delete(f"{RULES}/none").status == 404
    assert ops.get(RULES).body["items"] == []
    assert ask(web, bus, "MUG")["available"] == 9
    assert rule(ops, "peak", 2, {}).status == 201
    assert ask(web, bus, "MUG")["available"] == 7
    soon = rfc3339(now().replace(year=2100))
    rule(ops, "peak", 6, {}, expires_at=soon)
    assert ask(web, bus, "MUG")["available"] == 3
    pass_time(100 * 366 * 24 * 3600)
    assert ask(web, bus, "MUG")["available"] == 9


def test_changed_defaults_count_for_positions_that_exist(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 9}})
    place = ops.get("/v1/locations/S1").body
    for name in ("location_id", "status", "pause", "version"):
        del place[name]
    ops.put("/v1/locations/S1", place | {"default_safety_stock": 4})
    assert ask(web, bus, "MUG")["available"] == 5
    assert hold(web, "R1", [("MUG", 6)]).status == 409
    assert ops.get("/v1/inventory/MUG").body["positions"][0]["safety"] == 4
    ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 1, "default_safety_stock": 0})
    assert ask(web, bus, "MUG")["available"] == 9
    assert hold(web, "R1", [("MUG", 6)]).status == 201


def test_a_rule_counts_for_holds_and_plans_as_it_does_for_reading(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 6}})
    rule(ops, "web-ship", 4, {"channel": "web", "method": "ship"})
    assert ask(web, bus, "MUG", method="ship")["available"] == 2
    assert ask(web, bus, "MUG", method="pickup")["available"] == 6
    assert hold(web, "R1", [("MUG", 3)]).status == 409
    assert hold(web, "R2", [("MUG", 3)], scope="location", lines=[at("S1", 3)]).status == 201
    web.delete("/v1/reservations/R2")
    said(bus, "StockAllocated")
    tell(bus, plan("O1", [("MUG", "S1", 3)], channel="web", methods={"1": "ship"}))
    (refused,) = said(bus, "AllocationRefused")
    assert refused["positions"][0]["safety"] == 4
    tell(bus, plan("O2", [("MUG", "S1", 3)], channel="pos", methods={"1": "ship"}))
    assert len(said(bus, "StockAllocated")) == 1
    audited(ops, bus)


@pytest.mark.parametrize(
    ("when", "left"),
    [
        ({"sku": "MUG"}, 0),
        ({"category": "glass", "location_id": "S1"}, 3),
        ({"category": "glass", "channel": "pos"}, 7),
        ({"sku": "MUG", "location_kind": "store"}, 3),
        ({"sku": "MUG", "method": "pickup"}, 7),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_is_excluded_is_neither_shown_nor_held(
    ops: Gateway, web: Gateway, bus: Bus, when: dict[str, str], left: int
) -> None:
    ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 1, "category": "glass"})
    body = {"name": "recalled", "when": when}
    assert ops.put("/v1/inventory/exclusions/X1", body).status == 201
    assert ask(web, bus, "MUG", method="ship")["available"] == left
    assert hold(web, "R1", [("MUG", left + 1)]).status == 409
    assert not left or hold(web, "R2", [("MUG", left)]).status == 201
    web.delete("/v1/reservations/R2")
    assert [one["exclusion_id"] for one in ops.get("/v1/inventory/exclusions").body["items"]] == ["X1"]
    assert ops.get("/v1/inventory/exclusions/X1").body["when"] == {
        name: when.get(name) for name in ("sku", "category", "location_id", "location_kind", "method", "channel")
    }
    ops.delete("/v1/inventory/exclusions/X1")
    assert ask(web, bus, "MUG", method="ship")["available"] == 7


@pytest.mark.usefixtures("shop")
def test_an_explained_answer_gives_every_term_and_what_was_left_out(ops: Gateway, web: Gateway, bus: Bus) -> None:
    rule(ops, "front", 1, {"location_kind": "store"})
    ops.put("/v1/inventory/pools/web", {"location_ids": ["S1", "S2"], "threshold": 1})
    ops.post("/v1/locations/S2/pause", {"reason": "flood"})
    found = ask(web, bus, "MUG", explain=True)
    assert found["available"] == 2
    assert found["explained"] == {
        "in_pool": 3,
        "unsourced": 0,
        "threshold": 1,
        "left_out": [{"location_id": "DC1", "reason": "NOT_IN_POOL"}],
    }
    (place,) = found["locations"]
    assert place["explained"] == {
        "free": 4,
        "safety": {"units": 1, "rule_id": "front", "default_of": None},
        "withheld": 1,
        "shortage": 0,
    }
    assert ask(web, bus, "MUG").get("explained") is None
    assert web.post("/v1/availability", {"skus": [f"K{n}" for n in range(51)], "explain": True}).status == 422


def test_there_is_a_limit_of_rules(ops: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selling, "MAX_RULES", 2)
    for number in range(2):
        rule(ops, f"r{number}", 1, {})
    refused = ops.put(f"{RULES}/r2", {"name": "one too many", "safety_stock": 1, "when": {}})
    assert (refused.status, refused.body["code"]) == (422, "too_many_rules")
    rule(ops, "r1", 7, {})
