"""Forgetting whose an order was: what was sold and paid stays, who it was goes once it is not needed any more."""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.orders.domain import account
from functions.orders.domain.changes import ChangeStatus
from functions.orders.domain.order import Contact, Entry, Erasure, Order
from shared.ids import derived_id

SHOPPER = "customer:"
"""How the actor of a shopper's own request begins; the rest is the shopper's login."""
SOMEBODY = "customer:erased"


@dataclass(frozen=True)
class Forgetting:
    """A person who is to be forgotten, and the orders of theirs that are known."""

    request_id: str
    order_ids: tuple[str, ...] = ()
    version: int = 0

    @property
    def pseudonym(self) -> str:
        """Whose the orders are from now on."""
        return derived_id("E", self.request_id)


def asked(order: Order, *, request_id: str, pseudonym: str) -> Order:
    """The order of a person who wants to be forgotten. Asked again, also by another request, it changes nothing."""
    return order if order.erasure else replace(order, erasure=Erasure(request_id, pseudonym))


def needed(order: Order) -> bool:
    """Whether somebody still has to know who ordered: units are to be delivered, or a payment is being authorised."""
    if any(vector.open > vector.left for vector in order.quantities.values()):
        return True
    return account.authorising(order) or any(one.status is ChangeStatus.PENDING for one in order.changes)


def settled(order: Order) -> Order:
    """The order without anything that tells whose it was, if that was asked for and it is not needed any more.

    Applied to every write of an order, so that nothing told later brings anything back.
    """
    asked_for = order.erasure
    if asked_for is None or (not asked_for.done and needed(order)):
        return order
    return replace(
        order,
        erasure=replace(asked_for, done=True),
        customer_id=asked_for.pseudonym,
        choice_link="",
        contact=Contact(),
        shipping=replace(order.shipping, address=None),
        payments=tuple(replace(one, token=None, reference=None) for one in order.payments),
        operations=tuple(replace(one, reference="") for one in order.operations),
        cancellations=tuple(replace(one, reason="") for one in order.cancellations),
        holds=tuple(replace(one, reason="") for one in order.holds),
        changes=tuple(replace(one, reason="", wanted=replace(one.wanted, destination=None)) for one in order.changes),
        fulfilment={
            key: replace(
                one, code=None, link=None, parcels=tuple(replace(each, tracking_number="") for each in one.parcels)
            )
            for key, one in order.fulfilment.items()
        },
        history=tuple(_anonymous(entry) for entry in order.history),
    )


def _anonymous(entry: Entry) -> Entry:
    return replace(entry, why="", who=SOMEBODY if entry.who.startswith(SHOPPER) else entry.who)
