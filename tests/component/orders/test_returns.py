"""Returns: the policy speaks first, units come back in parts, money goes back to the cent, to the original tender."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.component.orders.shop import (
    OPS,
    WEB,
    gbp,
    line,
    money,
    of,
    opened,
    order,
    place,
    progress,
    quantities,
    read,
    refused,
    routed,
    settled,
    step,
    without_pauses,
)
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Gateway

STORE = Gateway(gateway.associate("S2"))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def delivered(bus: Bus, body: dict[str, Any] | None = None, *, at: datetime | None = None, **units: int) -> str:
    """An order of two MUGs (or `body`) that was shipped, paid and delivered."""
    order_id = str(place(body or order())["order_id"])
    settled(bus)
    counts = units or {"l1": 2}
    bus.deliver("orders", routed(order_id, opened(order_id, 1, "DC", "ship", **counts)))
    lines = [progress(key[1:], fulfilled=count) for key, count in counts.items()]
    bus.deliver("orders", step("FulfilmentOrderMoved", order_id, "DELIVERED", 5, *lines), at=at)
    settled(bus)
    return order_id


def wanted(order_id: str, return_id: str = "R-1", quantity: int = 1, **members: Any) -> dict[str, Any]:
    lines = [{"line_id": "1", "quantity": quantity, "reason": members.pop("reason", "CHANGED_MIND")}]
    return {"return_id": return_id, "order_id": order_id, "lines": lines, "method": "mail"} | members


def at_counter(order_id: str, return_id: str = "R-1", quantity: int = 1, **members: Any) -> dict[str, Any]:
    """A return handed in at store S2, in one call."""
    handed = [{"line_id": "1", "quantity": quantity, "condition": "NEW", "disposition": "RESTOCK"} | members]
    return wanted(order_id, return_id, quantity, method="in_store", location_id="S2", receive_now=handed)


def handled(quantity: int = 1, disposition: str = "RESTOCK", **members: Any) -> dict[str, Any]:
    lines = [{"line_id": "1", "quantity": quantity, "condition": "NEW", "disposition": disposition}]
    return {"location_id": "DC", "lines": lines} | members


def test_a_return_at_any_store_is_refunded_and_told_in_one_call(bus: Bus) -> None:
    order_id = delivered(bus)

    answer = STORE.post("/v1/returns", at_counter(order_id))

    assert (answer.status, answer.body["status"]) == (201, "RESOLVED"), answer.body
    assert answer.body["refund"] == {"quoted": gbp(1200), "granted": gbp(1200), "fee": gbp(0)}
    told = settled(bus)
    (back,) = of(told, "ReturnReceived")
    assert back["units"] == [
        {"line_id": "1", "sku": "MUG", "location_id": "S2", "quantity": 1, "disposition": "RESTOCK"}
    ]
    sums = money(order_id)
    assert (sums["captured"], sums["refunded"], sums["payment_status"]) == (2799, 1200, "PARTIALLY_REFUNDED")
    assert quantities(order_id) == {"ordered": 2, "fulfilled": 2, "returned": 1}


def test_the_same_return_again_is_answered_and_refunded_once(bus: Bus) -> None:
    order_id = delivered(bus)

    statuses = [STORE.post("/v1/returns", at_counter(order_id)).status for _ in range(3)]
    settled(bus)

    assert statuses == [201, 200, 200]
    assert money(order_id)["refunded"] == 1200
    refused(STORE.post("/v1/returns", at_counter(order_id, quantity=2)), 409, "return_id_reused")
    other = delivered(bus, order("W-2"))
    refused(STORE.post("/v1/returns", at_counter(other)), 409, "return_id_reused")


def test_parts_of_a_discounted_line_sum_to_what_was_paid_for_it(bus: Bus) -> None:
    order_id = delivered(bus, order("W-1", line("1", 3, 333, discount=gbp(100))), l1=3)
    paid = 3 * 333 - 100

    granted = [
        STORE.post("/v1/returns", at_counter(order_id, f"R-{number}")).body["refund"]["granted"]["amount"]
        for number in range(3)
    ]
    settled(bus)

    assert sum(granted) == paid
    assert sorted(granted) == [299, 300, 300]
    assert money(order_id)["refunded"] == paid
    refused(STORE.post("/v1/returns", at_counter(order_id, "R-4")), 409, "return_exceeds_delivered")


def test_a_mail_return_is_received_in_parts_inspected_and_then_refunded(bus: Bus) -> None:
    order_id = delivered(bus)
    asked = WEB.post("/v1/returns", wanted(order_id, quantity=2))
    assert (asked.status, asked.body["status"]) == (201, "AUTHORISED")
    assert asked.body["refund"] == {"quoted": gbp(2400), "granted": gbp(0), "fee": gbp(0)}

    part = OPS.post("/v1/returns/R-1/receive", handled(1, "PROCESSING")).body
    assert (part["status"], part["lines"][0]["missing"]) == ("RECEIVED", 1)
    again = OPS.post("/v1/returns/R-1/receive", handled(1, "PROCESSING")).body
    assert again["lines"][0]["received"] == 1
    settled(bus)
    assert money(order_id)["refunded"] == 0

    judged = OPS.post("/v1/returns/R-1/inspect", handled(1, "REFURBISH")).body
    assert (judged["status"], judged["refund"]["granted"]) == ("INSPECTED", gbp(1200))
    rest = OPS.post("/v1/returns/R-1/receive", handled(1, "DESTROY", step_id="second")).body
    assert (rest["status"], rest["refund"]["granted"]) == ("RESOLVED", gbp(2400))
    settled(bus)
    assert money(order_id)["refunded"] == 2400
    sequence = OPS.post("/v1/returns/R-1/inspect", handled(1, "RESTOCK")).body
    assert (sequence["status"], sequence["refund"]["granted"]) == ("RESOLVED", gbp(2400))
    refused(OPS.post("/v1/returns/R-1/inspect", handled(2)), 409, "inspection_exceeds_received")
    refused(OPS.post("/v1/returns/R-1/receive", handled(1, step_id="third")), 409, "receipt_exceeds_return")


def test_what_stays_missing_is_closed_and_may_be_returned_later(bus: Bus) -> None:
    order_id = delivered(bus)
    WEB.post("/v1/returns", wanted(order_id, quantity=2))
    OPS.post("/v1/returns/R-1/receive", handled())
    refused(WEB.post("/v1/returns", wanted(order_id, "R-2")), 409, "return_exceeds_delivered")

    closed = OPS.post("/v1/returns/R-1/close", {"reason": "never arrived"}).body

    assert (closed["status"], closed["refund"]["quoted"]) == ("CLOSED", gbp(1200))
    assert WEB.post("/v1/returns", wanted(order_id, "R-2")).status == 201


def test_a_late_return_is_denied_with_reasons_and_nothing_moves(bus: Bus) -> None:
    order_id = delivered(bus, at=datetime.now(UTC) - timedelta(days=31))

    answer = STORE.post("/v1/returns", at_counter(order_id)).body

    assert (answer["status"], answer["refund"]["quoted"]) == ("DENIED", gbp(0))
    assert "31" in answer["reasons"][0] or "30 days" in answer["reasons"][0]
    assert of(settled(bus), "ReturnReceived") == []
    refused(OPS.post("/v1/returns/R-1/receive", handled()), 409, "return_not_authorised")


def test_a_late_return_of_a_broken_unit_is_put_before_a_person(bus: Bus) -> None:
    order_id = delivered(bus, at=datetime.now(UTC) - timedelta(days=31))
    assert WEB.post("/v1/returns", wanted(order_id, reason="DAMAGED")).body["status"] == "MANUAL"
    (task,) = OPS.get("/v1/exceptions?kind=RETURN_TO_JUDGE").body["items"]

    body = {"request_id": "J-1", "action": "approve", "return_id": "R-1", "reason": "goodwill"}
    for _ in range(2):
        assert OPS.post(f"/v1/exceptions/{task['exception_id']}/resolve", body).status == 200

    assert OPS.get("/v1/exceptions").body["items"] == []
    assert OPS.post("/v1/returns/R-1/receive", handled()).body["refund"]["granted"] == gbp(1200)


def test_units_that_are_on_their_way_count_as_delivered_once_they_come_back(bus: Bus) -> None:
    order_id = str(place()["order_id"])
    settled(bus)
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2)))
    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 4, progress("1", shipped=2)))
    settled(bus)

    STORE.post("/v1/returns", at_counter(order_id))

    assert quantities(order_id) == {"ordered": 2, "shipped": 1, "fulfilled": 1, "returned": 1}


def test_who_may_return_and_what_they_see(bus: Bus) -> None:
    order_id = delivered(bus)
    other = Gateway(gateway.channel("pos"))
    refused(other.post("/v1/returns", wanted(order_id)), 404, "not_found")
    elsewhere = Gateway(gateway.associate("S1"))
    refused(elsewhere.post("/v1/returns", at_counter(order_id)), 404, "not_found")
    assert STORE.post("/v1/returns", at_counter(order_id)).status == 201
    assert elsewhere.get("/v1/returns/R-1").status == 200
    refused(other.get("/v1/returns/R-1"), 404, "not_found")
    refused(OPS.get("/v1/returns/R-none"), 404, "return_not_found")
    seen = STORE.get(f"/v1/orders/{order_id}")
    assert seen.status == 200
    assert "ann@example.com" not in str(seen.body)
    assert read(order_id)["returns"] == ["R-1"]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"method": "in_store"}, "/location_id"),
        ({"receive_now": [{"line_id": "1", "quantity": 1}]}, "/receive_now"),
        ({"lines": [{"line_id": "9", "quantity": 1, "reason": "OTHER"}]}, "/lines/0/line_id"),
        ({"lines": [{"line_id": "1", "quantity": 1, "reason": "OTHER"}] * 2}, "/lines/1/line_id"),
    ],
)
def test_a_return_that_says_too_little_or_too_much_is_refused_by_field(
    bus: Bus, members: dict[str, Any], pointer: str
) -> None:
    order_id = delivered(bus)
    refused(OPS.post("/v1/returns", wanted(order_id) | members), 422, "invalid", pointer)
