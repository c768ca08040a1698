"""Units out of sale and back, and movements that undo others, through the API."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ids import new_id
from tests.component.inventory.goods import audited, counters, hold
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway
from tests.support.shop import money, open_shop

BUCKETS = ("damaged", "quality_control", "display")


def post(who: Gateway, kind: str, sku: str, quantity: int, movement_id: str = "", **fields: Any) -> Answer:
    body = {
        "movement_id": movement_id or new_id(),
        "kind": kind,
        "location_id": "S1",
        "lines": [{"sku": sku, "quantity": quantity}],
    }
    return who.post("/v1/inventory/movements", body | fields)


def undo(who: Gateway, movement_id: str, reversal_id: str, reason: str = "typed wrong") -> Answer:
    body = {"reversal_id": reversal_id, "reason": reason}
    return who.post(f"/v1/inventory/movements/{movement_id}/reverse", body)


def buckets(ops: Gateway, sku: str) -> tuple[int, ...]:
    (found,) = ops.get(f"/v1/inventory/{sku}").body["positions"]
    return tuple(found[name] for name in ("available", *BUCKETS))


def test_units_go_out_of_sale_from_bucket_to_bucket_and_back(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10}})
    assert post(ops, "unavailable", "MUG", 4, bucket="quality_control", reason="recall").status == 201
    assert buckets(ops, "MUG") == (6, 0, 4, 0)
    assert post(ops, "unavailable", "MUG", 1, bucket="damaged", from_bucket="quality_control").status == 201
    assert post(ops, "unavailable", "MUG", 2, bucket="display").status == 201
    assert buckets(ops, "MUG") == (4, 1, 3, 2)
    assert post(ops, "available", "MUG", 3, bucket="quality_control", reason="fine").status == 201
    assert buckets(ops, "MUG") == (7, 1, 0, 2)
    bus.project("inventory")
    newest, *_ = ops.get("/v1/inventory/MUG/ledger?location_id=S1").body["items"]
    assert (newest["kind"], newest["reason"], newest["deltas"]["quality_control"]) == ("available", "fine", -3)
    audited(ops, bus)


def test_a_bucket_gives_no_more_than_it_holds(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 3}})
    post(ops, "unavailable", "MUG", 1, bucket="display")
    assert post(ops, "available", "MUG", 2, bucket="display").body["code"] == "stock_below_zero"
    assert post(ops, "unavailable", "MUG", 2, bucket="damaged", from_bucket="display").status == 409
    assert post(ops, "unavailable", "MUG", 3, bucket="damaged").status == 409
    assert buckets(ops, "MUG") == (2, 0, 0, 1)


def test_promised_units_that_turn_out_unavailable_show_as_a_shortage(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 3}})
    hold(web, "R1", [("MUG", 3)])
    (position,) = post(ops, "unavailable", "MUG", 2, bucket="quality_control").body["positions"]
    assert (position["available"], position["shortage"]) == (0, 2)
    audited(ops, bus)


@pytest.mark.parametrize(
    ("kind", "fields", "pointer"),
    [
        ("unavailable", {}, "/bucket"),
        ("available", {}, "/bucket"),
        ("receipt", {"bucket": "damaged"}, "/bucket"),
        ("damage", {"from_bucket": "display"}, "/from_bucket"),
        ("unavailable", {"bucket": "lost"}, "/bucket"),
        ("unavailable", {"bucket": "damaged", "from_bucket": "damaged"}, "/from_bucket"),
        ("available", {"bucket": "damaged", "from_bucket": "display"}, "/from_bucket"),
    ],
)
def test_a_bucket_that_means_nothing_is_refused_by_name(
    ops: Gateway, kind: str, fields: dict[str, Any], pointer: str
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 3}})
    refused = post(ops, kind, "MUG", 1, **fields)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)
    wrong = post(ops, "unavailable", "MUG", -1, bucket="damaged")
    assert wrong.body["errors"][0]["pointer"] == "/lines/0/quantity"


def test_a_wrong_movement_is_undone_once_by_another_and_both_stay(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    post(ops, "receipt", "MUG", 50, "M1", reference="delivery 7")
    undone = undo(ops, "M1", "M1-undo")
    assert undone.status == 201
    assert [(one["sku"], one["on_hand"]) for one in undone.body["positions"]] == [("MUG", 1)]
    assert undo(ops, "M1", "M1-undo").body == undone.body
    second = undo(ops, "M1", "M1-again")
    assert (second.status, second.body["code"], second.body["reversal_id"]) == (409, "movement_reversed", "M1-undo")
    assert undo(ops, "M1", "M1-undo", "another reason").body["code"] == "movement_id_reused"
    assert counters(ops, "MUG", "S1")["on_hand"] == 1
    original, reversal = (ops.get(f"/v1/inventory/movements/{one}").body for one in ("M1", "M1-undo"))
    assert (original["lines"][0]["quantity"], original["reversed_by"]) == (50, "M1-undo")
    assert (reversal["lines"][0]["quantity"], reversal["reverses"], reversal["kind"]) == (-50, "M1", "reversal")
    bus.project("inventory")
    kinds = [one["kind"] for one in ops.get("/v1/inventory/MUG/ledger").body["items"]]
    assert kinds == ["reversal", "receipt", "receipt"]
    audited(ops, bus)


def test_an_undoing_is_a_movement_and_can_be_undone(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10}})
    post(ops, "damage", "MUG", 2, "M1")
    undo(ops, "M1", "M2")
    assert undo(ops, "M2", "M3").status == 201
    assert buckets(ops, "MUG") == (8, 2, 0, 0)
    audited(ops, bus)


def test_goods_that_left_meanwhile_cannot_be_taken_back_out(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}})
    post(ops, "receipt", "MUG", 5, "M1")
    post(ops, "adjustment", "MUG", -1)
    refused = undo(ops, "M1", "M2")
    assert (refused.status, refused.body["code"], refused.body["sku"]) == (409, "stock_below_zero", "MUG")
    assert ops.get("/v1/inventory/movements/M1").body["reversed_by"] is None


def test_a_movement_is_found_by_its_id_with_cost_actor_and_reason(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    lines = [{"sku": "MUG", "quantity": 5, "unit_cost": money(120)}]
    post(ops, "receipt", "MUG", 5, "M1", lines=lines, reason="late", reference="delivery 7")
    found = ops.get("/v1/inventory/movements/M1").body
    assert (found["kind"], found["reason"], found["reference"]) == ("receipt", "late", "delivery 7")
    assert found["lines"] == [{"sku": "MUG", "quantity": 5, "unit_cost": money(120)}]
    assert found["actor"].startswith("ops:")
    missing = ops.get("/v1/inventory/movements/M2")
    assert (missing.status, missing.body["code"]) == (404, "movement_not_found")
    assert undo(ops, "M2", "M3").status == 404


def test_an_associate_undoes_at_the_own_place_only(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    post(ops, "damage", "MUG", 1, "M1")
    assert undo(Gateway(gateway.associate("S2")), "M1", "M2").status == 404
    assert undo(Gateway(gateway.associate("S1")), "M1", "M2").status == 201


def test_undoing_under_one_key_happens_once(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    post(ops, "receipt", "MUG", 5, "M1")
    body = {"reversal_id": "M2", "reason": "x"}
    path, key = "/v1/inventory/movements/M1/reverse", {"Idempotency-Key": "k1"}
    first, again = (ops.post(path, body, headers=key) for _ in range(2))
    assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert counters(ops, "MUG", "S1")["on_hand"] == 5
