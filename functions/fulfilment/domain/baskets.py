"""What is ordered together: the baskets that come again, counted like an item's demand, and the families they make.

A basket is kept by what it asks for and from which region. Most of them come once and say nothing; of each day only the
most frequent are kept, so the history stays one row whatever the shop sells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate
from typing import TypeVar

from functions.fulfilment.domain.history import ONLINE, History, Seen

T = TypeVar("T", int, float)

BASKETS = "#baskets"
"""The history of baskets is kept as that of an item that cannot be (`#` is in no SKU)."""
MOST_LINES = 8
"""Of a basket that is counted: longer ones hardly ever come again."""
KEPT_CHARACTERS = 60_000
"""Of the baskets of a day, and of all days that are over: with three days open the row stays under 400 KB."""
LEAST_SEEN = 2.0
"""Orders of a basket, faded, below which it was chance."""
CHEAPEST_PLACES, FULLEST_PLACES = 6, 4
"""From which a claim is thought to be served: the cheapest that have a line of it, and those that have most of it."""
PRIOR_DAYS = 3.5
"""In so many days before the first, nothing is believed to have been ordered together."""


@dataclass(frozen=True)
class Basket:
    """Units by SKU that a region orders together, `per_day` times."""

    market: str
    lines: tuple[tuple[str, int], ...]
    per_day: float


def basket_of(seen: Seen) -> str | None:
    """The basket of an event's units, if several items go to one region together."""
    units: Counter[str] = Counter()
    markets = set()
    for sku, market, count in seen.units:
        if market.startswith(ONLINE):
            units[sku] += count
            markets.add(market)
    if not 2 <= len(units) <= MOST_LINES or len(markets) != 1:
        return None
    return f"{markets.pop()}|" + ",".join(f"{sku}*{count}" for sku, count in sorted(units.items()))


def kept(history: History) -> History:
    """The history with the most frequent baskets of each day and of the days that are over."""
    known = history.units
    days = {day: _most_frequent(counts, known) for day, counts in history.open.items()}
    return replace(history, units=_most_frequent(known, {}), open=days)


def _most_frequent(counts: Mapping[str, T], known: Mapping[str, float]) -> dict[str, T]:
    """As many as there is room for; of equals those that are known longer."""
    ranked = sorted(counts, key=lambda basket: (-counts[basket] - known.get(basket, 0.0), basket))
    ends = list(accumulate(len(basket) for basket in ranked))
    return {basket: counts[basket] for basket, end in zip(ranked, ends, strict=True) if end <= KEPT_CHARACTERS}


def baskets(history: History, now: datetime) -> list[Basket]:
    """Those that come again, the most frequent first."""
    days = history.exposure(now) + PRIOR_DAYS
    found = [_read(text, count / days) for text, count in history.totals().items() if count >= LEAST_SEEN]
    return sorted(found, key=lambda basket: (-basket.per_day, basket.market, basket.lines))


def _read(text: str, per_day: float) -> Basket:
    market, _, rest = text.partition("|")
    lines = (line.rpartition("*") for line in rest.split(","))
    return Basket(market, tuple((sku, int(count)) for sku, _, count in lines), per_day)


@dataclass(frozen=True)
class Family:
    """Items that are priced together, and the baskets that they share."""

    skus: tuple[str, ...]
    baskets: tuple[Basket, ...] = ()


def families(skus: Iterable[str], found: Iterable[Basket], *, item_size: int, room: int, most: int) -> list[Family]:
    """Every item in one family. The first baskets join theirs, as long as none gets larger than `room` and those that
    share baskets no larger than `most` together. Sizes are columns of a programme, `item_size` those of an item."""
    groups = {sku: _Group(item_size, [sku]) for sku in sorted(skus)}
    for basket in found:
        names = [sku for sku, _ in basket.lines]
        parts = list({id(group): group for name in names if (group := groups.get(name))}.values())
        size = sum(part.size for part in parts) + columns_of(len(names))
        added = size - sum(part.size for part in parts if part.baskets)
        if size > room or added > most or not groups.keys() >= set(names):
            continue
        most -= added
        largest, *others = sorted(parts, key=lambda part: -len(part.skus))
        for other in others:
            largest.skus += other.skus
            largest.baskets += other.baskets
            groups.update(dict.fromkeys(other.skus, largest))
        largest.baskets.append(basket)
        largest.size = size
    distinct = {id(group): group for group in groups.values()}.values()
    return [Family(tuple(sorted(group.skus)), tuple(group.baskets)) for group in distinct]


@dataclass
class _Group:
    size: int
    skus: list[str]
    baskets: list[Basket] = field(default_factory=list)


def places_of(lines: int) -> int:
    """From how many places at most a claim of so many lines is thought to be served."""
    return CHEAPEST_PLACES * lines + FULLEST_PLACES


def columns_of(lines: int) -> int:
    """How large a basket of so many lines makes its family's programme."""
    return places_of(lines) * (1 + lines)
