"""Fulfilment orders.

FO#<order> / <number>       one fulfilment order; its id is `<order>.<number>`
gsi1: LOC#<location> / <status>#<due>#<id>              the worklist of a location
gsi3: LOC#<location>#<method> / <status>#<due>#<id>     the same by one method
gsi2: DUE#<shard> / <at>#<id>                           what is due by time, in a few partitions
TRACK#<carrier>#<number> / -                            whose parcel it is
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from typing import Any

from functions.fulfilment.domain.alarms import next_alarm
from functions.fulfilment.domain.parcels import Parcel
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.dictionary import DICTIONARIES
from functions.fulfilment.repository.rows import ALWAYS, CHUNK, replacing, row
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ConditionFailed, Delete, Put, Table
from shared.errors import NotFound

KIND = "fulfilment_order"
MAX_NUMBER_DIGITS = 5
MAX_PAGE_WEIGHT = 15_000
"""Lines, parcels and the like on one page of a worklist: an answer takes 6 MB, and each of them 300 bytes at most."""
DUE_SHARDS = 8
"""Partitions of what is due: one takes 1,000 writes a second."""

_BODY = Document(FulfilmentOrder, compress_from_bytes=300, dictionaries=DICTIONARIES)


@dataclass(frozen=True)
class Worklist:
    """One page of fulfilment orders."""

    orders: tuple[FulfilmentOrder, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Wanted:
    """Which fulfilment orders of a location: in one status (due before a moment, or in it since one), by one method, or
    all."""

    location_id: str
    status: Status | None = None
    method: str | None = None
    due_before: datetime | None = None
    since: datetime | None = None
    """In that status since then, or later (of states in which nobody works on it)."""


class WorkRepository:
    """The fulfilment orders of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, fulfilment_order_id: str) -> FulfilmentOrder:
        """Raises NotFound."""
        order_id, _, number = fulfilment_order_id.rpartition(".")
        found = None
        if order_id and _is_number(number):
            found = self._table.get(_pk(order_id), _sk(number))
        order = to_order(found) if found else None
        if order is None or order.fulfilment_order_id != fulfilment_order_id:
            raise NotFound("no such fulfilment order")
        return order

    def get_all(self, fulfilment_order_ids: Sequence[str]) -> list[FulfilmentOrder]:
        """Those of the fulfilment orders that there are, as asked, each as it is now."""
        names = [one.rpartition(".") for one in fulfilment_order_ids]
        keys = [(_pk(order_id), _sk(number)) for order_id, _, number in names if _is_number(number)]
        found = self._table.get_many(keys)
        orders = {order.fulfilment_order_id: order for order in map(to_order, found.values())}
        return [orders[one] for one in fulfilment_order_ids if one in orders]

    def of_order(self, order_id: str) -> tuple[FulfilmentOrder, ...]:
        """All fulfilment orders of an order, in the order of their opening."""
        return tuple(to_order(found) for found in self._table.query_all(_pk(order_id), consistent=True))

    def at_location(self, wanted: Wanted, *, limit: int, cursor: str | None) -> Worklist:
        """A page of the location's worklist, by status, then by when it is due: shorter where its orders are so large
        that one answer would not hold them. A moment behind the truth."""
        narrowed = _range(wanted)
        page = self._table.query(_list(wanted), **narrowed, limit=limit, cursor=cursor)
        orders = [to_order(found) for found in page.items]
        fits = bisect_right(list(accumulate(order.weight for order in orders)), MAX_PAGE_WEIGHT)
        cut = page.cut(fits, index=narrowed["index"])
        return Worklist(tuple(orders[: len(cut.items)]), cut.next_cursor)

    def count(self, wanted: Wanted) -> int:
        """How many there are. A moment behind the truth."""
        return self._table.count(_list(wanted), **_range(wanted))

    def due(self, *, until: datetime, limit: int) -> list[str]:
        """Ids of fulfilment orders of which something is due, a fair share of every partition."""
        found: list[str] = []
        for shard in range(DUE_SHARDS):
            page = self._table.query(
                f"DUE#{shard}", index="gsi2", sk_between=("0", f"{rfc3339(until)}~"), limit=-(-limit // DUE_SHARDS)
            )
            found += [to_order(item).fulfilment_order_id for item in page.items]
        return found

    def save_labelled(self, order: FulfilmentOrder, *, cause: Cause) -> FulfilmentOrder:
        """As `save`, and from now on the parcels can be found by their tracking numbers."""
        known = [Put(one, ALWAYS) for one in _numbers(order, order.parcels, cause)]
        first, rest = known[:CHUNK], known[CHUNK:]
        for start in range(0, len(rest), CHUNK):  # beyond one transaction: a number that leads nowhere yet does no harm
            self._table.write(*rest[start : start + CHUNK])
        try:
            self._table.write(saving(order, cause=cause), *first)
        except ConditionFailed as error:
            raise LostRace("the fulfilment order was changed meanwhile") from error
        return replace(order, version=order.version + 1)

    def make_findable(self, order: FulfilmentOrder, *, cause: Cause) -> None:
        """The parcels that go by a number without a label of ours can be found by it. A number that stands for a
        parcel of another order already goes on standing for that one: two orders may leave in one box."""
        own = [one for one in order.parcels if one.label is None or one.label.tracking_number != one.tracking_number]
        for number in _numbers(order, own, cause):
            with suppress(ConditionFailed):
                self._table.write(Put(number))

    def forget_tracking(self, order: FulfilmentOrder) -> None:
        """The order's parcels cannot be found by their tracking numbers any more."""
        mine = {":mine": order.fulfilment_order_id}
        numbers = [(one.carrier, one.tracking_number) for one in order.parcels]
        numbers += [(one.carrier, one.tracking_number) for one in order.voids]
        for carrier, tracking_number in numbers:
            if carrier and tracking_number:
                key = _track(carrier, tracking_number)
                with suppress(ConditionFailed):  # never known, or another order's, which went in the same box
                    self._table.write(Delete(key, "-", "fulfilment_order_id = :mine", mine))

    def labelled_as(self, carrier: str, tracking_number: str) -> str | None:
        """The id of the fulfilment order whose parcel has this number."""
        found = self._table.get(_track(carrier, tracking_number))
        return str(found["fulfilment_order_id"]) if found else None

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
    place_in_list = f"{order.status}#{rfc3339(order.sorted_at)}#{order.fulfilment_order_id}"
    item = row(
        KIND,
        _pk(order.order_id),
        _sk(number),
        version=following.version,
        cause=cause,
        body=_BODY.dump(following),
        gsi1pk=f"LOC#{order.place_id}",
        gsi1sk=place_in_list,
        gsi3pk=f"LOC#{order.place_id}#{order.method}",
        gsi3sk=place_in_list,
        **_due(following),
    )
    return replacing(item, expected=order.version)


def _due(order: FulfilmentOrder) -> dict[str, str]:
    alarm = next_alarm(order)
    if alarm is None:
        return {}
    shard = zlib.crc32(order.order_id.encode()) % DUE_SHARDS
    return {"gsi2pk": f"DUE#{shard}", "gsi2sk": f"{rfc3339(alarm.at)}#{order.fulfilment_order_id}"}


def _numbers(order: FulfilmentOrder, parcels: Iterable[Parcel], cause: Cause) -> list[Item]:
    """The rows that lead from parcels' tracking numbers to their fulfilment order."""
    return [
        row(
            "tracking",
            _track(parcel.carrier, parcel.tracking_number),
            "-",
            version=1,
            cause=cause,
            fulfilment_order_id=order.fulfilment_order_id,
        )
        for parcel in parcels
        if parcel.carrier and parcel.tracking_number
    ]


def _track(carrier: str, tracking_number: str) -> str:
    return f"TRACK#{carrier}#{tracking_number}"


def _list(wanted: Wanted) -> str:
    return f"LOC#{wanted.location_id}" + (f"#{wanted.method}" if wanted.method else "")


def _range(wanted: Wanted) -> dict[str, Any]:
    index = {"index": "gsi3" if wanted.method else "gsi1"}
    if wanted.status is None:
        return index
    if wanted.since is not None:
        return {**index, "sk_between": (f"{wanted.status}#{rfc3339(wanted.since)}", f"{wanted.status}#~")}
    if wanted.due_before is None:
        return {**index, "sk_prefix": f"{wanted.status}#"}
    return {**index, "sk_between": (f"{wanted.status}#", f"{wanted.status}#{rfc3339(wanted.due_before)}")}


def to_order(item: marshal.Item) -> FulfilmentOrder:
    """The fulfilment order of a stored row."""
    return _BODY.load(item["body"])


def _is_number(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= MAX_NUMBER_DIGITS


def _pk(order_id: str) -> str:
    return f"FO#{order_id}"


def _sk(number: str) -> str:
    return number.zfill(MAX_NUMBER_DIGITS)
