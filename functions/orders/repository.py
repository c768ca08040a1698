"""Stored orders: the only module that knows keys, items and condition expressions.

pk = ORDER#{order_id}, sk = "-"   body (the whole order), version, cause, content_hash
gsi1: CUSTOMER#{customer_id}          -> time of placement     once the customer is known
gsi2: STATUS#{status}#{shard of 8}    -> time of placement     so that no status is one hot partition
gsi3: ATTENTION#{shard of 8}          -> since when            while something needs a person
gsi4: DUE#{shard of 8}                -> when                  while something is due by time
gsi5: CHANNEL#{channel}#{shard of 8}  -> time of placement
gsi6: STORE#{location_id}             -> time of placement     the first place that has to do with the order
Indexes hold keys only: what moves no key costs nothing there, and lists read the orders themselves.

pk = ORDER#{order_id}, sk = STORE#{location_id}    gsi6 of a further place

pk = RETURN#{return_id}, sk = "-"  order_id                     ids that are unique over all orders lead to their order
pk = ERASURE#{request_id}, sk = "-"   the orders of a person who is to be forgotten
pk = ERASED#{customer_id}, sk = "-"   request_id                 whoever learns of an order of theirs later, asks here
"""

from __future__ import annotations

import heapq
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from functions.orders.dictionary import DICTIONARIES
from functions.orders.domain import erasing
from functions.orders.domain.due import built_in, next_look, timed
from functions.orders.domain.order import Order, OrderNotFound, Status
from functions.orders.domain.placement import OrderIdReused
from functions.orders.domain.policies import Terms
from shared.cause import Cause
from shared.dynamo.documents import Document, decode_cursor, encode_cursor
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace
from shared.dynamo.table import Action, ConditionFailed, Put, Table
from shared.errors import InvalidField

KIND = "order"
SHARDS = 8
COMPRESS_FROM_BYTES = 300
_DOCUMENT = Document(Order, compress_from_bytes=COMPRESS_FROM_BYTES, dictionaries=DICTIONARIES)
ALWAYS = "attribute_not_exists(pk) OR attribute_exists(pk)"
MAX_PAGE_WEIGHT = 3_000
"""Lines, shipments and parcels that one read of a list answers, and one order of more: each is some 800 bytes."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_STORES = 90
"""Further places that one write can note: a transaction has no room for more."""


@dataclass(frozen=True)
class During:
    """When orders were placed: from `start` on, before `end`."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def bounds(self) -> tuple[str, str]:
        """Of the sort keys of indexes."""
        return _sortable(self.start) if self.start else "0", _sortable(self.end) if self.end else "~"

    def holds(self, moment: datetime) -> bool:
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)


class NameTaken(Exception):
    """The id leads to another order already."""


@dataclass(frozen=True)
class Name:
    """An id that is unique over all orders, e.g. of a return. `kind`: RETURN or CHANGE."""

    kind: str
    id: str

    @property
    def pk(self) -> str:
        return f"{self.kind}#{self.id}"


@dataclass(frozen=True)
class OrderPage:
    """Some orders, the newest first, and where to go on."""

    orders: list[Order]
    next_cursor: str | None


def weight(order: Order) -> int:
    """Of how many parts an order consists, as callers see it."""
    return len(order.lines) + sum(1 + len(one.parcels) for one in order.fulfilment.values()) + len(order.cancellations)


def decode(item: Item) -> Order:
    """The order of a stored row."""
    return replace(_DOCUMENT.load(item["body"]), version=item["version"])


