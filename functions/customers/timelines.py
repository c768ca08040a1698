"""Timeline entries: what happened to shoppers, once each.

ORDER#{order_id}   ENTRY#{key}   one entry, put once; without an index key while nobody knows whose it is
gsi1: TIMELINE#{customer_id} / {at}#{order_id}#{key}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from functions.customers.domain.timeline import Entry
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document, decode_cursor, encode_cursor
from shared.dynamo.marshal import Item
from shared.dynamo.table import PRESENT, ConditionFailed, Put, Table
from shared.errors import InvalidField

MAX_ROUNDS = 5
_LAST = "9999"
_ENTRIES = Document(Entry)


@dataclass(frozen=True)
class Only:
    """Which entries of a timeline: of these kinds and contact reasons (none: all), of this channel (None: all)."""

    kinds: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    channel: str | None = None

    def of(self, row: Item) -> bool:
        """Whether a stored entry is one of them."""
        if self.kinds and row["entry_kind"] not in self.kinds:
            return False
        if not self.reasons and self.channel is None:
            return True
        entry = _ENTRIES.load(row["body"])
        if self.reasons and entry.contact_reason not in self.reasons:
            return False
        return self.channel in (None, entry.channel)


EVERYTHING = Only()


@dataclass(frozen=True)
class TimelinePage:
    """Some entries, newest first, and the cursor of the next ones."""

    entries: list[Entry]
    next_cursor: str | None


class Timelines:
    """The entries of one table. An index answers what is asked by customer: usually below a second behind."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_order(self, order_id: str) -> list[Entry]:
        """Every timeline entry of one order."""
        rows = self._table.query_all(_pk(order_id), sk_prefix="ENTRY#", consistent=True)
        return [_ENTRIES.load(row["body"]) for row in rows]

    def find(self, order_id: str, key: str) -> Entry | None:
        """One timeline entry, or None."""
        row = self._table.get(_pk(order_id), _entry_sk(key))
        return _ENTRIES.load(row["body"]) if row else None

    def add(self, entry: Entry, cause: Cause) -> bool:
        """Write an entry; False when it is there already, in whatever state."""
        return self._put_once(Put(self._row(entry, version=1, cause=cause)))

    def attach(self, entry: Entry, cause: Cause) -> bool:
        """Put a waiting entry into its customer's timeline; False when it is in one already."""
        row = self._row(entry, version=2, cause=cause)
        return self._put_once(Put(row, f"{PRESENT} AND attribute_not_exists(gsi1pk)"))

    def page(
        self, customer_ids: Sequence[str], *, limit: int, cursor: str | None, only: Only = EVERYTHING
    ) -> TimelinePage:
        """A page of the entries of these customers, newest first, some or all.

        A page may be short or empty with a cursor when few entries are wanted. Raises InvalidField for a forged
        cursor.
        """
        before = _place_of(cursor) if cursor else _LAST
        found: list[Item] = []
        for _ in range(MAX_ROUNDS):
            rows, whole = self._older(customer_ids, before, limit=limit)
            found += [row for row in rows if only.of(row)]
            if whole:
                break
            before = rows[-1]["gsi1sk"]
            if len(found) >= limit:
                break
        else:
            whole = False
        page = found[:limit]
        more = not whole or len(found) > limit
        last = page[-1]["gsi1sk"] if len(found) >= limit else before
        cursor = encode_cursor({"before": last}) if more else None
        return TimelinePage([_ENTRIES.load(row["body"]) for row in page], cursor)

    def _older(self, customer_ids: Sequence[str], before: str, *, limit: int) -> tuple[list[Item], bool]:
        """The newest rows of several timelines before a place, and whether that is all there is."""
        found: list[Item] = []
        whole = True
        for customer_id in customer_ids:
            page = self._table.query(
                f"TIMELINE#{customer_id}", index="gsi1", sk_between=("0", before), forward=False, limit=limit + 2
            )
            found += [row for row in page.items if row["gsi1sk"] < before]
            whole = whole and page.next_cursor is None
        found.sort(key=lambda row: row["gsi1sk"], reverse=True)
        return found[: limit + 1], whole and len(found) <= limit + 1

    def _put_once(self, put: Put) -> bool:
        try:
            self._table.write(put)
        except ConditionFailed:
            return False
        return True

    def _row(self, entry: Entry, *, version: int, cause: Cause) -> Item:
        place = (
            {"gsi1pk": f"TIMELINE#{entry.customer_id}", "gsi1sk": f"{rfc3339(entry.at)}#{entry.order_id}#{entry.key}"}
            if entry.customer_id
            else {}
        )
        return {
            "pk": _pk(entry.order_id),
            "sk": _entry_sk(entry.key),
            "kind": "timeline_entry",
            "version": version,
            "cause": cause.stamp(),
            "body": _ENTRIES.dump(entry),
            "entry_kind": entry.kind.value,
            **place,
        }


def _place_of(cursor: str) -> str:
    try:
        before = decode_cursor(cursor)["before"]
        if not isinstance(before, str):
            raise ValueError("not a cursor of a timeline")
    except (ValueError, KeyError) as error:
        raise InvalidField("/cursor", "not a cursor of this list") from error
    return before


def _pk(order_id: str) -> str:
    return f"ORDER#{order_id}"


def _entry_sk(key: str) -> str:
    return f"ENTRY#{key}"
