"""Fulfilment orders.

FO#<order> / <number>       one fulfilment order; its id is `<order>.<number>`
gsi1: LOC#<location> / <status>#<opened at>#<id>      the worklist of a location
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.fulfilment.domain.work import FulfilmentOrder, Status
from functions.fulfilment.repository.rows import replacing, row
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ConditionFailed, Put, Table
from shared.errors import NotFound

KIND = "fulfilment_order"
MAX_NUMBER_DIGITS = 5

_BODY = Document(FulfilmentOrder)


@dataclass(frozen=True)
class Worklist:
    """One page of fulfilment orders."""

    orders: tuple[FulfilmentOrder, ...]
    next_cursor: str | None


class WorkRepository:
    """The fulfilment orders of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, fulfilment_order_id: str) -> FulfilmentOrder:
        """Raises NotFound."""
        order_id, _, number = fulfilment_order_id.rpartition(".")
        found = None
        if order_id and number.isdecimal() and number.isascii() and len(number) <= MAX_NUMBER_DIGITS:
            found = self._table.get(_pk(order_id), _sk(number))
        order = to_order(found) if found else None
        if order is None or order.fulfilment_order_id != fulfilment_order_id:
            raise NotFound("no such fulfilment order")
        return order

    def of_order(self, order_id: str) -> tuple[FulfilmentOrder, ...]:
        """All fulfilment orders of an order, in the order of their opening."""
        return tuple(to_order(found) for found in self._table.query_all(_pk(order_id), consistent=True))

    def at_location(self, location_id: str, *, status: Status | None, limit: int, cursor: str | None) -> Worklist:
        """A page of the location's worklist, by status, then oldest first. A moment behind the truth."""
        prefix = f"{status}#" if status else None
        page = self._table.query(f"LOC#{location_id}", index="gsi1", sk_prefix=prefix, limit=limit, cursor=cursor)
        return Worklist(tuple(to_order(found) for found in page.items), page.next_cursor)

    def save(self, order: FulfilmentOrder, *, cause: Cause) -> FulfilmentOrder:
        """Store the next version. Raises LostRace when the stored one is not the version that was loaded."""
        try:
            self._table.write(saving(order, cause=cause))
        except ConditionFailed as error:
            raise LostRace("the fulfilment order was changed meanwhile") from error
        return replace(order, version=order.version + 1)


def saving(order: FulfilmentOrder, *, cause: Cause) -> Put:
    """The write of the next version over the loaded one (version 0: a new row)."""
    following = replace(order, version=order.version + 1)
    _, _, number = order.fulfilment_order_id.rpartition(".")
    item = row(
        KIND,
        _pk(order.order_id),
        _sk(number),
        version=following.version,
        cause=cause,
        body=_BODY.dump(following),
        gsi1pk=f"LOC#{order.location_id}",
        gsi1sk=f"{order.status}#{rfc3339(order.opened_at)}#{order.fulfilment_order_id}",
    )
    return replacing(item, expected=order.version)


def to_order(item: marshal.Item) -> FulfilmentOrder:
    """The fulfilment order of a stored row."""
    return _BODY.load(item["body"])


def _pk(order_id: str) -> str:
    return f"FO#{order_id}"


def _sk(number: str) -> str:
    return number.zfill(MAX_NUMBER_DIGITS)