class OrderBook:
    """The orders of one table. `terms`: of returns, asked once the shopper has all of an order."""

    def __init__(self, table: Table, terms: Callable[[Order], Terms] = built_in) -> None:
        self._table = table
        self._terms = terms

    def add(self, order: Order, *, content_hash: str, cause: Cause) -> tuple[Order, bool]:
        """Write a new order, one conditional write. Answers the order as it is stored now, and whether it is new.

        Raises OrderIdReused when the id stands for other content.
        """
        added = timed(replace(order, version=1), self._terms)
        try:
            self._table.write(Put(_item(added, content_hash, cause)), *_at_further_stores(None, added, cause))
        except ConditionFailed as error:
            row = error.existing
            assert row is not None, "orders are never deleted"
            if row["content_hash"] != content_hash:
                raise OrderIdReused(order.order_id) from error
            return decode(row), False
        return added, True

    def adding(self, order: Order, *, content_hash: str, cause: Cause) -> list[Action]:
        """The writes that add a new order, and the names of its returns; for a transaction of somebody else's."""
        added = replace(order, version=1)
        names = [Put(_name_row(Name("RETURN", one.return_id), order.order_id, cause)) for one in order.returns]
        return [Put(_item(added, content_hash, cause)), *names, *_at_further_stores(None, added, cause)]

    def content_hashes(self, order_ids: Iterable[str]) -> dict[str, str]:
        """By order, what those that are in the book were made of."""
        rows = self._table.get_many([(_pk(order_id), "-") for order_id in order_ids])
        return {pk.removeprefix("ORDER#"): str(row["content_hash"]) for (pk, _), row in rows.items()}

    def get(self, order_id: str) -> Order:
        """The order as it is now. Raises OrderNotFound."""
        return decode(self._row(order_id))

    def named(self, name: Name) -> str | None:
        """The id of the order that the name leads to, or None."""
        row = self._table.get(name.pk)
        return str(row["order_id"]) if row else None

    def change(self, order_id: str) -> OpenOrder:
        """The order, and the means to save it as long as nobody else has. Raises OrderNotFound."""
        row = self._row(order_id)
        return OpenOrder(decode(row), row["content_hash"], self._table, self._terms)

    def of_customers(self, customer_ids: Sequence[str], during: During, *, limit: int, cursor: str | None) -> OrderPage:
        """The orders of these customers, the newest first. Raises InvalidField for a forged cursor."""
        partitions = [f"CUSTOMER#{name}" for name in customer_ids]
        return self._page("gsi1", partitions, limit=limit, cursor=cursor, during=during)

    def ids_of_customer(self, customer_id: str) -> list[str]:
        """Every order that is known to be the customer's; a moment behind the truth."""
        rows = self._table.query_all(f"CUSTOMER#{customer_id}", index="gsi1")
        return [str(row["pk"]).removeprefix("ORDER#") for row in rows]

    def of_status(self, status: Status, during: During, *, limit: int, cursor: str | None) -> OrderPage:
        """The orders of a status, the newest first over all shards. Raises InvalidField for a forged cursor."""
        partitions = [_status_partition(status, shard) for shard in range(SHARDS)]
        return self._page("gsi2", partitions, limit=limit, cursor=cursor, during=during)

    def of_channel(self, channel: str, during: During, *, limit: int, cursor: str | None) -> OrderPage:
        """The orders of a channel, likewise."""
        partitions = [_shard(f"CHANNEL#{channel}", shard) for shard in range(SHARDS)]
        return self._page("gsi5", partitions, limit=limit, cursor=cursor, during=during)

    def of_store(self, location_id: str, during: During, *, limit: int, cursor: str | None) -> OrderPage:
        """The orders that a place has to do with: units are collected or worked on there. Likewise."""
        return self._page("gsi6", [f"STORE#{location_id}"], limit=limit, cursor=cursor, during=during)

    def needing_people(self, *, limit: int, cursor: str | None) -> OrderPage:
        """Orders that need a person, the newest first. Raises InvalidField for a forged cursor."""
        return self._page("gsi3", [_shard("ATTENTION", shard) for shard in range(SHARDS)], limit=limit, cursor=cursor)

    def to_look_at(self, *, until: datetime, limit: int) -> list[str]:
        """Orders of which something is due by then, the longest overdue first."""
        rows = [
            row
            for shard in range(SHARDS)
            for row in self._table.query(
                _shard("DUE", shard), index="gsi4", sk_between=("0", f"{_sortable(until)}#~"), limit=limit
            ).items
        ]
        return [row["pk"].removeprefix("ORDER#") for row in sorted(rows, key=lambda row: str(row["gsi4sk"]))[:limit]]

    def _row(self, order_id: str) -> Item:
        row = self._table.get(_pk(order_id))
        if row is None:
            raise OrderNotFound
        return row

    def _page(
        self, index: str, partitions: list[str], *, limit: int, cursor: str | None, during: During | None = None
    ) -> OrderPage:
        before = _decode_cursor(cursor, partitions[0]) if cursor else None
        low, high = (during or During()).bounds
        parts = [self._newest(index, partition, (low, before or high), limit) for partition in partitions]
        merged = list(heapq.merge(*parts, key=lambda row: str(row[f"{index}sk"]), reverse=True))
        keys = [(str(row["pk"]), "-") for row in merged[:limit]]
        found = self._table.get_many(keys, consistent=False)
        orders = [decode(found[key]) if key in found else None for key in keys]
        fits = bisect_right(list(accumulate(weight(order) if order else 0 for order in orders)), MAX_PAGE_WEIGHT)
        shown = orders[: max(1, fits)]
        more = len(merged) > len(shown)
        end = encode_cursor({"list": partitions[0], "before": merged[len(shown) - 1][f"{index}sk"]}) if more else None
        return OrderPage([order for order in shown if order], end)

    def _newest(self, index: str, partition: str, between: tuple[str, str], limit: int) -> Iterator[Item]:
        """At most `limit` + 1 rows before the upper bound, so that the merge can tell whether there are more."""
        page = self._table.query(partition, index=index, forward=False, sk_between=between, limit=limit + 2)
        return (row for row in page.items if row[f"{index}sk"] != between[1])


