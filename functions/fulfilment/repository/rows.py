"""What every row of this table has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.cause import Cause
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, Put

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


def newer(item: Item) -> Put:
    """Write the row unless one of the same or a higher version is there."""
    values: Mapping[str, Any] = {":new": item["version"]}
    return Put(item, f"{ABSENT} OR #version < :new", values, {"#version": "version"})
