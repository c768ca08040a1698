"""Whom a row is about: pointers by which everything of a person is found again when it has to be erased.

    SUBJECT#{digest}   {pk of the row}   of: the row's kind

A subject is a customer, an order, a cart or whatever else names a person somewhere; only its digest is stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from shared.dynamo.marshal import Item
from shared.dynamo.table import ConditionFailed, Delete, Table

SUBJECT_FIELDS = frozenset({"customer_id", "order_id", "cart_id", "owner"})
"""Members of answers and paths that say whom something is about."""


def digest(subject: str) -> str:
    """The same for a subject however it was typed."""
    return hashlib.sha256(subject.strip().casefold().encode()).hexdigest()


def named_in(text: str) -> set[str]:
    """Every subject that a JSON text names."""
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for name, value in node.items():
                if name in SUBJECT_FIELDS and isinstance(value, str):
                    found.add(value)
                else:
                    walk(value)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)

    walk(json.loads(text) if text else None)
    return found


class Subjects:
    """The pointers of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def point(self, subjects: Iterable[str], pk: str, *, kind: str, ttl: int | None = None) -> None:
        """Let every subject lead to a row, until `ttl` (epoch seconds) where the row itself ends.

        To be called before the row is written: only a missing pointer does harm.
        """
        end = {"ttl": ttl} if ttl else {}
        names = sorted({digest(one) for one in subjects})
        rows: list[Item] = [{"pk": _pk(name), "sk": pk, "kind": "subject", "of": kind, **end} for name in names]
        self._table.put_all(rows)

    def rows_of(self, digests: Iterable[str], *, kind: str) -> Iterator[str]:
        """The key of every row of one kind that these subjects lead to."""
        for name in digests:
            for row in self._table.query_all(_pk(name), consistent=True):
                if row["of"] == kind:
                    yield str(row["sk"])

    def forget(self, digests: Iterable[str]) -> None:
        """Remove the pointers of these subjects."""
        for name in digests:
            for row in list(self._table.query_all(_pk(name), consistent=True)):
                try:
                    self._table.write(Delete(row["pk"], row["sk"]))
                except ConditionFailed:
                    continue  # a second delivery was faster


def _pk(name: str) -> str:
    return f"SUBJECT#{name}"
