"""Rivals for the same order: who loses decides again on what is true now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.orders import wiring
from functions.orders.repository import OrderBook
from shared.cause import Cause
from shared.dynamo.retry import LostRace
from shared.events.customers import OrderCustomerKnown
from shared.events.fulfilment import OrderRouted
from tests.component.orders.shop import WEB, opened, place, quantities, read, routed
from tests.support.bus import Bus
from tests.support.local_aws import running_as


@pytest.fixture
def book(aws: None) -> Iterator[OrderBook]:
    with running_as("orders"):
        yield wiring.book()


def _cause(name: str) -> Cause:
    return Cause(name, "test", "test", datetime.now(UTC), "corr")


def test_the_second_of_two_rivals_is_told_that_it_lost(book: OrderBook) -> None:
    order_id = place()["order_id"]
    first, second = book.change(order_id), book.change(order_id)
    first.save(replace(first.order, customer_id="C-1"), cause=_cause("one"))

    with pytest.raises(LostRace):
        second.save(replace(second.order, customer_id="C-2"), cause=_cause("two"))

    assert read(order_id)["customer_id"] == "C-1"


def test_an_event_that_loses_a_race_is_applied_to_the_order_as_it_is_now(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = place()["order_id"]
    real, rivals = OrderBook.change, [OrderCustomerKnown(order_id=order_id, customer_id="C-1")]

    def raced(self: OrderBook, wanted: str) -> object:
        found = real(self, wanted)
        if rivals:
            assert bus.deliver("orders", rivals.pop()) == []
        return found

    monkeypatch.setattr(OrderBook, "change", raced)
    event: OrderRouted = routed(order_id, opened(order_id, l1=2))
    assert bus.deliver("orders", event) == []

    assert quantities(order_id) == {"ordered": 2, "allocated": 2}
    assert (read(order_id)["customer_id"], read(order_id)["version"]) == ("C-1", 3)


def test_a_cancel_with_an_idempotency_key_is_applied_once(bus: Bus) -> None:
    order_id = place()["order_id"]
    body = {"request_id": "X-1", "reason": "no", "lines": [{"line_id": "1", "quantity": 1}]}

    answers = [
        WEB.post(f"/v1/orders/{order_id}/cancel", body, headers={"Idempotency-Key": key}) for key in ("k", "k", "l")
    ]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert quantities(order_id) == {"ordered": 2, "cancelled": 1, "unsourced": 1}
    assert read(order_id)["version"] == 2
