"""Placing an order: what must hold for it to be taken into the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from functions.orders.domain import account
from functions.orders.domain.advance import advance
from functions.orders.domain.lines import Line, Method
from functions.orders.domain.order import Change, Order
from functions.orders.domain.paying import (
    amount_must_be,
    tender,
    tender_must_be_complete,
    tenders_must_be_told_apart,
)
from functions.orders.domain.tenders import Payment
from shared.errors import Conflict, FieldError, InvalidField, Refused
from shared.ids import derived_id
from shared.money import MAX_MINOR

MAX_ERRORS = 50
SCHEDULED_WITHIN = timedelta(days=365)
"""How far ahead the work on a line may be put off."""


class OrderIdReused(Conflict):
    """The channel sent another order under an id that it had used."""

    code = "order_id_reused"

    def __init__(self, order_id: str) -> None:
        super().__init__("the channel's order id stands for another order already", extra={"order_id": order_id})


@dataclass(frozen=True)
class Amount:
    """A sum of the request and where it stands there."""

    pointer: str
    currency: str


def order_id_of(channel: str, channel_order_id: str) -> str:
    """The order's id: the same order has the same id, whatever is retried."""
    return derived_id("O", channel, channel_order_id)


def one_currency(currency: str, amounts: list[Amount]) -> None:
    """Raises Refused, with a pointer per field, when an amount is not in the order's currency."""
    wrong = [
        FieldError(f"{one.pointer}/currency", f"the order is in {currency}, this is in {one.currency}")
        for one in amounts
        if one.currency != currency
    ]
    if wrong:
        raise Refused("one order has one currency", code="currency_mismatch", errors=wrong[:MAX_ERRORS])


def place(order: Order, payments: Sequence[Payment], change: Change) -> Order:
    """The order as the book takes it, its payments asked for and everything done that follows by rule.

    Raises Refused with a pointer per field that is not acceptable, PaymentAmountMismatch for a wrong payment.
    """
    total = must_be_acceptable(order)
    placed = order.noted("placed", change, before=None)
    if payments:
        amount_must_be(total, sum(payment.amount for payment in payments))
    tenders_must_be_told_apart(payments)
    for index, payment in enumerate(payments):
        tender_must_be_complete(payment, pointer="/payment" if len(payments) == 1 else f"/payments/{index}")
        if payment.amount:
            placed = tender(placed, payment, change)
    return advance(placed, change)


def must_be_acceptable(order: Order, *, needs_address: bool = True) -> int:
    """What the order is worth. `needs_address`: where lines ship.

    Raises Refused with a pointer per field that is not acceptable.
    """
    errors = [*_line_errors(order), *_shipping_errors(order, needs_address=needs_address)]
    if errors:
        raise Refused("the order has fields that are not acceptable", code="invalid", errors=errors[:MAX_ERRORS])
    total = account.totals(order).total
    if total > MAX_MINOR:
        raise InvalidField("/lines", f"an order is worth at most {MAX_MINOR}")
    return total


def _line_errors(order: Order) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, line in enumerate(order.lines):
        at = f"/lines/{index}"
        if line.line_id in seen:
            errors.append(FieldError(f"{at}/line_id", "another line has this line_id"))
        seen.add(line.line_id)
        errors += [FieldError(f"{at}{pointer}", detail) for pointer, detail in _wrong_with(line, order)]
    return errors


def _wrong_with(line: Line, order: Order) -> list[tuple[str, str]]:
    wrong = []
    price = line.unit_price * line.quantity
    if line.discount > price:
        wrong.append(("/discount", "more than the line is worth"))
    elif order.tax_included and line.tax > price - line.discount:
        wrong.append(("/tax", "prices contain the tax, and this is more than the line's price"))
    if line.method is not Method.SHIP and line.location_id is None:
        wrong.append(("/fulfilment/location_id", f"{line.method} needs a location"))
    if line.method is Method.SHIP and line.location_id is not None:
        wrong.append(("/fulfilment/location_id", "where a parcel ships from is not the channel's to choose"))
    if line.not_before and line.carried_out:
        wrong.append(("/fulfilment/not_before", "what leaves with the shopper now does not wait"))
    elif line.not_before and line.not_before > order.accepted_at + SCHEDULED_WITHIN:
        wrong.append(("/fulfilment/not_before", f"at most {SCHEDULED_WITHIN.days} days ahead"))
    return wrong


def _shipping_errors(order: Order, *, needs_address: bool) -> list[FieldError]:
    errors = []
    if needs_address and order.shipping.address is None and any(line.method is Method.SHIP for line in order.lines):
        errors.append(FieldError("/shipping/address", "lines that ship need an address"))
    if order.tax_included and order.shipping.tax > order.shipping.charge:
        errors.append(FieldError("/shipping/tax", "the charge contains the tax, and this is more than the charge"))
    return errors
