"""Orders that need a person: found, taken on, resolved, and gone from the list then."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.fulfilment import CancellationDecided, LabelVoidRefused, UnfilledLine
from shared.events.orders import LineQuantity
from tests.component.orders.shop import (
    OPS,
    gbp,
    money,
    of,
    opened,
    order,
    place,
    progress,
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

MARKET = Gateway(gateway.channel("market"))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def marketplace_order(number: str = "M-1") -> dict[str, Any]:
    paid = {"provider": "external", "reference": "MP-1", "amount": gbp(2799)}
    return order(number, channel="market", payment=paid)


def oversold(bus: Bus) -> str:
    order_id = str(place(marketplace_order(), by=MARKET)["order_id"])
    settled(bus)
    short = UnfilledLine(line_id="1", quantity=2, outcome="OVERSOLD")
    bus.deliver("orders", routed(order_id, unfilled=(short,)))
    return order_id


def tasks(by: Gateway = OPS) -> list[tuple[str, list[str]]]:
    return [(one["kind"], one["actions"]) for one in by.get("/v1/exceptions").body["items"]]


def test_an_oversold_order_is_given_up_by_a_person_and_paid_back_by_its_channel(bus: Bus) -> None:
    order_id = oversold(bus)
    assert tasks() == [("OVERSOLD", ["assign", "cancel"])]
    assert tasks(MARKET) == tasks()
    assert tasks(Gateway(gateway.channel("web"))) == []

    body = {"request_id": "G-1", "action": "cancel", "reason": "no stock"}
    for _ in range(2):
        assert OPS.post(f"/v1/exceptions/{order_id}:OVERSOLD/resolve", body).status == 200
    (asked,) = of(settled(bus), "OrderCancelRequested")
    assert asked["lines"] == [{"line_id": "1", "quantity": 2}]
    stopped = (LineQuantity(line_id="1", quantity=2),)
    bus.deliver(
        "orders", CancellationDecided(order_id=order_id, request_id=asked["request_id"], cancelled=stopped, refused=())
    )
    settled(bus)
    assert read(order_id)["status"] == "CANCELLED"
    assert tasks() == [("REFUND_DUE", ["assign", "refunded", "retry"])]
    assert money(order_id)["refunded"] == 0

    path = f"/v1/exceptions/{order_id}:REFUND_DUE/resolve"
    refused(OPS.post(path, {"action": "refunded"}), 422, "invalid", "/reference")
    refused(OPS.post(path, {"action": "cancel"}), 422, "invalid", "/action")
    assert OPS.post(path, {"action": "refunded", "reference": "MP-R-9"}).status == 200
    assert money(order_id)["refunded"] == 2799
    assert tasks() == []
    refused(OPS.post(path, {"action": "refunded", "reference": "again"}), 404, "exception_not_found")


def test_a_refund_that_the_provider_declines_is_put_before_a_person(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.orders.providers.port import Declined
    from functions.orders.providers.sandbox import Sandbox

    order_id = str(place()["order_id"])
    settled(bus)
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2)))
    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 4, progress("1", shipped=2)))
    settled(bus)
    with monkeypatch.context() as patched:
        patched.setattr(Sandbox, "refund", lambda *_, **__: Declined("account_closed"))
        OPS.post(
            "/v1/returns",
            {
                "return_id": "R-1",
                "order_id": order_id,
                "lines": [{"line_id": "1", "quantity": 1, "reason": "DAMAGED"}],
                "method": "in_store",
                "location_id": "S1",
                "receive_now": [{"line_id": "1", "quantity": 1, "disposition": "DESTROY"}],
            },
        )
        settled(bus)
    assert money(order_id)["refunded"] == 0
    assert tasks() == [("REFUND_DUE", ["assign", "refunded", "retry"])]

    assert OPS.post(f"/v1/exceptions/{order_id}:REFUND_DUE/resolve", {"action": "retry"}).status == 200
    settled(bus)

    assert money(order_id)["refunded"] == 1200
    assert tasks() == []


@pytest.mark.usefixtures("aws")
def test_an_unknown_exception_is_not_found() -> None:
    refused(OPS.post("/v1/exceptions/nonsense/resolve", {"action": "retry"}), 404, "exception_not_found")


def test_a_parcel_that_the_carrier_had_scanned_is_put_before_a_person_once(bus: Bus) -> None:
    order_id = str(place(order())["order_id"])
    settled(bus)
    refused_ = LabelVoidRefused(
        order_id=order_id,
        fulfilment_order_id=f"{order_id}.1",
        location_id="S1",
        parcel_id="P1",
        label_id=f"{order_id}.1/P1",
        carrier="sandbox",
        tracking_number="SBX-777",
        amount=399,
    )
    for _ in range(2):
        bus.deliver("orders", refused_)
    assert tasks() == [("PARCEL_ASTRAY", ["assign", "settled"])]
    body = {"request_id": "G-1", "action": "settled", "reason": "stopped at the depot"}
    for _ in range(2):
        assert OPS.post(f"/v1/exceptions/{order_id}:PARCEL_ASTRAY/resolve", body).status == 200
    bus.deliver("orders", refused_)
    assert tasks() == []
    assert "SBX-777" not in str(OPS.get(f"/v1/orders/{order_id}/history").body), "no number that leads to an address"
