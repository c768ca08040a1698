"""Where orders' parcels go, in full.

ADDRESS#<order> / -      the newest address of an order; after its erasure a note that nothing is kept of it any more
"""

from __future__ import annotations

from dataclasses import asdict

from functions.fulfilment.repository.rows import ALWAYS, row
from shared.addresses import Address
from shared.cause import Cause
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

KEPT_FOR_SECONDS = 180 * 24 * 3600
"""Long enough for every parcel to arrive or come back."""


class AddressRepository:
    """The addresses of one table. Nothing of them is ever told in an event."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, order_id: str) -> Address | None:
        """The address, unless it is not known or not known any more."""
        found = self._table.get(_pk(order_id))
        return Address(**found["address"]) if found and "address" in found else None

    def put(self, order_id: str, address: Address, *, version: int, cause: Cause) -> None:
        """Keep the address unless a newer one is known, or its shopper was forgotten."""
        ttl = int(cause.at.timestamp()) + KEPT_FOR_SECONDS
        item = row("address", _pk(order_id), "-", version=version, cause=cause, address=asdict(address), ttl=ttl)
        newer = f"{ABSENT} OR (#version < :new AND attribute_not_exists(erased))"
        try:
            self._table.write(Put(item, newer, {":new": version}, {"#version": "version"}))
        except ConditionFailed:  # a later one came first, or the shopper is forgotten: this one is history
            return

    def forget(self, order_id: str, *, cause: Cause) -> None:
        """From now on nothing is kept of it, whatever comes late."""
        self._table.write(Put(row("address", _pk(order_id), "-", version=0, cause=cause, erased=True), ALWAYS))


def _pk(order_id: str) -> str:
    return f"ADDRESS#{order_id}"
