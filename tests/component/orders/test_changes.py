"""Changes: quoted whole, applied whole or not at all; money and fulfilment speak first."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.fulfilment import CancellationDecided
from shared.events.orders import LineQuantity
from tests.component.orders.shop import (
    ADDRESS,
    OPS,
    WEB,
    gbp,
    line,
    money,
    of,
    opened,
    order,
    place,
    quantities,
    read,
    refused,
    routed,
    settled,
    without_pauses,
)
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def change(order_id: str, *actions: dict[str, Any], change_id: str = "C-1", **members: Any) -> Answer:
    body = {"change_id": change_id, "actions": list(actions)} | members
    return WEB.post(f"/v1/orders/{order_id}/changes", body)


def quantity(count: int, line_id: str = "1") -> dict[str, Any]:
    return {"type": "set_quantity", "line_id": line_id, "quantity": count}


def add(line_id: str = "9", count: int = 1, price: int = 500) -> dict[str, Any]:
    return {"type": "add_line", "line": line(line_id, count, price, sku="VASE")}


def pays(amount: int, how: str = "ok") -> dict[str, Any]:
    return {"provider": "sandbox", "token": f"tok_{how}", "amount": gbp(amount)}


def released(bus: Bus) -> str:
    """Two MUGs, authorised and routed to the DC."""
    order_id = str(place()["order_id"])
    settled(bus)
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2)))
    return order_id


def decided(bus: Bus, order_id: str, *, stopped: int = 0, too_late: int = 0) -> None:
    """Fulfilment's word on the units that the change C-1 gives up."""
    said = {
        name: (LineQuantity(line_id="1", quantity=count),) if count else ()
        for name, count in (("cancelled", stopped), ("refused", too_late))
    }
    bus.deliver("orders", CancellationDecided(order_id=order_id, request_id="#change-C-1", **said))


def test_a_preview_quotes_the_whole_difference_and_keeps_nothing(bus: Bus) -> None:
    order_id = released(bus)
    before = read(order_id)

    quoted = change(order_id, quantity(1), add(count=4), preview=True)

    assert (quoted.status, quoted.body["status"]) == (200, "QUOTED")
    assert quoted.body["lines"] == [
        {"line_id": "1", "before": 2, "after": 1},
        {"line_id": "9", "before": 0, "after": 4},
    ]
    assert quoted.body["money"] == {"due_before": gbp(2799), "due_after": gbp(3599), "to_pay": gbp(800)}
    assert read(order_id) == before


def test_before_the_release_a_change_is_applied_at_once(bus: Bus) -> None:
    order_id = str(place()["order_id"])
    there = {"type": "set_address", "address": ADDRESS | {"city": "York"}}

    done = change(order_id, quantity(1), there)

    assert (done.status, done.body["status"]) == (200, "APPLIED")
    assert quantities(order_id) == {"ordered": 2, "cancelled": 1, "unsourced": 1}
    (told,) = of(settled(bus), "OrderReleased")
    assert [one["quantity"] for one in told["lines"]] == [1]
    assert change(order_id, quantity(1), there).body["status"] == "APPLIED"
    refused(change(order_id, quantity(2)), 409, "change_id_reused")


def test_more_units_are_paid_first_and_told_to_fulfilment_then(bus: Bus) -> None:
    order_id = released(bus)
    refused(change(order_id, quantity(3)), 422, "payment_needed", "/payment/amount")
    assert read(order_id)["version"] == 3

    asked = change(order_id, quantity(3), add(), payment=pays(1700))

    assert (asked.status, asked.body["status"]) == (202, "PENDING")
    assert quantities(order_id)["ordered"] == 2
    events = settled(bus)
    (told,) = of(events, "OrderLinesAdded")
    assert [(one["line_id"], one["quantity"]) for one in told["lines"]] == [("1", 1), ("9", 1)]
    assert quantities(order_id) == {"ordered": 3, "allocated": 2, "unsourced": 1}
    assert money(order_id)["authorised"] == 2799 + 1700
    assert (money(order_id)["due"], money(order_id)["open"]) == (4499, 0)


