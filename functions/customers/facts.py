"""What a stored change means to the others."""

from __future__ import annotations

from collections.abc import Iterator

from functions.customers.domain.cart import Cart
from functions.customers.domain.cart_hold import CartHold, HoldStatus
from functions.customers.domain.consent import Consent
from functions.customers.domain.customer import OrderLink
from functions.customers.domain.erasure import Erasure
from functions.customers.domain.linking import Merge
from functions.customers.domain.review import Review, ReviewState
from shared.clock import rfc3339
from shared.events.base import Event
from shared.events.customers import (
    CartHoldAsked,
    CartHoldDropped,
    CartHoldLine,
    ConsentStated,
    CustomerErasureRequested,
    CustomersLinked,
    CustomersMatched,
    CustomersUnlinked,
    OrderCustomerKnown,
)


def link_facts(old: OrderLink | None, new: OrderLink) -> Iterator[Event]:
    """An order's customer is known, or is another one than before."""
    if old is None or old.customer_id != new.customer_id:
        yield OrderCustomerKnown(order_id=new.order_id, customer_id=new.customer_id)


def merge_facts(old: Merge | None, new: Merge) -> Iterator[Event]:
    """Customers became one, or two again."""
    if old is None and new.active:
        yield CustomersLinked(merge_id=new.merge_id, customer_id=new.customer_id, linked_customer_ids=new.members)
    elif old is not None and old.active and not new.active:
        yield CustomersUnlinked(merge_id=new.merge_id, customer_id=new.customer_id, unlinked_customer_ids=new.members)


def review_facts(old: Review | None, new: Review) -> Iterator[Event]:
    """Two are one by evidence, and nobody has joined them yet. What a person has to decide is no event."""

    def waits(review: Review | None) -> bool:
        return review is not None and review.enough and review.state is ReviewState.OPEN

    if waits(new) and not waits(old):
        yield CustomersMatched(review_id=new.review_id, customer_ids=new.customer_ids)


def consent_facts(old: tuple[str, Consent] | None, new: tuple[str, Consent]) -> Iterator[Event]:
    """The shopper allowed or refused something."""
    customer_id, said = new
    if old is None:
        yield ConsentStated(
            customer_id=customer_id,
            channel=said.channel,
            purpose=said.purpose,
            granted=said.granted,
            at=rfc3339(said.at),
        )


def erasure_facts(old: Erasure | None, new: Erasure) -> Iterator[Event]:
    """Somebody wants to be forgotten."""
    if old is None:
        yield CustomerErasureRequested(
            request_id=new.request_id,
            customer_ids=new.customer_ids,
            subjects=new.subjects,
            requested_at=rfc3339(new.requested_at),
        )


def cart_facts(old: Cart | None, new: Cart) -> Iterator[Event]:
    """A cart wants units set aside, or does not want them any more. What is in it concerns nobody else."""
    hold = new.hold
    if hold and (old is None or old.hold is None or old.hold.reservation_id != hold.reservation_id):
        lines = enumerate(new.lines, start=1)
        yield CartHoldAsked(
            reservation_id=hold.reservation_id,
            channel=hold.channel,
            location_id=hold.location_id or None,
            lines=tuple(CartHoldLine(line_id=str(n), sku=one.sku, quantity=one.quantity) for n, one in lines),
            ttl_seconds=hold.ttl_seconds,
            asked_at=rfc3339(hold.asked_at),
            replaces=hold.replaces,
        )
    wanted = {name for one in _holds_of(new) for name in (one.reservation_id, *_ended_by(one))}
    for before in _holds_of(old) if old else ():
        if before.status in (HoldStatus.ASKED, HoldStatus.HELD) and before.reservation_id not in wanted:
            yield CartHoldDropped(reservation_id=before.reservation_id)


def _ended_by(hold: CartHold) -> tuple[str, ...]:
    """Inventory itself ends what a hold replaces, once it has made it."""
    return hold.replaces if hold.status is HoldStatus.HELD else ()


def _holds_of(cart: Cart) -> tuple[CartHold, ...]:
    return (cart.hold, *cart.former) if cart.hold else ()
