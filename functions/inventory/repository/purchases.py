"""Purchase orders: `PO#{po_id}`, listed by place with what is still to come first, the soonest first among them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.inventory.domain.purchasing import PurchaseOrder
from functions.inventory.repository.documents import put_of, row_of, write
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.table import Action, Table

KIND = "purchase_order"
OPEN, DONE = "OPEN", "PAST"
"""In the order in which a list shows them."""

_orders = Document(PurchaseOrder)


@dataclass(frozen=True)
class PurchasePage:
    """One page of purchase orders."""

    orders: list[PurchaseOrder]
    next_cursor: str | None


def decode_purchase(item: Item) -> PurchaseOrder:
    """The purchase order of a stored row."""
    return replace(_orders.load(item["body"]), version=item["version"])


class Purchases:
    """Reads and writes of purchase orders."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, po_id: str) -> PurchaseOrder | None:
        """The purchase order, or None."""
        item = self._table.get(f"PO#{po_id}")
        return decode_purchase(item) if item else None

    def listed(self, location_id: str, *, is_open: bool | None, limit: int, cursor: str | None) -> PurchasePage:
        """A page of a place's purchase orders. Raises InvalidField for a forged cursor."""
        prefix = None if is_open is None else f"{OPEN if is_open else DONE}#"
        pk = f"PURCHASES#{location_id}"
        page = self._table.query(pk, index="gsi1", sk_prefix=prefix, limit=limit, cursor=cursor)
        return PurchasePage([decode_purchase(item) for item in page.items], page.next_cursor)

    def save(self, order: PurchaseOrder, cause: Cause) -> PurchaseOrder:
        """The purchase order at its next version. Raises LostRace."""
        write(self._table, [self.saving(order, cause)])
        return replace(order, version=order.version + 1)

    def saving(self, order: PurchaseOrder, cause: Cause) -> Action:
        """The write of the purchase order at its next version, to be part of a transaction."""
        body = _orders.dump(replace(order, version=0))
        row = row_of(f"PO#{order.po_id}", "-", KIND, order.version + 1, cause, body)
        state = OPEN if order.open else DONE
        listed = f"{state}#{rfc3339(order.expected_at)}#{order.po_id}"
        return put_of(row | {"gsi1pk": f"PURCHASES#{order.location_id}", "gsi1sk": listed})
