"""Fulfilment's copy of network, items and stock.

part `places-<n>`           the places of one of a few buckets (see `knowledge`)
part `picks`                how picks go, by place
ITEM#<sku> / -              one item
STOCKPAGE#<sku> / -         all positions of one SKU
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.domain.departure import Day
from functions.fulfilment.domain.geography import area_of, built_in
from functions.fulfilment.domain.network import Copies, Item, Place, Position, StockPage
from functions.fulfilment.domain.profiles import Live
from functions.fulfilment.domain.rate_card import RateBook
from functions.fulfilment.domain.selling import Exclusion, Pool, Selling
from functions.fulfilment.repository import capacity
from functions.fulfilment.repository.geography import GeographyRepository
from functions.fulfilment.repository.knowledge import HEAD, Knowledge
from functions.fulfilment.repository.prices import prices_key, to_prices
from functions.fulfilment.repository.profiles import BOOK_PART
from functions.fulfilment.repository.rate_cards import BOOK, RATES
from functions.fulfilment.repository.rows import newer, replacing, row
from shared.cause import Cause
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ConditionFailed, Table

SELLING = "selling"
_SELLING = Document(Selling)
PAGE_KIND = "stock_page"
PLACE_BUCKETS = 16
"""Into so many parts the places are spread by their ids: a change rewrites one of them."""


@dataclass(frozen=True)
class Bucket:
    """Some of the places, by id."""

    places: dict[str, Place] = field(default_factory=dict)


_ITEM, _PAGE, BUCKET = Document(Item), Document(StockPage), Document(Bucket)
_PICKS = {"picks": Document(dict[str, float])}
"""The chance that a unit is not found, by place."""
_TERMS: dict[str, Document[Any]] = {RATES: BOOK, SELLING: _SELLING}
TERMS_LENGTH = 8
"""Characters of each part's stamp by which a plan remembers what it knew: the random end of the stamp."""
_PLACES = {f"places-{number}": BUCKET for number in range(PLACE_BUCKETS)}


