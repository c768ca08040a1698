"""Which customers are one person, as customers tells it: so that a list of a shopper's orders is of all of them.

pk = SAME#{customer_id}, sk = {merge_id}   other, cut     one end of a link

A link that was cut stays cut, also when the news of its making comes later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.cause import Cause
from shared.dynamo.marshal import Item
from shared.dynamo.table import ConditionFailed, Put, Table

if TYPE_CHECKING:  # the API asks who is one person and hears no events
    from shared.events.customers import CustomersLinked, CustomersUnlinked

MAX_MEMBERS = 40
"""As many as customers links."""
ANYHOW = "attribute_not_exists(pk) OR attribute_exists(pk)"


class People:
    """The links of one table; a moment behind what customers knows."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def linked(self, event: CustomersLinked, cause: Cause) -> None:
        """Two customers are one person."""
        for row in _ends(event.merge_id, event.customer_id, event.linked_customer_ids[0], cause, cut=False):
            try:
                self._table.write(Put(row))
            except ConditionFailed:
                continue  # known, or cut meanwhile

    def unlinked(self, event: CustomersUnlinked, cause: Cause) -> None:
        """They are two again."""
        for row in _ends(event.merge_id, event.customer_id, event.unlinked_customer_ids[0], cause, cut=True):
            self._table.write(Put(row, ANYHOW))

    def cluster(self, customer_id: str) -> tuple[str, ...]:
        """The customer first, then everybody who is the same person."""
        found = [customer_id]
        for name in found:  # grows while it is walked
            if len(found) >= MAX_MEMBERS or not name:
                break
            for row in self._table.query_all(f"SAME#{name}"):
                if not row["cut"] and row["other"] not in found:
                    found.append(row["other"])
        return tuple(found)


def _ends(merge_id: str, one: str, other: str, cause: Cause, *, cut: bool) -> list[Item]:
    return [
        {
            "pk": f"SAME#{here}",
            "sk": merge_id,
            "kind": "same",
            "version": 2 if cut else 1,
            "cause": cause.stamp(),
            "other": there,
            "cut": cut,
        }
        for here, there in ((one, other), (other, one))
    ]
