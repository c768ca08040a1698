"""The cart: it belongs to the shopper, not to a device; several channels may work on it, and it is bought once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from functions.customers.domain.cart_hold import CartHold, HoldStatus, asked_anew
from shared.errors import Conflict, NotFound

MAX_LINES = 200
MAX_UNITS = 1_000_000
MAX_FORMER = 10
"""Holds in whose place a new one comes; of those before, whose answers are still to come, the cart lets go."""
CODE_VALID = timedelta(minutes=15)


class CartStatus(StrEnum):
    """OPEN -> CHECKING_OUT (one order may be made of it) -> ORDERED, or OPEN again; OPEN -> MERGED into another."""

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
    """`channels`: those that may work on it. `order`: the channel and its order id that the cart becomes. `hold`: what
    the cart itself has set aside; `reservation_id`: a hold that a channel has made for it. `former`: the cart's holds
    before, newest first, which stay until inventory has made the newer one."""

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
    hold: CartHold | None = None
    people_in: int = 0
    """The version that people last made, where inventory's answers have made newer ones since; 0: the present one."""
    former: tuple[CartHold, ...] = ()

    def live(self, now: datetime) -> tuple[CartHold, ...]:
        """Its holds, newest first, for which units are held or may be."""
        return tuple(one for one in (self.hold, *self.former) if one and one.live_at(now))

    def kept(self, now: datetime) -> CartHold | None:
        """The hold before, if its units are still the cart's."""
        return next((one for one in self.former if one.status_at(now) is HoldStatus.HELD), None)

    def usable(self, now: datetime) -> CartHold | None:
        """The hold that its order should name; None: it has none."""
        return self.hold if self.hold and self.hold.live_at(now) else self.kept(now)


def filled(
    cart: Cart, lines: Iterable[CartLine], *, reservation_id: str, expected: int, fresh: str, at: datetime
) -> Cart:
    """The cart with these lines; a live hold is asked for anew, as `fresh`. Saying the same again is harmless.

    Raises CartClosed, CartChanged.
    """
    wanted = replace(cart, lines=tuple(lines), reservation_id=reservation_id)
    if wanted == cart:
        return cart
    _must_be_open(cart)
    if not (cart.people_in or cart.version) <= expected <= cart.version:
        raise CartChanged("somebody changed the cart meanwhile; look at it again", extra={"version": cart.version})
    return _next(_holding_on(cart, wanted, fresh=fresh, at=at))


def holding(cart: Cart, hold: CartHold) -> Cart:
    """The cart with a hold asked for; a live one for the same place stays. Raises CartClosed, Conflict when empty."""
    before = cart.hold
    if before and before.live_at(hold.asked_at) and before.location_id == hold.location_id:
        return cart
    _must_be_open(cart)
    if not cart.lines:
        raise Conflict("an empty cart holds nothing", code="cart_empty")
    former = cart.live(hold.asked_at)[:MAX_FORMER]
    return _next(replace(cart, hold=replace(hold, replaces=_names(former)), former=former))


def letting_go(cart: Cart) -> Cart:
    """The cart without a hold. Raises CartClosed: what is being bought stays held for its order."""
    if cart.hold is None:
        return cart
    _must_be_open(cart)
    return _next(replace(cart, hold=None, former=()))


def answered(cart: Cart, reservation_id: str, answer: Callable[[CartHold], CartHold]) -> Cart:
    """The cart whose hold inventory has answered; an answer to a hold that it has no more says nothing. What is made
    ends the holds before it, what is refused leaves them."""
    holds = [cart.hold, *cart.former] if cart.hold else []
    place = next((n for n, one in enumerate(holds) if one.reservation_id == reservation_id), None)
    if place is None:
        return cart
    told = answer(holds[place])
    ended = told.replaces if told.status is HoldStatus.HELD else ()
    kept = [told if n == place else one for n, one in enumerate(holds) if one.reservation_id not in ended]
    former = tuple(one for one in kept[1:] if one.status is not HoldStatus.REFUSED)
    after = replace(cart, hold=kept[0], former=former)
    return cart if after == cart else replace(_next(after), people_in=cart.people_in or cart.version)


