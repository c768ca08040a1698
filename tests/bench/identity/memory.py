"""The resolver with its index in memory: counts what it reads, and times what it scores."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.customers.domain.matching.keys import BUCKET_SIZE, Key, keys_of
from functions.customers.domain.matching.resolver import Bucket, Cluster, Verdict, resolve
from functions.customers.domain.matching.traits import Traits, joined


@dataclass
class Memory:
    """A catalogue of everything told so far. A record that links two clusters joins them."""

    buckets_by_key: dict[Key, Bucket] = field(default_factory=dict)
    traits: dict[str, Traits] = field(default_factory=dict)
    parent: dict[str, str] = field(default_factory=dict)
    reads: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    seconds: float = 0.0
    scored: int = 0
    reviews: int = 0

    def root(self, customer_id: str) -> str:
        while self.parent.get(customer_id, customer_id) != customer_id:
            customer_id = self.parent[customer_id]
        return customer_id

    def buckets(self, keys: Sequence[Key]) -> Mapping[Key, Bucket]:
        found = {key: self.buckets_by_key[key] for key in keys if key in self.buckets_by_key}
        self.reads[-1] += len(found)
        self.asked[-1] += len(keys)
        return found

    def clusters(self, customer_ids: Sequence[str]) -> Mapping[str, Cluster]:
        self.reads[-1] += len(customer_ids)
        self.asked[-1] += len(customer_ids)
        roots = {one: self.root(one) for one in customer_ids}
        return {one: Cluster(root, self.traits[root]) for one, root in roots.items()}

    def look(self, record: Traits) -> Verdict:
        """The verdict on a record; nothing is kept."""
        self.reads.append(0)
        self.asked.append(0)
        began = time.process_time()
        found = resolve(record, self, population=len(self.traits))
        self.seconds += time.process_time() - began
        self.scored += len(found.candidates)
        return found

    def take(self, name: str, record: Traits) -> str:
        """Resolve a record and keep it: answers its cluster (`name` where it is somebody new)."""
        found = self.look(record)
        self.reviews += bool(found.reviews)
        root = found.links[0].root if found.links else name
        self.traits[root] = joined(record, self.traits[root]) if root in self.traits else record
        for other in found.links[1:]:
            self.parent[other.root] = root
            self.traits[root] = joined(self.traits[root], self.traits[other.root])
        self.parent.setdefault(root, root)
        for key in keys_of(record):
            before = self.buckets_by_key.get(key, Bucket((), 0))
            if root not in before.customer_ids:
                ids = (root, *before.customer_ids)[:BUCKET_SIZE]
                self.buckets_by_key[key] = Bucket(ids, before.count + 1)
        return root
