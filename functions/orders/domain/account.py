"""The money of an order: what it is worth, what is due, and what has been authorised and captured. Minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.orders.domain.lines import Line
from functions.orders.domain.order import Flag, Order
from functions.orders.domain.tenders import (
    AUTHORISATIONS,
    LAPSED,
    Operation,
    OperationKind,
    OperationStatus,
    Payment,
    PaymentStatus,
)
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
    """The value of the first `counts` units of each line."""
    return sum(
        value_of_units(
            line_value(line, tax_included=order.tax_included), line.quantity, before=0, count=counts[line.line_id]
        )
        for line in order.lines
    )


def _net(order: Order, counts: dict[str, int]) -> int:
    """What these units of each line are worth less those that came back, the fees of their returns, and shipping as
    soon as there is one unit.

    Shipping has been done when goods come back: a return does not bring it back. Fees never exceed what those units are
    worth, also when a later cancel moves an odd penny to the units beside them.
    """
    kept = {line_id: max(0, count - order.credited.get(line_id, 0)) for line_id, count in counts.items()}
    rest = _worth(order, kept) + (_shipping_value(order) if any(counts.values()) else 0)
    fees = sum(one.fee_taken for one in order.returns)
    return rest + min(fees, _worth(order, counts) - _worth(order, kept)) if fees else rest


def due(order: Order) -> int:
    """What is to be paid in the end, after the cancels and returns so far. Shipping is due while any unit is wanted."""
    return _net(order, {line_id: vector.open for line_id, vector in order.quantities.items()})


def earned(order: Order) -> int:
    """What may be kept by now: the units that have left and not come back, shipping with the first of them.

    Never above `due`.
    """
    return _net(order, {line_id: vector.left for line_id, vector in order.quantities.items()})


def had(order: Order) -> tuple[int, int]:
    """The value of the units that have left, and of those of them that did not come back; without shipping."""
    counts = {line_id: vector.left for line_id, vector in order.quantities.items()}
    kept = {line_id: max(0, count - order.credited.get(line_id, 0)) for line_id, count in counts.items()}
    return _worth(order, counts), _worth(order, kept)


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


def refunded(order: Order) -> int:
    """Everything that was given back after its capture."""
    return _sum(order, OperationKind.REFUND, OperationStatus.DONE)


def refunding(order: Order) -> int:
    """What is being given back."""
    return _sum(order, OperationKind.REFUND, OperationStatus.PENDING)


def balance(order: Order) -> int:
    """What the retailer has of the shopper's money once everything that is asked for is done."""
    return captured(order) + capturing(order) - refunded(order) - refunding(order)


def owed(order: Order) -> int:
    """What has been captured beyond what is due, and nobody has been asked to give back."""
    return max(0, captured(order) - refunded(order) - refunding(order) - due(order))


def refundable(order: Order, payment: Payment) -> int:
    """What can still be given back on a tender. Nothing once it was declined: then a person decides."""
    refunds = _of(order, payment, OperationKind.REFUND)
    if refunds and refunds[-1].status is OperationStatus.DECLINED:
        return 0
    return captured_of(order, payment)


def captured_of(order: Order, payment: Payment) -> int:
    """What a tender has brought and has not been given back."""
    back = _sum(order, OperationKind.REFUND, OperationStatus.DONE, payment)
    back += _sum(order, OperationKind.REFUND, OperationStatus.PENDING, payment)
    return _sum(order, OperationKind.CAPTURE, OperationStatus.DONE, payment) - back


def declined_refund(order: Order) -> Payment | None:
    """The first tender that something is owed on and that would not take it back."""
    return next(
        (one for one in order.payments if not refundable(order, one) and captured_of(order, one) and owed(order)), None
    )


def refund_plan(order: Order, amount: int) -> list[tuple[Payment, int]]:
    """How much goes back on which tender, the original one first; less than `amount` where tenders decline."""
    plan = []
    for payment in order.payments:
        part = min(amount, refundable(order, payment))
        if part > 0:
            plan.append((payment, part))
            amount -= part
    return plan


def _of(order: Order, payment: Payment, kind: OperationKind) -> list[Operation]:
    return [one for one in order.operations if one.payment_id == payment.payment_id and one.kind is kind]


def authorisation_of(order: Order, payment: Payment) -> Operation | None:
    """The newest authorisation of a tender that was given."""
    given = [
        one
        for one in order.operations
        if one.payment_id == payment.payment_id and one.kind in AUTHORISATIONS and one.status is OperationStatus.DONE
    ]
    return given[-1] if given else None


def lapsed(order: Order, payment: Payment, at: datetime) -> bool:
    """Whether a tender's money is not set aside any more: by its date, or because the provider said so."""
    newest = authorisation_of(order, payment)
    if newest is None:
        return False
    too_late = any(
        one.code == LAPSED and one.authorisation == newest.operation_id
        for one in _of(order, payment, OperationKind.CAPTURE)
    )
    return too_late or (newest.expires_at is not None and at >= newest.expires_at)


