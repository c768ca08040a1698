"""What the projector derives: the ledger, availability pages, and the audit that compares them with the counters."""

from __future__ import annotations

from typing import Any

import pytest

from functions.inventory import projector
from shared.aws import client
from tests.component.inventory.goods import audited, hold, pass_time, plan, tell
from tests.support.bus import Bus, stream_records
from tests.support.gateway import Answer, Gateway
from tests.support.local_aws import running_as
from tests.support.shop import location, open_shop, receive


def available(who: Gateway, skus: list[str], **fields: Any) -> list[tuple[int, str]]:
    answer = ask(who, skus, **fields)
    return [(item["available"], item["status"]) for item in answer.body["items"]]


def ask(who: Gateway, skus: list[str], **fields: Any) -> Answer:
    answer = who.post("/v1/availability", {"skus": skus} | fields)
    assert answer.status == 200, answer.body
    return answer


def test_the_ledger_tells_every_movement_newest_first_with_balances(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}, "S1": {"MUG": 1}})
    hold(web, "R1", [("MUG", 2)])
    web.delete("/v1/reservations/R1")
    tell(bus, plan("O1", [("MUG", "DC1", 3)]))
    bus.project("inventory")
    lines = ops.get("/v1/inventory/MUG/ledger?location_id=DC1").body["items"]
    assert [line["kind"] for line in lines] == ["allocate", "release", "hold", "receipt"]
    assert lines[0]["deltas"]["allocated"] == 3
    assert {name: lines[0]["balances"][name] for name in ("on_hand", "allocated", "free")} == {
        "on_hand": 5,
        "allocated": 3,
        "free": 2,
    }
    assert (lines[0]["reference"], lines[2]["reference"]) == ("order/O1", "reservation/R1")
    first = ops.get("/v1/inventory/MUG/ledger?limit=2").body
    rest = ops.get(f"/v1/inventory/MUG/ledger?limit=9&cursor={first['next_cursor']}").body
    assert len(first["items"]) + len(rest["items"]) == 5
    assert ops.get("/v1/inventory/MUG/ledger?cursor=abc").status == 422


def test_projecting_again_or_late_changes_nothing(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    hold(web, "R1", [("MUG", 2)])
    bus.project("inventory")
    records = stream_records("inventory")
    with running_as("inventory"):
        for record in reversed(records):
            projector.handler({"Records": [record]}, None)
    assert available(ops, ["MUG"]) == [(3, "LOW_STOCK")]
    assert len(ops.get("/v1/inventory/MUG/ledger").body["items"]) == 2
    audited(ops, bus)


def test_availability_lists_places_with_stock_first_then_the_nearest(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5, "CUP": 9}, "S1": {"MUG": 2}, "S2": {"MUG": 1}}, items={"SOFA": {}})
    ops.put("/v1/items/SOFA", {"name": "Sofa", "weight_grams": 1, "backorderable": True})
    tell(bus, plan("O1", [("MUG", "S2", 1)]))
    bus.project("inventory")
    answer = ask(web, ["MUG", "SOFA", "NONE", "CUP"], near={"lat": 51.5, "lng": -0.1}).body
    mug, sofa, none, cup = answer["items"]
    assert [(one["location_id"], one["available"]) for one in mug["locations"]] == [("DC1", 5), ("S1", 2), ("S2", 0)]
    assert (mug["available"], mug["status"]) == (7, "IN_STOCK")
    assert [one["status"] for one in (sofa, none, cup)] == ["BACKORDER", "OUT_OF_STOCK", "IN_STOCK"]
    assert mug["locations"][2]["distance_km"] < 5
    assert answer["staleness_seconds"] >= 0


def test_availability_counts_the_places_asked_for(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}, "S1": {"MUG": 2}, "S2": {"MUG": 1}})
    ops.put("/v1/locations/DC1", location("dc", 52.48, -1.9, capabilities=["ship"]))
    bus.project("inventory")
    assert available(web, ["MUG"], method="pickup") == [(3, "LOW_STOCK")]
    assert available(web, ["MUG"], location_ids=["S1"]) == [(2, "LOW_STOCK")]
    assert available(web, ["MUG"], near={"lat": 51.5, "lng": -0.1}, radius_km=20) == [(1, "LOW_STOCK")]
    ops.post("/v1/locations/S2/pause", {"reason": "flood"})
    bus.project("inventory")
    assert available(web, ["MUG"], method="pickup") == [(2, "LOW_STOCK")]
    assert web.post("/v1/availability", {"skus": ["MUG"], "radius_km": 5}).status == 422
    assert web.post("/v1/availability", {"skus": ["M"] * 1001}).status == 422


def test_a_page_discounts_holds_that_have_lapsed(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 1}})
    hold(web, "R1", [("VASE", 1)], ttl_seconds=30)
    bus.project("inventory")
    assert available(web, ["VASE"]) == [(0, "OUT_OF_STOCK")]
    pass_time(31)
    assert available(web, ["VASE"]) == [(1, "LOW_STOCK")]


