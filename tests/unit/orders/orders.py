"""Orders made by hand for the tests of the pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.orders.domain.account import totals
from functions.orders.domain.lines import Line, Method, Progress, Units
from functions.orders.domain.order import Address, Change, Order, Shipping
from functions.orders.domain.paying import settle
from functions.orders.domain.placement import place
from functions.orders.domain.tenders import OperationStatus, Payment

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
CHANGE = Change(at=AT + timedelta(minutes=1), by="test")


def line(line_id: str = "1", quantity: int = 2, price: int = 1200, **members: Any) -> Line:
    return Line(line_id=line_id, sku="MUG", quantity=quantity, unit_price=price, **members)


def carried(line_id: str = "1", quantity: int = 1, price: int = 4500) -> Line:
    return line(line_id, quantity, price, method=Method.CARRY_OUT, location_id="S1")


def order(*lines: Line, charge: int = 399, **members: Any) -> Order:
    """An order as a channel sends it, not placed yet."""
    base: dict[str, Any] = {
        "order_id": "O-1",
        "channel": "web",
        "channel_order_id": "W-1",
        "placed_at": AT,
        "accepted_at": AT,
        "currency": "GBP",
        "lines": lines or (line(),),
        "shipping": Shipping(charge=charge, address=Address(line1="1 High St", city="Leeds", country="GB")),
    }
    return Order(**base | members)


def payment(amount: int, payment_id: str = "initial", *, external: bool = False) -> Payment:
    provider = "external" if external else "sandbox"
    secret = {"reference": "R"} if external else {"token": "tok_ok"}
    return Payment(payment_id, provider, amount, AT, content_hash=payment_id, **secret)


def placed(*lines: Line, **members: Any) -> Order:
    """An order in the book, its authorisation pending."""
    given = order(*lines, **members)
    return place(given, [payment(totals(given).total)], CHANGE)


def answered(before: Order, *, declined: str | None = None) -> Order:
    """The order after the provider has answered everything that is pending, and what follows from it."""
    now = before
    while pending := [one for one in now.operations if one.status is OperationStatus.PENDING]:
        now = settle(now, pending[0].operation_id, declined=declined, change=CHANGE)
    return now


def released(*lines: Line, **members: Any) -> Order:
    """An order that is authorised and released to routing."""
    return answered(placed(*lines, **members))


def at_location(version: int = 1, *, status: str = "OPEN", **units: dict[str, int]) -> Progress:
    """A fulfilment order: `at_location(2, l1={"packed": 2})` has two units of line 1 packed."""
    lines = {name[1:]: Units(**counts) for name, counts in units.items()}
    return Progress(location_id="DC", method="ship", status=status, version=version, lines=lines)
