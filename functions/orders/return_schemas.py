"""HTTP models of returns: requests, and a return as its parties see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from functions.orders.domain import exchanging, returning
from functions.orders.domain.lines import Line, Method
from functions.orders.domain.order import Order
from functions.orders.domain.placement import Amount
from functions.orders.domain.returns import (
    Condition,
    Disposition,
    Exchange,
    Handled,
    Resolution,
    Return,
    ReturnLine,
    ReturnMethod,
    ReturnReason,
    Verdict,
)
from functions.orders.domain.tenders import Payment
from functions.orders.returns import Returned
from functions.orders.schemas import MAX_LINES, LineIn, PaymentIn, content_hash
from shared.errors import InvalidField
from shared.schemas import Identifier, MoneySchema, Quantity, Schema, UtcTime


class ReturnLineIn(Schema):
    """So many units of a line, and why they come back."""

    line_id: Identifier
    quantity: Quantity
    reason: ReturnReason


class HandledIn(Schema):
    """Units that are here: what they are like, what becomes of them (PROCESSING: to be inspected)."""

    line_id: Identifier
    quantity: Quantity
    condition: Condition | None = None
    disposition: Disposition = Disposition.PROCESSING

    def to_handled(self, location_id: str) -> Handled:
        return Handled(self.line_id, self.quantity, location_id, self.disposition, self.condition)


class ExchangeIn(Schema):
    """What the shopper gets instead. `payment` pays what it costs more; without one that is paid later."""

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]
    payment: PaymentIn | None = None


class RequestReturn(Schema):
    """A return. With `receive_now` the units are handed in at `location_id` in the same call.

    An EXCHANGE names the new lines; the difference is paid or given back, never charged silently. A REPLACEMENT sends
    the same items again. A `preview` answers what the policy says and what the return would bring, and keeps nothing.
    """

    return_id: Identifier
    order_id: Identifier
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=MAX_LINES)]
    method: ReturnMethod
    location_id: Identifier | None = None
    resolution: Resolution = Resolution.REFUND
    exchange: ExchangeIn | None = None
    receive_now: Annotated[list[HandledIn], Field(min_length=1, max_length=MAX_LINES)] | None = None
    preview: bool = False

    def to_return(self, *, at: datetime) -> Return:
        """Raises InvalidField for a line named twice, or a place that is missing."""
        _named_once([line.line_id for line in self.lines])
        in_store = self.method is ReturnMethod.IN_STORE
        if in_store and self.location_id is None:
            raise InvalidField("/location_id", "a return in a store needs the store")
        if self.receive_now is not None and not in_store:
            raise InvalidField("/receive_now", "what comes by mail is received later")
        if (self.exchange is not None) is not (self.resolution is Resolution.EXCHANGE):
            raise InvalidField("/exchange", "an exchange names the new lines, nothing else has any")
        return Return(
            return_id=self.return_id,
            method=self.method,
            lines=tuple(ReturnLine(line.line_id, line.quantity, line.reason) for line in self.lines),
            verdict=Verdict.MANUAL,
            at=at,
            content_hash=content_hash(self.model_copy(update={"preview": False})),
            location_id=self.location_id,
            resolution=self.resolution,
            exchange=Exchange(tuple(_new_line(line, n) for n, line in enumerate(self.exchange.lines)))
            if self.exchange
            else None,
        )

    def to_payment(self, *, at: datetime) -> Payment | None:
        """What pays for the difference, if it comes with the request."""
        if self.exchange is None or self.exchange.payment is None:
            return None
        return self.exchange.payment.to_payment(payment_id=f"exchange-{self.return_id}"[:64], at=at)

    def amounts(self) -> list[Amount]:
        """Every sum of the exchange, and where it stands."""
        if self.exchange is None:
            return []
        given = [
            (f"/exchange/lines/{index}/{name}", getattr(line, name))
            for index, line in enumerate(self.exchange.lines)
            for name in ("unit_price", "discount", "tax")
        ]
        if self.exchange.payment:
            given.append(("/exchange/payment/amount", self.exchange.payment.amount))
        return [Amount(pointer, money.currency) for pointer, money in given if money is not None]

    def to_received(self) -> tuple[Handled, ...]:
        """What is handed in now."""
        return tuple(one.to_handled(self.location_id or "") for one in self.receive_now or ())


class HandleReturn(Schema):
    """Units that are here, or that were inspected. `step_id` tells two equal steps apart."""

    location_id: Identifier
    lines: Annotated[list[HandledIn], Field(min_length=1, max_length=MAX_LINES)]
    step_id: Identifier | None = None

    def to_handled(self) -> tuple[Handled, ...]:
        return tuple(one.to_handled(self.location_id) for one in self.lines)


class CloseReturn(Schema):
    """Why what is missing is not expected any more."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class DecideReturn(Schema):
    """A person's word on a return, whatever the policy said; `waive_fee`: the shopper gets the whole refund."""

    verdict: Literal[Verdict.AUTHORISED, Verdict.DENIED]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    waive_fee: bool = False


