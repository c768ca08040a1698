"""HTTP models of returns: requests, and a return as its parties see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from functions.orders.domain import returning
from functions.orders.domain.returns import (
    Condition,
    Disposition,
    Handled,
    Return,
    ReturnLine,
    ReturnMethod,
    ReturnReason,
    Verdict,
)
from functions.orders.returns import Returned
from functions.orders.schemas import MAX_LINES, content_hash
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


class RequestReturn(Schema):
    """A return. With `receive_now` the units are handed in at `location_id` in the same call."""

    return_id: Identifier
    order_id: Identifier
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=MAX_LINES)]
    method: ReturnMethod
    location_id: Identifier | None = None
    receive_now: Annotated[list[HandledIn], Field(min_length=1, max_length=MAX_LINES)] | None = None

    def to_return(self, *, at: datetime) -> Return:
        """Raises InvalidField for a line named twice, or a place that is missing."""
        _named_once([line.line_id for line in self.lines])
        in_store = self.method is ReturnMethod.IN_STORE
        if in_store and self.location_id is None:
            raise InvalidField("/location_id", "a return in a store needs the store")
        if self.receive_now is not None and not in_store:
            raise InvalidField("/receive_now", "what comes by mail is received later")
        return Return(
            return_id=self.return_id,
            method=self.method,
            lines=tuple(ReturnLine(line.line_id, line.quantity, line.reason) for line in self.lines),
            verdict=Verdict.MANUAL,
            at=at,
            content_hash=content_hash(self),
            location_id=self.location_id,
        )

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


class HandledView(Schema):
    """Units that are here, and what became of them."""

    location_id: str
    quantity: int
    condition: str | None
    disposition: str


class ReturnLineView(Schema):
    """One line of a return."""

    line_id: str
    sku: str
    quantity: int
    reason: str
    received: int
    missing: int
    handled: list[HandledView]


class RefundView(Schema):
    """`quoted`: what the whole return brings; `granted`: for the units judged so far. By tender in the payments."""

    quoted: MoneySchema
    granted: MoneySchema


class ReturnView(Schema):
    """A return. `reasons`: why the policy denied it, or left it to a person."""

    return_id: str
    order_id: str
    status: str
    method: str
    location_id: str | None
    reasons: list[str]
    lines: list[ReturnLineView]
    refund: RefundView
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
                received=received[line.line_id],
                missing=line.quantity - received[line.line_id],
                handled=[_handled(unit) for unit in one.handled if unit.line_id == line.line_id],
            )
            for line in one.lines
        ],
        refund=RefundView(
            quoted=MoneySchema.model_construct(amount=returning.quote(order, one), currency=order.currency),
            granted=MoneySchema.model_construct(amount=one.refund, currency=order.currency),
        ),
        requested_at=one.at,
    )


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
