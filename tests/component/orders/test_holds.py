"""Holds by hand: what they block, how they end, and who may not lift them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.aws import client
from tests.component.orders.shop import (
    OPS,
    WEB,
    of,
    order,
    place,
    progress,
    read,
    refused,
    settled,
    step,
    without_pauses,
)
from tests.support.bus import Bus
from tests.support.local_aws import running_as


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def fraud(hold_id: str = "H-1", **members: Any) -> dict[str, Any]:
    return {"hold_id": hold_id, "type": "FRAUD", "blocks": ["ROUTE"], "reason": "velocity"} | members


def ticked() -> dict[str, Any]:
    """The reconciler has run."""
    from functions.orders import timer

    with running_as("orders"):
        return timer.handler({"id": "tick"}, None)


def test_a_held_order_is_released_when_the_hold_is_lifted(bus: Bus) -> None:
    order_id = place()["order_id"]
    assert [WEB.post(f"/v1/orders/{order_id}/holds", fraud()).status for _ in range(2)] == [201, 200]
    assert of(settled(bus), "OrderReleased") == []

    lifted = WEB.delete(f"/v1/orders/{order_id}/holds/H-1")

    assert (lifted.status, lifted.body["holds"]) == (200, [])
    assert len(of(settled(bus), "OrderReleased")) == 1
    refused(WEB.delete(f"/v1/orders/{order_id}/holds/H-1"), 404, "hold_not_found")
    refused(WEB.post(f"/v1/orders/{order_id}/holds", fraud()), 409, "hold_id_reused")


def test_a_hold_that_expires_lets_the_order_go_by_itself(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = place()["order_id"]
    soon = datetime.now(UTC) + timedelta(hours=1)
    WEB.post(f"/v1/orders/{order_id}/holds", fraud(expires_at=soon.isoformat()))
    settled(bus)
    assert ticked()["orders"] == 0

    OPS.put("/v1/testing/clock", {"now": (soon + timedelta(minutes=1)).isoformat()})
    try:
        assert ticked()["orders"] == 1
        assert ticked()["orders"] == 0
    finally:
        OPS.delete("/v1/testing/clock")

    assert read(order_id)["holds"] == []
    assert len(of(settled(bus), "OrderReleased")) == 1


def test_an_order_that_cannot_be_looked_at_keeps_no_other_one_waiting_and_is_told(bus: Bus) -> None:
    broken, other = (place(order(f"W-{number}"))["order_id"] for number in (1, 2))
    soon = datetime.now(UTC) + timedelta(hours=1)
    for order_id, expires in ((broken, soon - timedelta(minutes=1)), (other, soon)):
        WEB.post(f"/v1/orders/{order_id}/holds", fraud(f"H-{order_id}", expires_at=expires.isoformat()))
    settled(bus)
    key = {"pk": {"S": f"ORDER#{broken}"}, "sk": {"S": "-"}}
    client("dynamodb").update_item(
        TableName="orders", Key=key, UpdateExpression="SET body = :b", ExpressionAttributeValues={":b": {"S": "{"}}
    )
    OPS.put("/v1/testing/clock", {"now": (soon + timedelta(minutes=1)).isoformat()})
    try:
        with pytest.raises(ExceptionGroup, match="not everything could be done"):
            ticked()
    finally:
        OPS.delete("/v1/testing/clock")
    assert read(other)["holds"] == []


def test_a_hold_id_stands_for_one_hold(bus: Bus) -> None:
    order_id = place()["order_id"]
    WEB.post(f"/v1/orders/{order_id}/holds", fraud())
    refused(WEB.post(f"/v1/orders/{order_id}/holds", fraud(reason="other")), 409, "hold_id_reused")


def test_the_hold_for_a_missing_payment_is_lifted_by_the_payment_only(bus: Bus) -> None:
    order_id = place(order(pays=None))["order_id"]
    refused(OPS.delete(f"/v1/orders/{order_id}/holds/payment"), 409, "hold_lifted_by_payment")


def test_the_work_of_a_released_order_is_barred_as_long_as_a_hold_stands(bus: Bus) -> None:
    order_id = place()["order_id"]
    settled(bus)
    assert OPS.post(f"/v1/orders/{order_id}/holds", fraud(blocks=["SHIP"])).status == 201
    assert OPS.post(f"/v1/orders/{order_id}/holds", fraud("H-2", blocks=["CAPTURE"])).status == 201
    (told,) = of(settled(bus), "OrderHoldsChanged")
    assert told["holds"] == ["H-1"], "CAPTURE bars no work"
    assert OPS.delete(f"/v1/orders/{order_id}/holds/H-1").status == 200
    (lifted,) = of(settled(bus), "OrderHoldsChanged")
    assert lifted["holds"] == []
    assert lifted["version"] > told["version"]


def test_an_order_that_has_left_cannot_be_held_back(bus: Bus) -> None:
    order_id = place()["order_id"]
    settled(bus)
    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 4, progress(shipped=2)))
    refused(OPS.post(f"/v1/orders/{order_id}/holds", fraud()), 409, "order_released")
    assert OPS.post(f"/v1/orders/{order_id}/holds", fraud(blocks=["CAPTURE"])).status == 201


def test_what_had_left_is_named_by_the_hold_and_in_the_history(bus: Bus) -> None:
    order_id = place()["order_id"]
    settled(bus)
    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 4, progress(shipped=1)))
    (hold,) = OPS.post(f"/v1/orders/{order_id}/holds", fraud()).body["holds"]
    assert (hold["already_left"], hold["held"]) == ([f"{order_id}.1"], [])
    bus.deliver("orders", step("FulfilmentOrderMoved", order_id, "ON_HOLD", 2, progress(allocated=1), number=2))
    (hold,) = read(order_id)["holds"]
    assert (hold["already_left"], hold["held"]) == ([f"{order_id}.1"], [f"{order_id}.2"])
    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 4, progress(shipped=1), number=3))
    entries = OPS.get(f"/v1/orders/{order_id}/history").body["items"]
    assert any(f"already left: {order_id}.1" in one["what"] for one in entries)
    (late,) = [one for one in entries if one["what"] == f"{order_id}.3 SHIPPED"]
    assert late["why"] == "left before H-1 could stop it"


def test_a_payment_request_that_was_lost_is_made_again_and_in_the_end_put_before_a_person(bus: Bus) -> None:
    order_id = place()["order_id"]
    bus.published("orders")  # and nobody hears it
    start = datetime.now(UTC)
    asked = []
    try:
        for minutes in (16, 32, 48, 64, 80):
            OPS.put("/v1/testing/clock", {"now": (start + timedelta(minutes=minutes)).isoformat()})
            ticked()
            asked.append(len(of(bus.published("orders"), "PaymentRequested")))
        assert asked == [1, 1, 1, 0, 0]
        (task,) = OPS.get("/v1/exceptions").body["items"]
        assert (task["kind"], task["owner"]) == ("STUCK", None)
        path = f"/v1/exceptions/{task['exception_id']}/resolve"
        assert OPS.post(path, {"action": "assign", "owner": "ann"}).status == 200
        assert OPS.get("/v1/exceptions?owner=nobody").body["items"] == []
        assert len(OPS.get("/v1/exceptions?owner=ann").body["items"]) == 1
        assert OPS.post(path, {"action": "retry"}).status == 200
        settled(bus)
    finally:
        OPS.delete("/v1/testing/clock")
    assert read(order_id)["payment_status"] == "AUTHORISED"
    assert OPS.get("/v1/exceptions").body["items"] == []
