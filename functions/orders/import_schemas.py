"""Rows of a bulk import of past orders: the body of a placement, with what became of the units."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from functions.orders.domain.importing import Ended
from functions.orders.domain.order import Contact, Order, Shipping
from functions.orders.domain.placement import Amount, order_id_of
from functions.orders.schemas import MAX_LINES, CustomerIn, LineIn, ShippingIn
from shared.imports.desk import ImportRequest
from shared.schemas import Count, Currency, Identifier, Schema, UtcTime


class OrderImportBody(ImportRequest):
    """An import of past orders to come."""

    kind: Literal["orders"]


class PastLine(LineIn):
    """One line as ordered. Units neither cancelled nor open were delivered; `returned` are some of those."""

    cancelled: Count = 0
    returned: Count = 0


class PastOrder(Schema):
    """An order that is over, as it ended. What was due for it has been paid; open orders are placed, not imported."""

    channel: Identifier
    channel_order_id: Identifier
    placed_at: UtcTime
    ended_at: UtcTime | None = None
    """When its last unit was delivered or given up; the time of placement where nobody knows."""
    currency: Currency
    tax_included: bool = True
    customer: CustomerIn | None = None
    lines: Annotated[list[PastLine], Field(min_length=1, max_length=MAX_LINES)]
    shipping: ShippingIn | None = None

    @property
    def order_id(self) -> str:
        return order_id_of(self.channel, self.channel_order_id)

    def to_order(self, *, at: datetime) -> Order:
        """The order as it was placed."""
        contact = self.customer.to_contact() if self.customer else Contact()
        return Order(
            order_id=self.order_id,
            channel=self.channel,
            channel_order_id=self.channel_order_id,
            placed_at=self.placed_at,
            accepted_at=at,
            currency=self.currency,
            lines=tuple(line.to_line() for line in self.lines),
            tax_included=self.tax_included,
            contact=contact,
            shipping=self.shipping.to_shipping() if self.shipping else Shipping(),
            customer_id=contact.customer_id,
        )

    def ended(self) -> dict[str, Ended]:
        """What became of each line."""
        return {line.line_id: Ended(line.cancelled, line.returned) for line in self.lines}

    def amounts(self) -> list[Amount]:
        """Every sum of the row, and where it stands."""
        given = [
            (f"/lines/{index}/{name}", getattr(line, name))
            for index, line in enumerate(self.lines)
            for name in ("unit_price", "discount", "tax")
        ]
        if self.shipping:
            given += [("/shipping/charge", self.shipping.charge), ("/shipping/tax", self.shipping.tax)]
        return [Amount(pointer, money.currency) for pointer, money in given if money is not None]
