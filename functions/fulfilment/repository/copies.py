"""Fulfilment's copy of network, items and stock.

LOCATIONS / <location>      one place; the whole network is one query
LOCATIONS / #picks          how picks go, by place
ITEM#<sku> / -              one item
STOCKPAGE#<sku> / -         all positions of one SKU
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.fulfilment.domain.network import Copies, Item, Place, Position, StockPage
from functions.fulfilment.repository.prices import prices_key, to_prices
from functions.fulfilment.repository.rows import newer, replacing, row
from shared.cause import Cause
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ConditionFailed, Table

PLACES = "LOCATIONS"
_PICKS = "#picks"
"""Beside the places, so that a plan reads it with them (`#` is in no identifier)."""

_PLACE, _ITEM, _PAGE = Document(Place), Document(Item), Document(StockPage)
_FAILING: Document[dict[str, float]] = Document(dict[str, float])


@dataclass(frozen=True)
class Network:
    """Every place by id, and the chance that a unit is not found there, where picks were seen."""

    places: dict[str, Place]
    failing: dict[str, float]


class CopyRepository:
    """Reads are consistent: who waits for news must not miss what is written already."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def network(self) -> Network:
        """Every place, and how picks go there."""
        rows = {found["sk"]: found["body"] for found in self._table.query_all(PLACES, consistent=True)}
        failing = rows.pop(_PICKS, None)
        places = {location_id: _PLACE.load(body) for location_id, body in rows.items()}
        return Network(places, _FAILING.load(failing) if failing else {})

    def place(self, location_id: str) -> Place | None:
        """One place, if anything is known of it."""
        found = self._table.get(PLACES, location_id)
        return _PLACE.load(found["body"]) if found else None

    def places(self, location_ids: Iterable[str]) -> dict[str, Place]:
        """Those of the places that something is known of, by id."""
        found = self._table.get_many([(PLACES, location_id) for location_id in location_ids])
        return {item["sk"]: _PLACE.load(item["body"]) for item in found.values()}

    def load(self, skus: Iterable[str], *, network: Network | None = None) -> Copies:
        """The network (as given, or read), and what is known of these SKUs with their prices."""
        wanted = sorted(set(skus))
        of_all = [key for sku in wanted for key in ((_item(sku), "-"), (_page(sku), "-"), prices_key(sku))]
        found = self._table.get_many(of_all)
        items = {sku: _ITEM.load(found[_item(sku), "-"]["body"]) for sku in wanted if (_item(sku), "-") in found}
        pages = {sku: _to_page(sku, found.get((_page(sku), "-"))) for sku in wanted}
        prices = {sku: to_prices(found[key]) for sku in wanted if (key := prices_key(sku)) in found}
        known = network or self.network()
        return Copies(known.places, items, pages, prices, known.failing)

    def put_failing(self, failing: dict[str, float], *, cause: Cause) -> None:
        """How picks go at the places, from now on."""
        self._table.put_all([row("picks", PLACES, _PICKS, version=1, cause=cause, body=_FAILING.dump(failing))])

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
        found = self._table.get_many([(_page(sku), "-") for sku in news])
        return {
            sku: self._merge(_to_page(sku, found.get((_page(sku), "-"))), tuple(positions), at=at, cause=cause)
            for sku, positions in news.items()
        }

    def _merge(
        self, known: StockPage, positions: tuple[tuple[str, Position], ...], *, at: datetime, cause: Cause
    ) -> StockPage:
        """Merge into the page as read, or where another event was faster, into the page as it is by then."""
        read: list[StockPage] = [known]

        def attempt() -> StockPage:
            page = read.pop() if read else _to_page(known.sku, self._table.get(_page(known.sku)))
            merged = page.merged(positions, at=at)
            if merged is page:
                return page
            merged = merged.next()
            item = row("stock_page", _page(page.sku), "-", version=merged.version, cause=cause, body=_PAGE.dump(merged))
            try:
                self._table.write(replacing(item, expected=page.version))
            except ConditionFailed as error:
                raise LostRace("another event changed the same stock page") from error
            return merged

        return retried(attempt)

    def _put_newer(self, item: marshal.Item) -> bool:
        try:
            self._table.write(newer(item))
        except ConditionFailed:  # a later description came first: this one is history
            return False
        return True


def _to_page(sku: str, found: marshal.Item | None) -> StockPage:
    return _PAGE.load(found["body"]) if found else StockPage(sku)


def _item(sku: str) -> str:
    return f"ITEM#{sku}"


def _page(sku: str) -> str:
    return f"STOCKPAGE#{sku}"
