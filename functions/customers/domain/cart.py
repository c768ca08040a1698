"""The cart: it belongs to the shopper, not to a device; several channels may work on it, and it is bought once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict, NotFound

MAX_LINES = 200
MAX_UNITS = 1_000_000
CODE_VALID = timedelta(minutes=15)


class CartStatus(StrEnum):
    """OPEN -> CHECKING_OUT (one order may be made of it) -> ORDERED; OPEN -> MERGED into another."""

    OPEN = "OPEN"
    CHECKING_OUT = "CHECKING_OUT"
    ORDERED = "ORDERED"
    MERGED = "MERGED"


class CartNotFound(NotFound):
    """There is no such cart, or it is not the caller's to see."""

    code = "cart_not_found"

    def __init__(self) -> None:
        super().__init__("no such cart, or not yours to see")


class CartChanged(Conflict):
    """The cart is not as the caller last saw it."""

    code = "cart_changed"


class CartClosed(Conflict):
    """The cart is being bought, has been bought, or is part of another by now."""

    code = "cart_closed"


class CartIdReused(Conflict):
    """The id names another cart."""

    code = "cart_id_reused"


class CodeRefused(NotFound):
    """The code is wrong, used or too old."""

    code = "code_refused"

    def __init__(self) -> None:
        super().__init__("no cart waits under this code; ask for a new one")


@dataclass(frozen=True)
class CartLine:
    """So many units of an item."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Cart:
    """`channels`: those that may work on it. `order`: the channel and its order id that the cart becomes."""

    cart_id: str
    customer_id: str
    channels: tuple[str, ...]
    created_at: datetime
    lines: tuple[CartLine, ...] = ()
    reservation_id: str = ""
    status: CartStatus = CartStatus.OPEN
    order: tuple[str, str] | None = None
    merged_into: str = ""
    version: int = 1


def filled(cart: Cart, lines: Iterable[CartLine], *, reservation_id: str, expected: int) -> Cart:
    """The cart with these lines. Saying the same again is harmless. Raises CartClosed, CartChanged."""
    wanted = replace(cart, lines=tuple(lines), reservation_id=reservation_id)
    if wanted == cart:
        return cart
    _must_be_open(cart)
    if expected != cart.version:
        raise CartChanged("somebody changed the cart meanwhile; look at it again", extra={"version": cart.version})
    return _next(wanted)


def handed_to(cart: Cart, channel: str, *, customer_id: str = "") -> Cart:
    """The cart that one more channel works on, and that belongs to the customer if it was a guest's."""
    _must_be_open(cart)
    taken = replace(
        cart,
        channels=cart.channels if channel in cart.channels else (*cart.channels, channel),
        customer_id=cart.customer_id or customer_id,
    )
    return cart if taken == cart else _next(taken)


def merged(cart: Cart, guest: Cart) -> tuple[Cart, Cart]:
    """Everything in `cart`, and the guest's cart closed. Raises CartClosed."""
    if guest.merged_into == cart.cart_id:
        return cart, guest
    if cart.cart_id == guest.cart_id:
        raise Conflict("give two different carts", code="same_cart")
    for one in (cart, guest):
        _must_be_open(one)
    if guest.customer_id and guest.customer_id != cart.customer_id:
        raise Conflict("that cart belongs to somebody else", code="not_a_guest_cart")
    units = {line.sku: line.quantity for line in cart.lines}
    for line in guest.lines:
        units[line.sku] = min(MAX_UNITS, units.get(line.sku, 0) + line.quantity)
    if len(units) > MAX_LINES:
        raise Conflict(f"a cart takes at most {MAX_LINES} lines", code="cart_full")
    lines = tuple(CartLine(sku, quantity) for sku, quantity in units.items())
    return (
        _next(replace(cart, lines=lines)),
        _next(replace(guest, status=CartStatus.MERGED, merged_into=cart.cart_id)),
    )


def checked_out(cart: Cart, order: tuple[str, str]) -> Cart:
    """The cart that becomes this order and no other. Raises CartClosed when it becomes another, or is empty."""
    if cart.order == order:
        return cart
    _must_be_open(cart)
    if not cart.lines:
        raise Conflict("an empty cart cannot be bought", code="cart_empty")
    return _next(replace(cart, status=CartStatus.CHECKING_OUT, order=order))


def ordered(cart: Cart) -> Cart:
    """The cart whose order is in the book."""
    return cart if cart.status is CartStatus.ORDERED else _next(replace(cart, status=CartStatus.ORDERED))


def _must_be_open(cart: Cart) -> None:
    if cart.status is not CartStatus.OPEN:
        extra = {"status": cart.status.value, "merged_into": cart.merged_into or None}
        if cart.order:
            extra |= {"channel": cart.order[0], "channel_order_id": cart.order[1]}
        raise CartClosed("the cart is not open any more", extra=extra)


def _next(cart: Cart) -> Cart:
    return replace(cart, version=cart.version + 1)
