"""Use cases: what shoppers and staff say beyond identity: profile, consents, interactions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from functions.customers.catalogue import Catalogue
from functions.customers.domain.consent import Consent, Standing, standings
from functions.customers.domain.customer import (
    Customer,
    CustomerNotFound,
    OrderLink,
    linkable,
    self_described,
    told,
)
from functions.customers.domain.identity import Statement, identities_of
from functions.customers.domain.linking import Tree
from functions.customers.domain.matching.keys import keys_of
from functions.customers.domain.matching.traits import traits_of
from functions.customers.domain.profile import Choices, attributed
from functions.customers.domain.timeline import Entry
from functions.customers.dossier import Access, Dossier
from functions.customers.repository import CustomerRepository
from shared.cause import Cause
from shared.dynamo.retry import retried

MAX_EXPORTED_ENTRIES = 2_000
"""An answer may have 6 MB."""


@dataclass(frozen=True)
class Held:
    """All that is kept of a shopper beside the profile itself."""

    statements: list[Statement]
    orders: list[OrderLink]
    consents: tuple[Standing, ...]
    timeline: list[Entry]
    accesses: list[Access]
    complete: bool


class Profiles:
    """The use cases; each may be repeated."""

    def __init__(self, repository: CustomerRepository, catalogue: Catalogue, dossier: Dossier) -> None:
        self._repository = repository
        self._catalogue = catalogue
        self._dossier = dossier

    def change(
        self,
        customer_id: str,
        statement: Statement,
        choose: Callable[[Choices], Choices],
        *,
        proven: bool,
        cause: Cause,
    ) -> None:
        """Take over what is said of a customer. `proven`: staff or a channel says it, so it also identifies; it never
        links to another customer by itself. Raises CustomerNotFound."""
        retried(lambda: self._change(customer_id, statement, choose, proven, cause))

    def _change(
        self,
        customer_id: str,
        statement: Statement,
        choose: Callable[[Choices], Choices],
        proven: bool,
        cause: Cause,
    ) -> None:
        before = self._repository.get(customer_id)
        if before is None:
            raise CustomerNotFound
        chosen = attributed(before.choices, choose(before.choices), channel=statement.channel, at=cause.at)
        if not proven:
            after = replace(self_described(before, statement), choices=chosen)
            self._save(before, after, cause)
            return
        identities = identities_of(statement)
        owners = self._repository.owners(identities)
        new, _ = linkable(before, (one for one in identities if one not in owners))
        after = replace(told(before, statement, new), choices=chosen)
        keys = keys_of(traits_of(statement))
        indexed = self._catalogue.indexing(customer_id, keys, self._catalogue.buckets(keys), cause=cause)
        if after != before:
            self._repository.save_customer(before, after, new=new, cause=cause, more=indexed)

    def _save(self, before: Customer, after: Customer, cause: Cause) -> None:
        if after != before:
            self._repository.save_customer(before, after, new=(), cause=cause, more=())

    def everything(self, tree: Tree) -> Held:
        """All that is kept of a shopper; timeline and readings up to a limit, which `complete` tells."""
        members = tree.members
        page = self._repository.timelines.page(members, limit=MAX_EXPORTED_ENTRIES, cursor=None)
        return Held(
            statements=[said for name in members for said in self._repository.statements(name)],
            orders=[link for name in members for link in self._repository.orders(name)],
            consents=self.consents(tree),
            timeline=page.entries,
            accesses=self.accesses(tree),
            complete=page.next_cursor is None,
        )

    def consents(self, tree: Tree) -> tuple[Standing, ...]:
        """What the shopper allows, with its history."""
        return standings(self._dossier.consents(tree.members))

    def state_consent(self, customer_id: str, consent: Consent, cause: Cause) -> None:
        """Keep a statement; whatever was said later still holds."""
        self._dossier.add_consent(customer_id, consent, cause)

    def interact(self, entry: Entry, cause: Cause) -> bool:
        """Keep an interaction, once; False when it was known. Raises InteractionIdReused."""
        return self._dossier.add_interaction(entry, cause)

    def note_access(self, customer_id: str, cause: Cause) -> None:
        """Keep who read the profile."""
        self._dossier.note_access(customer_id, cause)

    def accesses(self, tree: Tree) -> list[Access]:
        """Who read the profile lately."""
        return self._dossier.accesses(tree.members)
