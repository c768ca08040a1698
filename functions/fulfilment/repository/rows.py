"""What every row of this table has in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.cause import Cause
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, Put, Update

CHUNK = 90
"""Rows per transaction: DynamoDB takes 100, an idempotency marker may come on top."""
ALWAYS = "attribute_not_exists(pk) OR attribute_exists(pk)"


def row(kind: str, pk: str, sk: str, *, version: int, cause: Cause, **attributes: Any) -> Item:
    """A stored record."""
    return {"pk": pk, "sk": sk, "kind": kind, "version": version, "cause": cause.stamp(), **attributes}


def replacing(item: Item, *, expected: int) -> Put:
    """Write the row over the one of version `expected`; 0: there must be none."""
    if expected == 0:
        return Put(item, ABSENT)
    return Put(item, "#version = :expected", {":expected": expected}, {"#version": "version"})


def setting(item: Item, *, expected: int, removing: Iterable[str] = ()) -> Put | Update:
    """As `replacing`, but attributes that the item does not name stay as they are, unless they are `removing`."""
    if expected == 0:
        return Put(item, ABSENT)
    named = {name: value for name, value in item.items() if name not in ("pk", "sk")}
    gone = [name for name in removing if name not in named]
    sets = ", ".join(f"#{name} = :{name}" for name in named)
    removes = f" REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else ""
    return Update(
        item["pk"],
        item["sk"],
        f"SET {sets}{removes}",
        "#version = :expected",
        {":expected": expected, **{f":{name}": value for name, value in named.items()}},
        {f"#{name}": name for name in (*named, *gone)},
    )


def newer(item: Item) -> Put:
    """Write the row unless one of the same or a higher version is there."""
    values: Mapping[str, Any] = {":new": item["version"]}
    return Put(item, f"{ABSENT} OR #version < :new", values, {"#version": "version"})