def test_a_change_whose_payment_fails_leaves_everything_as_it_was(bus: Bus) -> None:
    order_id = released(bus)
    before = read(order_id)

    assert change(order_id, quantity(1), add(count=4), payment=pays(800, "declined")).status == 202
    events = settled(bus)

    assert (of(events, "OrderLinesAdded"), of(events, "OrderCancelRequested")) == ([], [])
    after = read(order_id)
    for same in ("lines", "totals", "status", "payment_status", "holds", "flags", "cancels"):
        assert after[same] == before[same], same
    answer = change(order_id, quantity(1), add(count=4), payment=pays(800, "declined"))
    assert (answer.body["status"], answer.body["reason"]) == ("REJECTED", "payment declined")


def test_a_substitute_waits_for_fulfilment_and_is_applied_as_one(bus: Bus) -> None:
    order_id = released(bus)
    swap = {"type": "substitute", "line_id": "1", "line": line("9", 2, 1000, sku="VASE")}
    assert change(order_id, swap).status == 202
    (asked,) = of(settled(bus), "OrderCancelRequested")
    assert (asked["all_or_none"], asked["lines"]) == (True, [{"line_id": "1", "quantity": 2}])
    refused(change(order_id, quantity(1), change_id="C-2"), 409, "change_in_progress")

    decided(bus, order_id, stopped=2)

    events = settled(bus)
    assert of(events, "OrderLinesCancelled")[0]["whole_order"] is False
    assert len(of(events, "OrderLinesAdded")) == 1
    assert quantities(order_id) == {"ordered": 2, "cancelled": 2}
    assert quantities(order_id, "9") == {"ordered": 2, "unsourced": 2}
    assert money(order_id)["due"] == 2399


def test_a_change_that_comes_too_late_is_rejected_whole_and_its_payment_given_back(bus: Bus) -> None:
    order_id = released(bus)
    assert change(order_id, quantity(1), add(count=4), payment=pays(800)).status == 202
    settled(bus)

    decided(bus, order_id, too_late=1)
    events = settled(bus)

    assert of(events, "OrderLinesAdded") == []
    assert quantities(order_id) == {"ordered": 2, "allocated": 2}
    sums = money(order_id)
    assert (sums["due"], sums["authorised"], sums["voided"]) == (2799, 3599, 800)
    assert [one["code"] for one in sums["voids"]] == [""]


def test_what_cannot_be_changed_is_said(bus: Bus) -> None:
    order_id = released(bus)
    refused(change(order_id, {"type": "set_address", "address": ADDRESS}), 409, "order_released")
    refused(change(order_id, quantity(1, "7")), 422, "invalid", "/actions/0/line_id")
    refused(change(order_id, quantity(1), quantity(2)), 422, "invalid", "/actions/1/line_id")
    dear = {"type": "add_line", "line": line("9", unit_price={"amount": 1, "currency": "EUR"})}
    refused(change(order_id, dear), 422, "currency_mismatch")
    refused(change(order_id, {"type": "add_line", "line": line("1")}, payment=pays(1)), 422, "invalid")
    refused(change(order_id, quantity(1), payment=pays(1)), 422, "invalid", "/payment")
    OPS.post(f"/v1/orders/{order_id}/holds", {"hold_id": "H", "type": "MANUAL", "blocks": ["EDIT"], "reason": "audit"})
    refused(change(order_id, quantity(1)), 409, "order_not_changeable")
    other = Gateway(gateway.channel("pos"))
    body = {"change_id": "C-1", "actions": [quantity(1)]}
    refused(other.post(f"/v1/orders/{order_id}/changes", body), 404, "not_found")


def test_a_change_id_is_one_over_all_orders(bus: Bus) -> None:
    first, second = str(place()["order_id"]), str(place(order("W-2"))["order_id"])
    assert change(first, quantity(1)).status == 200
    refused(change(second, quantity(1)), 409, "change_id_reused")
