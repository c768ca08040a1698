"""Stored keys and links: how candidates are found, and who is one person.

    KEY#{kind}#{sha256}       -        the newest customers that had a blocking key, and how many there have been
    CUSTOMER#{customer_id}    TREE     the root of a linked customer; at the root the whole tree
    CUSTOMER#{customer_id}    MERGED#{merge_id}   a link that the customer is or was part of
    MERGE#{merge_id}          -        one link between customers, kept when it is undone
    POPULATION                -        about how many customers there are

A key's bucket is guarded by its version: two records of one person that arrive at once share a key, so one of the two
writers starts again and finds the other.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from functions.customers.domain.customer import Customer
from functions.customers.domain.linking import Merge, Tree, as_one
from functions.customers.domain.matching.keys import BUCKET_SIZE, HOT_FROM, Key, keys_of
from functions.customers.domain.matching.resolver import Bucket, Cluster
from functions.customers.repository import CUSTOMER_KIND
from functions.customers.reviews import Reviews
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ABSENT, Action, ConditionFailed, Delete, Put, Table, Update

_CUSTOMERS = Document(Customer)
_TREES = Document(Tree)
_MERGES = Document(Merge)

MERGE_KIND = "merge"
SAMPLING = 16
"""One in so many new customers is counted, as so many: the counter must not become the busiest row."""
POPULATION_SECONDS = 300


def merge_of(item: Item) -> Merge:
    """The link of a stored row."""
    return _MERGES.load(item["body"])


class Catalogue:
    """Reads are consistent."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.reviews = Reviews(table)
        self._population = (0, float("-inf"))

    # ------------------------------------------------------------------ candidates

    def buckets(self, keys: Sequence[Key]) -> Mapping[Key, Bucket]:
        """What each key leads to; unknown ones are left out."""
        by_pk = {_key_pk(key): key for key in keys}
        rows = self._table.get_many([(pk, "-") for pk in by_pk])
        return {
            by_pk[pk]: Bucket(tuple(row["customer_ids"]), row["count"], row["version"]) for (pk, _), row in rows.items()
        }

    def clusters(self, customer_ids: Sequence[str]) -> Mapping[str, Cluster]:
        """The cluster of each customer that exists."""
        trees = self.trees(customer_ids)
        customers = self.customers({name for tree in trees.values() for name in tree.members})
        return {
            name: Cluster(tree.root, as_one(tree, customers).traits)
            for name, tree in trees.items()
            if tree.root in customers
        }

    def population(self) -> int:
        """About how many customers there are; up to five minutes old."""
        count, read_at = self._population
        if time.monotonic() - read_at > POPULATION_SECONDS:
            row = self._table.get("POPULATION", consistent=False)
            count = row["customers"] if row else 0
            self._population = count, time.monotonic()
        return count

    def indexing(
        self, customer_id: str, keys: Sequence[Key], buckets: Mapping[Key, Bucket], *, cause: Cause
    ) -> list[Action]:
        """Actions that let these keys lead to the customer. A hot key is left as it is: it leads nowhere any more."""
        actions: list[Action] = []
        for key in keys:
            before = buckets.get(key, Bucket((), 0))
            if customer_id in before.customer_ids or before.count >= HOT_FROM:
                continue
            row = _row(
                _key_pk(key),
                kind="key",
                cause=cause,
                version=before.version + 1,
                customer_ids=[customer_id, *before.customer_ids][:BUCKET_SIZE],
                count=before.count + 1,
            )
            actions.append(_guarded(row, before.version))
        return actions

    def counting(self, customer_id: str) -> list[Action]:
        """The action that counts a new customer, or none: see SAMPLING."""
        if hashlib.sha256(customer_id.encode()).digest()[0] % SAMPLING:
            return []
        return [Update("POPULATION", "-", "ADD customers :many", "attribute_not_exists(sk) OR sk = :sk",
                       {":many": SAMPLING, ":sk": "-"})]  # fmt: skip

    # ------------------------------------------------------------------ trees

    def customers(self, customer_ids: set[str]) -> dict[str, Customer]:
        """The customers that exist, by id."""
        rows = self._table.get_many([(_customer_pk(name), "-") for name in sorted(customer_ids)])
        return {
            row["pk"].removeprefix("CUSTOMER#"): replace(_CUSTOMERS.load(row["body"]), version=row["version"])
            for row in rows.values()
            if row["kind"] == CUSTOMER_KIND
        }

    def trees(self, customer_ids: Sequence[str]) -> dict[str, Tree]:
        """The tree that each customer belongs to; one alone is a tree of itself."""
        rows = self._table.get_many([(_customer_pk(name), "TREE") for name in customer_ids])
        roots = {name: _pointed(rows.get((_customer_pk(name), "TREE")), name) for name in customer_ids}
        missing = {root for root in roots.values() if (_customer_pk(root), "TREE") not in rows}
        rows |= self._table.get_many([(_customer_pk(root), "TREE") for root in sorted(missing)])
        return {name: _tree(rows.get((_customer_pk(root), "TREE")), root) for name, root in roots.items()}

    def tree(self, customer_id: str) -> Tree:
        """The tree that a customer belongs to."""
        return self.trees([customer_id])[customer_id]

    def shopper(self, customer_id: str) -> tuple[Tree, Customer] | None:
        """The tree of a customer and all its members seen as one, or None."""
        tree = self.tree(customer_id)
        customers = self.customers(set(tree.members))
        return (tree, as_one(tree, customers)) if tree.root in customers else None

    def save_link(self, *, before: tuple[Tree, Tree], after: Tree, merge: Merge, cause: Cause) -> None:
        """Hang one tree under the other. Raises LostRace when either was changed since it was read."""
        kept, given = before
        self._write(
            *self._rooted(after, kept.version, cause),
            *self._pointing(given, after.root, cause),
            *(
                Put(_row(_customer_pk(name), f"MERGED#{merge.merge_id}", kind="merged", cause=cause))
                for name in (merge.customer_id, merge.branch)
            ),
            Put(_row(_merge_pk(merge.merge_id), kind=MERGE_KIND, cause=cause, body=_MERGES.dump(merge))),
        )

    def forgetting(self, tree: Tree, customer_id: str, *, request_id: str, cause: Cause) -> Put:
        """The action after which a member of a tree is nobody's root and nobody's branch, for good."""
        row = _row(_customer_pk(customer_id), "TREE", kind="tree", cause=cause, version=_nonce(), root=customer_id)
        row["erased"] = request_id
        if customer_id == tree.root:
            return _guarded(row, tree.version)
        return Put(row, "attribute_exists(pk)")

    def forget_keys(self, customer: Customer) -> None:
        """Let no blocking key lead to the customer any more."""
        for key in keys_of(customer.traits):
            retried(partial(self._forget_key, key, customer.customer_id))

    def _forget_key(self, key: Key, customer_id: str) -> None:
        row = self._table.get(_key_pk(key))
        if row is None or customer_id not in row["customer_ids"]:
            return
        left = [name for name in row["customer_ids"] if name != customer_id]
        guard = ("#version = :expected", {":expected": row["version"]}, {"#version": "version"})
        if left:
            self._write(Put(row | {"customer_ids": left, "version": row["version"] + 1}, *guard))
        else:
            self._write(Delete(row["pk"], row["sk"], *guard))

    def merge(self, merge_id: str) -> Merge | None:
        """A link, also one that was undone."""
        row = self._table.get(_merge_pk(merge_id))
        return merge_of(row) if row else None

    def save_cut(self, *, before: Tree, rest: Tree, branch: Tree, merge: Merge, cause: Cause) -> None:
        """Give a branch back its own root. Raises LostRace when the tree was changed since it was read."""
        row = _row(_merge_pk(merge.merge_id), kind=MERGE_KIND, cause=cause, version=2, body=_MERGES.dump(merge))
        self._write(
            *self._rooted(rest, before.version, cause),
            *self._rooted(branch, None, cause),
            *self._pointing(branch, branch.root, cause, root_too=False),
            _guarded(row, 1),
        )

    def _rooted(self, tree: Tree, expected: int | None, cause: Cause) -> list[Put]:
        body = _TREES.dump(replace(tree, version=0))
        row = _row(
            _customer_pk(tree.root), "TREE", kind="tree", cause=cause, version=_nonce(), root=tree.root, body=body
        )
        if expected is None:  # a branch that becomes a root again; the guarded old root vouches for it
            return [Put(row, "attribute_exists(pk)")]
        return [_guarded(row, expected)]

    def _pointing(self, tree: Tree, root: str, cause: Cause, *, root_too: bool = True) -> list[Put]:
        rows = []
        for name in tree.members if root_too else tree.members[1:]:
            row = _row(_customer_pk(name), "TREE", kind="tree", cause=cause, version=_nonce(), root=root)
            guarded = _guarded(row, tree.version) if name == tree.root else Put(row, "attribute_exists(pk)")
            rows.append(guarded)
        return rows

    def _write(self, *actions: Action) -> None:
        try:
            self._table.write(*actions)
        except ConditionFailed as error:
            raise LostRace("somebody else was faster; decide again") from error


def _nonce() -> int:
    """A version that no other write of a tree has: a customer is root, then branch, then root again."""
    return 1 + random.getrandbits(48)


def _tree(row: Item | None, root: str) -> Tree:
    if row is None:
        return Tree(root)
    return replace(_TREES.load(row["body"]), version=row["version"]) if "body" in row else Tree(root)


def _pointed(row: Item | None, customer_id: str) -> str:
    return str(row["root"]) if row else customer_id


def _row(pk: str, sk: str = "-", *, kind: str, cause: Cause, version: int = 1, **attributes: Any) -> Item:
    return {"pk": pk, "sk": sk, "kind": kind, "version": version, "cause": cause.stamp(), **attributes}


def _guarded(row: Item, expected: int) -> Put:
    if not expected:
        return Put(row, ABSENT)
    return Put(row, "#version = :expected", {":expected": expected}, {"#version": "version"})


def _key_pk(key: Key) -> str:
    return f"KEY#{key.kind}#{hashlib.sha256(key.value.encode()).hexdigest()}"


def _customer_pk(customer_id: str) -> str:
    return f"CUSTOMER#{customer_id}"


def _merge_pk(merge_id: str) -> str:
    return f"MERGE#{merge_id}"
