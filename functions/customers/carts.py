"""Shared carts: use cases and rows.

CART#{cart_id}            -     the cart                                   gsi2 CARTS#{customer_id}
CARTCODE#{sha256}         -     a hand-over code, deleted when it is used      likewise
CARTORDER#{derived id}    -     which cart a channel's order is made of        likewise
CARTHOLD#{reservation_id} -     which cart has asked for a hold                likewise
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.customers.domain import cart as domain
from functions.customers.domain.cart import (
    CODE_VALID,
    Cart,
    CartIdReused,
    CartLine,
    CartNotFound,
    CartStatus,
    CodeRefused,
)
from functions.customers.domain.cart_hold import CartHold, Shortage, granted, refused
from functions.customers.domain.retention import SHARED_CART
from functions.customers.retention import retained
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import Action, ConditionFailed, Delete, Put, Table
from shared.errors import Conflict
from shared.ids import derived_id, new_id

if TYPE_CHECKING:  # making these models is start-up time that the API need not spend
    from shared.events.inventory import CartHeld, CartHoldRefused
    from shared.events.orders import OrderPlaced

_CARTS = Document(Cart)
CART_KIND = "cart"
KEEP_HOLDS = timedelta(days=1)
"""Answers come within seconds; what is redriven later finds nothing, and nothing is lost by it."""
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 10
"""50 bits: not to be guessed within its quarter of an hour."""


class Carts:
    """The use cases; each may be repeated."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, cart_id: str) -> Cart:
        """The cart. Raises CartNotFound."""
        row = self._table.get(_pk(cart_id))
        if row is None:
            raise CartNotFound
        return _CARTS.load(row["body"])

    def open(self, cart: Cart, cause: Cause) -> tuple[Cart, bool]:
        """Keep a new cart; answers the stored one and whether it is new. Raises CartIdReused."""
        try:
            self._table.write(Put(_row(cart, cause)))
        except ConditionFailed as error:
            stored = self.get(cart.cart_id)
            if (stored.customer_id, stored.channels[:1]) != (cart.customer_id, cart.channels[:1]):
                raise CartIdReused("this cart_id is another cart") from error
            return stored, False
        return cart, True

    def fill(
        self, cart_id: str, lines: tuple[CartLine, ...], *, reservation_id: str, expected: int, cause: Cause
    ) -> Cart:
        """Replace the lines of the version that the caller saw. Raises CartChanged, CartClosed."""
        return self._change(
            cart_id,
            lambda cart: domain.filled(
                cart, lines, reservation_id=reservation_id, expected=expected, fresh=_hold_id(), at=cause.at
            ),
            cause,
        )

    def hold(self, cart_id: str, *, channel: str, location_id: str, ttl_seconds: int, cause: Cause) -> Cart:
        """Ask inventory for the cart's units; it answers later. A live hold stays. Raises CartClosed, Conflict."""
        wanted = CartHold(_hold_id(), channel, cause.at, ttl_seconds, location_id)
        return self._change(cart_id, lambda cart: domain.holding(cart, wanted), cause)

    def let_go(self, cart_id: str, cause: Cause) -> Cart:
        """Give the units back; twice is the same. Raises CartClosed."""
        return self._change(cart_id, domain.letting_go, cause)

    def held(self, event: CartHeld, cause: Cause) -> None:
        """Inventory holds the units."""
        until = datetime.fromisoformat(event.expires_at)
        self._answered(event.reservation_id, lambda hold: granted(hold, until=until), cause)

    def not_held(self, event: CartHoldRefused, cause: Cause) -> None:
        """Inventory has too few."""
        short = tuple(Shortage(one.sku, one.requested, one.available) for one in event.shortages)
        self._answered(event.reservation_id, lambda hold: refused(hold, short), cause)

    def _answered(self, reservation_id: str, answer: Callable[[CartHold], CartHold], cause: Cause) -> None:
        row = self._table.get(_hold_pk(reservation_id))
        cart_id = row["cart_id"] if row else ""  # its shopper was forgotten, or it is long over
        while cart_id:
            try:
                cart = self._change(cart_id, lambda cart: domain.answered(cart, reservation_id, answer), cause)
            except CartNotFound:
                return
            cart_id = cart.merged_into  # the cart that it went into has the hold since

    def offer(self, cart: Cart, cause: Cause) -> tuple[str, datetime]:
        """A code by which another channel takes part, once, and until when."""
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        until = cause.at + CODE_VALID
        row = {
            "pk": _code_pk(code),
            "sk": "-",
            "kind": "cart_code",
            "version": 1,
            "cause": cause.stamp(),
            "cart_id": cart.cart_id,
            "until": epoch_seconds(until),
            "ttl": epoch_seconds(until),
            **_of_customer(cart),
        }
        self._table.write(Put(row))
        return code, until

    def take(self, code: str, *, channel: str, cause: Cause) -> Cart:
        """Let a channel work on the cart that waits under a code, which is used up by it. Raises CodeRefused."""
        return retried(lambda: self._take(code, channel, cause))

    def _take(self, code: str, channel: str, cause: Cause) -> Cart:
        row = self._table.get(_code_pk(code))
        if row is None or row["until"] < epoch_seconds(cause.at):
            raise CodeRefused
        before = self.get(row["cart_id"])
        after = domain.handed_to(before, channel)
        self._save(before, after, cause, Delete(_code_pk(code), "-"))
        return after

    def merge(self, cart_id: str, other_id: str, cause: Cause, *, same: Collection[str] = ()) -> Cart:
        """Put everything of a guest's cart, or of another one of the same person (`same`: their customer ids), into
        the cart that the shopper goes on with. Raises CartClosed, Conflict."""
        return retried(lambda: self._merge(cart_id, other_id, same, cause))

    def _merge(self, cart_id: str, other_id: str, same: Collection[str], cause: Cause) -> Cart:
        cart, other = self.get(cart_id), self.get(other_id)
        after, closed = domain.merged(cart, other, same=same, fresh=_hold_id(), at=cause.at)
        if after != cart:
            self._save(cart, after, cause, _replaced(other, closed, cause))
        return after

    def gather(self, customer_ids: Sequence[str], cause: Cause) -> None:
        """Make one cart of all open ones of customers who are one person: of that on which somebody worked last.

        What is being bought stays apart, and so does what does not fit into one cart.
        """
        rows = [row for name in customer_ids for row in self._table.query_all(f"CARTS#{name}", index="gsi2")]
        listed = [(row["pk"], row["sk"]) for row in rows if row["kind"] == CART_KIND]
        carts = sorted(self._table.get_many(listed).values(), key=lambda row: row["cause"]["at"], reverse=True)
        open_ones = [cart for cart in map(cart_of, carts) if cart.status is CartStatus.OPEN]
        for other in open_ones[1:]:
            with suppress(CartNotFound, Conflict):  # sold or forgotten meanwhile, or too much for one cart
                self.merge(open_ones[0].cart_id, other.cart_id, cause, same=customer_ids)

    def check_out(self, cart_id: str, order: tuple[str, str], cause: Cause) -> Cart:
        """Let one order, and no other, be made of the cart. Raises CartClosed when another already is, Conflict when
        that order is of another cart."""
        return retried(lambda: self._check_out(cart_id, order, cause))

    def _check_out(self, cart_id: str, order: tuple[str, str], cause: Cause) -> Cart:
        before = self.get(cart_id)
        after = domain.checked_out(before, order)
        if after != before:
            claim = {"pk": _order_pk(*order), "sk": "-", "kind": "cart_order", "version": 1, "cart_id": cart_id}
            claim |= {"cause": cause.stamp()} | _of_customer(before)
            known = self._table.get(_order_pk(*order))
            if known and known["cart_id"] != cart_id:
                raise Conflict("another cart becomes this order", code="cart_order_taken")
            taken = Put(claim, "attribute_not_exists(pk) OR cart_id = :cart", {":cart": cart_id})
            self._save(before, after, cause, taken)
        return after

    def reopen(self, cart_id: str, order: tuple[str, str], cause: Cause) -> Cart:
        """Give the checkout up. The claim stays noted: should the order come all the same, the cart is bought."""
        return self._change(cart_id, lambda cart: domain.reopened(cart, order), cause)

    def order_placed(self, event: OrderPlaced, cause: Cause) -> None:
        """The order of a cart is in the book."""
        order = event.channel, event.channel_order_id
        row = self._table.get(_order_pk(*order))
        if row is None:
            return
        try:
            self._change(row["cart_id"], lambda cart: domain.ordered(cart, order), cause)
        except CartNotFound:
            return  # its shopper was forgotten

    def _change(self, cart_id: str, change: Callable[[Cart], Cart], cause: Cause) -> Cart:
        def attempt() -> Cart:
            before = self.get(cart_id)
            after = change(before)
            if after != before:
                self._save(before, after, cause)
            return after

        return retried(attempt)

    def _save(self, before: Cart, after: Cart, cause: Cause, *more: Action) -> None:
        try:
            self._table.write(_replaced(before, after, cause), *_hold_put(before, after, cause), *more)
        except ConditionFailed as error:
            raise LostRace("somebody else was faster; decide again") from error


