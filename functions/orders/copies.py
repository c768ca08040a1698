"""Copies of stock, places, pools, items and rates in a table without a stream; the only module that knows its keys.

pk = ITEM#{sku},  sk = "-"                     one item
pk = PLACE#{location_id}, sk = "-"             one place
pk = POOL#{channel}, sk = "-"                  the places that a channel sells from
pk = RATES,       sk = {card_id}#{version}     one version of a rate card
pk = STOCK#{sku}, sk = {page}                  some of its positions, each an attribute {location_id}#{part}: a hot
                                               one has several

Each row or position says how new it is by the version of what it is a copy of: older news never replaces it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from functions.orders.domain.copies import Copies, Item, Place, Pool, Position, RateCard
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item as Row
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table, Update

Rows = Mapping[tuple[str, str], Row]

_ITEM, _PLACE, _POOL, _CARD = Document(Item), Document(Place), Document(Pool), Document(RateCard)
_RATES = "RATES"
PAGES = 16
"""Rows that the positions of a SKU are spread over by their names: with up to some 170 places one write unit changes
any, with a thousand five do, and five SKUs are one request to read."""


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
        name = f"{one.location_id}#{one.part}"
        told = {"surplus": one.surplus, "at": rfc3339(one.at), "version": one.version}
        self._news(
            Update(
                _stock(one.sku),
                str(zlib.crc32(name.encode()) % PAGES),
                "SET #name = :told, #kind = :kind, #cause = :cause",
                "attribute_not_exists(#name) OR #name.#version < :version",
                {":told": told, ":kind": "positions", ":cause": cause.stamp(), ":version": one.version},
                {"#name": name, "#version": "version", "#kind": "kind", "#cause": "cause"},
            )
        )

    def keep_card(self, card: RateCard, cause: Cause) -> None:
        """A version of a rate card, which never changes."""
        known_as = f"{card.card_id}#{card.version:06d}"
        self._keep("rate_card", _RATES, known_as, card.version, cause, {"body": _CARD.dump(card)})

    def _keep(self, kind: str, pk: str, sk: str, version: int, cause: Cause, told: Row) -> None:
        row = {"pk": pk, "sk": sk, "kind": kind, "version": version, "cause": cause.stamp(), **told}
        self._news(Put(row, f"{ABSENT} OR #version < :version", {":version": version}, {"#version": "version"}))

    def _news(self, write: Put | Update) -> None:
        try:
            self._table.write(write)
        except ConditionFailed:
            return  # a later state came first: this one is history

    # ----------------------------------------------------------------- reads

    def items(self, skus: Iterable[str]) -> dict[str, Item]:
        """Those of the items that something is known of."""
        keys = [(_item(sku), "-") for sku in skus]
        return _items(self._table.get_many(keys, consistent=False), keys)

    def load(self, skus: Iterable[str], *, channel: str, weighed: Iterable[str] = ()) -> Copies:
        """All that is known of these SKUs, the items of those to be `weighed`, the channel's pool and the rates: three
        requests, and one more for each further 100 rows (`PAGES` of stock and one of the item for each SKU; places)."""
        wanted = sorted(set(skus))
        pool, items = (_pool(channel), "-"), [(_item(sku), "-") for sku in sorted({*wanted, *weighed})]
        pages = [(_stock(sku), str(page)) for sku in wanted for page in range(PAGES)]
        found = self._table.get_many([pool, *items, *pages], consistent=False)
        positions = {sku: tuple(_positions(sku, found)) for sku in wanted}
        names = sorted({one.location_id for known in positions.values() for one in known})
        places = self._table.get_many([(_place(name), "-") for name in names], consistent=False)
        return Copies(
            items=_items(found, items),
            places={place.location_id: place for row in places.values() for place in [_PLACE.load(row["body"])]},
            positions=positions,
            cards=tuple(_CARD.load(row["body"]) for row in self._table.query_all(_RATES)),
            pool=_POOL.load(found[pool]["body"]).location_ids if pool in found else None,
        )


def _items(rows: Rows, keys: Iterable[tuple[str, str]]) -> dict[str, Item]:
    found = [_ITEM.load(rows[key]["body"]) for key in keys if key in rows]
    return {item.sku: item for item in found}


def _positions(sku: str, rows: Rows) -> Iterator[Position]:
    for page in range(PAGES):
        for name, told in rows.get((_stock(sku), str(page)), {}).items():
            location_id, named, part = name.rpartition("#")
            if named:  # no other attribute has such a name
                at = datetime.fromisoformat(told["at"])
                yield Position(sku, location_id, int(part), int(told["surplus"]), at, int(told["version"]))


def _item(sku: str) -> str:
    return f"ITEM#{sku}"


def _place(location_id: str) -> str:
    return f"PLACE#{location_id}"


def _pool(channel: str) -> str:
    return f"POOL#{channel}"


def _stock(sku: str) -> str:
    return f"STOCK#{sku}"
