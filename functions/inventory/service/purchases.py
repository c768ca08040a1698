"""Purchase orders: agreed, listed, closed; receipts that name one are counted by `movements`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from functions.inventory.domain.purchasing import PurchaseOrder, PurchaseOrderNotFound, closed, described
from functions.inventory.repository.network import Network
from functions.inventory.repository.purchases import PurchasePage, Purchases
from functions.inventory.service.movements import known_items, known_location
from shared.cause import Cause
from shared.dynamo.retry import retried


@dataclass(frozen=True)
class PurchaseService:
    """Use cases of purchase orders; each may be repeated."""

    purchases: Purchases
    network: Network

    def put(self, wanted: PurchaseOrder, cause: Cause) -> tuple[PurchaseOrder, bool]:
        """Agree what is to come, or agree it anew; answers whether it is new.

        Raises PurchaseOrderFixed, InvalidField for an unknown place or item.
        """
        known_location(self.network, wanted.location_id)
        known_items(self.network, [line.sku for line in wanted.lines])
        return retried(lambda: self._put(wanted, cause))

    def _put(self, wanted: PurchaseOrder, cause: Cause) -> tuple[PurchaseOrder, bool]:
        known = self.purchases.find(wanted.po_id)
        if known is None:
            return self.purchases.save(wanted, cause), True
        changed = described(known, wanted)
        return (known if changed == known else self.purchases.save(changed, cause)), False

    def close(self, po_id: str, because: str, cause: Cause) -> PurchaseOrder:
        """Nothing more is expected of it. Raises PurchaseOrderNotFound."""
        return retried(lambda: self._change(po_id, lambda known: closed(known, because), cause))

    def _change(self, po_id: str, decide: Callable[[PurchaseOrder], PurchaseOrder], cause: Cause) -> PurchaseOrder:
        known = self.get(po_id)
        wanted = decide(known)
        return known if wanted == known else self.purchases.save(wanted, cause)

    def get(self, po_id: str) -> PurchaseOrder:
        """The purchase order as it is. Raises PurchaseOrderNotFound."""
        known = self.purchases.find(po_id)
        if known is None:
            raise PurchaseOrderNotFound(f"there is no purchase order {po_id}")
        return known

    def listed(self, location_id: str, *, is_open: bool | None, limit: int, cursor: str | None) -> PurchasePage:
        """A page of a place's purchase orders, what is still to come first. Raises InvalidField."""
        return self.purchases.listed(location_id, is_open=is_open, limit=limit, cursor=cursor)