def _holding_on(before: Cart, after: Cart, *, fresh: str, at: datetime, also: tuple[CartHold, ...] = ()) -> Cart:
    """The cart with a live hold following its lines, and `also` the holds of a cart that came in."""
    mine = before.live(at)
    live = (*mine, *also)[:MAX_FORMER]
    if not live or not after.lines:
        return replace(after, hold=None, former=())
    if before.lines == after.lines and not also:
        return after
    return replace(after, hold=asked_anew(live[0], fresh, at=at, replaces=_names(live)), former=live)


def _names(holds: Iterable[CartHold]) -> tuple[str, ...]:
    return tuple(one.reservation_id for one in holds)


def handed_to(cart: Cart, channel: str, *, customer_id: str = "") -> Cart:
    """The cart that one more channel works on, and that belongs to the customer if it was a guest's."""
    _must_be_open(cart)
    taken = replace(
        cart,
        channels=cart.channels if channel in cart.channels else (*cart.channels, channel),
        customer_id=cart.customer_id or customer_id,
    )
    return cart if taken == cart else _next(taken)


def merged(cart: Cart, guest: Cart, *, same: Collection[str] = (), fresh: str, at: datetime) -> tuple[Cart, Cart]:
    """As `joined`, of a guest's cart or of one that belongs to the same person (`same`: their customer ids)."""
    if guest.customer_id not in ("", cart.customer_id, *same) and guest.merged_into != cart.cart_id:
        raise Conflict("that cart belongs to somebody else", code="not_a_guest_cart")
    return joined(cart, guest, fresh=fresh, at=at)


def joined(cart: Cart, other: Cart, *, fresh: str, at: datetime) -> tuple[Cart, Cart]:
    """Everything in `cart`, for the channels of both, and the other one closed; one hold for both where either had one.
    The closed cart keeps what it knows of its hold, which is the open one's to replace.

    Raises CartClosed when one of them is not open any more, Conflict when they do not fit into one.
    """
    if other.merged_into == cart.cart_id:
        return cart, other
    if cart.cart_id == other.cart_id:
        raise Conflict("give two different carts", code="same_cart")
    for one in (cart, other):
        _must_be_open(one)
    both = replace(
        cart,
        lines=_together(cart.lines, other.lines),
        channels=tuple(dict.fromkeys((*cart.channels, *other.channels))),
        reservation_id=cart.reservation_id or other.reservation_id,
    )
    return (
        _next(_holding_on(cart, both, fresh=fresh, at=at, also=other.live(at))),
        _next(replace(other, status=CartStatus.MERGED, merged_into=cart.cart_id)),
    )


def _together(lines: tuple[CartLine, ...], more: tuple[CartLine, ...]) -> tuple[CartLine, ...]:
    units = {line.sku: line.quantity for line in lines}
    for line in more:
        units[line.sku] = min(MAX_UNITS, units.get(line.sku, 0) + line.quantity)
    if len(units) > MAX_LINES:
        raise Conflict(f"a cart takes at most {MAX_LINES} lines", code="cart_full")
    return tuple(CartLine(sku, quantity) for sku, quantity in units.items())


def checked_out(cart: Cart, order: tuple[str, str]) -> Cart:
    """The cart that becomes this order and no other. Raises CartClosed when it becomes another, or is empty."""
    if cart.order == order:
        return cart
    _must_be_open(cart)
    if not cart.lines:
        raise Conflict("an empty cart cannot be bought", code="cart_empty")
    return _next(replace(cart, status=CartStatus.CHECKING_OUT, order=order))


def reopened(cart: Cart, order: tuple[str, str]) -> Cart:
    """The cart that this order is not made of after all. Raises CartClosed when it is, or another is being made."""
    if cart.status is CartStatus.CHECKING_OUT and cart.order == order:
        return _next(replace(cart, status=CartStatus.OPEN, order=None))
    _must_be_open(cart)
    return cart


def ordered(cart: Cart, order: tuple[str, str]) -> Cart:
    """The cart whose order is in the book, given up before or not: nothing more is bought of it."""
    if cart.status is CartStatus.ORDERED:
        return cart
    return _next(replace(cart, status=CartStatus.ORDERED, order=order))


def _must_be_open(cart: Cart) -> None:
    if cart.status is not CartStatus.OPEN:
        extra = {"status": cart.status.value, "merged_into": cart.merged_into or None}
        if cart.order:
            extra |= {"channel": cart.order[0], "channel_order_id": cart.order[1]}
        raise CartClosed("the cart is not open any more", extra=extra)


def _next(cart: Cart) -> Cart:
    return replace(cart, version=cart.version + 1, people_in=0)