def _replaced(before: Cart, after: Cart, cause: Cause) -> Put:
    if after == before:
        after = replace(after, version=before.version + 1)
    return Put(_row(after, cause), "#version = :expected", {":expected": before.version}, {"#version": "version"})


def _row(cart: Cart, cause: Cause) -> Item:
    row: dict[str, Any] = {"pk": _pk(cart.cart_id), "sk": "-", "kind": CART_KIND, "version": cart.version}
    row |= retained(SHARED_CART, cart.cart_id, cause.at, index="gsi1")
    return row | {"cause": cause.stamp(), "body": _CARTS.dump(cart)} | _of_customer(cart)


def _hold_put(before: Cart, after: Cart, cause: Cause) -> Iterator[Put]:
    """Which cart a new hold is of, so that inventory need not know it."""
    hold = after.hold
    if hold and (before.hold is None or before.hold.reservation_id != hold.reservation_id):
        row = {
            "pk": _hold_pk(hold.reservation_id),
            "sk": "-",
            "kind": "cart_hold",
            "version": 1,
            "cart_id": after.cart_id,
        }
        yield Put(row | {"cause": cause.stamp(), "ttl": epoch_seconds(hold.until + KEEP_HOLDS)} | _of_customer(after))


def cart_of(item: Item) -> Cart:
    """The cart of a stored row."""
    return _CARTS.load(item["body"])


def _hold_id() -> str:
    """Random: whoever knows it may use the hold in an order."""
    return f"K-{new_id()}"


def _of_customer(cart: Cart) -> Item:
    """By which a shopper's carts, codes and claims are found."""
    return {"gsi2pk": f"CARTS#{cart.customer_id}", "gsi2sk": cart.cart_id} if cart.customer_id else {}


def _pk(cart_id: str) -> str:
    return f"CART#{cart_id}"


def _hold_pk(reservation_id: str) -> str:
    return f"CARTHOLD#{reservation_id}"


def _code_pk(code: str) -> str:
    return f"CARTCODE#{hashlib.sha256(code.strip().upper().encode()).hexdigest()}"


def _order_pk(channel: str, channel_order_id: str) -> str:
    return f"CARTORDER#{derived_id('CO', channel, channel_order_id)}"