class HandledView(Schema):
    """Units that are here, and what became of them."""

    location_id: str
    quantity: int
    condition: str | None
    disposition: str


class ReturnLineView(Schema):
    """One line of a return. `policy`: the version of the return policy that it was judged by (`name@version`)."""

    line_id: str
    sku: str
    quantity: int
    reason: str
    policy: str
    received: int
    missing: int
    handled: list[HandledView]


class RefundView(Schema):
    """`quoted`: what the whole return brings, `granted`: for the units judged so far (by tender in the payments), both
    less `fee`, which is taken once."""

    quoted: MoneySchema
    granted: MoneySchema
    fee: MoneySchema


class ExchangeView(Schema):
    """What comes instead. PENDING until the units are here and judged and `to_pay` is paid at the order's payments;
    APPLIED: the new lines are the order's; REFUNDED: it came to nothing."""

    status: str
    line_ids: list[str]
    to_pay: MoneySchema
    to_refund: MoneySchema
    payment_id: str | None


class ReturnView(Schema):
    """A return. `reasons`: why the policy denied it, or left it to a person, each beginning with its code
    (FINAL_SALE, METHOD_NOT_ALLOWED, WINDOW_CLOSED)."""

    return_id: str
    order_id: str
    status: str
    method: str
    location_id: str | None
    reasons: list[str]
    lines: list[ReturnLineView]
    refund: RefundView
    resolution: str
    exchange: ExchangeView | None
    requested_at: UtcTime


def step_name(operation: str, body: BaseModel) -> str:
    """Tells a step from others: the same body again is the same step."""
    return f"{operation}-{content_hash(body)}"


def inspected(body: HandleReturn) -> tuple[Handled, ...]:
    """What was decided. Raises InvalidField where nothing was."""
    for index, line in enumerate(body.lines):
        if line.disposition is Disposition.PROCESSING:
            raise InvalidField(f"/lines/{index}/disposition", "an inspection says what becomes of the units")
    return body.to_handled()


def return_view(found: Returned) -> ReturnView:
    """The return as its parties see it; nothing about the shopper is in it."""
    order, one = found.order, found.return_
    received = one.received
    skus = {line.line_id: line.sku for line in order.lines}
    return ReturnView(
        return_id=one.return_id,
        order_id=order.order_id,
        status=one.status.value,
        method=one.method.value,
        location_id=one.location_id,
        reasons=list(one.reasons),
        lines=[
            ReturnLineView(
                line_id=line.line_id,
                sku=skus[line.line_id],
                quantity=line.quantity,
                reason=line.reason.value,
                policy=line.policy,
                received=received[line.line_id],
                missing=line.quantity - received[line.line_id],
                handled=[_handled(unit) for unit in one.handled if unit.line_id == line.line_id],
            )
            for line in one.lines
        ],
        refund=RefundView(
            quoted=MoneySchema.model_construct(amount=returning.quote(order, one), currency=order.currency),
            granted=MoneySchema.model_construct(amount=one.refund, currency=order.currency),
            fee=MoneySchema.model_construct(amount=one.fee, currency=order.currency),
        ),
        resolution=one.resolution.value,
        exchange=_exchange(order, one),
        requested_at=one.at,
    )


def _exchange(order: Order, one: Return) -> ExchangeView | None:
    if one.exchange is None:
        return None
    open_ = one.exchanging and one.verdict is not Verdict.DENIED
    balance = exchanging.balance(order, one) if open_ else exchanging.Balance(0, 0)
    return ExchangeView(
        status=one.exchange.status.value,
        line_ids=[line.line_id for line in one.exchange.lines],
        to_pay=MoneySchema.model_construct(amount=balance.to_pay, currency=order.currency),
        to_refund=MoneySchema.model_construct(amount=balance.to_refund, currency=order.currency),
        payment_id=one.exchange.payment_id or None,
    )


def _new_line(given: LineIn, index: int) -> Line:
    """Raises InvalidField for a line that cannot be."""
    line = given.to_line()
    price = line.unit_price * line.quantity
    pointer = f"/exchange/lines/{index}"
    if line.discount > price:
        raise InvalidField(f"{pointer}/discount", "more than the line is worth")
    if line.tax > price - line.discount:
        raise InvalidField(f"{pointer}/tax", "more than the line is worth")
    if (line.location_id is None) is not (line.method is Method.SHIP):
        raise InvalidField(f"{pointer}/fulfilment/location_id", "a parcel has no place to choose, all else needs one")
    return line


def _handled(unit: Handled) -> HandledView:
    return HandledView(
        location_id=unit.location_id,
        quantity=unit.quantity,
        condition=unit.condition.value if unit.condition else None,
        disposition=unit.disposition.value,
    )


def _named_once(line_ids: list[str]) -> None:
    for index, line_id in enumerate(line_ids):
        if line_id in line_ids[:index]:
            raise InvalidField(f"/lines/{index}/line_id", "the line is named twice")
