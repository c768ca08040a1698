"""HTTP models of carts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from functions.customers.domain.cart import MAX_LINES, Cart, CartLine
from shared.schemas import Identifier, Quantity, Schema, UtcTime


class CartLineSchema(Schema):
    """So many units of an item."""

    sku: Identifier
    quantity: Quantity


Lines = Annotated[list[CartLineSchema], Field(max_length=MAX_LINES)]


def lines_of(lines: list[CartLineSchema]) -> tuple[CartLine, ...]:
    """One line per item, in the order of their first mention."""
    units: dict[str, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return tuple(CartLine(sku, quantity) for sku, quantity in units.items())


class OpenCart(Schema):
    """A cart begins in a channel, of a known customer or a guest. `reservation_id`: stock held for it."""

    cart_id: Identifier
    channel: Identifier
    customer_id: Identifier | None = None
    lines: Lines = Field(default_factory=list)
    reservation_id: Identifier | None = None

    def to_cart(self, *, at: datetime) -> Cart:
        return Cart(
            cart_id=self.cart_id,
            customer_id=self.customer_id or "",
            channels=(self.channel,),
            created_at=at,
            lines=lines_of(self.lines),
            reservation_id=self.reservation_id or "",
        )


class FillCart(Schema):
    """All lines of the cart from now on; `version` is the one that the caller saw."""

    version: Annotated[int, Field(ge=1)]
    lines: Lines
    reservation_id: Identifier | None = None


class TakeCart(Schema):
    """The code that the shopper shows, and the channel that goes on with the cart."""

    code: Annotated[str, StringConstraints(min_length=6, max_length=20)]
    channel: Identifier


class MergeCart(Schema):
    """The guest's cart whose lines come over."""

    guest_cart_id: Identifier


class CheckOutCart(Schema):
    """The order that the cart becomes: place it under exactly this id."""

    channel: Identifier
    channel_order_id: Identifier


class HandOverView(Schema):
    """The code by which one other channel may go on with the cart, once."""

    code: str
    expires_at: UtcTime


class CartView(Schema):
    """The cart as every channel sees it."""

    cart_id: str
    customer_id: str | None
    channels: list[str]
    status: Literal["OPEN", "CHECKING_OUT", "ORDERED", "MERGED"]
    lines: list[CartLineSchema]
    reservation_id: str | None
    channel: str | None
    channel_order_id: str | None
    merged_into: str | None
    created_at: UtcTime
    version: int

    @classmethod
    def of(cls, cart: Cart) -> CartView:
        channel, channel_order_id = cart.order or (None, None)
        return cls.model_construct(
            cart_id=cart.cart_id,
            customer_id=cart.customer_id or None,
            channels=list(cart.channels),
            status=cart.status.value,
            lines=[CartLineSchema.model_construct(sku=one.sku, quantity=one.quantity) for one in cart.lines],
            reservation_id=cart.reservation_id or None,
            channel=channel,
            channel_order_id=channel_order_id,
            merged_into=cart.merged_into or None,
            created_at=cart.created_at.astimezone(UTC),
            version=cart.version,
        )
