"""Use cases: recognise a shopper, link an order to its customer, keep the timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from functions.customers.domain.customer import Customer, CustomerNotFound, OrderLink, linkable, told
from functions.customers.domain.identity import (
    Address,
    Conflict,
    Identity,
    Resolution,
    SourceRecord,
    Statement,
    identities_of,
    resolve,
)
from functions.customers.domain.timeline import Entry, attached
from functions.customers.repository import CustomerRepository, Known, TimelinePage
from shared.cause import Cause
from shared.dynamo.retry import LostRace, retried
from shared.events.orders import OrderContactGiven
from shared.ids import new_id


def new_customer_id() -> str:
    """Random: an id made from an e-mail address would be a personal datum itself, outlive its erasure, and be wrong
    once the address changes hands. Repeats need no derived id, for identities and orders point at a customer once."""
    return f"C-{new_id()}"


@dataclass(frozen=True)
class _Decision:
    """What one statement does to a customer."""

    before: Customer
    after: Customer
    new: tuple[Identity, ...]
    conflicts: tuple[Conflict, ...]


class Customers:
    """The use cases; each may be repeated."""

    def __init__(self, repository: CustomerRepository, *, fresh_id: Callable[[], str] = new_customer_id) -> None:
        self._repository = repository
        self._fresh_id = fresh_id

    def get(self, customer_id: str) -> Customer:
        """The customer. Raises CustomerNotFound."""
        customer = self._repository.get(customer_id)
        if customer is None:
            raise CustomerNotFound
        return customer

    def find(self, identity: Identity) -> Customer | None:
        """The customer that an identity points at, or None."""
        owner = self._repository.owners([identity]).get(identity)
        return self._repository.get(owner) if owner else None

    def timeline(self, customer_id: str, *, limit: int, cursor: str | None) -> TimelinePage:
        """A page of what happened to the customer, newest first."""
        return self._repository.timeline(customer_id, limit=limit, cursor=cursor)

    def put_customer(self, statement: Statement, cause: Cause) -> tuple[Customer, bool]:
        """Find or create the shopper whom a channel's account describes; answers whether created.

        Raises Busy when rivals kept writing about the same person.
        """
        return retried(lambda: self._put_customer(statement, cause))

    def _put_customer(self, statement: Statement, cause: Cause) -> tuple[Customer, bool]:
        identities = identities_of(statement)
        owners = self._repository.owners(identities)
        resolution = resolve(identities, owners)
        known = self._known(resolution, statement)
        decision = _decide(known.customer, statement, identities, owners, resolution)
        record = SourceRecord(statement, decision.conflicts)
        if decision.after == known.customer and _says_the_same(known.record, record):
            return known.customer, False
        stored = self._repository.save_account(
            known, after=decision.after, record=record, new=decision.new, cause=cause
        )
        return stored, not known.customer.version

    def _known(self, resolution: Resolution, statement: Statement) -> Known:
        if resolution.customer_id is None:
            return Known(Customer(self._fresh_id(), statement.at))
        source = {"channel": statement.channel, "external_id": statement.external_id}
        known = self._repository.known(resolution.customer_id, **source)
        if known is None:
            raise LostRace("the identity's customer is gone; decide again")
        return known

    def link_order(self, event: OrderContactGiven, cause: Cause) -> None:
        """Find or create the customer of an order, and hang what has waited for that into the timeline."""
        link = retried(lambda: self._link(event, cause))
        for entry in self._repository.entries(event.order_id):
            self._attach(entry, link, cause)

    def _link(self, event: OrderContactGiven, cause: Cause) -> OrderLink:
        link = self._repository.link(event.order_id)
        if link is not None:
            return link
        statement = _statement_of(event)
        named = self._repository.get(statement.customer_id) if statement.customer_id else None
        identities = identities_of(statement)
        owners = self._repository.owners(identities)
        resolution = resolve(identities, owners, named=statement.customer_id, named_exists=named is not None)
        customer = named or self._known(resolution, statement).customer
        decision = _decide(customer, statement, identities, owners, resolution)
        link = OrderLink(
            order_id=event.order_id,
            channel_order_id=event.channel_order_id,
            placed_at=statement.at,
            customer_id=customer.customer_id,
            record=SourceRecord(statement, decision.conflicts),
        )
        self._repository.save_link(link, before=customer, after=decision.after, new=decision.new, cause=cause)
        return link

    def record(self, entry: Entry, cause: Cause) -> None:
        """Put a fact into its customer's timeline, once; until the customer is known it waits under its order.

        The entry is written before the link is looked for (again), and `link_order` writes the link before it looks
        for entries: whichever comes second sees the other, so no entry is left behind.
        """
        link = self._repository.link(entry.order_id)
        if link is not None:
            entry = attached(entry, customer_id=link.customer_id, channel=link.channel)
        stored = entry if self._repository.add_entry(entry, cause) else self._stored(entry)
        link = link or self._repository.link(entry.order_id)
        if link is not None:
            self._attach(stored, link, cause)

    def _stored(self, entry: Entry) -> Entry:
        stored = self._repository.entry(entry.order_id, entry.key)
        assert stored is not None, "entries are never deleted"
        return stored

    def _attach(self, entry: Entry, link: OrderLink, cause: Cause) -> None:
        """A rival delivery may attach it first; a link is written once, so it is to the same customer."""
        if not entry.customer_id:
            self._repository.attach_entry(attached(entry, customer_id=link.customer_id, channel=link.channel), cause)


def _decide(
    customer: Customer,
    statement: Statement,
    identities: tuple[Identity, ...],
    owners: dict[Identity, str],
    resolution: Resolution,
) -> _Decision:
    new, beyond = linkable(customer, (one for one in identities if one not in owners))
    return _Decision(
        before=customer, after=told(customer, statement, new), new=new, conflicts=(*resolution.conflicts, *beyond)
    )


def _says_the_same(before: SourceRecord | None, now: SourceRecord) -> bool:
    return before is not None and replace(before.statement, at=now.statement.at) == now.statement


def _statement_of(event: OrderContactGiven) -> Statement:
    contact, address = event.contact, event.address
    return Statement(
        channel=event.channel,
        at=datetime.fromisoformat(event.placed_at),
        order_id=event.order_id,
        customer_id=contact.customer_id or "",
        full_name=contact.name or "",
        email=contact.email or "",
        phone=contact.phone or "",
        loyalty_number=contact.loyalty_number or "",
        address=None if address is None else Address(**address.model_dump(exclude={"geo"})),
    )
