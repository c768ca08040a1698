"""HTTP models of carts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from functions.customers.domain.cart import MAX_LINES, Cart, CartLine
from functions.customers.domain.cart_hold import DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, CartHold
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


class HoldCart(Schema):
    """Set the cart's units aside for so long, all at one place for a collection, or wherever they lie."""

    location_id: Identifier | None = None
    ttl_seconds: Annotated[int, Field(ge=1, le=MAX_TTL_SECONDS)] = DEFAULT_TTL_SECONDS


class ShortageView(Schema):
    """An item of which there are fewer units than the cart has."""

    sku: str
    requested: int
    available: int


class KeptHoldView(Schema):
    """An earlier hold of the cart, which stays as it is until a newer one is made."""

    reservation_id: str
    expires_at: UtcTime


class CartHoldView(Schema):
    """The cart's own hold; its units are the cart's as long as it is HELD. `reservation_id` is what an order of any
    channel names to use it, and what `POST /v1/availability` takes as the `owner`. `keeps`: what is held for the cart
    meanwhile, or instead where this hold is REFUSED."""

    reservation_id: str
    status: Literal["ASKED", "HELD", "REFUSED", "EXPIRED"]
    location_id: str | None
    expires_at: UtcTime
    shortages: list[ShortageView]
    keeps: KeptHoldView | None

    @classmethod
    def of(cls, hold: CartHold, kept: CartHold | None, *, now: datetime) -> CartHoldView:
        short = [
            ShortageView.model_construct(sku=one.sku, requested=one.requested, available=one.available)
            for one in hold.shortages
        ]
        return cls.model_construct(
            reservation_id=hold.reservation_id,
            status=hold.status_at(now).value,
            location_id=hold.location_id or None,
            expires_at=hold.until.astimezone(UTC),
            shortages=short,
            keeps=KeptHoldView.model_construct(
                reservation_id=kept.reservation_id, expires_at=kept.until.astimezone(UTC)
            )
            if kept
            else None,
        )


class TakeCart(Schema):
    """The code that the shopper shows, and the channel that goes on with the cart."""

    code: Annotated[str, StringConstraints(min_length=6, max_length=20)]
    channel: Identifier


class MergeCart(Schema):
    """The guest's cart whose lines come over, or another cart of the same shopper."""

    guest_cart_id: Identifier


class CheckOutCart(Schema):
    """The order that the cart becomes, or does not after all: it is placed under exactly this id."""

    channel: Identifier
    channel_order_id: Identifier


class HandOverView(Schema):
    """The code by which one other channel may go on with the cart, once."""

    code: str
    expires_at: UtcTime


class CartView(Schema):
    """The cart as every channel sees it. `reservation_id`: what its order names, the cart's own hold before another."""

    cart_id: str
    customer_id: str | None
    channels: list[str]
    status: Literal["OPEN", "CHECKING_OUT", "ORDERED", "MERGED"]
    lines: list[CartLineSchema]
    reservation_id: str | None
    hold: CartHoldView | None
    channel: str | None
    channel_order_id: str | None
    merged_into: str | None
    created_at: UtcTime
    version: int

    @classmethod
    def of(cls, cart: Cart, *, now: datetime) -> CartView:
        channel, channel_order_id = cart.order or (None, None)
        hold, usable = cart.hold, cart.usable(now)
        return cls.model_construct(
            cart_id=cart.cart_id,
            customer_id=cart.customer_id or None,
            channels=list(cart.channels),
            status=cart.status.value,
            lines=[CartLineSchema.model_construct(sku=one.sku, quantity=one.quantity) for one in cart.lines],
            reservation_id=(usable.reservation_id if usable else cart.reservation_id) or None,
            hold=CartHoldView.of(hold, cart.kept(now), now=now) if hold else None,
            channel=channel,
            channel_order_id=channel_order_id,
            merged_into=cart.merged_into or None,
            created_at=cart.created_at.astimezone(UTC),
            version=cart.version,
        )
