"""How long things are kept that nobody asked to keep: by kind, in days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from functions.customers.domain.timeline import INTERACTIONS

SHARED_CART = "shared_cart"
DEFAULT_DAYS: Mapping[str, int] = {
    "visit": 400,
    "cart": 400,
    "message": 730,
    "call": 730,
    "support_note": 1_095,
    SHARED_CART: 90,
}
"""Interactions since they happened, a shared cart since it was changed last."""
assert set(DEFAULT_DAYS) == {*INTERACTIONS, SHARED_CART}, "every kind has its period"


class UnknownPeriod(ValueError):
    """A setting names a kind that there is not, or no whole number of days."""


def periods(setting: str) -> dict[str, int]:
    """The defaults with what a setting (`visit=30,message=365`) says otherwise. Raises UnknownPeriod."""
    days = dict(DEFAULT_DAYS)
    for part in filter(None, setting.split(",")):
        kind, _, count = part.partition("=")
        if kind not in days or not count.isdecimal() or int(count) < 1:
            raise UnknownPeriod(f"{part!r}: give kind=days, kinds are {', '.join(sorted(days))}")
        days[kind] = int(count)
    return days


def kept_since(days: int, *, at: datetime) -> datetime:
    """What is older goes."""
    return at - timedelta(days=days)
