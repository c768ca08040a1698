"""Copies of stock, places, pools, items and rates in a table without a stream; the only module that knows its keys.

pk = ITEM#{sku},  sk = "-"                     one item
pk = PLACE#{location_id}, sk = "-"             one place
pk = POOL#{channel}, sk = "-"                  the places that a channel sells from
pk = RATES,       sk = {card_id}#{version}     one version of a rate card
pk = STOCK#{sku}, sk = {location_id}#{part}    one position, or a part of a hot one

Each row says how new it is by the version of what it is a copy of: older news never replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from functions.orders.domain.copies import Copies, Item, Place, Pool, Position, RateCard
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item as Row
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

_ITEM, _PLACE, _POOL, _CARD = Document(Item), Document(Place), Document(Pool), Document(RateCard)
_RATES = "RATES"


class CopyBook:
    """The copies of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # ------------------------------------------------------------------ news

    def keep_item(self, item: Item, cause: Cause) -> None:
        """The item is as described, unless something newer is known."""
        self._keep("item", _item(item.sku), "-", item.version, cause, {"body": _ITEM.dump(item)})

    def keep_place(self, place: Place, cause: Cause) -> None:
        """The place is as described, likewise."""
        self._keep("place", _place(place.location_id), "-", place.version, cause, {"body": _PLACE.dump(place)})

    def keep_pool(self, pool: Pool, cause: Cause) -> None:
        """The channel sells from these places, likewise."""
        self._keep("pool", _pool(pool.channel), "-", pool.version, cause, {"body": _POOL.dump(pool)})

    def keep_position(self, one: Position, cause: Cause) -> None:
        """The position is as told, likewise."""
        told = {"surplus": one.surplus, "at": rfc3339(one.at)}
        self._keep("position", _stock(one.sku), f"{one.location_id}#{one.part}", one.version, cause, told)

    def keep_card(self, card: RateCard, cause: Cause) -> None:
        """A version of a rate card, which never changes."""
        known_as = f"{card.card_id}#{card.version:06d}"
        self._keep("rate_card", _RATES, known_as, card.version, cause, {"body": _CARD.dump(card)})

    def _keep(self, kind: str, pk: str, sk: str, version: int, cause: Cause, told: Row) -> None:
        row = {"pk": pk, "sk": sk, "kind": kind, "version": version, "cause": cause.stamp(), **told}
        try:
            self._table.write(
                Put(row, f"{ABSENT} OR #version < :version", {":version": version}, {"#version": "version"})
            )
        except ConditionFailed:
            return  # a later state came first: this one is history

    # ----------------------------------------------------------------- reads

    def items(self, skus: Iterable[str]) -> dict[str, Item]:
        """Those of the items that something is known of."""
        rows = self._table.get_many([(_item(sku), "-") for sku in skus], consistent=False)
        found = [_ITEM.load(row["body"]) for row in rows.values()]
        return {item.sku: item for item in found}

    def load(self, skus: Iterable[str], *, channel: str, weighed: Iterable[str] = ()) -> Copies:
        """All that is known of these SKUs, the items of those to be `weighed`, the channel's pool and the rates: three
        requests, and one for each of `skus`."""
        wanted = sorted(set(skus))
        positions = {sku: tuple(_position(sku, row) for row in self._table.query_all(_stock(sku))) for sku in wanted}
        places = sorted({one.location_id for known in positions.values() for one in known})
        pool = (_pool(channel), "-")
        rows = self._table.get_many([pool, *((_place(name), "-") for name in places)], consistent=False)
        sold_from = rows.pop(pool, None)
        return Copies(
            items=self.items({*wanted, *weighed}),
            places={place.location_id: place for row in rows.values() for place in [_PLACE.load(row["body"])]},
            positions=positions,
            cards=tuple(_CARD.load(row["body"]) for row in self._table.query_all(_RATES)),
            pool=_POOL.load(sold_from["body"]).location_ids if sold_from else None,
        )


def _position(sku: str, row: Row) -> Position:
    location_id, _, part = row["sk"].rpartition("#")
    at = datetime.fromisoformat(row["at"])
    return Position(sku, location_id, int(part), int(row["surplus"]), at, int(row["version"]))


def _item(sku: str) -> str:
    return f"ITEM#{sku}"


def _place(location_id: str) -> str:
    return f"PLACE#{location_id}"


def _pool(channel: str) -> str:
    return f"POOL#{channel}"


def _stock(sku: str) -> str:
    return f"STOCK#{sku}"
