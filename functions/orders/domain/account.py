"""The money of an order: what it is worth, what is due, and what has been authorised and captured. Minor units."""

from __future__ import annotations

from dataclasses import dataclass

from functions.orders.domain.lines import Line
from functions.orders.domain.order import Flag, Order
from functions.orders.domain.tenders import Operation, OperationKind, OperationStatus, Payment, PaymentStatus
from shared.money import value_of_units


@dataclass(frozen=True)
class Totals:
    """What was agreed at placement. `total` = merchandise - discount + shipping, plus tax unless prices contain it."""

    merchandise: int
    discount: int
    tax: int
    shipping: int
    total: int


def totals(order: Order) -> Totals:
    """The sums of the order as placed."""
    merchandise = sum(line.unit_price * line.quantity for line in order.lines)
    discount = sum(line.discount for line in order.lines)
    tax = sum(line.tax for line in order.lines) + order.shipping.tax
    added = 0 if order.tax_included else tax
    shipping = order.shipping.charge
    return Totals(merchandise, discount, tax, shipping, merchandise - discount + added + shipping)


def line_value(line: Line, *, tax_included: bool) -> int:
    """What the shopper pays for the whole line."""
    return line.unit_price * line.quantity - line.discount + (0 if tax_included else line.tax)


def _shipping_value(order: Order) -> int:
    return order.shipping.charge + (0 if order.tax_included else order.shipping.tax)


def _worth(order: Order, counts: dict[str, int]) -> int:
    """The value of the first `counts` units of each line, and of shipping as soon as there is one unit."""
    goods = sum(
        value_of_units(
            line_value(line, tax_included=order.tax_included), line.quantity, before=0, count=counts[line.line_id]
        )
        for line in order.lines
    )
    return goods + (_shipping_value(order) if any(counts.values()) else 0)


def due(order: Order) -> int:
    """What is to be paid in the end, after the cancels so far. Shipping is due while any unit is wanted."""
    return _worth(order, {line_id: vector.open for line_id, vector in order.quantities.items()})


def earned(order: Order) -> int:
    """What may be captured: the units that have left, shipping with the first of them. Never above `due`."""
    return _worth(order, {line_id: vector.left for line_id, vector in order.quantities.items()})


def _sum(order: Order, kind: OperationKind, status: OperationStatus, payment: Payment | None = None) -> int:
    return sum(
        operation.amount
        for operation in order.operations
        if operation.kind is kind
        and operation.status is status
        and (payment is None or operation.payment_id == payment.payment_id)
    )


def authorised(order: Order) -> int:
    """Everything that was ever authorised; what a channel had been paid counts as that."""
    external = sum(payment.amount for payment in order.payments if payment.external)
    return external + _sum(order, OperationKind.AUTHORISE, OperationStatus.DONE)


def captured(order: Order) -> int:
    """Everything that was captured."""
    return _sum(order, OperationKind.CAPTURE, OperationStatus.DONE)


def capturing(order: Order) -> int:
    """What providers are being asked to capture."""
    return _sum(order, OperationKind.CAPTURE, OperationStatus.PENDING)


def voided(order: Order) -> int:
    """What was authorised and will not be captured any more."""
    return _sum(order, OperationKind.VOID, OperationStatus.DONE)


def _of(order: Order, payment: Payment, kind: OperationKind) -> list[Operation]:
    return [one for one in order.operations if one.payment_id == payment.payment_id and one.kind is kind]


def live_payment(order: Order) -> Payment | None:
    """The tender that captures go to: authorised, not voided, and no capture of it was ever declined."""
    for payment in reversed(order.payments):
        if payment.external:
            return payment
        authorisations = _of(order, payment, OperationKind.AUTHORISE)
        lost = any(one.status is OperationStatus.DECLINED for one in _of(order, payment, OperationKind.CAPTURE))
        done = any(one.status is OperationStatus.DONE for one in authorisations)
        if done and not lost and not _of(order, payment, OperationKind.VOID):
            return payment
    return None


def uncaptured(order: Order, payment: Payment) -> int:
    """What is still authorised of a tender: neither captured nor being captured."""
    taken = sum(
        one.amount
        for one in _of(order, payment, OperationKind.CAPTURE)
        if one.status in (OperationStatus.PENDING, OperationStatus.DONE)
    )
    return payment.amount - taken


def authorising(order: Order) -> bool:
    """Whether a provider is being asked to authorise."""
    return any(
        one.kind is OperationKind.AUTHORISE and one.status is OperationStatus.PENDING for one in order.operations
    )


def unsecured(order: Order) -> int:
    """What is due and neither captured nor authorised: what a further payment has to bring."""
    live = live_payment(order)
    secured = captured(order) + capturing(order) + (uncaptured(order, live) if live else 0)
    return max(0, due(order) - secured)


def payment_status(order: Order) -> PaymentStatus:
    """The payment position."""
    if authorising(order):
        return PaymentStatus.PENDING
    if taken := captured(order):
        return PaymentStatus.CAPTURED if taken >= due(order) else PaymentStatus.PARTIALLY_CAPTURED
    if not order.payments:
        return PaymentStatus.NONE
    if voided(order):
        return PaymentStatus.VOIDED
    return PaymentStatus.AUTHORISED if live_payment(order) or _voiding(order) else PaymentStatus.DECLINED


def _voiding(order: Order) -> bool:
    return _sum(order, OperationKind.VOID, OperationStatus.PENDING) > 0


def flags(order: Order) -> tuple[Flag, ...]:
    """What a person should know about the order, in a fixed order."""
    found = {flag for line in order.lines for flag in order.line_flags(line)}
    if order.reservation_not_used:
        found.add(Flag.RESERVATION_NOT_USED)
    if _sum(order, OperationKind.CAPTURE, OperationStatus.DECLINED) and unsecured(order):
        found.add(Flag.CAPTURE_DECLINED)
    if captured(order) > due(order):
        found.add(Flag.REFUND_DUE)
    return tuple(flag for flag in Flag if flag in found)