@pytest.mark.parametrize("others", [0, 30])
def test_the_shoppers_own_hold_does_not_block_the_shopper(ops: Gateway, web: Gateway, bus: Bus, others: int) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 1}})
    hold(web, "R1", [("VASE", 1)], owner="cart-7")
    bus.project("inventory")
    skus = ["VASE", *(f"X{n}" for n in range(others))]
    assert available(web, skus, owner="cart-7")[0] == (1, "LOW_STOCK")
    assert available(web, skus, owner="cart-8")[0] == (0, "OUT_OF_STOCK")
    web.delete("/v1/reservations/R1")
    assert available(web, skus, owner="cart-7")[0] == (1, "LOW_STOCK")


# --------------------------------------------------------------------- audit


def busy_shop(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 9, "LAMP": 2}, "S1": {"MUG": 2}})
    hold(web, "R1", [("MUG", 2)])
    tell(bus, plan("O1", [("MUG", "DC1", 3), ("LAMP", "DC1", 1)]))
    bus.project("inventory")


def break_stock(sku: str, expression: str, **values: int) -> None:
    """Do to a row what no code of ours may do."""
    client("dynamodb").update_item(
        TableName="inventory",
        Key={"pk": {"S": f"STOCK#{sku}"}, "sk": {"S": "DC1"}},
        UpdateExpression=expression,
        ExpressionAttributeNames={"#n": next(iter(values))},
        ExpressionAttributeValues={":v": {"N": str(next(iter(values.values())))}},
    )


def rules(ops: Gateway, query: str = "") -> set[str]:
    report = ops.get(f"/v1/inventory/audit{query}").body
    assert report["ok"] is (report["violations"] == [])
    return {one["rule"] for one in report["violations"]}


def test_the_audit_checks_every_position_and_finds_a_sound_shop_sound(ops: Gateway, web: Gateway, bus: Bus) -> None:
    busy_shop(ops, web, bus)
    assert audited(ops, bus)["checked"] == 3
    one = ops.get("/v1/inventory/audit?sku=MUG").body
    assert (one["ok"], one["checked"]) == (True, 2)
    assert web.get("/v1/inventory/audit").status == 403


@pytest.mark.parametrize(
    ("counter", "rule"),
    [("on_hand", "ledger_sum_on_hand"), ("allocated", "allocated"), ("held", "held"), ("free", "free_copy")],
)
def test_the_audit_names_the_position_whose_counter_was_tampered_with(
    ops: Gateway, web: Gateway, bus: Bus, counter: str, rule: str
) -> None:
    busy_shop(ops, web, bus)
    break_stock("MUG", "SET #n = :v", **{counter: 1})
    assert rule in rules(ops)
    assert rule in rules(ops, "?sku=MUG")
    assert rules(ops, "?sku=LAMP") == set()


def test_the_audit_finds_a_hold_that_claims_units_nobody_set_aside(ops: Gateway, web: Gateway, bus: Bus) -> None:
    busy_shop(ops, web, bus)
    row = client("dynamodb").get_item(TableName="inventory", Key={"pk": {"S": "RES#R1"}, "sk": {"S": "-"}})["Item"]
    twin = row | {"pk": {"S": "RES#R2"}, "body": {"S": row["body"]["S"].replace('"R1"', '"R2"')}}
    client("dynamodb").put_item(TableName="inventory", Item=twin)
    bus.project("inventory")
    assert "holds_that_lapse" in rules(ops)


def test_the_audit_finds_units_set_aside_for_a_book_that_does_not_know_of_them(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    busy_shop(ops, web, bus)
    client("dynamodb").delete_item(TableName="inventory", Key={"pk": {"S": "ALLOC#O1"}, "sk": {"S": "-"}})
    assert rules(ops, "?sku=LAMP") == {"allocated"}


def test_the_audit_finds_a_gap_in_the_ledger_and_calls_a_ledger_that_lags_pending(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    busy_shop(ops, web, bus)
    receive(ops, "late", "DC1", [{"sku": "MUG", "quantity": 1}])
    assert ops.get("/v1/inventory/audit").body["pending"] == 1
    bus.project("inventory")
    key = {"pk": {"S": "LEDGER#MUG#DC1"}, "sk": {"S": f"{2:012d}"}}
    client("dynamodb").delete_item(TableName="inventory-projection", Key=key)
    assert rules(ops) == {"ledger_without_gap"}


def test_an_audit_of_many_items_goes_on_with_the_cursor(ops: Gateway, bus: Bus, monkeypatch: Any) -> None:
    open_shop(ops, stock={"DC1": {f"K{n}": 1 for n in range(12)}})
    bus.project("inventory")
    monkeypatch.setattr("functions.inventory.service.audit.BUDGET_SECONDS", -1.0)
    monkeypatch.setattr("functions.inventory.service.audit.SKUS_AT_ONCE", 2)
    checked, cursor, calls = 0, None, 0
    while calls == 0 or cursor:
        report = ops.get("/v1/inventory/audit" + (f"?cursor={cursor}" if cursor else "")).body
        checked, cursor, calls = checked + report["checked"], report["next_cursor"], calls + 1
    assert (checked, calls) == (12, 6)
    assert ops.get("/v1/inventory/audit?cursor=99.x").status == 422
