"""What cannot be an order is refused with a pointer to the field, and nothing is half done."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.component.orders.shop import OPS, WEB, gbp, line, order, refused


def _without(body: dict[str, Any], *path: str | int) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    inner: Any = changed
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return changed


def _with(body: dict[str, Any], value: Any, *path: str | int) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    inner: Any = changed
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return changed


BASE = order()
PLACE = "/lines/0/fulfilment/location_id"
UNACCEPTABLE = [
    ("a negative quantity", _with(BASE, -1, "lines", 0, "quantity"), "/lines/0/quantity"),
    ("no units", _with(BASE, 0, "lines", 0, "quantity"), "/lines/0/quantity"),
    ("a huge quantity", _with(BASE, 10**9, "lines", 0, "quantity"), "/lines/0/quantity"),
    ("a quantity as text", _with(BASE, "2", "lines", 0, "quantity"), "/lines/0/quantity"),
    ("half a unit", _with(BASE, 0.5, "lines", 0, "quantity"), "/lines/0/quantity"),
    ("a huge price", _with(BASE, 10**13, "lines", 0, "unit_price", "amount"), "/lines/0/unit_price/amount"),
    ("a negative price", _with(BASE, -1, "lines", 0, "unit_price", "amount"), "/lines/0/unit_price/amount"),
    ("an unknown field", BASE | {"colour": "red"}, "/colour"),
    ("a separator in the id", BASE | {"channel_order_id": "W#1"}, "/channel_order_id"),
    ("a space in the sku", _with(BASE, "A B", "lines", 0, "sku"), "/lines/0/sku"),
    ("a line twice", order("W-1", line(), line()), "/lines/1/line_id"),
    ("a discount above the line", order("W-1", line(discount=gbp(2401)), pays=None), "/lines/0/discount"),
    ("contained tax above the price", order("W-1", line(tax=gbp(2401))), "/lines/0/tax"),
    ("another currency", _with(BASE, "EUR", "lines", 0, "unit_price", "currency"), "/lines/0/unit_price/currency"),
    ("a collection without a place", order("W-1", line(fulfilment={"method": "pickup"})), PLACE),
    ("carry-out without a place", order("W-1", line(fulfilment={"method": "carry_out"})), PLACE),
    ("an unknown method", order("W-1", line(fulfilment={"method": "teleport"})), "/lines/0/fulfilment/method"),
    ("a parcel without an address", _without(BASE, "shipping", "address"), "/shipping/address"),
    ("an implausible e-mail", _with(BASE, "ann at home", "customer", "email"), "/customer/email"),
    ("an implausible phone", _with(BASE, "call me", "customer", "phone"), "/customer/phone"),
    ("a sandbox payment without a token", _without(BASE, "payment", "token"), "/payment/token"),
    ("an unknown provider", _with(BASE, "piggy_bank", "payment", "provider"), "/payment/provider"),
    ("a time without a zone", BASE | {"placed_at": "2026-11-21T10:00:00"}, "/placed_at"),
]  # fmt: skip


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("body", "pointer"), [case[1:] for case in UNACCEPTABLE], ids=[case[0] for case in UNACCEPTABLE]
)
def test_an_order_that_is_not_acceptable_is_refused_with_a_pointer_to_the_field(body: Any, pointer: str) -> None:
    answer = WEB.post("/v1/orders", body)

    assert answer.status == 422, answer.body
    assert pointer in [one["pointer"] for one in answer.body["errors"]]
    assert OPS.get("/v1/orders?channel=web&channel_order_id=W-1").body["items"] == []


@pytest.mark.usefixtures("aws")
def test_a_payment_must_be_for_the_total_to_the_penny() -> None:
    body = _with(BASE, 2798, "payment", "amount", "amount")

    refused(WEB.post("/v1/orders", body), 422, "payment_amount_mismatch", "/payment/amount")


@pytest.mark.usefixtures("aws")
def test_an_order_worth_more_than_can_be_counted_is_refused() -> None:
    dear = line(quantity=1_000_000, price=10**12)

    refused(WEB.post("/v1/orders", order("W-1", dear, pays=None)), 422, "invalid", "/lines")


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        ('{"channel": "web", "lines": [', "application/json", 400),
        ("", "application/json", 400),
        ("{}", "application/json", 400),
        ("[]", "application/json", 422),
        ('{"channel": NaN}', "application/json", 422),
        ('{"channel": 1e308}', "application/json", 422),
        ("{}", "text/plain", 415),
    ],
)
def test_what_cannot_be_read_is_a_clients_mistake_and_never_ours(raw: str, content_type: str, status: int) -> None:
    answer = WEB.send("POST", "/v1/orders", raw=raw, headers={"content-type": content_type})

    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
