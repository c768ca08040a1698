"""Stored customers: keys, items and conditions.

    CUSTOMER#{customer_id}    -                 the customer
    CUSTOMER#{customer_id}    RECORD#{source}   what one channel's account said
    IDENTITY#{type}#{sha256}  -                 whom an identity points at, put once
    ORDER#{order_id}          -                 whose order it is, put once             gsi1 ORDERS#{customer_id}

A customer's rows stay where they are: joining two customers is a link between them. An identity's key is
a digest, so that no key holds a personal datum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.customers.domain.customer import Customer, OrderLink
from functions.customers.domain.identity import Identity, SourceRecord, Statement
from functions.customers.timelines import Timelines
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ABSENT, Action, ConditionFailed, Delete, Put, Table
from shared.ids import derived_id

_CUSTOMERS = Document(Customer)
_RECORDS = Document(SourceRecord)
_LINKS = Document(OrderLink)
_NAMES = {"#version": "version"}

CUSTOMER_KIND = "customer"
ERASING = "customer_erasing"
"""The kind of a customer who is being forgotten: nobody finds it any more."""
LINK_KIND = "order_link"


@dataclass(frozen=True)
class Known:
    """A stored customer with one of its source records (None: that source is new) and the record's version."""

    customer: Customer
    record: SourceRecord | None = None
    record_version: int = 0


def link_of(item: Item) -> OrderLink:
    """The link of a stored row."""
    return _LINKS.load(item["body"])


