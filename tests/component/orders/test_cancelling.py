"""Cancelling: the book decides before the release, fulfilment afterwards; the money follows."""

from __future__ import annotations

import pytest

from shared.events.fulfilment import CancellationDecided
from shared.events.orders import LineQuantity
from tests.component.orders.shop import (
    OPS,
    WEB,
    collected,
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
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway, channel


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def cancel(order_id: str, request_id: str = "X-1", *, by: Gateway = WEB, **lines: int) -> Answer:
    """Cancel `l1=2` (two units of line 1), or everything."""
    body: dict[str, object] = {"request_id": request_id, "reason": "changed my mind"}
    if lines:
        body["lines"] = [{"line_id": name[1:], "quantity": count} for name, count in lines.items()]
    return by.post(f"/v1/orders/{order_id}/cancel", body)


def test_an_order_that_is_not_released_is_cancelled_at_once_and_its_authorisation_given_back(bus: Bus) -> None:
    order_id = place()["order_id"]

    answer = cancel(order_id)

    assert (answer.status, answer.body["status"]) == (200, "CANCELLED")
    events = settled(bus)
    (told,) = of(events, "OrderLinesCancelled")
    assert (told["lines"], told["whole_order"]) == ([{"line_id": "1", "quantity": 2}], True)
    assert of(events, "OrderReleased") == []
    assert [(one["kind"], one["outcome"]) for one in of(events, "PaymentSettled")] == [
        ("authorise", "DONE"),
        ("void", "DONE"),
    ]
    assert read(order_id)["payment_status"] == "VOIDED"


@pytest.mark.usefixtures("aws")
def test_cancelling_an_order_held_for_payment_lifts_the_hold() -> None:
    order_id = place(order(pays=None))["order_id"]

    assert cancel(order_id).body["holds"] == []


def test_a_part_is_cancelled_before_the_release_and_only_the_rest_is_routed(bus: Bus) -> None:
    order_id = place(order(pays=None))["order_id"]

    answer = cancel(order_id, l1=1)

    assert (answer.status, answer.body["status"]) == (200, "PLACED")
    assert quantities(order_id) == {"ordered": 2, "cancelled": 1, "unsourced": 1}
    assert money(order_id)["open"] == 1200 + 399
    pay = {"payment_id": "P-1", "provider": "sandbox", "token": "tok_ok", "amount": gbp(1599)}
    assert WEB.post(f"/v1/orders/{order_id}/payments", pay).status == 201
    (released,) = of(settled(bus), "OrderReleased")
    assert released["lines"][0]["quantity"] == 1


def test_a_cancel_of_a_released_order_is_a_request_that_fulfilment_decides(bus: Bus) -> None:
    order_id = place()["order_id"]
    settled(bus)

    answer = cancel(order_id)

    assert answer.status == 202
    assert quantities(order_id) == {"ordered": 2, "unsourced": 2}
    events = settled(bus)
    (asked,) = of(events, "OrderCancelRequested")
    assert asked["lines"] == [{"line_id": "1", "quantity": 2}]
    assert of(events, "OrderLinesCancelled") == []

    decided = CancellationDecided(
        order_id=order_id, request_id="X-1", cancelled=(LineQuantity(line_id="1", quantity=2),)
    )
    for _ in range(2):
        assert bus.deliver("orders", decided) == []
    events = settled(bus)
    assert len(of(events, "OrderLinesCancelled")) == 1
    assert (read(order_id)["status"], read(order_id)["payment_status"]) == ("CANCELLED", "VOIDED")
    assert cancel(order_id).status == 200, "the same request again, now that it is decided"


def test_a_request_that_is_repeated_answers_the_same_and_another_content_is_refused(bus: Bus) -> None:
    order_id = place()["order_id"]
    settled(bus)
    first = cancel(order_id, l1=1)

    assert cancel(order_id, l1=1).body == first.body
    assert cancel(order_id, l1=1).status == 202
    refused(cancel(order_id, l1=2), 409, "request_id_reused")
    refused(cancel(order_id), 409, "request_id_reused")
    assert len(of(settled(bus), "OrderCancelRequested")) == 1


def test_what_has_gone_too_far_stays_and_is_charged(bus: Bus) -> None:
    order_id = place(order("W-1", line(), line("2", 1, 1000)))["order_id"]
    settled(bus)
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2, l2=1)))
    cancel(order_id)
    decided = CancellationDecided(
        order_id=order_id,
        request_id="X-1",
        cancelled=(LineQuantity(line_id="2", quantity=1),),
        refused=(LineQuantity(line_id="1", quantity=2),),
    )
    bus.deliver("orders", decided)
    gone = step("Shipped", order_id, "SHIPPED", 5, progress("1", shipped=2), progress("2", cancelled=1))
    bus.deliver("orders", gone)

    settled(bus)

    assert quantities(order_id, "2") == {"ordered": 1, "cancelled": 1}
    charged = money(order_id)
    assert (charged["captured"], charged["voided"], charged["due"]) == (2799, 1000, 2799)
    assert read(order_id)["payment_status"] == "CAPTURED"


@pytest.mark.usefixtures("aws")
def test_cancels_that_make_no_sense_are_refused() -> None:
    order_id = place()["order_id"]

    refused(cancel(order_id, l1=3), 409, "cancel_exceeds_open")
    refused(cancel(order_id, l9=1), 422, "invalid", "/lines/0/line_id")
    refused(cancel(order_id, by=Gateway(channel("app"))), 404, "not_found")
    refused(cancel("O-NONE"), 404, "order_not_found")
    twice = [{"line_id": "1", "quantity": 1}] * 2
    answer = WEB.post(f"/v1/orders/{order_id}/cancel", {"request_id": "X-9", "lines": twice, "reason": "no"})
    refused(answer, 422, "invalid", "/lines/1/line_id")
    assert cancel(order_id).status == 200
    refused(cancel(order_id, "X-2"), 409, "nothing_to_cancel")


@pytest.mark.usefixtures("aws")
def test_what_the_shopper_carried_out_cannot_be_cancelled() -> None:
    order_id = place(order("P-1", collected("1", 1, "carry_out"), pays=None))["order_id"]

    refused(cancel(order_id, by=OPS), 409, "nothing_to_cancel")


def test_units_in_an_undecided_request_cannot_be_asked_for_again(bus: Bus) -> None:
    order_id = place()["order_id"]
    settled(bus)
    cancel(order_id, l1=1)

    refused(cancel(order_id, "X-2", l1=2), 409, "cancel_exceeds_open")
    assert cancel(order_id, "X-3", l1=1).status == 202


def test_a_decision_on_a_request_that_nobody_made_comes_again_and_is_not_swallowed(bus: Bus) -> None:
    order_id = place()["order_id"]

    assert bus.deliver("orders", CancellationDecided(order_id=order_id, request_id="X-7", cancelled=())) == ["m0"]
