"""Which orders were forgotten.

ERASED#<order> / -      the order's work says no more whose it was
"""

from __future__ import annotations

from dataclasses import dataclass

from functions.fulfilment.repository.rows import row
from shared.cause import Cause
from shared.dynamo import marshal
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

KIND = "erased_order"


@dataclass(frozen=True)
class ErasedOrder:
    """An order that was forgotten here, and how many records that took."""

    request_id: str
    order_id: str
    records: int


def decode(item: marshal.Item) -> ErasedOrder:
    """The note of a stored row."""
    return ErasedOrder(item["request_id"], item["order_id"], item["records"])


class ErasureRepository:
    """The notes of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, request_id: str, order_id: str, *, records: int, cause: Cause) -> None:
        """Note it, once."""
        attributes = {"request_id": request_id, "order_id": order_id, "records": records}
        try:
            self._table.write(Put(row(KIND, f"ERASED#{order_id}", "-", version=1, cause=cause, **attributes), ABSENT))
        except ConditionFailed:
            return  # a redelivery