class CopyRepository:
    """Reads are consistent: who waits for news must not miss what is written already."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._knowledge = Knowledge(table)
        self._geography = GeographyRepository(table)
        self._network: tuple[tuple[str, ...], dict[str, Place]] = (), {}
        self._profiles: tuple[tuple[str, ...], tuple[Live, ...]] = (), ()

    def network(self, head: marshal.Item | None = None) -> dict[str, Place]:
        """Every place, by id. To be read only: it is remembered as long as nothing in it changes."""
        head = self._knowledge.head() if head is None else head
        stamps = self._knowledge.stamps(_PLACES, head)
        if stamps != self._network[0]:
            buckets = self._knowledge.parts(_PLACES, head).values()
            self._network = stamps, {name: place for bucket in buckets for name, place in bucket.places.items()}
        return self._network[1]

    def failing(self, head: marshal.Item | None = None) -> dict[str, float]:
        """The chance that a unit is not found when it is to be picked, by place, where picks were seen."""
        found: dict[str, float] = self._knowledge.parts(_PICKS, self._knowledge.head() if head is None else head).get(
            "picks", {}
        )
        return found

    def place(self, location_id: str) -> Place | None:
        """One place, if anything is known of it."""
        return self.places([location_id]).get(location_id)

    def places(self, location_ids: Iterable[str]) -> dict[str, Place]:
        """Those of the places that something is known of, by id."""
        wanted = {location_id: bucket_of(location_id) for location_id in location_ids}
        if not wanted:
            return {}
        buckets = self._knowledge.parts(dict.fromkeys(wanted.values(), BUCKET), self._knowledge.head())
        known = ((name, buckets[bucket].places.get(name)) for name, bucket in wanted.items() if bucket in buckets)
        return {name: place for name, place in known if place}

    def load(self, skus: Iterable[str]) -> Copies:
        """The network, and what is known of these SKUs with their prices."""
        wanted = sorted(set(skus))
        of_items = [key for sku in wanted for key in ((_item(sku), "-"), (_page(sku), "-"), prices_key(sku))]
        found = self._table.get_many([HEAD, *of_items])
        items = {sku: _ITEM.load(found[_item(sku), "-"]["body"]) for sku in wanted if (_item(sku), "-") in found}
        pages = {sku: _to_page(sku, found.get((_page(sku), "-"))) for sku in wanted}
        prices = {sku: to_prices(found[key]) for sku in wanted if (key := prices_key(sku)) in found}
        head = found.get(HEAD, {})
        parts = self._knowledge.parts(_TERMS, head)
        book: RateBook = parts.get(RATES, RateBook())
        selling: Selling = parts.get(SELLING, Selling())
        return Copies(
            self.network(head),
            items,
            pages,
            prices=prices,
            failing=self.failing(head),
            book=book,
            selling=selling,
            profiles=self._live(head),
            terms="".join(stamp[-TERMS_LENGTH:] for stamp in self._knowledge.stamps(_TERMS | BOOK_PART, head)),
        )

    def turning_points(self) -> Iterable[datetime]:
        """When rate cards come into force, and exclusions end."""
        parts = self._knowledge.parts(_TERMS, self._knowledge.head())
        book: RateBook = parts.get(RATES, RateBook())
        selling: Selling = parts.get(SELLING, Selling())
        begins = (card.effective_from for card in book.cards)
        ends = (rule.expires_at for rule in selling.exclusions.values() if not rule.gone)
        return filter(None, (*begins, *ends))

    def put_failing(self, failing: dict[str, float], *, cause: Cause) -> None:
        """How picks go at the places, from now on."""
        self._knowledge.change(
            "picks", _PICKS["picks"], lambda known: None if known == failing else failing, cause=cause
        )

    def put_pool(self, channel: str, pool: Pool, *, cause: Cause) -> None:
        """Keep what a channel sells from, unless something newer is known."""
        self._knowledge.change(
            SELLING, _SELLING, lambda known: (known or Selling()).with_pool(channel, pool), cause=cause
        )

    def put_exclusion(self, exclusion_id: str, rule: Exclusion, *, cause: Cause) -> None:
        """Keep what is not offered, unless something newer is known."""
        self._knowledge.change(
            SELLING, _SELLING, lambda known: (known or Selling()).with_exclusion(exclusion_id, rule), cause=cause
        )

    def located(self, destination: Destination) -> Destination:
        """With a point: its own, else about the middle of its postal district, where that is known."""
        country, district = destination.country, destination.postal_district
        if destination.geo or not country or not district:
            return destination
        loaded = self._geography.area(country, area_of(district))
        point = (loaded.point(district) if loaded else None) or built_in(country, district)
        return replace(destination, geo=point) if point else destination

    def taken(self, days: Iterable[Day]) -> dict[Day, int]:
        """The parcels that places have to send on these days."""
        return capacity.taken(self._table, days)

    def _live(self, head: marshal.Item) -> tuple[Live, ...]:
        """The versions of profiles that decide, or would; remembered as long as nothing in the book changes."""
        stamps = self._knowledge.stamps(BOOK_PART, head)
        if stamps != self._profiles[0]:
            books = self._knowledge.parts(BOOK_PART, head).values()
            self._profiles = stamps, tuple(one for book in books for one in book.live())
        return self._profiles[1]

    def put_place(self, place: Place, *, cause: Cause) -> bool:
        """Keep the description unless a newer one is known; answers whether it was news."""

        def with_news(bucket: Bucket | None) -> Bucket | None:
            known = bucket.places if bucket else {}
            there = known.get(place.location_id)
            if there and there.version >= place.version:  # a later description came first: this one is history
                return None
            return Bucket(known | {place.location_id: place})

        return self._knowledge.change(bucket_of(place.location_id), BUCKET, with_news, cause=cause) is not None

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
            item = row(PAGE_KIND, _page(page.sku), "-", version=merged.version, cause=cause, body=_PAGE.dump(merged))
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


def to_page(item: marshal.Item) -> StockPage:
    """The page of a stored row."""
    return _PAGE.load(item["body"])


def _to_page(sku: str, found: marshal.Item | None) -> StockPage:
    return _PAGE.load(found["body"]) if found else StockPage(sku)


def bucket_of(location_id: str) -> str:
    """The part that a place is kept in."""
    return f"places-{zlib.crc32(location_id.encode()) % PLACE_BUCKETS}"


def _item(sku: str) -> str:
    return f"ITEM#{sku}"


def _page(sku: str) -> str:
    return f"STOCKPAGE#{sku}"
