"""Placing an order: taken once, whole, and refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from shared.aws import client
from tests.component.orders.shop import (
    OPS,
    WEB,
    collected,
    gbp,
    line,
    of,
    opened,
    order,
    place,
    progress,
    read,
    refused,
    routed,
    step,
)
from tests.support.bus import Bus
from tests.support.gateway import Gateway, associate, channel, customer, service_desk


@pytest.mark.usefixtures("aws")
def test_an_order_is_taken_and_answers_with_what_was_agreed() -> None:
    placed = place(order("W-1", line(discount=gbp(200)), collected()))

    assert placed["totals"] == {
        "merchandise": gbp(6900),
        "discount": gbp(200),
        "tax": gbp(0),
        "shipping": gbp(399),
        "total": gbp(7099),
    }
    assert (placed["status"], placed["payment_status"], placed["version"]) == ("PLACED", "PENDING", 1)
    assert placed["lines"][0]["quantities"] == {
        "ordered": 2,
        "cancelled": 0,
        "unsourced": 2,
        "backordered": 0,
        "allocated": 0,
        "picked": 0,
        "packed": 0,
        "shipped": 0,
        "ready": 0,
        "fulfilled": 0,
        "returned": 0,
    }
    assert placed["placed_at"] == "2026-11-21T10:00:00.000Z"
    assert placed["holds"] == []
    assert read(placed["order_id"], by=WEB) == placed


def test_a_new_order_tells_who_ordered_apart_from_what_was_ordered(bus: Bus) -> None:
    place(order("W-1", line(), reservation_id="R-1"))

    events = bus.published("orders")

    assert [kind for kind, _ in events] == [
        "OrderPlaced.v1",
        "OrderContactGiven.v1",
        "OrderAddressGiven.v1",
        "PaymentRequested.v1",
        "OrderValueChanged.v1",
    ]
    (placed,) = of(events, "OrderPlaced")
    assert placed["reservation_id"] == "R-1"
    assert placed["lines"] == [{"line_id": "1", "sku": "MUG", "quantity": 2, "method": "ship"}]
    assert "ann@example.com" not in str(placed)
    (contact,) = of(events, "OrderContactGiven")
    assert contact["contact"]["email"] == "ann@example.com"
    assert contact["address"]["line1"] == "1 High St"
    (parcels,) = of(events, "OrderAddressGiven")
    assert parcels["address"]["line1"] == "1 High St"


@pytest.mark.usefixtures("aws")
def test_the_same_order_again_is_the_same_order() -> None:
    first = place()

    again = WEB.post("/v1/orders", order())

    assert (again.status, again.body) == (200, first)


@pytest.mark.usefixtures("aws")
def test_white_space_and_absent_defaults_do_not_make_another_order() -> None:
    first = place()
    body = order() | {"reservation_id": None}
    body["lines"][0]["discount"] = None

    again = WEB.post("/v1/orders", body)

    assert (again.status, again.body) == (200, first)


@pytest.mark.usefixtures("aws")
def test_another_order_under_a_known_id_is_refused_and_changes_nothing() -> None:
    first = place()

    refused(WEB.post("/v1/orders", order("W-1", line(quantity=3))), 409, "order_id_reused")

    assert read(first["order_id"]) == first


@pytest.mark.usefixtures("aws")
def test_two_channels_may_use_the_same_number() -> None:
    web = place()
    app = place(order(channel="app"), by=Gateway(channel("app")))

    assert web["order_id"] != app["order_id"]


@pytest.mark.usefixtures("aws")
def test_a_retried_request_with_an_idempotency_key_answers_as_the_first_time() -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = WEB.post("/v1/orders", order(), headers=headers)

    again = WEB.post("/v1/orders", order(), headers=headers)

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    refused(WEB.post("/v1/orders", order("W-2"), headers=headers), 422, "idempotency_key_reused")


@pytest.mark.usefixtures("aws")
def test_placing_an_order_is_one_write_request_and_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    place(order("W-0"))
    requests: list[str] = []
    dynamodb = client("dynamodb")
    real = dynamodb._make_api_call

    def counted(name: str, parameters: dict[str, Any]) -> Any:
        if parameters.get("TableName") == "orders":
            requests.append(name)
        return real(name, parameters)

    monkeypatch.setattr(dynamodb, "_make_api_call", counted)
    place(order("W-1", line(), line("2"), line("3")))

    assert requests == ["PutItem"]


@pytest.mark.usefixtures("aws")
def test_an_order_of_twelve_hundred_lines_is_taken_and_one_more_line_is_refused() -> None:
    lines = [line(str(number), quantity=number + 1, price=number) for number in range(1200)]

    placed = place(order("W-1", *lines))

    assert len(read(placed["order_id"])["lines"]) == 1200
    refused(WEB.post("/v1/orders", order("W-2", *lines, line("x"))), 422, "invalid", "/lines")
    refused(WEB.post("/v1/orders", order("W-3") | {"lines": []}), 422, "invalid", "/lines")


@pytest.mark.usefixtures("aws")
def test_a_channel_places_its_own_orders_only_and_staff_place_for_any() -> None:
    refused(Gateway(channel("app")).post("/v1/orders", order()), 403, "channel_not_yours")
    assert Gateway(service_desk()).post("/v1/orders", order("W-1")).status == 201
    assert OPS.post("/v1/orders", order("W-2")).status == 201
    refused(Gateway(associate("S1")).post("/v1/orders", order("W-3")), 403, "forbidden")
    refused(Gateway(customer("C-1")).post("/v1/orders", order("W-4")), 403, "forbidden")


@pytest.mark.usefixtures("aws")
def test_an_order_is_seen_by_its_channel_and_its_customer_and_by_nobody_else() -> None:
    placed = place(order(customer={"customer_id": "C-1"}))
    path = f"/v1/orders/{placed['order_id']}"

    for allowed in (WEB, OPS, Gateway(service_desk()), Gateway(customer("C-1"))):
        assert allowed.get(path).status == 200
    for stranger in (Gateway(channel("app")), Gateway(customer("C-2")), Gateway({"sub": "u", "role": "customer"})):
        for part in ("", "/history", "/payments"):
            refused(stranger.get(path + part), 404, "not_found")
    for part in ("/history", "/payments"):
        refused(Gateway(associate("S1")).get(path + part), 403, "forbidden")
    refused(OPS.get("/v1/orders/O-NONE"), 404, "order_not_found")


def test_an_associate_who_takes_goods_back_sees_the_order_but_neither_contact_nor_code(bus: Bus) -> None:
    order_id = place(order("W-1", collected("1")))["order_id"]
    bus.deliver("orders", routed(order_id, opened(order_id, 1, "S1", "pickup", l1=1)))
    there = step("ReadyForPickup", order_id, "READY", 4, progress("1", ready=1), method="pickup", code="ABC123")
    bus.deliver("orders", there)
    path = f"/v1/orders/{order_id}"

    seen = Gateway(associate("S9")).get(path)

    assert WEB.get(path).body["pickups"][0]["code"] == "ABC123"
    assert (seen.status, seen.body["pickups"][0]["code"]) == (200, None)
    assert "ann@example.com" not in str(seen.body)


def test_units_carried_out_are_fulfilled_at_once(bus: Bus) -> None:
    till = collected("1", 2, "carry_out")

    placed = place(order("P-1", till, channel="pos"), by=Gateway(channel("pos")))

    assert placed["status"] == "FULFILLED"
    assert placed["lines"][0]["quantities"]["fulfilled"] == 2
    (told,) = of(bus.published("orders"), "OrderPlaced")
    assert (told["lines"][0]["method"], told["lines"][0]["location_id"]) == ("carry_out", "S1")


@pytest.mark.usefixtures("aws")
def test_the_history_says_what_happened_who_did_it_and_when() -> None:
    placed = place()

    history = OPS.get(f"/v1/orders/{placed['order_id']}/history").body["items"]

    assert [(one["what"], one["who"], one["status"]) for one in history] == [
        ("placed", "channel:web", "PLACED"),
        ("authorise 2799 requested", "channel:web", None),
    ]


@pytest.mark.usefixtures("aws")
def test_tax_on_top_of_prices_is_part_of_the_total_and_tax_inside_is_not() -> None:
    taxed = line(tax=gbp(480))
    on_top = order("W-1", taxed, tax_included=False, pays=None)
    on_top["shipping"]["tax"] = gbp(80)
    on_top["payment"] = {"provider": "sandbox", "token": "tok_ok", "amount": gbp(2400 + 480 + 399 + 80)}

    assert place(on_top)["totals"]["total"] == gbp(3359)
    assert place(order("W-2", taxed))["totals"]["total"] == gbp(2799)
