"""moto copies a whole table, stream records included, once per row of a transaction; once per transaction will do."""

from __future__ import annotations

import copy
from typing import Any
from unittest.mock import patch

import moto.dynamodb.models as dynamodb
from moto.dynamodb.models.table import Table


class _CopyOnce:
    """Stands in for `copy` in moto's DynamoDB models while a transaction runs."""

    def __init__(self) -> None:
        self._tables: dict[int, Table] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(copy, name)

    def deepcopy(self, value: Any) -> Any:
        if not isinstance(value, Table):
            return copy.deepcopy(value)
        if id(value) not in self._tables:
            records = value.stream_shard.items if value.stream_shard else []
            # A stream record never changes: only the list of them has to be a copy.
            self._tables[id(value)] = copy.deepcopy(value, {id(record): record for record in records})
        return self._tables[id(value)]


def install() -> None:
    """Make moto's transactions as fast as their size allows; what they do stays the same."""
    backend = dynamodb.DynamoDBBackend
    original = backend.transact_write_items

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        with patch.object(dynamodb, "copy", _CopyOnce()):
            original(self, transact_items)

    patch.object(backend, "transact_write_items", transact_write_items).start()
