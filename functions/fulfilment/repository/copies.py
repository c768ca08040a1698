"""Fulfilment's copy of network, items and stock.

LOCATIONS / <location>      one place; the whole network is one query
ITEM#<sku> / -              one item
STOCKPAGE#<sku> / -         all positions of one SKU
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from functions.fulfilment.domain.network import Copies, Item, Place, Position, StockPage
from functions.fulfilment.repository.rows import newer, replacing, row
from shared.cause import Cause
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ConditionFailed, Table

PLACES = "LOCATIONS"
PAGES_PER_TRANSACTION = 25
"""Few enough that rivals seldom meet, many enough that an event of a thousand positions is done in seconds."""

_PLACE, _ITEM, _PAGE = Document(Place), Document(Item), Document(StockPage)


class CopyRepository:
    """Reads are consistent: who waits for news must not miss what is written already."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def network(self) -> dict[str, Place]:
        """Every place, by id."""
        rows = self._table.query_all(PLACES, consistent=True)
        return {found["sk"]: _PLACE.load(found["body"]) for found in rows}

    def load(self, skus: Iterable[str]) -> Copies:
        """The network, and what is known of these SKUs."""
        wanted = sorted(set(skus))
        found = self._table.get_many([(_item(sku), "-") for sku in wanted] + [(_page(sku), "-") for sku in wanted])
        items = {sku: _ITEM.load(found[_item(sku), "-"]["body"]) for sku in wanted if (_item(sku), "-") in found}
        pages = {sku: page for sku in wanted if (page := _to_page(found.get((_page(sku), "-")))) is not None}
        return Copies(self.network(), items, pages)

    def put_place(self, place: Place, *, cause: Cause) -> bool:
        """Keep the description unless a newer one is known; answers whether it was news."""
        return self._put_newer(
            row("location", PLACES, place.location_id, version=place.version, cause=cause, body=_PLACE.dump(place))
        )

    def put_item(self, item: Item, *, cause: Cause) -> bool:
        """Keep the description unless a newer one is known; answers whether it was news."""
        return self._put_newer(
            row("item", _item(item.sku), "-", version=item.version, cause=cause, body=_ITEM.dump(item))
        )

    def merge(
        self, news: Mapping[str, Iterable[tuple[str, Position]]], *, at: datetime, cause: Cause
    ) -> dict[str, StockPage]:
        """Take over the positions (by SKU, then location) that are newer than those known; answers all those pages."""
        skus = sorted(news)
        merged: dict[str, StockPage] = {}
        for start in range(0, len(skus), PAGES_PER_TRANSACTION):
            chunk = {sku: tuple(news[sku]) for sku in skus[start : start + PAGES_PER_TRANSACTION]}
            merged |= retried(lambda chunk=chunk: self._merge(chunk, at=at, cause=cause))  # type: ignore[misc]  # mypy cannot type a default of a lambda
        return merged

    def _merge(
        self, news: Mapping[str, tuple[tuple[str, Position], ...]], *, at: datetime, cause: Cause
    ) -> dict[str, StockPage]:
        found = self._table.get_many([(_page(sku), "-") for sku in news])
        pages: dict[str, StockPage] = {}
        changed = []
        for sku, positions in news.items():
            known = _to_page(found.get((_page(sku), "-"))) or StockPage(sku)
            page = known.merged(positions, at=at)
            if page is not known:
                page = page.next()
                item = row("stock_page", _page(sku), "-", version=page.version, cause=cause, body=_PAGE.dump(page))
                changed.append(replacing(item, expected=known.version))
            pages[sku] = page
        if changed:
            try:
                self._table.write(*changed)
            except ConditionFailed as error:
                raise LostRace("another event changed the same stock pages") from error
        return pages

    def _put_newer(self, item: marshal.Item) -> bool:
        try:
            self._table.write(newer(item))
        except ConditionFailed:  # a later description came first: this one is history
            return False
        return True


def _to_page(found: marshal.Item | None) -> StockPage | None:
    return _PAGE.load(found["body"]) if found else None


def _item(sku: str) -> str:
    return f"ITEM#{sku}"


def _page(sku: str) -> str:
    return f"STOCKPAGE#{sku}"
