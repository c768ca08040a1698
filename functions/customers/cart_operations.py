"""The HTTP operations on carts, bound to the service's API by `api.py`."""

from __future__ import annotations

from collections.abc import Callable

from functions.customers.carts import Carts
from functions.customers.domain.cart import Cart, CartNotFound
from functions.customers.domain.customer import CustomerNotFound
from functions.customers.links import Links
from functions.customers.schemas_carts import (
    CartView,
    CheckOutCart,
    FillCart,
    HandOverView,
    HoldCart,
    MergeCart,
    OpenCart,
    TakeCart,
    lines_of,
)
from shared.auth import Caller
from shared.clock import now
from shared.errors import InvalidField
from shared.http import Answer, Api, Call


def bind(api: Api, carts: Callable[[], Carts], links: Callable[[], Links]) -> None:
    """Bind every cart operation."""

    def members(customer_id: str) -> tuple[str, ...]:
        return links().shopper(customer_id)[0].members if customer_id else ()

    def visible(cart_id: str, caller: Caller) -> Cart:
        """The cart, if the caller may work on it. Raises CartNotFound."""
        mine, channel = caller.own_customer_id, caller.own_channel
        cart = carts().get(cart_id)
        if channel is not None and channel not in cart.channels:
            raise CartNotFound
        if mine is not None and (not mine or mine not in members(cart.customer_id)):
            raise CartNotFound
        return cart

    @api.operation("open_cart", body=OpenCart, answers={200: CartView, 201: CartView})
    def open_cart(call: Call[OpenCart, None]) -> Answer:
        """Begin a cart in a channel."""
        body = call.body
        call.caller.require(channel=body.channel, customer_id=body.customer_id)
        if body.customer_id:
            try:
                _, customer = links().shopper(body.customer_id)
            except CustomerNotFound as error:
                raise InvalidField("/customer_id", "no such customer") from error
            if call.caller.own_channel not in (None, *customer.channels):
                raise InvalidField("/customer_id", "no such customer")
        cart, created = carts().open(body.to_cart(at=call.cause.at), call.cause)
        return Answer(201 if created else 200, _view(cart))

    @api.operation("get_cart", answers={200: CartView})
    def get_cart(call: Call[None, None]) -> Answer:
        """The cart as it is now."""
        return Answer(200, _view(visible(call.path["cart_id"], call.caller)))

    @api.operation("fill_cart", body=FillCart, answers={200: CartView})
    def fill_cart(call: Call[FillCart, None]) -> Answer:
        """Replace the lines of the version that the caller saw."""
        cart, body = visible(call.path["cart_id"], call.caller), call.body
        filled = carts().fill(
            cart.cart_id,
            lines_of(body.lines),
            reservation_id=body.reservation_id or "",
            expected=body.version,
            cause=call.cause,
        )
        return Answer(200, _view(filled))

    @api.operation("hold_cart", body=HoldCart, answers={202: CartView})
    def hold_cart(call: Call[HoldCart, None]) -> Answer:
        """Ask for the cart's units to be set aside; the cart tells soon whether they are. Other lines are held anew."""
        cart, body = visible(call.path["cart_id"], call.caller), call.body
        held = carts().hold(
            cart.cart_id,
            channel=call.caller.own_channel or cart.channels[0],
            location_id=body.location_id or "",
            ttl_seconds=body.ttl_seconds,
            cause=call.cause,
        )
        return Answer(202, _view(held))

    @api.operation("release_cart_hold", answers={200: CartView})
    def release_cart_hold(call: Call[None, None]) -> Answer:
        """Give the units back; twice is the same."""
        cart = visible(call.path["cart_id"], call.caller)
        return Answer(200, _view(carts().let_go(cart.cart_id, call.cause)))

    @api.operation("hand_over_cart", answers={201: HandOverView})
    def hand_over_cart(call: Call[None, None]) -> Answer:
        """A code by which another channel goes on with the cart."""
        cart = visible(call.path["cart_id"], call.caller)
        code, until = carts().offer(cart, call.cause)
        return Answer(201, HandOverView.model_construct(code=code, expires_at=until))

    @api.operation("take_cart", body=TakeCart, answers={200: CartView})
    def take_cart(call: Call[TakeCart, None]) -> Answer:
        """Go on with the cart that waits under a code."""
        call.caller.require(channel=call.body.channel)
        return Answer(200, _view(carts().take(call.body.code, channel=call.body.channel, cause=call.cause)))

    @api.operation("merge_cart", body=MergeCart, answers={200: CartView})
    def merge_cart(call: Call[MergeCart, None]) -> Answer:
        """Put a guest's cart, or another cart of the same shopper, into this one."""
        cart = visible(call.path["cart_id"], call.caller)
        guest = visible(call.body.guest_cart_id, call.caller)
        same = members(cart.customer_id) if guest.customer_id else ()
        return Answer(200, _view(carts().merge(cart.cart_id, guest.cart_id, call.cause, same=same)))

    @api.operation("check_out_cart", body=CheckOutCart, answers={200: CartView})
    def check_out_cart(call: Call[CheckOutCart, None]) -> Answer:
        """Let one order, and no other, be made of the cart: whoever comes second is told which."""
        body = call.body
        call.caller.require(channel=body.channel)
        cart = visible(call.path["cart_id"], call.caller)
        taken = carts().check_out(cart.cart_id, (body.channel, body.channel_order_id), call.cause)
        return Answer(200, _view(taken))

    @api.operation("reopen_cart", body=CheckOutCart, answers={200: CartView})
    def reopen_cart(call: Call[CheckOutCart, None]) -> Answer:
        """Give a checkout up, whose order is not placed and will not be: the shopper goes on filling the cart."""
        body = call.body
        call.caller.require(channel=body.channel)
        cart = visible(call.path["cart_id"], call.caller)
        return Answer(200, _view(carts().reopen(cart.cart_id, (body.channel, body.channel_order_id), call.cause)))


def _view(cart: Cart) -> CartView:
    return CartView.of(cart, now=now())