def reauthorising(order: Order, payment: Payment) -> bool:
    """Whether the provider is being asked to set a tender's money aside anew."""
    return any(one.status is OperationStatus.PENDING for one in _of(order, payment, OperationKind.REAUTHORISE))


def refund_parts(order: Order, payment: Payment, amount: int) -> list[tuple[str, int]]:
    """A refund on one tender by authorisation: each gives back at most what was captured of it, the newest first."""
    left: dict[str, int] = {}
    first = next((one.operation_id for one in _of(order, payment, OperationKind.AUTHORISE)), "")
    for one in order.operations:
        if one.payment_id != payment.payment_id:
            continue
        key = one.authorisation or first
        if one.kind is OperationKind.CAPTURE and one.status is OperationStatus.DONE:
            left[key] = left.get(key, 0) + one.amount
        elif one.kind is OperationKind.REFUND and one.status is not OperationStatus.DECLINED:
            left[key] = left.get(key, 0) - one.amount
    parts = []
    for key, captured_ in reversed(left.items()):
        part = min(amount, captured_)
        if part > 0:
            parts.append((key, part))
            amount -= part
    return parts


def live_payments(order: Order) -> list[Payment]:
    """The tenders that captures go to: authorised, not voided, and no capture of it was ever declined but as lapsed.

    What pays for a change or an exchange that is not applied yet is set aside for it.
    """
    live = []
    for payment in order.payments:
        if payment.external or payment.payment_id in order.set_aside:
            continue
        lost = any(
            one.status is OperationStatus.DECLINED and one.code != LAPSED
            for kind in (OperationKind.CAPTURE, OperationKind.REAUTHORISE)
            for one in _of(order, payment, kind)
        )
        done = any(one.status is OperationStatus.DONE for one in _of(order, payment, OperationKind.AUTHORISE))
        if done and not lost and not _of(order, payment, OperationKind.VOID):
            live.append(payment)
    return live


def uncaptured(order: Order, payment: Payment) -> int:
    """What is still authorised of a tender: neither captured nor being captured."""
    taken = sum(
        one.amount
        for one in _of(order, payment, OperationKind.CAPTURE)
        if one.status in (OperationStatus.PENDING, OperationStatus.DONE)
    )
    return payment.amount - taken


def still_needed(order: Order) -> list[tuple[Payment, int]]:
    """The tenders of which something is to be captured yet, and how much of each; the oldest go first."""
    to_take, needed = due(order) - balance(order), []
    for payment in live_payments(order):
        rest = min(to_take, uncaptured(order, payment))
        if rest > 0:
            to_take -= rest
            needed.append((payment, rest))
    return needed


def authorising(order: Order) -> bool:
    """Whether a provider is being asked to authorise."""
    return any(
        one.kind is OperationKind.AUTHORISE and one.status is OperationStatus.PENDING for one in order.operations
    )


def unsecured(order: Order) -> int:
    """What is due and neither captured nor authorised: what a further payment has to bring."""
    secured = balance(order) + sum(uncaptured(order, one) for one in live_payments(order))
    return max(0, due(order) - secured)


def payment_status(order: Order) -> PaymentStatus:
    """The payment position."""
    if authorising(order):
        return PaymentStatus.PENDING
    if back := refunded(order):
        return PaymentStatus.REFUNDED if back >= captured(order) else PaymentStatus.PARTIALLY_REFUNDED
    if taken := captured(order):
        return PaymentStatus.CAPTURED if taken >= due(order) else PaymentStatus.PARTIALLY_CAPTURED
    if not order.payments:
        return PaymentStatus.NONE
    if voided(order):
        return PaymentStatus.VOIDED
    return PaymentStatus.AUTHORISED if live_payments(order) or _voiding(order) else PaymentStatus.DECLINED


def _voiding(order: Order) -> bool:
    return _sum(order, OperationKind.VOID, OperationStatus.PENDING) > 0


def flags(order: Order) -> tuple[Flag, ...]:
    """What a person should know about the order, in a fixed order."""
    found = {flag for line in order.lines for flag in order.line_flags(line)}
    if order.reservation_not_used:
        found.add(Flag.RESERVATION_NOT_USED)
    lost = [OperationKind.CAPTURE, OperationKind.REAUTHORISE]
    if any(_sum(order, kind, OperationStatus.DECLINED) for kind in lost) and unsecured(order):
        found.add(Flag.CAPTURE_DECLINED)
    if captured(order) - refunded(order) > due(order):
        found.add(Flag.REFUND_DUE)
    return tuple(flag for flag in Flag if flag in found)
