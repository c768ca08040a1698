"""Use cases: recognise a shopper, link an order to its customer, keep the timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

from functions.customers.catalogue import Catalogue
from functions.customers.domain.customer import Customer, OrderLink, as_seen_by, linkable, told
from functions.customers.domain.identity import (
    Conflict,
    Identity,
    IdentityType,
    SourceRecord,
    Statement,
    channel_account,
    identities_of,
)
from functions.customers.domain.linking import Tree
from functions.customers.domain.matching.resolver import Candidate, Verdict, resolve
from functions.customers.domain.matching.scoring import assess, threshold
from functions.customers.domain.matching.traits import Traits, joined, traits_of
from functions.customers.domain.timeline import Entry, attached
from functions.customers.links import AUTOMATIC, Links
from functions.customers.repository import CustomerRepository, Known
from functions.customers.timelines import EVERYTHING, Only, TimelinePage
from shared.addresses import Address
from shared.cause import Cause
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import Action
from shared.ids import new_id

if TYPE_CHECKING:  # making these models is start-up time that the API need not spend
    from shared.events.orders import OrderContactGiven


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

    def __init__(
        self,
        repository: CustomerRepository,
        catalogue: Catalogue,
        *,
        country: str = "",
        fresh_id: Callable[[], str] = new_customer_id,
    ) -> None:
        """`country`: whose phone numbers shoppers write without a country code."""
        self._repository = repository
        self._catalogue = catalogue
        self._links = Links(catalogue)
        self._country = country
        self._fresh_id = fresh_id

    def get(self, customer_id: str) -> tuple[Tree, Customer]:
        """The shopper whom a customer belongs to, all linked customers seen as one. Raises CustomerNotFound."""
        return self._links.shopper(customer_id)

    def find(self, identity: Identity) -> tuple[Tree, Customer] | None:
        """The shopper that an identity points at, or None."""
        owner = self._repository.owners([identity]).get(identity)
        return self._catalogue.shopper(owner) if owner else None

    def as_seen_by(self, channel: str, tree: Tree, customer: Customer) -> Customer:
        """The shopper as far as the channel has told of them itself."""
        return as_seen_by(channel, customer, self._statements(tree))

    def known_to(self, channel: str, candidates: Sequence[Candidate], statement: Statement) -> list[Candidate]:
        """Those of the candidates who came through the channel, with the evidence in what it has told itself."""
        found = []
        for one in candidates:
            tree, customer = self._links.shopper(one.root)
            if channel in customer.channels:
                told = [traits_of(said) for said in self._statements(tree) if said.channel == channel]
                own = reduce(joined, told, Traits())
                population = self._catalogue.population()
                found.append(Candidate(one.root, assess(traits_of(statement), own, population=population)))
        return found

    def _statements(self, tree: Tree) -> list[Statement]:
        return [said for name in tree.members for said in self._repository.statements(name)]

    def timeline(self, tree: Tree, *, limit: int, cursor: str | None, only: Only = EVERYTHING) -> TimelinePage:
        """A page of what happened to the shopper, newest first."""
        return self._repository.timelines.page(tree.members, limit=limit, cursor=cursor, only=only)

    def resolve(self, statement: Statement) -> tuple[Verdict, float]:
        """Whom a statement would be about, and the threshold it was held against; nothing is kept."""
        population = self._catalogue.population()
        return resolve(traits_of(statement), self._catalogue, population=population), threshold(population)

    def put_customer(self, statement: Statement, cause: Cause) -> tuple[str, bool]:
        """Find or create the shopper whom a channel's account describes; answers the customer's id, whether created.

        Raises Busy when rivals kept writing about the same person.
        """
        customer_id, created, joins = retried(lambda: self._put_customer(statement, cause))
        self._join(customer_id, joins, cause)
        return customer_id, created

    def has_heard(self, statement: Statement) -> bool:
        """Whether the channel's account has said just this before."""
        account = channel_account(statement.channel, statement.external_id)
        owner = self._repository.owners([account]).get(account)
        return owner is not None and _says_the_same(self._known(owner, statement).record, SourceRecord(statement))

    def _put_customer(self, statement: Statement, cause: Cause) -> tuple[str, bool, list[str]]:
        identities = identities_of(statement)
        owners = self._repository.owners(identities)
        owner = owners.get(channel_account(statement.channel, statement.external_id))
        if owner and _says_the_same(self._known(owner, statement).record, SourceRecord(statement)):
            return owner, False, []
        found = self._resolve(statement)
        home = owner or self._member(found, identities, owners)
        known = self._known(home, statement)
        decision = _decide(known.customer, statement, identities, owners)
        record = SourceRecord(statement, decision.conflicts)
        more, joins = self._consequences(known.customer, found, cause, may_join=lambda _root: True)
        stored = self._repository.save_account(
            known, after=decision.after, record=record, new=decision.new, cause=cause, more=more
        )
        return stored.customer_id, not known.customer.version, joins

    def _resolve(self, statement: Statement) -> Verdict:
        return resolve(traits_of(statement), self._catalogue, population=self._catalogue.population())

    def _member(self, found: Verdict, identities: Sequence[Identity], owners: Mapping[Identity, str]) -> str | None:
        """Who of the shopper's linked customers a statement is kept with: whom its identities name, else the root. So
        a link that is cut later gives each side what was its own."""
        if not found.links:
            return None
        members = self._catalogue.tree(found.links[0].root).members
        return next((owners[one] for one in identities if owners.get(one) in members), members[0])

    def _consequences(
        self, customer: Customer, found: Verdict, cause: Cause, *, may_join: Callable[[str], bool]
    ) -> tuple[list[Action], list[str]]:
        """What is written beside the record, and whom to join with afterwards."""
        new = not customer.version
        tree = Tree(customer.customer_id) if new else self._catalogue.tree(customer.customer_id)
        questions, joins = self._links.consequences(tree, found, cause, may_join=may_join)
        keys = self._catalogue.indexing(customer.customer_id, found.keys, found.buckets, cause=cause)
        return [*questions, *keys, *(self._catalogue.counting(customer.customer_id) if new else ())], joins

    def _account_holder(self, root: str) -> bool:
        found = self._catalogue.shopper(root)
        return found is not None and _has_account(found[1])

    def _join(self, customer_id: str, roots: Sequence[str], cause: Cause) -> None:
        for root in roots:
            self._links.merge(customer_id, root, reason=AUTOMATIC, cause=cause)

    def _known(self, customer_id: str | None, statement: Statement) -> Known:
        if customer_id is None:
            return Known(Customer(self._fresh_id(), statement.at))
        source = {"channel": statement.channel, "external_id": statement.external_id}
        known = self._repository.known(customer_id, **source)
        if known is None:
            raise LostRace("the customer is gone; decide again")
        return known

    def link_order(self, event: OrderContactGiven, cause: Cause) -> None:
        """Find or create the customer of an order, and hang what has waited for that into the timeline.

        An order from before its shopper was forgotten makes nobody anew.
        """
        link, joins = retried(lambda: self._link(event, cause))
        if link is None:
            return
        self._join(link.customer_id, joins, cause)
        for entry in self._repository.timelines.of_order(event.order_id):
            self._attach(entry, link, cause)

    def _link(self, event: OrderContactGiven, cause: Cause) -> tuple[OrderLink | None, list[str]]:
        link = self._repository.link(event.order_id)
        if link is not None:
            return (None if link.erased else link), []
        statement = _statement_of(event, self._country)
        identities = identities_of(statement)
        owners = self._repository.owners(identities)
        concerned = {*owners.values(), *filter(None, [statement.customer_id])}
        forgotten = self._repository.forgotten(identities, concerned, at=cause.occurred_at or cause.at)
        if forgotten:
            self._repository.forget_order(event.order_id, forgotten, cause)
            return None, []
        named = self._repository.get(statement.customer_id) if statement.customer_id else None
        found = self._resolve(statement)
        home = self._member(found, identities, owners)
        customer = named or self._known(home, statement).customer
        decision = _decide(customer, statement, identities, owners)
        unknown = (Conflict("customer_id"),) if statement.customer_id and named is None else ()
        link = OrderLink(
            order_id=event.order_id,
            channel_order_id=event.channel_order_id,
            placed_at=statement.at,
            customer_id=customer.customer_id,
            record=SourceRecord(statement, (*unknown, *decision.conflicts)),
        )
        signed_in = _has_account(decision.after)
        more, joins = self._consequences(
            customer, found, cause, may_join=lambda root: not (signed_in and self._account_holder(root))
        )
        self._repository.save_link(
            link, before=customer, after=decision.after, new=decision.new, cause=cause, more=more
        )
        return link, joins

    def record(self, entry: Entry, cause: Cause) -> None:
        """Put a fact into its customer's timeline, once; until the customer is known it waits under its order.

        The entry is written before the link is looked for (again), and `link_order` writes the link before it looks
        for entries: whichever comes second sees the other, so no entry is left behind.
        """
        link = self._repository.link(entry.order_id)
        if link is not None and link.erased:
            return
        if link is not None:
            entry = attached(entry, customer_id=link.customer_id, channel=link.channel)
        stored = entry if self._repository.timelines.add(entry, cause) else self._stored(entry)
        link = link or self._repository.link(entry.order_id)
        if link is not None and link.erased:
            self._repository.forget_order(entry.order_id, link.customer_id, cause)
        elif link is not None:
            self._attach(stored, link, cause)

    def _stored(self, entry: Entry) -> Entry:
        return (
            self._repository.timelines.find(entry.order_id, entry.key) or entry
        )  # gone with a customer who was forgotten

    def _attach(self, entry: Entry, link: OrderLink, cause: Cause) -> None:
        """A rival delivery may attach it first; a link is written once, so it is to the same customer."""
        if not entry.customer_id:
            self._repository.timelines.attach(
                attached(entry, customer_id=link.customer_id, channel=link.channel), cause
            )


def _decide(
    customer: Customer, statement: Statement, identities: tuple[Identity, ...], owners: dict[Identity, str]
) -> _Decision:
    new, beyond = linkable(customer, (one for one in identities if one not in owners))
    elsewhere = (
        Conflict(one.type, owners[one])
        for one in identities
        if owners.get(one, customer.customer_id) != customer.customer_id
    )
    return _Decision(before=customer, after=told(customer, statement, new), new=new, conflicts=(*elsewhere, *beyond))


def _has_account(customer: Customer) -> bool:
    """Whether somebody can sign in as this customer. Anybody may type anybody's mailbox into an order, so an order's
    contact never joins two such customers: a person is asked instead."""
    return any(one.type is IdentityType.CHANNEL for one in customer.identities)


def _says_the_same(before: SourceRecord | None, now: SourceRecord) -> bool:
    if before is None or (before.statement.imported and not now.statement.imported):
        return False  # an account's own word counts for more than a file's
    return replace(before.statement, at=now.statement.at, imported=now.statement.imported) == now.statement


def _statement_of(event: OrderContactGiven, country: str) -> Statement:
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
        country=country,
    )
