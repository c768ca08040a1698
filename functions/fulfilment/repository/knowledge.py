"""What every plan needs and what changes seldom, in parts that a process keeps until they have changed.

KNOWLEDGE / -               the head: a stamp per part, new whenever the part is written
KNOWLEDGE#<part> / -        one part, a document

A plan reads the head (one read unit) together with its items and stock, and only those parts again whose stamp it does
not know: a network of thousands of places costs a warm process no more than one of three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from functions.fulfilment.repository.rows import ALWAYS, replacing, row
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ConditionFailed, Table, Update
from shared.ids import new_id

HEAD = ("KNOWLEDGE", "-")
_STAMPED = "s:"
"""Begins the names of the head's attributes that are stamps; a part's name follows."""

T = TypeVar("T")
KIND = "knowledge"


@dataclass(frozen=True)
class Part:
    """A stored part, as yet unread."""

    name: str
    body: Any


def to_part(item: Item) -> Part:
    """The part of a stored row."""
    return Part(str(item["pk"]).partition("#")[2], item["body"])


class Knowledge:
    """The parts of one table. An instance remembers what it has read: one per process is enough."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, tuple[str, Any]] = {}

    def head(self) -> Item:
        """The stamps as they are now."""
        return self._table.get(*HEAD) or {}

    def parts(self, wanted: Mapping[str, Document[Any]], head: Item) -> dict[str, Any]:
        """Those of the parts that exist, by name, at least as new as the head."""
        stamps = {name: head[_STAMPED + name] for name in wanted if _STAMPED + name in head}
        stale = [name for name, stamp in stamps.items() if self._known.get(name, ("",))[0] != stamp]
        if stale:
            found = self._table.get_many([_key(name) for name in stale])
            for name in stale:
                self._known[name] = stamps[name], wanted[name].load(found[_key(name)]["body"])
        return {name: self._known[name][1] for name in stamps}

    def stamps(self, names: Mapping[str, Any], head: Item) -> tuple[str, ...]:
        """What changes when any of the parts does."""
        return tuple(str(head.get(_STAMPED + name, "")) for name in names)

    def change(
        self, name: str, document: Document[T], change: Callable[[T | None], T | None], *, cause: Cause
    ) -> T | None:
        """Store what `change` makes of the part as it is (None: there is none yet); when it answers None, the part is
        as it should be. Answers what was stored. Raises Busy when others keep changing the same part."""

        def attempt() -> T | None:
            found = self._table.get(*_key(name))
            changed = change(document.load(found["body"]) if found else None)
            if changed is None:
                return None
            version = found["version"] if found else 0
            item = row(KIND, *_key(name), version=version + 1, cause=cause, body=document.dump(changed))
            try:
                self._table.write(replacing(item, expected=version), _stamping(name, cause))
            except ConditionFailed as error:
                raise LostRace("the part was changed meanwhile") from error
            return changed

        return retried(attempt)


def _stamping(name: str, cause: Cause) -> Update:
    return Update(
        *HEAD,
        "SET #stamp = :stamp, #kind = :kind, cause = :cause",
        ALWAYS,
        {":stamp": new_id(), ":kind": "knowledge_head", ":cause": cause.stamp()},
        {"#stamp": _STAMPED + name, "#kind": "kind"},
    )


def _key(name: str) -> tuple[str, str]:
    return f"KNOWLEDGE#{name}", "-"
