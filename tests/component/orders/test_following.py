"""Following fulfilment: late, repeated and reordered events never corrupt an order, and money follows the goods."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.events.customers import OrderCustomerKnown
from shared.events.fulfilment import (
    FulfilmentOrderDelayed,
    PickupNotCollected,
    ShortLine,
    UnfilledLine,
    UnitsShort,
)
from shared.events.inventory import ReservationIgnored
from shared.events.orders import LineQuantity
from tests.component.orders.shop import (
    OPS,
    collected,
    line,
    money,
    of,
    opened,
    order,
    place,
    progress,
    quantities,
    read,
    routed,
    settled,
    step,
    without_pauses,
)
from tests.support.bus import Bus
from tests.support.gateway import Gateway, customer


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def released(bus: Bus, *lines: dict[str, Any], **members: Any) -> str:
    order_id = str(place(order("W-1", *lines, **members))["order_id"])
    settled(bus)
    return order_id


def test_a_routed_order_is_confirmed(bus: Bus) -> None:
    order_id = released(bus)

    assert (
        bus.deliver("orders", routed(order_id, opened(order_id, 1, "DC", l1=1), opened(order_id, 2, "S1", l1=1))) == []
    )

    assert quantities(order_id) == {"ordered": 2, "allocated": 2}
    now = read(order_id)
    assert now["status"] == "CONFIRMED"
    assert [one["location_id"] for one in now["shipments"]] == ["DC", "S1"]


def test_an_order_goes_through_the_hands_of_staff_to_the_shopper(bus: Bus) -> None:
    order_id = released(bus)
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2)))
    steps = [("ACKNOWLEDGED", "allocated"), ("PICKED", "picked"), ("PACKED", "packed")]
    for version, (status, stage) in enumerate(steps, start=2):
        moved = step("FulfilmentOrderMoved", order_id, status, version, progress("1", "MUG", **{stage: 2}))
        bus.deliver("orders", moved)
        assert quantities(order_id) == {"ordered": 2, stage: 2}
        assert read(order_id)["status"] == "PROCESSING"
    parcels = ({"parcel_id": "1", "carrier": "RM", "tracking_number": "T1"},)
    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 5, progress(shipped=2), parcels=parcels))
    settled(bus)
    assert read(order_id)["payment_status"] == "CAPTURED"
    bus.deliver("orders", step("FulfilmentOrderMoved", order_id, "DELIVERED", 6, progress(fulfilled=2)))

    now = read(order_id)
    assert now["status"] == "FULFILLED"
    assert now["shipments"][0]["parcels"] == list(parcels)
    history = [one["status"] for one in OPS.get(f"/v1/orders/{order_id}/history").body["items"] if one["status"]]
    assert history == ["PLACED", "CONFIRMED", "PROCESSING", "FULFILLED"]


def test_steps_that_arrive_backwards_and_twice_end_the_same(bus: Bus) -> None:
    order_id = released(bus)
    events = [
        routed(order_id, opened(order_id, l1=2)),
        step("FulfilmentOrderMoved", order_id, "PACKED", 3, progress(packed=2)),
        step("Shipped", order_id, "SHIPPED", 4, progress(shipped=2)),
        step("FulfilmentOrderMoved", order_id, "DELIVERED", 5, progress(fulfilled=2)),
    ]

    for event in (*reversed(events), *events):
        assert bus.deliver("orders", event) == []
        settled(bus)

    assert quantities(order_id) == {"ordered": 2, "fulfilled": 2}
    assert (read(order_id)["status"], money(order_id)["captured"]) == ("FULFILLED", 2799)


def test_each_shipment_is_captured_for_what_left_and_shipping_with_the_first(bus: Bus) -> None:
    order_id = released(bus, line(quantity=3, price=333), line("2", 1, 1000))
    bus.deliver("orders", routed(order_id, opened(order_id, 1, l1=1, l2=1), opened(order_id, 2, l1=2)))

    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 3, progress("1", shipped=2), number=2))
    first = of(settled(bus), "PaymentRequested")
    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 3, progress("1", shipped=1), progress("2", shipped=1)))
    second = of(settled(bus), "PaymentRequested")

    assert [one["amount"] for one in (*first, *second)] == [666 + 399, 333 + 1000]
    assert money(order_id)["captured"] == 2398


def test_a_collection_shows_its_code_until_it_is_handed_over(bus: Bus) -> None:
    order_id = released(bus, collected("1"), customer={"customer_id": "C-1"})
    bus.deliver("orders", routed(order_id, opened(order_id, 1, "S1", "pickup", l1=1)))
    assert read(order_id)["pickups"][0]["code"] is None
    lamp = progress("1", "LAMP", ready=1)
    ready = step("ReadyForPickup", order_id, "READY", 5, lamp, method="pickup", code="K7M2QX", pickup_by="2026-11-28")
    bus.deliver("orders", ready)

    shown = read(order_id, by=Gateway(customer("C-1")))["pickups"]

    assert shown == [
        {
            "fulfilment_order_id": f"{order_id}.1",
            "location_id": "S1",
            "status": "READY",
            "code": "K7M2QX",
            "pickup_by": "2026-11-28",
            "link": None,
        }
    ]
    handed = step("HandedOver", order_id, "HANDED_OVER", 6, progress("1", "LAMP", fulfilled=1), method="pickup")
    bus.deliver("orders", handed)
    settled(bus)
    assert (read(order_id)["status"], money(order_id)["captured"]) == ("FULFILLED", 4899)


def test_a_code_that_comes_late_is_shown_all_the_same(bus: Bus) -> None:
    order_id = released(bus, collected("1"))
    later = step("FulfilmentOrderMoved", order_id, "ARRIVED", 6, progress("1", "LAMP", ready=1), method="curbside")
    ready = step(
        "ReadyForPickup", order_id, "READY", 5, progress("1", "LAMP", ready=1), method="curbside", code="K7M2QX"
    )

    bus.deliver("orders", later)
    bus.deliver("orders", ready)

    (pickup,) = read(order_id)["pickups"]
    assert (pickup["status"], pickup["code"]) == ("ARRIVED", "K7M2QX")


def _unfilled(outcome: str, quantity: int = 2) -> tuple[UnfilledLine, ...]:
    return (UnfilledLine(line_id="1", quantity=quantity, outcome=outcome),)


def test_units_out_of_stock_are_cancelled_and_the_money_given_back(bus: Bus) -> None:
    order_id = released(bus)

    for _ in range(2):
        bus.deliver("orders", routed(order_id, unfilled=_unfilled("OUT_OF_STOCK")))

    (told,) = of(settled(bus), "OrderLinesCancelled")
    assert (told["reason"], told["whole_order"]) == ("OUT_OF_STOCK", True)
    assert (read(order_id)["status"], read(order_id)["payment_status"]) == ("CANCELLED", "VOIDED")


def test_units_told_out_of_stock_by_a_second_plan_are_not_cancelled_twice(bus: Bus) -> None:
    order_id = released(bus, line(quantity=5))
    bus.deliver("orders", routed(order_id, opened(order_id, l1=3), unfilled=_unfilled("OUT_OF_STOCK")))

    bus.deliver("orders", routed(order_id, opened(order_id, l1=3), plan=2, unfilled=_unfilled("OUT_OF_STOCK")))

    assert quantities(order_id) == {"ordered": 5, "cancelled": 2, "allocated": 3}


def test_backordered_units_wait_and_find_their_place_by_a_later_plan(bus: Bus) -> None:
    order_id = released(bus)
    bus.deliver("orders", routed(order_id, opened(order_id, l1=1), unfilled=_unfilled("BACKORDERED", 1)))
    assert quantities(order_id) == {"ordered": 2, "allocated": 1, "backordered": 1}
    assert read(order_id)["status"] == "PLACED"

    bus.deliver("orders", routed(order_id, opened(order_id, 2, "S1", l1=1), plan=2))
    bus.deliver("orders", routed(order_id, opened(order_id, l1=1), unfilled=_unfilled("BACKORDERED", 1)))

    assert quantities(order_id) == {"ordered": 2, "allocated": 2}
    assert read(order_id)["status"] == "CONFIRMED"


@pytest.mark.parametrize("outcome", ["OVERSOLD", "UNROUTABLE"])
def test_units_that_a_person_has_to_judge_are_flagged_and_stay_unsourced(bus: Bus, outcome: str) -> None:
    order_id = released(bus)

    bus.deliver("orders", routed(order_id, unfilled=_unfilled(outcome)))

    now = read(order_id)
    assert (now["flags"], now["lines"][0]["flags"]) == ([outcome], [outcome])
    assert quantities(order_id) == {"ordered": 2, "unsourced": 2}
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2), plan=2))
    assert read(order_id)["flags"] == []


def test_an_unused_reservation_is_flagged_once(bus: Bus) -> None:
    order_id = released(bus, reservation_id="R-1")
    event = ReservationIgnored(order_id=order_id, reservation_id="R-1", reason="lapsed")

    for _ in range(2):
        bus.deliver("orders", event)

    assert read(order_id)["flags"] == ["RESERVATION_NOT_USED"]
    history = OPS.get(f"/v1/orders/{order_id}/history").body["items"]
    assert [one["why"] for one in history if one["what"] == "reservation not used"] == ["lapsed"]


def test_an_order_finds_its_customer_later(bus: Bus) -> None:
    order_id = place()["order_id"]
    shopper = Gateway(customer("C-9"))
    assert shopper.get(f"/v1/orders/{order_id}").status == 404

    for _ in range(2):
        bus.deliver("orders", OrderCustomerKnown(order_id=order_id, customer_id="C-9"))

    assert shopper.get(f"/v1/orders/{order_id}").body["customer_id"] == "C-9"
    assert [one["order_id"] for one in shopper.get("/v1/orders").body["items"]] == [order_id]


def test_an_event_of_an_unknown_order_or_line_comes_again_and_is_not_swallowed(bus: Bus) -> None:
    order_id = released(bus)

    assert bus.deliver("orders", routed("O-NONE")) == ["m0"]
    assert bus.deliver("orders", routed(order_id, opened(order_id, l9=1))) == ["m0"]


def test_the_history_tells_of_shorts_delays_re_routes_and_no_shows_where_when_and_why(bus: Bus) -> None:
    order_id = released(bus, line("1", 2), collected("2", 1))
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2), opened(order_id, 2, "S1", "pickup", l2=1)))
    short = UnitsShort(
        order_id=order_id,
        fulfilment_order_id=f"{order_id}.1",
        location_id="DC",
        plan_version=1,
        number=1,
        reason="NOT_FOUND",
        lines=(ShortLine(line_id="1", sku="MUG", quantity=1),),
    )
    late = FulfilmentOrderDelayed(
        order_id=order_id,
        fulfilment_order_id=f"{order_id}.2",
        location_id="S1",
        method="pickup",
        status="OPEN",
        cause="UNACKNOWLEDGED",
        due_at="2026-11-21T12:00:00Z",
    )
    nobody = PickupNotCollected(
        order_id=order_id,
        fulfilment_order_id=f"{order_id}.2",
        location_id="S1",
        lines=(LineQuantity(line_id="2", quantity=1),),
    )
    then = datetime(2026, 11, 21, 11, tzinfo=UTC)
    for event in (short, late, short, late):
        assert bus.deliver("orders", event, at=then) == []
    bus.deliver("orders", step("FulfilmentOrderMoved", order_id, "PICKED", 3, progress(picked=1)))
    again = opened(order_id, 3, "S2", l1=1)
    bus.deliver("orders", routed(order_id, opened(order_id, l1=1), again, plan=2))
    for _ in range(2):
        assert bus.deliver("orders", nobody) == []

    history = OPS.get(f"/v1/orders/{order_id}/history").body["items"]
    told = [(one["what"].replace(order_id, "O"), one["who"], one["why"]) for one in history if one["why"]]
    assert told == [
        ("O.1#1 short: 1 of line 1", "location:DC", "NOT_FOUND"),
        ("O.2 delayed: due 2026-11-21T12:00:00Z", "location:S1", "UNACKNOWLEDGED"),
        ("routed by plan 2 to 2 fulfilment orders", "service:orders", "NOT_FOUND"),
        ("O.2 given up: 1 units cancelled", "location:S1", "NO_SHOW"),
    ]
    happened = [
        one["at"] for one in history if one["why"] in {"NOT_FOUND", "UNACKNOWLEDGED"} and "plan" not in one["what"]
    ]
    assert happened == ["2026-11-21T11:00:00.000Z"] * 2
