"""What channels may sell, as set: `SELLING` / `pool/{channel}`, `safety/{rule_id}`, `exclusion/{exclusion_id}`.

A deleted rule stays as a tombstone, so that its next version is newer than every copy of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from functions.inventory.domain.selling import Exclusion, Pool, Rules, SafetyRule
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

T = TypeVar("T", Pool, SafetyRule, Exclusion)

SELLING = "SELLING"
SELLING_KIND = "selling"


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """One sort of what is set: where it lies and how it is read."""

    prefix: str
    document: Document[T]

    def key(self, name: str) -> str:
        return f"{self.prefix}/{name}"


POOLS = Shelf("pool", Document(Pool))
SAFETY = Shelf("safety", Document(SafetyRule))
EXCLUSIONS = Shelf("exclusion", Document(Exclusion))


@dataclass(frozen=True)
class Kept(Generic[T]):
    """One of them as stored; `gone` once it was deleted."""

    value: T
    gone: bool


Set = Kept[Pool] | Kept[SafetyRule] | Kept[Exclusion]
"""Whatever is set, of any sort."""


def decode_set(item: Item) -> Set:
    """What a stored row sets."""
    shelves: tuple[Shelf[Any], ...] = (POOLS, SAFETY, EXCLUSIONS)
    shelf = next(one for one in shelves if item["sk"].startswith(one.prefix + "/"))
    return Kept(_load(shelf, item), item["gone"])


class Selling:
    """Reads and conditional writes of pools, safety rules and exclusions."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def rules(self) -> Rules:
        """Everything that is set; a change of the last second may be missing."""
        rows = self._table.query_all(SELLING)
        return rules_of({row["sk"]: row["body"] for row in rows if not row["gone"]})

    def find(self, shelf: Shelf[T], name: str) -> Kept[T] | None:
        """One of them as it is now, deleted ones included."""
        row = self._table.get(SELLING, shelf.key(name))
        return Kept(_load(shelf, row), row["gone"]) if row else None

    def page(self, shelf: Shelf[T], *, limit: int, cursor: str | None) -> tuple[list[T], str | None]:
        """A page of those that are not deleted, by name. Raises InvalidField for a forged cursor."""
        page = self._table.query(SELLING, sk_prefix=shelf.prefix + "/", limit=limit, cursor=cursor)
        return [_load(shelf, row) for row in page.items if not row["gone"]], page.next_cursor

    def count(self, shelf: Shelf[Any]) -> int:
        """How many there are, deleted ones left out."""
        rows = self._table.query_all(SELLING, sk_prefix=shelf.prefix + "/")
        return sum(not row["gone"] for row in rows)

    def save(self, shelf: Shelf[T], name: str, value: T, cause: Cause, *, gone: bool = False) -> T:
        """Store it at its next version. Raises LostRace."""
        stored = replace(value, version=value.version + 1)
        row = {
            "pk": SELLING,
            "sk": shelf.key(name),
            "kind": SELLING_KIND,
            "version": stored.version,
            "cause": cause.stamp(),
            "gone": gone,
            "body": shelf.document.dump(replace(value, version=0)),
        }
        condition = Put(row, "#version = :expected", {":expected": value.version}, {"#version": "version"})
        try:
            self._table.write(condition if value.version else Put(row, ABSENT))
        except ConditionFailed as error:
            raise LostRace("it was changed meanwhile") from error
        return stored


def _load(shelf: Shelf[T], row: Item) -> T:
    return replace(shelf.document.load(row["body"]), version=row["version"])


def rules_of(bodies: Mapping[str, str | bytes]) -> Rules:
    """The rules of stored bodies by sort key; those of other prefixes are left out."""
    pools = (POOLS.document.load(body) for body in _bodies(bodies, POOLS))
    return Rules(
        {pool.channel: pool for pool in pools},
        tuple(SAFETY.document.load(body) for body in _bodies(bodies, SAFETY)),
        tuple(EXCLUSIONS.document.load(body) for body in _bodies(bodies, EXCLUSIONS)),
    )


def _bodies(bodies: Mapping[str, str | bytes], shelf: Shelf[Any]) -> Iterator[str | bytes]:
    return (body for key, body in bodies.items() if key.startswith(shelf.prefix + "/"))


def plain_text(row: Item) -> str | None:
    """The body of a stored row as JSON text; None for a tombstone."""
    if row["gone"]:
        return None
    shelves: Iterable[Shelf[Any]] = (POOLS, SAFETY, EXCLUSIONS)
    shelf = next(one for one in shelves if row["sk"].startswith(one.prefix + "/"))
    return json.dumps(shelf.document.plain(shelf.document.load(row["body"])), separators=(",", ":"))
