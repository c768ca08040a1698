"""What a stored change of an order means to the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.orders.domain.cancelling import request_cancel
from functions.orders.domain.order import Address, Order
from functions.orders.domain.paying import settle
from functions.orders.facts import destination, facts
from functions.orders.repository import KIND, _item, decode
from shared.cause import Cause
from shared.events.orders import OrderLinesCancelled, OrderReleased
from shared.geo import Geo
from tests.unit.orders.orders import AT, CHANGE, carried, line, placed, released

CAUSE = Cause(id="C-1", kind="place_order", actor="channel:web", at=AT, correlation_id="corr")


def _kinds(old: Order | None, new: Order) -> list[str]:
    return [event.detail_type for event in facts(old, new)]


def test_a_new_order_is_placed_its_contact_given_and_its_payment_asked_for() -> None:
    assert _kinds(None, placed()) == [
        "OrderPlaced.v1",
        "OrderContactGiven.v1",
        "OrderAddressGiven.v1",
        "PaymentRequested.v1",
        "OrderValueChanged.v1",
    ]


def test_the_providers_word_settles_the_operation_and_releases_the_order() -> None:
    order = placed()

    assert _kinds(order, settle(order, "O-1.p1", declined=None, change=CHANGE)) == [
        "PaymentSettled.v1",
        "OrderReleased.v1",
    ]
    assert _kinds(order, settle(order, "O-1.p1", declined="card_declined", change=CHANGE)) == ["PaymentSettled.v1"]


def test_a_write_that_changes_nothing_for_others_is_no_fact() -> None:
    order = placed()

    assert _kinds(order, replace(order, customer_id="C-1")) == []


def test_only_units_that_must_come_from_somewhere_are_released() -> None:
    order = placed(line("1", 3), carried("2"))
    order = request_cancel(order, request_id="X", lines={"1": 1}, reason="no", change=CHANGE)
    (event,) = (
        one
        for one in facts(order, settle(order, "O-1.p1", declined=None, change=CHANGE))
        if isinstance(one, OrderReleased)
    )

    assert [(one.line_id, one.quantity) for one in event.lines] == [("1", 2)]


def test_a_cancelled_unit_is_told_once() -> None:
    before = placed(line("1", 3))
    after = request_cancel(before, request_id="X", lines={"1": 1}, reason="no", change=CHANGE)
    (event,) = (one for one in facts(before, after) if isinstance(one, OrderLinesCancelled))

    assert (event.lines[0].quantity, event.reason, event.whole_order) == (1, "no", False)
    assert "OrderLinesCancelled.v1" not in _kinds(after, replace(after, customer_id="C"))


@pytest.mark.parametrize(
    ("country", "postal_code", "district"),
    [
        ("GB", "LS1 1AA", "LS1"),
        ("GB", "ec1a1bb", "EC1A"),
        ("GB", "LS1", "LS1"),
        ("GB", "", ""),
        ("US", "94103-1234", "941"),
        ("NL", "1012 AB", "101"),
    ],
)
def test_routing_learns_the_district_and_a_rounded_point_and_no_more(
    country: str, postal_code: str, district: str
) -> None:
    address = Address("1 High St", "Leeds", country, postal_code=postal_code, geo=Geo(53.80083, -1.54911))

    told = destination(address)

    assert told.postal_district == district
    assert told.geo is not None
    assert (told.geo.lat, told.geo.lng) == (53.8, -1.55)


def test_a_stored_order_reads_back_as_it_was_and_fits_one_write_unit() -> None:
    order = replace(released(line("1"), line("2"), line("3")), version=2)

    item = _item(order, "hash", CAUSE)

    assert decode(item) == order
    assert item["kind"] == KIND
    assert len(item["body"]) + sum(len(key) + len(str(value)) for key, value in item.items() if key != "body") < 1024