class CustomerRepository:
    """Reads are consistent, but for the orders of a customer: an index answers, usually below a second behind."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.timelines = Timelines(table)

    def owners(self, identities: Iterable[Identity]) -> dict[Identity, str]:
        """The customer that each identity points at; those that point at nobody are left out."""
        keys = {identity_pk(identity): identity for identity in identities}
        found = self._table.get_many([(pk, "-") for pk in keys])
        return {keys[pk]: row["customer_id"] for (pk, _), row in found.items()}

    def get(self, customer_id: str) -> Customer | None:
        """The customer, or None."""
        row = self._table.get(_customer_pk(customer_id))
        return customer_of(row) if row and row["kind"] == CUSTOMER_KIND else None

    def known(self, customer_id: str, *, channel: str, external_id: str) -> Known | None:
        """The customer with what this account of the channel said before, or None."""
        head, source = (_customer_pk(customer_id), "-"), (_customer_pk(customer_id), _record_sk(channel, external_id))
        rows = self._table.get_many([head, source])
        if head not in rows or rows[head]["kind"] != CUSTOMER_KIND:
            return None
        record = rows.get(source)
        customer = customer_of(rows[head])
        return Known(customer, _RECORDS.load(record["body"]), record["version"]) if record else Known(customer)

    def save_account(
        self,
        known: Known,
        *,
        after: Customer,
        record: SourceRecord,
        new: Sequence[Identity],
        cause: Cause,
        more: Sequence[Action] = (),
    ) -> Customer:
        """Write what an account said: its record, the customer, the new identities and `more`, all or nothing.

        Raises LostRace when any of them was changed, or an identity was taken, since `known` was read.
        """
        statement = record.statement
        source = self._row(
            _customer_pk(after.customer_id),
            _record_sk(statement.channel, statement.external_id),
            kind="source_record",
            version=known.record_version + 1,
            cause=cause,
            body=_RECORDS.dump(record),
        )
        self._write(
            _guarded(source, known.record_version),
            *self._customer(known.customer, after, cause),
            *self._identities(after.customer_id, new, cause),
            *more,
        )
        return replace(after, version=known.customer.version + 1)

    def save_customer(
        self, before: Customer, after: Customer, *, new: Sequence[Identity], cause: Cause, more: Sequence[Action]
    ) -> None:
        """Write a customer with new identities and `more`, all or nothing. Raises LostRace."""
        self._write(*self._customer(before, after, cause), *self._identities(after.customer_id, new, cause), *more)

    def statements(self, customer_id: str) -> list[Statement]:
        """The newest statement of every account."""
        rows = self._table.query_all(_customer_pk(customer_id), sk_prefix="RECORD#", consistent=True)
        return [_RECORDS.load(row["body"]).statement for row in rows]

    def orders(self, customer_id: str) -> Iterator[OrderLink]:
        """Every order with the contact that it gave, the oldest first."""
        for row in self._table.query_all(f"ORDERS#{customer_id}", index="gsi1"):
            yield link_of(row)

    def link(self, order_id: str) -> OrderLink | None:
        """Whose order it is, or None while that is not known."""
        row = self._table.get(_order_pk(order_id))
        return link_of(row) if row else None

    def save_link(
        self,
        link: OrderLink,
        *,
        before: Customer,
        after: Customer,
        new: Sequence[Identity],
        cause: Cause,
        more: Sequence[Action] = (),
    ) -> None:
        """Write whose order it is, with what its contact adds to the customer and `more`, all or nothing.

        Raises LostRace when the order is linked already, the customer was changed or an identity was taken.
        """
        row = self._row(
            _order_pk(link.order_id),
            kind=LINK_KIND,
            cause=cause,
            body=_LINKS.dump(link),
            gsi1pk=f"ORDERS#{link.customer_id}",
            gsi1sk=f"{rfc3339(link.placed_at)}#{link.order_id}",
        )
        changed = self._customer(before, after, cause) if after != before or not before.version else ()
        self._write(Put(row), *changed, *self._identities(after.customer_id, new, cause), *more)

    def forgotten(self, identities: Iterable[Identity], customer_ids: Iterable[str], *, at: datetime) -> str | None:
        """The customer who was forgotten after `at` and is one of these, or had one of these identities; or None."""
        marks = [(forgotten_pk(identity), "-") for identity in identities]
        trees = [(_customer_pk(name), "TREE") for name in customer_ids]
        for row in self._table.get_many([*marks, *trees]).values():
            if row["kind"] == "forgotten" and rfc3339(at) <= row["until"]:
                return str(row["customer_id"])
            if "erased" in row and rfc3339(at) <= row["cause"]["at"]:
                return str(row["root"])
        return None

    def forget_order(self, order_id: str, customer_id: str, cause: Cause) -> None:
        """Keep of an order only that it was somebody's who was forgotten, known before or not; what is told of it from
        now on is dropped."""
        retried(lambda: self._forget_order(order_id, customer_id, cause))
        for row in list(self._table.query_all(_order_pk(order_id), consistent=True)):
            if row["sk"] != "-":
                self._put_once(Delete(row["pk"], row["sk"]))

    def _forget_order(self, order_id: str, customer_id: str, cause: Cause) -> None:
        row = self._table.get(_order_pk(order_id))
        known = link_of(row) if row else None
        if known is not None and known.erased:
            return
        link = OrderLink(
            order_id=order_id,
            channel_order_id="",
            placed_at=known.placed_at if known else cause.at,
            customer_id=known.customer_id if known else customer_id,
            record=SourceRecord(Statement("", cause.at)),
            erased=True,
        )
        version = row["version"] if row else 0
        item = self._row(_order_pk(order_id), kind=LINK_KIND, cause=cause, version=version + 1, body=_LINKS.dump(link))
        self._write(_guarded(item, version))

    # ------------------------------------------------------------------ rows

    def _write(self, *actions: Action) -> None:
        try:
            self._table.write(*actions)
        except ConditionFailed as error:
            raise LostRace("somebody else was faster; decide again") from error

    def _put_once(self, put: Put | Delete) -> bool:
        try:
            self._table.write(put)
        except ConditionFailed:
            return False
        return True

    def _customer(self, before: Customer, after: Customer, cause: Cause) -> tuple[Put, ...]:
        stored = replace(after, version=before.version + 1)
        row = self._row(
            _customer_pk(stored.customer_id),
            kind=CUSTOMER_KIND,
            version=stored.version,
            cause=cause,
            body=_CUSTOMERS.dump(stored),
        )
        return (_guarded(row, before.version),)

    def _identities(self, customer_id: str, new: Sequence[Identity], cause: Cause) -> Iterable[Put]:
        for identity in new:
            yield Put(self._row(identity_pk(identity), kind="identity", cause=cause, customer_id=customer_id))

    @staticmethod
    def _row(pk: str, sk: str = "-", *, kind: str, cause: Cause, version: int = 1, **attributes: Any) -> Item:
        return {"pk": pk, "sk": sk, "kind": kind, "version": version, "cause": cause.stamp(), **attributes}


def _guarded(row: Item, expected: int) -> Put:
    """Written if the row still has the expected version (0: does not exist)."""
    if not expected:
        return Put(row, ABSENT)
    return Put(row, "#version = :expected", {":expected": expected}, _NAMES)


def customer_of(row: Item) -> Customer:
    """The customer of a stored row."""
    return replace(_CUSTOMERS.load(row["body"]), version=row["version"])


def _customer_pk(customer_id: str) -> str:
    return f"CUSTOMER#{customer_id}"


def _record_sk(channel: str, external_id: str) -> str:
    return f"RECORD#{derived_id('R', channel, external_id)}"


def identity_pk(identity: Identity) -> str:
    """The key of what an identity points at."""
    return f"IDENTITY#{_digest(identity)}"


def forgotten_pk(identity: Identity) -> str:
    """The key of the note that the person with this identity wanted to be forgotten."""
    return f"FORGOTTEN#{_digest(identity)}"


def _digest(identity: Identity) -> str:
    return f"{identity.type}#{hashlib.sha256(identity.value.encode()).hexdigest()}"


def _order_pk(order_id: str) -> str:
    return f"ORDER#{order_id}"
