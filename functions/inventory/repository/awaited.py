"""Units that orders wait for, as fulfilment told last: `AWAITED#{order_id}`. The projector brings them to the pages."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple

from functions.inventory.domain.availability import Waiting
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

AWAITED_KIND = "awaited"
KEPT_SECONDS = 30 * 24 * 3600
"""An order that waits for nothing any more is forgotten when no older event can come."""


class AwaitedUnits:
    """One row per order that waits, or did."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def save(self, order_id: str, units: Sequence[tuple[str, Waiting]], *, version: int, cause: Cause) -> None:
        """Take over what the order waits for, (sku, units), unless something newer is known."""
        by_sku: dict[str, list[tuple[object, ...]]] = defaultdict(list)
        for sku, waiting in units:
            by_sku[sku].append(astuple(waiting))
        row = {
            "pk": f"AWAITED#{order_id}",
            "sk": "-",
            "kind": AWAITED_KIND,
            "version": version,
            "cause": cause.stamp(),
            "body": json.dumps(by_sku, separators=(",", ":")),
        }
        if not units:
            row["ttl"] = epoch_seconds(cause.at) + KEPT_SECONDS
        newer = Put(row, f"{ABSENT} OR #version < :version", {":version": version}, {"#version": "version"})
        try:
            self._table.write(newer)
        except ConditionFailed:
            return  # this version, or a newer one, is known


def decode_awaited(row: Item) -> dict[str, list[list[object]]]:
    """By SKU the units of a stored row: quantity, channel, place or None."""
    return dict(json.loads(row["body"]))
