"""HTTP models of requests: what channels may send, strict and bounded, and how it becomes domain objects."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from functions.orders.domain.lines import Line, Method
from functions.orders.domain.order import Address, Contact, Order, Shipping, Status
from functions.orders.domain.placement import Amount, order_id_of
from functions.orders.domain.tenders import Payment
from shared.errors import InvalidField
from shared.schemas import (
    AddressSchema,
    Currency,
    Identifier,
    MoneySchema,
    OptionalText,
    PageQuery,
    Quantity,
    Schema,
    Text,
    UtcTime,
)

MAX_LINES = 1200
MAX_TENDERS = 10
FIRST_PAYMENT = "initial"

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$", max_length=254)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()./-]{3,30}$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class CustomerIn(Schema):
    """Who orders; everything may be missing (a guest at the till)."""

    customer_id: Identifier | None = None
    email: Email | None = None
    phone: Phone | None = None
    name: OptionalText | None = None
    loyalty_number: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None

    def to_contact(self) -> Contact:
        return Contact(
            customer_id=self.customer_id,
            email=self.email,
            phone=self.phone,
            name=self.name,
            loyalty_number=self.loyalty_number,
        )


class FulfilmentIn(Schema):
    """How a line reaches the shopper. `location_id`: the place of collection, or where it is carried out. `not_before`:
    the goods are set aside at once, the work on them opens then."""

    method: Method
    location_id: Identifier | None = None
    not_before: UtcTime | None = None


class LineIn(Schema):
    """One line. `discount` and `tax` are of the whole line."""

    line_id: Identifier
    sku: Identifier
    quantity: Quantity
    unit_price: MoneySchema
    discount: MoneySchema | None = None
    tax: MoneySchema | None = None
    fulfilment: FulfilmentIn

    def to_line(self) -> Line:
        return Line(
            line_id=self.line_id,
            sku=self.sku,
            quantity=self.quantity,
            unit_price=self.unit_price.amount,
            method=self.fulfilment.method,
            location_id=self.fulfilment.location_id,
            not_before=self.fulfilment.not_before,
            discount=self.discount.amount if self.discount else 0,
            tax=self.tax.amount if self.tax else 0,
        )


class ShippingIn(Schema):
    """The delivery service that was sold."""

    service: Identifier = "standard"
    charge: MoneySchema | None = None
    tax: MoneySchema | None = None
    address: AddressSchema | None = None
    promised_by: UtcTime | None = None
    """By when the shopper was told that it will be there."""

    def to_shipping(self) -> Shipping:
        return Shipping(
            service=self.service,
            charge=self.charge.amount if self.charge else 0,
            tax=self.tax.amount if self.tax else 0,
            address=_address(self.address) if self.address else None,
            promised_by=self.promised_by,
        )


class PaymentIn(Schema):
    """How it is paid: a `token` of the provider, or the channel's own `reference` for what it has been paid already."""

    provider: Literal["sandbox", "stripe", "external"]
    token: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")] | None = None
    reference: Text | None = None
    amount: MoneySchema

    def to_payment(self, *, payment_id: str, at: datetime) -> Payment:
        return Payment(
            payment_id=payment_id,
            provider=self.provider,
            amount=self.amount.amount,
            at=at,
            content_hash=content_hash(self),
            token=self.token,
            reference=self.reference,
        )


class PaymentFor(PaymentIn):
    """A further payment of an order."""

    payment_id: Identifier


class PlaceOrder(Schema):
    """An order as a channel sends it. `placed_at` defaults to the time of acceptance."""

    channel: Identifier
    channel_order_id: Identifier
    placed_at: UtcTime | None = None
    currency: Currency
    tax_included: bool = True
    customer: CustomerIn | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]
    shipping: ShippingIn | None = None
    payment: PaymentIn | None = None
    payments: Annotated[list[PaymentFor], Field(min_length=1, max_length=MAX_TENDERS)] | None = None
    """Instead of `payment`: several tenders, captured and paid back in this order, e.g. a gift card before a card."""
    reservation_id: Identifier | None = None

    def to_payments(self, *, at: datetime) -> tuple[Payment, ...]:
        """Raises InvalidField when both ways of saying how it is paid are used."""
        if self.payments is not None and self.payment is not None:
            raise InvalidField("/payments", "either payment or payments")
        if self.payment is not None:
            return (self.payment.to_payment(payment_id=FIRST_PAYMENT, at=at),)
        return tuple(one.to_payment(payment_id=one.payment_id, at=at) for one in self.payments or ())

    def to_order(self, *, at: datetime) -> Order:
        contact = self.customer.to_contact() if self.customer else Contact()
        return Order(
            order_id=order_id_of(self.channel, self.channel_order_id),
            channel=self.channel,
            channel_order_id=self.channel_order_id,
            placed_at=self.placed_at or at,
            accepted_at=at,
            currency=self.currency,
            lines=tuple(line.to_line() for line in self.lines),
            tax_included=self.tax_included,
            contact=contact,
            shipping=self.shipping.to_shipping() if self.shipping else Shipping(),
            reservation_id=self.reservation_id,
            customer_id=contact.customer_id,
        )

    def amounts(self) -> list[Amount]:
        """Every sum of the request, and where it stands."""
        given = [
            (f"/lines/{index}/{name}", getattr(line, name))
            for index, line in enumerate(self.lines)
            for name in ("unit_price", "discount", "tax")
        ]
        if self.shipping:
            given += [("/shipping/charge", self.shipping.charge), ("/shipping/tax", self.shipping.tax)]
        if self.payment:
            given.append(("/payment/amount", self.payment.amount))
        given += [(f"/payments/{index}/amount", one.amount) for index, one in enumerate(self.payments or ())]
        return [Amount(pointer, money.currency) for pointer, money in given if money is not None]


class CancelLine(Schema):
    """So many units of a line."""

    line_id: Identifier
    quantity: Quantity


class CancelOrder(Schema):
    """Units that are not wanted any more; without `lines`, all that can still be stopped."""

    request_id: Identifier
    lines: Annotated[list[CancelLine], Field(min_length=1, max_length=MAX_LINES)] | None = None
    reason: Reason


class OrderQuery(PageQuery):
    """Which orders: of a channel (by its own id), a customer, a place or a status; placed in a time."""

    channel: Identifier | None = None
    channel_order_id: Identifier | None = None
    customer_id: Identifier | None = None
    status: Status | None = None
    location_id: Identifier | None = None
    placed_from: UtcTime | None = None
    placed_before: UtcTime | None = None


def cancelled_lines(given: CancelOrder) -> dict[str, int] | None:
    """Units by line, in the request's order. Raises InvalidField for a line that is named twice."""
    if given.lines is None:
        return None
    counts: dict[str, int] = {}
    for index, line in enumerate(given.lines):
        if line.line_id in counts:
            raise InvalidField(f"/lines/{index}/line_id", "the line is named twice")
        counts[line.line_id] = line.quantity
    return counts


def content_hash(content: BaseModel) -> str:
    """Says whether two requests mean the same: independent of white space, key order and fields left at default."""
    return hashlib.sha256(content.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:40]


def _address(given: AddressSchema) -> Address:
    return Address(
        line1=given.line1,
        city=given.city,
        country=given.country,
        name=given.name,
        line2=given.line2,
        region=given.region,
        postal_code=given.postal_code,
        geo=given.geo.to_geo() if given.geo else None,
    )
