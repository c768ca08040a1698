"""Transfers between places, through the API: each step once, and what they set aside is nobody's to sell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.component.inventory.goods import audited, counters, hold, pass_time, said
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway
from tests.support.shop import open_shop


def lines(**quantities: int) -> list[dict[str, Any]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]


def create(who: Gateway, transfer_id: str = "T1", wanted: list[dict[str, Any]] | None = None, **fields: Any) -> Answer:
    body = {
        "transfer_id": transfer_id,
        "from_location_id": "DC1",
        "to_location_id": "S1",
        "lines": wanted or lines(MUG=4),
    }
    return who.post("/v1/transfers", body | fields)


def step(who: Gateway, name: str, body: Any = None, transfer_id: str = "T1") -> Answer:
    return who.post(f"/v1/transfers/{transfer_id}/{name}", body)


def stocked(ops: Gateway, **more: int) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10} | more, "S1": {"MUG": 1}})


def where(ops: Gateway, sku: str = "MUG") -> dict[str, tuple[int, int, int]]:
    """on hand, allocated and available, by place."""
    return {
        place: (found["on_hand"], found["allocated"], found["available"])
        for place in ("DC1", "S1")
        for found in (counters(ops, sku, place),)
    }


def quantities(answer: Answer) -> list[tuple[int, int, int, int]]:
    assert answer.status == 200, answer.body
    return [(one["quantity"], one["shipped"], one["received"], one["in_transit"]) for one in answer.body["lines"]]


def test_goods_are_set_aside_leave_arrive_and_can_be_sold_there(ops: Gateway, bus: Bus) -> None:
    stocked(ops)
    made = create(ops, expected_at="2099-01-01T00:00:00Z", reference="restock")
    assert (made.status, made.body["status"]) == (201, "CREATED")
    assert where(ops) == {"DC1": (10, 4, 6), "S1": (1, 0, 1)}
    audited(ops, bus)
    assert quantities(step(ops, "ship")) == [(4, 4, 0, 4)]
    assert where(ops) == {"DC1": (6, 0, 6), "S1": (1, 0, 1)}, "what is on its way is nobody's to sell"
    done = step(ops, "receive", {"lines": lines(MUG=4)})
    assert (quantities(done), done.body["status"]) == ([(4, 4, 4, 0)], "RECEIVED")
    assert where(ops) == {"DC1": (6, 0, 6), "S1": (5, 0, 5)}
    assert step(ops, "close").body["status"] == "CLOSED"
    assert ops.get("/v1/transfers/T1").body["discrepancies"] == []
    audited(ops, bus)
    kinds = [one["kind"] for one in ops.get("/v1/inventory/MUG/ledger").body["items"]]
    assert sorted(kinds) == ["allocate", "receipt", "receipt", "transfer_in", "transfer_out"]


def test_every_step_again_is_the_same_step(ops: Gateway, bus: Bus) -> None:
    stocked(ops)
    first = create(ops)
    assert create(ops).body == first.body
    other = create(ops, wanted=lines(MUG=5))
    assert (other.status, other.body["code"]) == (409, "transfer_id_reused")
    for name, body in (("ship", {"lines": lines(MUG=3)}), ("receive", {"lines": lines(MUG=2)})):
        once, twice = step(ops, name, body), step(ops, name, body)
        assert (twice.status, twice.body) == (once.status, once.body) == (200, once.body), name
    assert step(ops, "ship", {"lines": lines(MUG=4)}).body["code"] == "transition_not_allowed"
    reasons = {"discrepancies": [{"sku": "MUG", "reason": "LOST", "note": "fell off"}]}
    closed = step(ops, "close", reasons)
    assert step(ops, "close", reasons).body == closed.body
    assert step(ops, "close").body["code"] == "transition_not_allowed"
    assert step(ops, "receive", {"lines": lines(MUG=2)}).status == 200, "the old receipt, once more"
    assert step(ops, "receive", {"lines": lines(MUG=1)}).body["code"] == "transition_not_allowed"
    assert where(ops) == {"DC1": (7, 0, 7), "S1": (3, 0, 3)}
    audited(ops, bus)


def test_two_arrivals_of_the_same_goods_are_told_apart_by_their_receipts(ops: Gateway, bus: Bus) -> None:
    stocked(ops)
    create(ops)
    step(ops, "ship", {})
    for receipt in ("A", "A", "B"):
        step(ops, "receive", {"receipt_id": receipt, "lines": lines(MUG=2)})
    assert where(ops)["S1"] == (5, 0, 5)
    reused = step(ops, "receive", {"receipt_id": "A", "lines": lines(MUG=1)})
    assert (reused.status, reused.body["code"]) == (409, "receipt_id_reused")
    audited(ops, bus)


def test_other_units_than_were_shipped_need_a_reason_each(ops: Gateway, bus: Bus) -> None:
    stocked(ops, CUP=5, LAMP=5)
    create(ops, wanted=lines(MUG=4, CUP=2, LAMP=1))
    step(ops, "ship", {"lines": lines(MUG=3, CUP=2)})
    assert counters(ops, "LAMP", "DC1") == {"on_hand": 5, "held": 0, "allocated": 0, "available": 5}
    step(ops, "receive", {"lines": lines(MUG=1, CUP=3)})
    assert counters(ops, "CUP", "S1")["on_hand"] == 3, "what is there is there"
    for given in ({}, {"discrepancies": [{"sku": "MUG", "reason": "LOST"}]}):
        missing = step(ops, "close", given)
        assert (missing.status, missing.body["errors"][0]["pointer"]) == (422, "/discrepancies")
    needless = step(ops, "close", {"discrepancies": [{"sku": "LAMP", "reason": "LOST"}]})
    assert (needless.status, needless.body["errors"][0]["pointer"]) == (422, "/discrepancies/0/sku")
    reasons = [{"sku": "MUG", "reason": "DAMAGED", "note": "wet"}, {"sku": "CUP", "reason": "MISCOUNTED"}]
    closed = step(ops, "close", {"discrepancies": reasons}).body
    assert closed["discrepancies"] == [
        {"sku": "MUG", "quantity": -2, "reason": "DAMAGED", "note": "wet"},
        {"sku": "CUP", "quantity": 1, "reason": "MISCOUNTED", "note": ""},
    ]
    assert [one["in_transit"] for one in closed["lines"]] == [0, 0, 0]
    audited(ops, bus)


def test_a_transfer_is_cancelled_until_it_has_left(ops: Gateway, bus: Bus) -> None:
    stocked(ops)
    create(ops)
    assert step(ops, "cancel", {"reason": "not needed"}).body["status"] == "CANCELLED"
    assert step(ops, "cancel").status == 200
    assert where(ops)["DC1"] == (10, 0, 10)
    assert step(ops, "ship").body["code"] == "transition_not_allowed"
    create(ops, "T2")
    step(ops, "ship", transfer_id="T2")
    refused = step(ops, "cancel", transfer_id="T2")
    assert (refused.status, refused.body["transfer_status"]) == (409, "SHIPPED")
    assert step(ops, "ship", transfer_id="T2").status == 200
    audited(ops, bus)


def test_steps_out_of_order_are_refused(ops: Gateway) -> None:
    stocked(ops)
    create(ops)
    for name, body in (("receive", {"lines": lines(MUG=1)}), ("close", {})):
        refused = step(ops, name, body)
        assert (refused.status, refused.body["code"]) == (409, "transition_not_allowed"), name
    assert step(ops, "ship", transfer_id="T9").status == 404
    assert ops.get("/v1/transfers/T9").body["code"] == "transfer_not_found"


def test_promised_goods_are_not_transferred_and_transferred_goods_not_promised(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    stocked(ops)
    hold(web, "R1", [("MUG", 8)])
    short = create(ops, wanted=lines(MUG=3, CUP=1))
    assert short.body["errors"][0]["pointer"] == "/lines/1/sku"
    short = create(ops, wanted=lines(MUG=3))
    assert (short.status, short.body["code"]) == (409, "insufficient_stock")
    assert short.body["shortages"] == [{"sku": "MUG", "requested": 3, "available": 2}]
    create(ops, wanted=lines(MUG=2))
    assert hold(web, "R2", [("MUG", 2)]).status == 409
    audited(ops, bus)


def test_a_lapsed_hold_does_not_keep_goods_from_a_transfer(ops: Gateway, web: Gateway, bus: Bus) -> None:
    stocked(ops)
    hold(web, "R1", [("MUG", 10)], ttl_seconds=30)
    assert create(ops).status == 409
    pass_time(31)
    assert create(ops).status == 201
    assert counters(ops, "MUG", "DC1")["allocated"] == 4
    audited(ops, bus)


def test_staff_may_move_what_the_safety_stock_keeps_from_shoppers(ops: Gateway, web: Gateway) -> None:
    stocked(ops)
    ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 300, "default_safety_stock": 9})
    assert hold(web, "R1", [("MUG", 2)]).status == 409
    assert create(ops, wanted=lines(MUG=10)).status == 201


def test_goods_that_a_count_did_not_find_cannot_leave(ops: Gateway, bus: Bus) -> None:
    stocked(ops)
    create(ops)
    counted = {"count_id": "C1", "location_id": "DC1", "lines": [{"sku": "MUG", "counted": 3}]}
    assert ops.post("/v1/counts", counted).body["positions"][0]["shortage"] == 1
    refused = step(ops, "ship")
    assert (refused.status, refused.body["shortages"]) == (409, [{"sku": "MUG", "requested": 4, "available": 3}])
    assert quantities(step(ops, "ship", {"lines": lines(MUG=3)})) == [(4, 3, 0, 3)]
    assert where(ops)["DC1"] == (0, 0, 0)
    audited(ops, bus)


def test_others_hear_of_goods_that_left_arrived_and_are_given_up(ops: Gateway, bus: Bus) -> None:
    stocked(ops)
    create(ops, reference="order O1")
    bus.published("inventory")
    step(ops, "ship")
    (left,) = said(bus, "TransferShipped")
    assert (left["transfer_id"], left["reference"], left["lines"][0]["shipped"]) == ("T1", "order O1", 4)
    step(ops, "receive", {"lines": lines(MUG=1)})
    step(ops, "receive", {"lines": lines(MUG=2)})
    told = said(bus, "TransferReceived")
    assert [(one["lines"][0]["received"], one["complete"]) for one in told] == [(1, False), (3, False)]
    step(ops, "close", {"discrepancies": [{"sku": "MUG", "reason": "LOST"}]})
    (given_up,) = said(bus, "TransferClosed")
    assert given_up["discrepancies"] == [{"sku": "MUG", "quantity": -1, "reason": "LOST"}]


def test_transfers_are_listed_from_and_to_a_place_open_ones_first(ops: Gateway) -> None:
    stocked(ops)
    for number in range(3):
        pass_time(1)
        create(ops, f"T{number}", wanted=lines(MUG=1))
    create(ops, "BACK", wanted=lines(MUG=1), from_location_id="S1", to_location_id="DC1")
    step(ops, "cancel", transfer_id="T2")
    step(ops, "ship", transfer_id="T1")

    def listed(query: str) -> list[str]:
        answer = ops.get(f"/v1/transfers?{query}")
        assert answer.status == 200, answer.body
        return [one["transfer_id"] for one in answer.body["items"]]

    for place in ("from_location_id=DC1", "to_location_id=S1"):
        assert listed(place) == ["T1", "T0", "T2"]
        assert listed(f"{place}&open=true") == ["T1", "T0"]
        assert listed(f"{place}&open=false") == ["T2"]
        first = ops.get(f"/v1/transfers?{place}&limit=2").body
        assert listed(f"{place}&limit=2&cursor={first['next_cursor']}") == ["T2"]
    assert listed("to_location_id=DC1") == ["BACK"]
    step(ops, "receive", {"lines": lines(MUG=1)}, transfer_id="T1")
    assert listed("to_location_id=S1&open=true") == ["T0"], "nothing of T1 is on its way any more"
    assert ops.get("/v1/transfers").status == 422
    assert ops.get("/v1/transfers?from_location_id=A&to_location_id=B").status == 422


def test_an_associate_of_the_source_ships_and_one_of_the_destination_receives(ops: Gateway) -> None:
    stocked(ops)
    dc, shop, other = (Gateway(gateway.associate(place)) for place in ("DC1", "S1", "S2"))
    assert create(other).status == 404
    assert create(shop).status == 201
    assert step(shop, "ship").status == 404
    assert step(dc, "ship").status == 200
    assert step(dc, "receive", {"lines": lines(MUG=4)}).status == 404
    assert step(shop, "receive", {"lines": lines(MUG=4)}).status == 200
    assert step(other, "close").status == 404
    assert other.get("/v1/transfers/T1").status == 200
    assert Gateway(gateway.channel("web")).get("/v1/transfers/T1").status == 403


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"to_location_id": "DC1"}, "/to_location_id"),
        ({"to_location_id": "S9"}, "/to_location_id"),
        ({"from_location_id": "S9"}, "/from_location_id"),
        ({"lines": []}, "/lines"),
        ({"lines": lines(MUG=0)}, "/lines/0/quantity"),
        ({"lines": lines(MUG=1) * 2}, "/lines/1/sku"),
        ({"lines": lines(**{f"K{n}": 1 for n in range(91)})}, "/lines"),
    ],
)
def test_a_wrong_transfer_is_refused_with_a_pointer(ops: Gateway, fields: dict[str, Any], pointer: str) -> None:
    stocked(ops)
    refused = create(ops, **fields)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(
    ("name", "body", "pointer"),
    [
        ("ship", {"lines": lines(MUG=5)}, "/lines/0/quantity"),
        ("ship", {"lines": lines(CUP=1)}, "/lines/0/sku"),
        ("ship", {"lines": lines(MUG=1) * 2}, "/lines/1/sku"),
        ("receive", {"lines": lines(CUP=1)}, "/lines/0/sku"),
        ("receive", {"lines": []}, "/lines"),
        ("close", {"discrepancies": [{"sku": "MUG", "reason": "THEFT"}]}, "/discrepancies/0/reason"),
    ],
)
def test_a_wrong_step_is_refused_with_a_pointer(ops: Gateway, name: str, body: dict[str, Any], pointer: str) -> None:
    stocked(ops)
    create(ops)
    if name != "ship":
        step(ops, "ship")
    refused = step(ops, name, body)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)


def test_ninety_items_move_together(ops: Gateway, bus: Bus) -> None:
    goods = {f"K{n:02d}": 2 for n in range(90)}
    open_shop(ops, stock={"DC1": goods, "S1": {}})
    create(ops, wanted=lines(**goods))
    step(ops, "ship")
    done = step(ops, "receive", {"lines": lines(**goods)}).body
    assert [one["received"] for one in done["lines"]] == [2] * 90
    audited(ops, bus)