class OpenOrder:
    """An order that was read to be changed."""

    def __init__(self, order: Order, content_hash: str, table: Table, terms: Callable[[Order], Terms]) -> None:
        self.order = order
        self._content_hash = content_hash
        self._table = table
        self._terms = terms

    def save(self, changed: Order, *, cause: Cause, names: Name | None = None) -> Order:
        """Store the changed order; what has not changed is not written. Raises LostRace when a rival was faster.

        `names`: an id that from now on leads to this order, in the same step. Raises NameTaken when another has it.
        """
        changed = erasing.settled(changed)
        if changed == self.order:
            return self.order
        saved = replace(timed(changed, self._terms), version=self.order.version + 1)
        put = Put(
            _item(saved, self._content_hash, cause),
            "#version = :expected",
            {":expected": self.order.version},
            {"#version": "version"},
        )
        claims = [Put(_name_row(names, saved.order_id, cause))] if names else []
        try:
            self._table.write(put, *claims, *_at_further_stores(self.order, saved, cause))
        except ConditionFailed as error:
            if claims and 1 in error.failed:
                raise NameTaken from error
            raise LostRace(f"order {saved.order_id} has changed meanwhile") from error
        return saved


def _pk(order_id: str) -> str:
    return f"ORDER#{order_id}"


def _status_partition(status: Status, shard: int) -> str:
    return _shard(f"STATUS#{status}", shard)


def _shard(partition: str, shard: int) -> str:
    return f"{partition}#{shard}"


def _name_row(name: Name, order_id: str, cause: Cause) -> Item:
    return {
        "pk": name.pk,
        "sk": "-",
        "kind": "name",
        "version": 1,
        "cause": cause.stamp(),
        "order_id": order_id,
    }


def _item(order: Order, content_hash: str, cause: Cause) -> Item:
    newest_first = _in_time(order.placed_at, order.order_id)
    shard = zlib.crc32(order.order_id.encode()) % SHARDS
    item: Item = {
        "pk": _pk(order.order_id),
        "sk": "-",
        "kind": KIND,
        "version": order.version,
        "cause": cause.stamp(),
        "content_hash": content_hash,
        "gsi2pk": _status_partition(order.status, shard),
        "gsi2sk": newest_first,
        "gsi5pk": _shard(f"CHANNEL#{order.channel}", shard),
        "gsi5sk": newest_first,
        "body": _DOCUMENT.dump(replace(order, version=0)),
    }
    if order.customer_id:
        item |= {"gsi1pk": f"CUSTOMER#{order.customer_id}", "gsi1sk": newest_first}
    if places := stores(order):
        item |= {"gsi6pk": f"STORE#{places[0]}", "gsi6sk": newest_first}
    if order.raised:
        since = min(one.at for one in order.raised.values())
        item |= {"gsi3pk": _shard("ATTENTION", shard), "gsi3sk": _in_time(since, order.order_id)}
    if due_at := next_look(order):
        item |= {"gsi4pk": _shard("DUE", shard), "gsi4sk": _in_time(due_at, order.order_id)}
    return item


def stores(order: Order) -> list[str]:
    """The places that have to do with an order, in the order in which they came to."""
    named = [line.location_id for line in order.lines if line.location_id]
    return list(dict.fromkeys([*named, *(one.location_id for one in order.fulfilment.values())]))


def _at_further_stores(before: Order | None, after: Order, cause: Cause) -> list[Put]:
    """Rows by which the order is found at all its places but the first."""
    known = stores(before)[1:] if before else []
    fresh = [one for one in stores(after)[1:] if one not in known]
    common = {"kind": "store", "version": 1, "cause": cause.stamp()}
    at = _in_time(after.placed_at, after.order_id)
    return [
        Put({"pk": _pk(after.order_id), "sk": name, **common, "gsi6pk": name, "gsi6sk": at}, ALWAYS)
        for name in (f"STORE#{location_id}" for location_id in fresh[:MAX_STORES])
    ]


def _in_time(at: datetime, order_id: str) -> str:
    """A sort key of indexes, short since an order carries several: the last ten characters of an id are fifty bits, and
    tell apart what happened in the same millisecond."""
    return f"{_sortable(at)}#{order_id[-10:]}"


def _sortable(at: datetime) -> str:
    """Milliseconds since 1970 in nine base-36 digits, which sort as the moments do (until the year 5188)."""
    milliseconds = max(0, (at - _EPOCH) // timedelta(milliseconds=1))
    digits = ""
    for _ in range(9):
        milliseconds, digit = divmod(milliseconds, 36)
        digits = _DIGITS[digit] + digits
    return digits


def _decode_cursor(cursor: str, partition: str) -> str:
    try:
        decoded = decode_cursor(cursor)
    except ValueError as error:
        raise InvalidField("/cursor", "not a cursor of this list") from error
    if decoded.get("list") != partition or not isinstance(decoded.get("before"), str):
        raise InvalidField("/cursor", "the cursor belongs to another list")
    return str(decoded["before"])
