"""Purchase orders, their receipts, and what will be available when, through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.inventory import projector
from shared import clock
from tests.component.inventory.goods import audited, hold, pass_time
from tests.support import gateway
from tests.support.bus import Bus, stream_records
from tests.support.gateway import Answer, Gateway
from tests.support.local_aws import running_as
from tests.support.shop import open_shop


def day(number: float) -> str:
    return clock.rfc3339(clock.now() + timedelta(days=number))


def agree(who: Gateway, po_id: str, due: str, place: str = "S1", **quantities: int) -> Answer:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in (quantities or {"MUG": 10}).items()]
    return who.put(f"/v1/purchase-orders/{po_id}", {"location_id": place, "expected_at": due, "lines": lines})


def receipt(who: Gateway, movement_id: str, quantity: int, reference: str, sku: str = "MUG") -> Answer:
    body = {
        "movement_id": movement_id,
        "kind": "receipt",
        "location_id": "S1",
        "lines": [{"sku": sku, "quantity": quantity}],
        "reference": reference,
    }
    return who.post("/v1/inventory/movements", body)


def lines(ops: Gateway, po_id: str) -> list[tuple[str, int, int, int]]:
    found = ops.get(f"/v1/purchase-orders/{po_id}").body
    return [(one["sku"], one["quantity"], one["received"], one["outstanding"]) for one in found["lines"]]


def outlook(ops: Gateway, bus: Bus, sku: str = "MUG") -> dict[str, Any]:
    bus.project("inventory")
    answer = ops.get(f"/v1/inventory/{sku}/supply")
    assert answer.status == 200, answer.body
    return dict(answer.body)


def steps(view: dict[str, Any]) -> list[int]:
    return [one["available"] for one in view["steps"]]


def test_ten_now_twenty_on_the_tenth_thirty_on_the_twentieth(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10}})
    tenth, twentieth = day(10), day(20)
    agree(ops, "P1", tenth)
    agree(ops, "P2", twentieth)
    view = outlook(ops, bus)
    assert [(one["at"], one["available"]) for one in view["steps"]] == [
        (view["as_of"], 10),
        (tenth, 20),
        (twentieth, 30),
    ]
    (place,) = view["locations"]
    assert [(one["document"], one["quantity"], one["overdue"]) for one in place["inbound"]] == [
        ("purchase_order/P1", 10, False),
        ("purchase_order/P2", 10, False),
    ]


def test_receipts_that_name_it_reduce_what_is_expected(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0, "CUP": 0}})
    made = agree(ops, "P1", day(10), MUG=10, CUP=2)
    assert (made.status, made.body["status"]) == (201, "OPEN")
    receipt(ops, "M1", 4, "P1")
    assert lines(ops, "P1") == [("MUG", 10, 4, 6), ("CUP", 2, 0, 2)]
    assert receipt(ops, "M1", 4, "P1").status == 201
    assert ops.get("/v1/purchase-orders/P1").body["status"] == "PARTLY_RECEIVED"
    assert steps(outlook(ops, bus)) == [4, 10]
    receipt(ops, "M2", 9, "P1")
    receipt(ops, "M3", 2, "P1", sku="CUP")
    found = ops.get("/v1/purchase-orders/P1").body
    assert (found["status"], found["over_received"]) == ("RECEIVED", [{"sku": "MUG", "quantity": 3}])
    assert steps(outlook(ops, bus)) == [13]
    audited(ops, bus)


def test_a_receipt_that_is_undone_is_expected_again(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}})
    agree(ops, "P1", day(10))
    receipt(ops, "M1", 10, "P1")
    ops.post("/v1/inventory/movements/M1/reverse", {"reversal_id": "M2", "reason": "other goods"})
    assert lines(ops, "P1") == [("MUG", 10, 0, 10)]
    assert steps(outlook(ops, bus)) == [0, 10]
    ops.post("/v1/inventory/movements/M2/reverse", {"reversal_id": "M3", "reason": "the same after all"})
    assert lines(ops, "P1") == [("MUG", 10, 10, 0)]


def test_any_other_reference_is_only_a_remark(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}})
    agree(ops, "P1", day(10))
    assert receipt(ops, "M1", 1, "P9").status == 201
    assert receipt(ops, "M2", 1, "by hand, see P1").status == 201
    adjusted = {"movement_id": "M3", "kind": "adjustment", "location_id": "S1", "reference": "P1"}
    assert ops.post("/v1/inventory/movements", adjusted | {"lines": [{"sku": "MUG", "quantity": 1}]}).status == 201
    assert lines(ops, "P1") == [("MUG", 10, 0, 10)]


def test_goods_that_were_never_ordered_show(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0, "CUP": 0}})
    agree(ops, "P1", day(10))
    receipt(ops, "M1", 2, "P1", sku="CUP")
    found = ops.get("/v1/purchase-orders/P1").body
    assert (found["status"], found["over_received"]) == ("PARTLY_RECEIVED", [{"sku": "CUP", "quantity": 2}])


def test_it_can_be_agreed_anew_until_it_is_closed(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}, "S2": {"MUG": 0}})
    due = day(10)
    agree(ops, "P1", due)
    again = agree(ops, "P1", due)
    assert (again.status, again.body["version"]) == (200, 1)
    assert agree(ops, "P1", due, place="S2", MUG=8).body["location_id"] == "S2"
    view = outlook(ops, bus)
    assert [(one["location_id"], steps(one)) for one in view["locations"]] == [("S2", [0, 8])]
    receipt(ops, "M1", 1, "P1")
    moved = agree(ops, "P1", due)
    assert (moved.status, moved.body["code"]) == (409, "purchase_order_fixed")
    closed = ops.post("/v1/purchase-orders/P1/close", {"reason": "sold out"})
    assert (closed.body["status"], closed.body["closed_because"]) == ("CLOSED", "sold out")
    assert ops.post("/v1/purchase-orders/P1/close", {"reason": "sold out"}).body == closed.body
    assert agree(ops, "P1", due, place="S2").body["code"] == "purchase_order_fixed"
    assert steps(outlook(ops, bus)) == [1]
    receipt(ops, "M2", 1, "P1")
    assert lines(ops, "P1") == [("MUG", 8, 2, 0)], "what comes all the same is counted"


def test_a_transfer_is_expected_where_it_goes_and_gone_where_it_comes_from(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10}, "S1": {"MUG": 1}})
    transfer = {"transfer_id": "T1", "from_location_id": "DC1", "to_location_id": "S1", "expected_at": day(2)}
    ops.post("/v1/transfers", transfer | {"lines": [{"sku": "MUG", "quantity": 4}]})

    def curves() -> dict[str, list[int]]:
        return {one["location_id"]: steps(one) for one in outlook(ops, bus)["locations"]}

    assert curves() == {"DC1": [6], "S1": [1, 5]}
    ops.post("/v1/transfers/T1/ship")
    assert curves() == {"DC1": [6], "S1": [1, 5]}
    ops.post("/v1/transfers/T1/receive", {"lines": [{"sku": "MUG", "quantity": 3}]})
    assert curves() == {"DC1": [6], "S1": [4, 5]}
    ops.post("/v1/transfers/T1/close", {"discrepancies": [{"sku": "MUG", "reason": "LOST"}]})
    assert curves() == {"DC1": [6], "S1": [4]}


def test_availability_says_when_what_is_not_there_should_come(ops: Gateway, web: Gateway, bus: Bus) -> None:
    items = {"MUG": {"backorderable": True}, "SOFA": {"backorderable": True}}
    open_shop(ops, stock={"S1": {"MUG": 0, "CUP": 2, "SOFA": 0}, "S2": {}}, items=items)
    late, soon = day(9), day(3)
    agree(ops, "P1", late, MUG=5, CUP=5)
    agree(ops, "P2", soon, place="S2")

    def said(**fields: Any) -> dict[str, tuple[str, str | None]]:
        bus.project("inventory")
        answer = web.post("/v1/availability", {"skus": ["MUG", "CUP", "SOFA", "NONE"]} | fields).body
        return {one["sku"]: (one["status"], one["expected_at"]) for one in answer["items"]}

    assert said() == {
        "MUG": ("BACKORDER", soon),
        "CUP": ("LOW_STOCK", None),
        "SOFA": ("BACKORDER", None),
        "NONE": ("OUT_OF_STOCK", None),
    }
    assert said(location_ids=["S1"])["MUG"] == ("BACKORDER", late)
    ops.post("/v1/locations/S2/pause", {"reason": "flood"})
    assert said()["MUG"] == ("BACKORDER", late)
    assert said(owner="cart-1")["MUG"] == ("BACKORDER", late)
    receipt(ops, "M1", 5, "P1")
    assert said()["MUG"] == ("LOW_STOCK", None)


def test_what_is_overdue_undated_or_at_a_paused_place_is_not_counted_on(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}, "S1": {"MUG": 1}})
    agree(ops, "P1", day(1))
    transfer = {"transfer_id": "T1", "from_location_id": "DC1", "to_location_id": "S1"}
    ops.post("/v1/transfers", transfer | {"lines": [{"sku": "MUG", "quantity": 2}]})
    there = {"line_id": "1", "sku": "MUG", "quantity": 1, "location_id": "S1"}
    hold(web, "R1", [], scope="location", lines=[there], ttl_seconds=30)
    pass_time(2 * 86_400)
    view = outlook(ops, bus)
    assert {one["location_id"]: steps(one) for one in view["locations"]} == {"DC1": [3], "S1": [1]}
    inbound = view["locations"][1]["inbound"]
    assert [(one["document"], one["overdue"], one["expected_at"] is None) for one in inbound] == [
        ("purchase_order/P1", True, False),
        ("transfer/T1", False, True),
    ]
    ops.post("/v1/locations/DC1/pause", {"reason": "flood"})
    assert (steps(outlook(ops, bus)), outlook(ops, bus)["locations"][0]["paused"]) == ([1], True)


def test_deriving_it_again_or_backwards_changes_nothing(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}, "S2": {"MUG": 0}})
    due = day(10)
    agree(ops, "P1", due)
    agree(ops, "P1", due, place="S2", MUG=8)
    expected = [one["inbound"] for one in outlook(ops, bus)["locations"]]
    with running_as("inventory"):
        for record in reversed(stream_records("inventory")):
            projector.handler({"Records": [record]}, None)
    assert [one["inbound"] for one in outlook(ops, bus)["locations"]] == expected


def test_purchase_orders_are_listed_by_place_the_soonest_first(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}, "S2": {"MUG": 0}})
    agree(ops, "LATE", day(9))
    agree(ops, "SOON", day(3))
    agree(ops, "DONE", day(1), MUG=1)
    agree(ops, "ELSEWHERE", day(1), place="S2")
    receipt(ops, "M1", 1, "DONE")

    def listed(query: str) -> list[str]:
        return [one["po_id"] for one in ops.get(f"/v1/purchase-orders?location_id=S1{query}").body["items"]]

    assert listed("") == ["SOON", "LATE", "DONE"]
    assert (listed("&open=true"), listed("&open=false")) == (["SOON", "LATE"], ["DONE"])
    first = ops.get("/v1/purchase-orders?location_id=S1&limit=2").body
    assert listed(f"&limit=2&cursor={first['next_cursor']}") == ["DONE"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"location_id": "S9"}, "/location_id"),
        ({"lines": [{"sku": "NONE", "quantity": 1}]}, "/lines/0/sku"),
        ({"lines": [{"sku": "MUG", "quantity": 1}] * 2}, "/lines/1/sku"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"sku": f"K{n}", "quantity": 1} for n in range(201)]}, "/lines"),
        ({"expected_at": "tomorrow"}, "/expected_at"),
    ],
)
def test_a_wrong_purchase_order_is_refused_with_a_pointer(ops: Gateway, change: dict[str, Any], pointer: str) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}})
    body = {"location_id": "S1", "expected_at": day(1), "lines": [{"sku": "MUG", "quantity": 1}]}
    refused = ops.put("/v1/purchase-orders/P1", body | change)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)
    assert ops.get("/v1/purchase-orders/P1").body["code"] == "purchase_order_not_found"


def test_only_ops_agrees_and_staff_looks(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0}})
    ann = Gateway(gateway.associate("S1"))
    assert agree(ann, "P1", day(1)).status == 403
    agree(ops, "P1", day(1))
    assert ann.get("/v1/purchase-orders/P1").status == 200
    assert receipt(ann, "M1", 3, "P1").status == 201
    assert ann.get("/v1/inventory/MUG/supply").status == 200
    assert ops.get("/v1/inventory/NONE/supply").body["code"] == "item_not_found"
    assert Gateway(gateway.channel("web")).get("/v1/purchase-orders/P1").status == 403
