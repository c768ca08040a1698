"""Calls of DynamoDB and the rows that they reach: which of two may change places without anybody noticing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WRITES = frozenset({"put_item", "update_item", "delete_item", "transact_write_items", "batch_write_item"})
EVERYTHING = frozenset({("*", "*", "*")})
"""Every row of every table."""


@dataclass(frozen=True)
class Call:
    """What an actor wants of AWS next. `touches` / `changes`: rows (table, pk, sk), "*" standing for all."""

    name: str
    request: Mapping[str, Any] = field(default_factory=dict)
    touches: frozenset[tuple[str, str, str]] = frozenset()
    changes: frozenset[tuple[str, str, str]] = frozenset()

    def commutes_with(self, other: Call) -> bool:
        """Whether the order of the two cannot matter."""
        return not (_meet(self.changes, other.touches) or _meet(other.changes, self.touches))


def _meet(some: frozenset[tuple[str, str, str]], others: frozenset[tuple[str, str, str]]) -> bool:
    if some & others:
        return True
    return any(
        all("*" in (mine, theirs) or mine == theirs for mine, theirs in zip(one, other, strict=True))
        for one in some
        for other in others
        if "*" in one or "*" in other
    )


def call_of(name: str, request: Mapping[str, Any]) -> Call:
    """The call and the rows that it reaches."""

    def rows(one: Mapping[str, Any]) -> tuple[str, str, str]:
        key = one.get("Item") or one["Key"]
        return one["TableName"], key["pk"]["S"], key["sk"]["S"]

    if name == "query":
        pk = request["ExpressionAttributeValues"][":pk"]["S"]
        touched = {(request["TableName"], "*" if "IndexName" in request else pk, "*")}
    elif name == "batch_get_item":
        touched = {
            rows({"TableName": table, "Key": key})
            for table, wanted in request["RequestItems"].items()
            for key in wanted["Keys"]
        }
    elif name == "batch_write_item":
        touched = {
            rows({"TableName": table, **one["PutRequest"]})
            for table, wanted in request["RequestItems"].items()
            for one in wanted
        }
    elif name.startswith("transact"):
        touched = {rows(one) for entry in request["TransactItems"] for one in entry.values()}
    else:
        touched = {rows(request)}
    return Call(name, request, frozenset(touched), frozenset(touched) if name in WRITES else frozenset())
