"""What is expected of an item, derived from its documents: `SUPPLY#{sku}` / `{location_id}#{document}`.

Writing a row twice, or an older version after a newer one, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from functions.inventory.domain.supply import Inbound
from functions.inventory.repository.projection import CLOSED_CLAIM_SECONDS
from shared.clock import rfc3339
from shared.dynamo.marshal import Item
from shared.dynamo.table import ConditionFailed, Put, Table


class Supply:
    """Reads and writes of derived rows."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_sku(self, sku: str) -> list[Inbound]:
        """What every place may expect of an item, by place."""
        rows = self._table.query_all(f"SUPPLY#{sku}", consistent=True)
        return [inbound for inbound in map(_inbound, rows) if inbound.quantity]

    def take_over(self, before: Iterable[Inbound], after: Iterable[Inbound], *, version: int, now: int) -> None:
        """A document's expectations after its change to `version`; `now` in epoch seconds."""
        old, new = ({(one.sku, one.location_id): one for one in side} for side in (before, after))
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key):
                gone = Inbound(*key, old[key].document, 0) if key in old else None
                self._put(new.get(key) or gone, version, now)

    def _put(self, inbound: Inbound | None, version: int, now: int) -> None:
        assert inbound is not None, "a change has a side"
        row: dict[str, Any] = {
            "pk": f"SUPPLY#{inbound.sku}",
            "sk": f"{inbound.location_id}#{inbound.document}",
            "kind": "supply",
            "version": version,
            "quantity": inbound.quantity,
        }
        if inbound.due:
            row["due"] = rfc3339(inbound.due)
        if not inbound.quantity:
            row["ttl"] = now + CLOSED_CLAIM_SECONDS
        newer = Put(
            row, "attribute_not_exists(pk) OR #version < :version", {":version": version}, {"#version": "version"}
        )
        try:
            self._table.write(newer)
        except ConditionFailed:
            return  # this version, or a newer one, is there already


def _inbound(item: Item) -> Inbound:
    location_id, _, document = item["sk"].partition("#")
    due = datetime.fromisoformat(item["due"]) if "due" in item else None
    return Inbound(item["pk"].removeprefix("SUPPLY#"), location_id, document, item["quantity"], due)
