"""What customers asked for, by day and market, and what is believed of each market's demand from it.

A market is a region that orders come from, or the counter of one place. A day's counts are set, never added, so that
counting a day again changes nothing. Days that are over fade slowly (discounted Gamma-Poisson: West and Harrison,
Bayesian Forecasting and Dynamic Models, ch. 10), so what is believed follows what changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from functions.fulfilment.domain.routing.beliefs import Belief
from shared.geo import Geo

OPEN_DAYS = 3
"""Days whose counts may still change: events count on the day they happened, and may arrive later."""
KEPT_PER_DAY = 0.98
"""What a day weighs one day later: half of it is forgotten after five weeks."""
CELL_DEGREES = 2.0
"""A region is a cell of about 200 km, as coarse as the zones of a rate card."""
PRIOR_UNITS, PRIOR_DAYS = 0.5, 3.5
"""Believed of an item before anything is seen of it: a unit a week, at a word's notice to be corrected."""
MARKET_LOG_SD = 0.8
"""How far a market's share of one item's demand is believed to be off its share of all demand."""
SHARE_UNITS = 5.0
"""Units of all items that each known market is believed to have asked for before any are counted."""

COUNTER, ONLINE = "counter", "online"
LINES, SHARED = "#lines", "#shared"
"""In an item's history, beside its markets: order lines from regions, and those that other items were ordered with."""
PICKS = "#picks"
"""The history of how picks went is kept as that of an item that cannot be (`#` is in no SKU)."""
FOUND, FAILED = "found", "failed"
Units = Mapping[str, int]
"""Units by market."""


@dataclass(frozen=True)
class Seen:
    """What one event told: units as (SKU, market, units)."""

    units: tuple[tuple[str, str, int], ...]

    def lines(self) -> Iterator[tuple[str, str]]:
        """What it tells of order lines: (SKU, `LINES` or `SHARED`)."""
        skus = [sku for sku, market, _ in self.units if market.startswith(ONLINE)]
        for sku in skus:
            yield sku, LINES
            if len(set(skus)) > 1:
                yield sku, SHARED


@dataclass(frozen=True)
class History:
    """What is known of one SKU. `units` by market and `days`: of the days up to `through`, faded; `open`: by day."""

    sku: str
    version: int = 0
    through: date | None = None
    days: float = 0.0
    units: dict[str, float] = field(default_factory=dict)
    open: dict[date, dict[str, int]] = field(default_factory=dict)

    def counted(self, counts: Mapping[date, Units]) -> History:
        """With the counts of these days, as far as they are open; a day that is not named keeps its own."""
        told = {day: dict(units) for day, units in counts.items() if self.through is None or day > self.through}
        merged = {day: units for day, units in sorted((self.open | told).items()) if units}
        return self if merged == self.open else replace(self, open=merged)

    def closed(self, today: date) -> History:
        """With every day folded in that cannot change any more."""
        last = today - timedelta(days=OPEN_DAYS)
        through = self.through or min([*self.open, today]) - timedelta(days=1)
        units, days = dict(self.units), self.days
        for day in [*(day for day in sorted(self.open) if day <= last), last]:
            if day <= through:
                continue
            kept = KEPT_PER_DAY ** (day - through).days
            units = {market: count * kept for market, count in units.items()}
            for market, count in self.open.get(day, {}).items():
                units[market] = units.get(market, 0.0) + count
            days = days * kept + (1.0 - kept) / (1.0 - KEPT_PER_DAY)
            through = day
        still_open = {day: units for day, units in self.open.items() if day > through}
        return replace(self, through=through, units=units, days=days, open=still_open)

    def totals(self) -> dict[str, float]:
        """Units by market, open days included."""
        return {market: units for market, units in self._sums().items() if market not in (LINES, SHARED)}

    def lines(self) -> tuple[float, float]:
        """Order lines from regions, and those of them that other items were ordered with."""
        sums = self._sums()
        return sums.get(LINES, 0.0), sums.get(SHARED, 0.0)

    def _sums(self) -> dict[str, float]:
        whole: dict[str, float] = defaultdict(float)
        days: list[Mapping[str, float]] = [self.units, *self.open.values()]
        for units in days:
            for market, count in units.items():
                whole[market] += count
        return dict(whole)

    def exposure(self, now: datetime) -> float:
        """Days (faded) in which the units of `totals` were seen."""
        if self.through is None:
            return 0.0
        start = datetime(self.through.year, self.through.month, self.through.day, tzinfo=now.tzinfo) + timedelta(days=1)
        return self.days + max(0.0, (now - start) / timedelta(days=1))


def market_of_region(country: str, geo: Geo | None) -> str:
    """The region that an order comes from: a cell of the map, or the country where no point is known."""
    if geo is None:
        return f"{ONLINE}:{country}"
    return f"{ONLINE}:{country}/{int(geo.lat // CELL_DEGREES)}/{int(geo.lng // CELL_DEGREES)}"


def market_of_counter(location_id: str) -> str:
    """The customers who come to a place."""
    return f"{COUNTER}:{location_id}"


def picks_at(location_id: str, *, found: int = 0, failed: int = 0) -> Seen:
    """How a pick went: units that were found, and units that were not."""
    told = ((FOUND, found), (FAILED, failed))
    return Seen(tuple((PICKS, f"{what}:{location_id}", units) for what, units in told if units))


def region(market: str) -> tuple[str, Geo | None]:
    """The country and the middle of an online market."""
    country, *cell = market.removeprefix(f"{ONLINE}:").split("/")
    if not cell:
        return country, None
    row, column = (int(number) for number in cell)
    return country, Geo((row + 0.5) * CELL_DEGREES, (column + 0.5) * CELL_DEGREES)


@dataclass(frozen=True)
class Shares:
    """Each market's share of all demand: the forecast of an item of which little has been seen. `shared`: of all order
    lines, those that other items were ordered with."""

    by_market: Mapping[str, float]
    shared: float = 0.0

    @classmethod
    def of(cls, histories: Iterable[History]) -> Shares:
        whole: dict[str, float] = defaultdict(float)
        lines = shared = 0.0
        for history in histories:
            if history.sku != PICKS:
                for market, units in history.totals().items():
                    whole[market] += units
                own = history.lines()
                lines, shared = lines + own[0], shared + own[1]
        markets = {market: units + SHARE_UNITS for market, units in whole.items()}
        total = sum(markets.values())
        return cls({market: units / total for market, units in markets.items()}, shared / max(1.0, lines))


def belief(history: History, now: datetime) -> Belief:
    """What is believed of the demand for the item in all markets together."""
    return Belief(PRIOR_UNITS, PRIOR_DAYS).seen(sum(history.totals().values()), days=history.exposure(now))


def beliefs(history: History, shares: Shares, now: datetime) -> dict[str, Belief]:
    """What is believed of each market's demand for the item: the item's own rate times the market's share of all
    demand is the forecast, corrected by what was seen there."""
    seen, days = history.totals(), history.exposure(now)
    whole = belief(history, now).units_per_day
    return {
        market: Belief.of_forecast(whole * share, log_sd=MARKET_LOG_SD).seen(seen.get(market, 0.0), days=days)
        for market, share in shares.by_market.items()
    }
