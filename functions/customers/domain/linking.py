"""Links between customers who are one person: a forest of parents, so that every link can be cut exactly.

No customer is ever rewritten by a merge. The root of a tree stands for all of it; cutting a link gives its branch back
with the root it had before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from functions.customers.domain.customer import Customer
from functions.customers.domain.matching.traits import joined
from functions.customers.domain.profile import better
from shared.errors import Conflict, NotFound

MAX_MEMBERS = 40
"""Nobody has more accounts; a tree of this size is rewritten in one transaction."""


class TooManyMembers(Conflict):
    """Together they would have more members than one person can have."""

    code = "too_many_members"


class MergeNotFound(NotFound):
    """No such link joins this customer to another."""

    code = "merge_not_found"

    def __init__(self) -> None:
        super().__init__("no such merge of this customer, or it has been undone")


@dataclass(frozen=True)
class Merge:
    """One link: `branch` hangs under `customer_id` since `at`. `members`: all that came with the branch."""

    merge_id: str
    customer_id: str
    branch: str
    members: tuple[str, ...]
    reason: str
    by: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str = ""
    undone_reason: str = ""

    @property
    def active(self) -> bool:
        return self.undone_at is None


@dataclass(frozen=True)
class Tree:
    """Customers that are one person. `version` 0: nobody was ever linked to the root."""

    root: str
    links: tuple[Merge, ...] = ()
    version: int = 0

    @property
    def members(self) -> tuple[str, ...]:
        """The root first, then in the order of their links."""
        return (self.root, *(link.branch for link in self.links))


def linked(one: Tree, other: Tree, *, merge_id: str, reason: str, by: str, at: datetime) -> tuple[Tree, Merge]:
    """The tree of both, under the root of `one`. Raises TooManyMembers."""
    assert one.root != other.root, "they are one already"
    if len(one.members) + len(other.members) > MAX_MEMBERS:
        raise TooManyMembers(f"one person has at most {MAX_MEMBERS} linked customers")
    merge = Merge(merge_id, one.root, other.root, other.members, reason, by, at)
    return replace(one, links=(*one.links, merge, *other.links)), merge


def unlinked(tree: Tree, merge_id: str) -> tuple[Tree, Tree, Merge]:
    """The tree without the branch, the branch as a tree of its own, and the link that was cut. Raises MergeNotFound."""
    cut = next((link for link in tree.links if link.merge_id == merge_id), None)
    if cut is None:
        raise MergeNotFound
    inside = {cut.branch}
    for _ in tree.links:
        inside |= {link.branch for link in tree.links if link.customer_id in inside}
    rest = tuple(link for link in tree.links if link is not cut and link.branch not in inside)
    branch = tuple(link for link in tree.links if link is not cut and link.branch in inside)
    return replace(tree, links=rest), Tree(cut.branch, branch), cut


def as_one(tree: Tree, customers: Mapping[str, Customer]) -> Customer:
    """All members seen as one shopper, under the root's id: the best value of each field, every identity."""
    members = [customers[name] for name in tree.members if name in customers]
    first, *others = members
    if not others:
        return first
    one = first
    for other in others:
        known = {identity.identity for identity in one.identities}
        one = replace(
            one,
            created_at=min(one.created_at, other.created_at),
            channels=tuple(dict.fromkeys((*one.channels, *other.channels))),
            identities=(*one.identities, *(each for each in other.identities if each.identity not in known)),
            profile=better(one.profile, other.profile),
            traits=joined(one.traits, other.traits),
            choices=max((one.choices, other.choices), key=lambda said: said.at.timestamp() if said.at else 0.0),
            version=one.version + other.version,
        )
    return replace(one, version=one.version + len(others))
