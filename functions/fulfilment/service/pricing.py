"""The price job: counts what was seen, and finds anew what units of each item are worth where they lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from functions.fulfilment.domain.baskets import BASKETS, Basket, Family, basket_of, baskets, families, kept, places_of
from functions.fulfilment.domain.history import ONLINE, OPEN_DAYS, PICKS, History, Shares
from functions.fulfilment.domain.pricing import LEAST_RATE, Ways, failing, prices
from functions.fulfilment.domain.routing.posted import PricePage
from functions.fulfilment.domain.routing.programme import Solve
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.prices import HISTORY_SHARDS, SEEN_KEPT, PriceRepository, Run, shard_of
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import LostRace

ITEMS_AT_ONCE = 30
"""Items whose copies are read in one request."""

FAMILY_COLUMNS, ALL_FAMILIES_COLUMNS = 20_000, 60_000
"""Of the programme of one family, and of all: HiGHS takes seconds for the one, less than a minute for the others."""

Log = dict[str, dict[date, dict[str, int]]]
"""Units by SKU, day and market; orders by basket as those of `BASKETS`."""


@dataclass(frozen=True)
class Priced:
    """What one run did. `more`: its time ended first, the next run goes on; `idle`: another one is at it."""

    run: int
    items: int = 0
    posted: int = 0
    more: bool = False
    idle: bool = False


class PricingService:
    """One run after the other; a run that is repeated or cut short leaves nothing wrong, only something old."""

    def __init__(self, repository: PriceRepository, copies: CopyRepository, *, clock: Clock, solve: Solve) -> None:
        self._prices = repository
        self._copies = copies
        self._clock = clock
        self._solve = solve

    def run(self, cause: Cause, *, enough: Callable[[], bool]) -> Priced:
        """Make the table anew, as far as time allows. `enough`: whether to leave the rest to the next run."""
        known, now = self._prices.run(), self._clock()
        if known.held_until is not None and now < known.held_until:
            return Priced(known.number, idle=True)
        try:
            run = self._prices.save_run(known.begun(now), cause=cause)
        except LostRace:
            return Priced(known.number, idle=True)
        ended = replace(run, held_until=None)
        try:
            histories = self._histories(known, now, cause)
            if picks := histories.pop(PICKS, None):
                self._copies.put_failing(failing(picks), cause=cause)
            together = baskets(histories.pop(BASKETS, History(BASKETS)), now)
            priced, shard = self._price(run, histories, together, now, cause, enough=enough)
            ended = replace(ended, next_shard=shard, counted=now.date())
        finally:
            self._prices.save_run(ended, cause=cause)
        return priced

    def _histories(self, known: Run, now: datetime, cause: Cause) -> dict[str, History]:
        """Every history by SKU, with what was seen since the last run; stored where that was anything."""
        log = self._log(known.counted, now.date())
        found: dict[str, History] = {}
        for shard in range(HISTORY_SHARDS):
            found |= self._prices.histories(shard)
        news = []
        for sku, days in log.items():
            before = found.get(sku) or History(sku)
            counted = before.counted(days)
            counted = kept(counted) if sku == BASKETS else counted
            if counted != before:
                found[sku] = counted.closed(now.date())
                news.append(found[sku])
        self._prices.keep(news, cause=cause)
        return {sku: history.closed(now.date()) for sku, history in found.items()}

    def _log(self, counted: date | None, today: date) -> Log:
        """What was seen on the days that may have changed since they were counted last."""
        first = max((counted or today) - timedelta(days=OPEN_DAYS - 1), today - SEEN_KEPT)
        log: Log = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        for number in range((today - first).days + 1):
            day = first + timedelta(days=number)
            for seen in self._prices.seen(day):
                for sku, market, units in seen.units:
                    log[sku][day][market] += units
                for sku, told in seen.lines():
                    log[sku][day][told] += 1
                if basket := basket_of(seen):
                    log[BASKETS][day][basket] += 1
        return log

    def _price(
        self,
        run: Run,
        histories: dict[str, History],
        together: list[Basket],
        now: datetime,
        cause: Cause,
        *,
        enough: Callable[[], bool],
    ) -> tuple[Priced, int]:
        """Price the families shard by shard, beginning where the last run stopped; and where the next one begins."""
        shares = Shares.of(histories.values())
        asked = {sku: one for sku, one in histories.items() if sum(one.totals().values()) >= LEAST_RATE}
        by_shard: dict[int, list[Family]] = defaultdict(list)
        for family in _families(asked, together, shares):
            by_shard[shard_of(family.skus[0])].append(family)
        ways = Ways(self._copies.load(()), now)
        items = posted = 0
        for number in range(HISTORY_SHARDS):
            shard = (run.next_shard + number) % HISTORY_SHARDS
            if number and enough():
                return Priced(run.number, items, posted, more=True), shard
            for chunk in _chunks(by_shard[shard]):
                pages = list(self._pages(run, chunk, asked, shares, ways, now))
                self._prices.post(pages, cause=cause)
                items, posted = items + sum(len(family.skus) for family in chunk), posted + len(pages)
        return Priced(run.number, items, posted), run.next_shard

    def _pages(
        self,
        run: Run,
        chunk: list[Family],
        histories: dict[str, History],
        shares: Shares,
        ways: Ways,
        now: datetime,
    ) -> Iterator[PricePage]:
        copies = self._copies.load(sku for family in chunk for sku in family.skus)
        for family in chunk:
            found = prices(family, histories, shares, copies, ways=ways, now=now, solve=self._solve)
            for sku in family.skus:
                places = found.get(sku, {})
                before = copies.prices.get(sku) or PricePage(sku)
                if before.outdated_by(places, now):
                    yield PricePage(sku, run.number, now, places)


def _families(histories: Iterable[str], together: list[Basket], shares: Shares) -> list[Family]:
    regions = sum(market.startswith(ONLINE) for market in shares.by_market)
    return families(
        histories,
        together,
        item_size=regions * places_of(1),
        room=FAMILY_COLUMNS,
        most=ALL_FAMILIES_COLUMNS,
    )


def _chunks(found: Iterable[Family]) -> Iterator[list[Family]]:
    """Families of about `ITEMS_AT_ONCE` items, or one that is larger."""
    chunk: list[Family] = []
    for family in found:
        if chunk and sum(len(one.skus) for one in chunk) + len(family.skus) > ITEMS_AT_ONCE:
            yield chunk
            chunk = []
        chunk.append(family)
    if chunk:
        yield chunk
