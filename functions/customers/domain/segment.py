"""Recency, frequency, monetary value: which kind of shopper somebody is, and why (Hughes 1994)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.customers.domain.figures import Figures

RECENCY_DAYS = (30, 90, 180, 365)
"""Up to so many days since the last order: 5, 4, 3, 2 points; beyond, 1."""
FREQUENCY_ORDERS = (8, 5, 3, 2)
"""From so many orders on: 5, 4, 3, 2 points; below, 1."""
MONETARY_MINOR = (100_000, 50_000, 20_000, 5_000)
"""From so much kept value on, in minor units of the shopper's main currency: 5, 4, 3, 2 points; below, 1."""
GOOD, POOR = 4, 2


class Segment(StrEnum):
    """From best to none."""

    CHAMPION = "CHAMPION"
    LOYAL = "LOYAL"
    BIG_SPENDER = "BIG_SPENDER"
    NEW = "NEW"
    REGULAR = "REGULAR"
    AT_RISK = "AT_RISK"
    LOST = "LOST"
    NONE = "NONE"


@dataclass(frozen=True)
class Standing:
    """The segment with the three scores (1-5) and the figures behind them, in words."""

    segment: Segment
    recency: int
    frequency: int
    monetary: int
    because: tuple[str, ...]


def standing(figures: Figures, *, at: datetime) -> Standing:
    """Where a shopper stands at a time."""
    orders = sum(one.orders for one in figures.channels)
    last = max((one.last for one in figures.channels if one.last), default=None)
    if not orders or last is None:
        return Standing(Segment.NONE, 0, 0, 0, ("no orders",))
    by_currency: dict[str, int] = {}
    for one in figures.channels:
        by_currency[one.currency] = by_currency.get(one.currency, 0) + one.spend - one.returned
    currency, kept = max(by_currency.items(), key=lambda pair: (pair[1], pair[0]))
    days = max(0, (at - last).days)
    recency = 5 - sum(days > limit for limit in RECENCY_DAYS)
    frequency = 1 + sum(orders >= limit for limit in FREQUENCY_ORDERS)
    monetary = 1 + sum(kept >= limit for limit in MONETARY_MINOR)
    because = (
        f"recency {recency}: last order {days} days ago",
        f"frequency {frequency}: {orders} orders",
        f"monetary {monetary}: {kept} {currency} kept, in minor units",
    )
    return Standing(_segment(recency, frequency, monetary), recency, frequency, monetary, because)


def _segment(recency: int, frequency: int, monetary: int) -> Segment:
    if recency >= GOOD and frequency >= GOOD and monetary >= GOOD:
        return Segment.CHAMPION
    if recency <= POOR:
        return Segment.AT_RISK if frequency > POOR or monetary >= GOOD else Segment.LOST
    if frequency >= GOOD:
        return Segment.LOYAL
    if monetary >= GOOD:
        return Segment.BIG_SPENDER
    return Segment.NEW if frequency == 1 else Segment.REGULAR
