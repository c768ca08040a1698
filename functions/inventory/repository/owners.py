"""What an owner holds: `OWNER#{owner}` names the holds, written with each of them where a cap is set.

The row may name holds that have ended since: the holds themselves are the truth, and are asked before anybody is
refused. So ending a hold costs nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.inventory.repository.documents import put_of
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.table import Action, Table

KIND = "owner"
KEEP_SECONDS = 7 * 24 * 3600
"""Longer than any hold can last."""


@dataclass(frozen=True)
class Owner:
    """Units by hold, as far as they were written down; nothing at version 0."""

    owner: str
    held: Mapping[str, int] = field(default_factory=dict)
    version: int = 0


class Owners:
    """Reads of owners, and the action that goes with a new hold."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, owner: str) -> Owner:
        """The owner; empty when nothing is known."""
        row = self._table.get(f"OWNER#{owner}")
        return Owner(owner, row["held"], row["version"]) if row else Owner(owner)

    def action(self, owner: Owner, cause: Cause) -> Action:
        """Write the owner at its next version, unless a rival has done so."""
        return put_of(
            {
                "pk": f"OWNER#{owner.owner}",
                "sk": "-",
                "kind": KIND,
                "version": owner.version + 1,
                "cause": cause.stamp(),
                "held": dict(owner.held),
                "ttl": epoch_seconds(cause.at) + KEEP_SECONDS,
            }
        )
