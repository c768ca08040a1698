"""How a place works, measured by what happened there: each figure noted once, summed when somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Figure(StrEnum):
    """What is measured of one fulfilment order, in seconds or units."""

    READY_SECONDS = "ready_seconds"
    """From the opening of a collection's work until it lay ready, without the time on hold."""
    READY_OPEN_SECONDS = "ready_open_seconds"
    """The same, as far as the place was open."""
    WAIT_SECONDS = "wait_seconds"
    """From a shopper's arrival until they had the goods, or went with a part of them."""
    COLLECTED_SECONDS = "collected_seconds"
    """From lying ready until the shopper had the goods."""
    PICKED_UNITS = "picked_units"
    SHORT_UNITS = "short_units"
    LATE = "late"
    """Not ready or shipped when it was due."""
    NOT_COLLECTED = "not_collected"
    REJECTED_UNITS = "rejected_units"
    """Not given for a reason that is not the shelf's: too busy, closed, not taken on."""


SHORT_REASONS = frozenset({"NOT_FOUND", "DAMAGED"})
"""The units were not there, or not fit for sale."""


@dataclass(frozen=True)
class Noted:
    """One figure of one fulfilment order, as of when it happened: told again it has the same moment. `name` tells it
    from all others of the place."""

    location_id: str
    at: datetime
    figure: Figure
    name: str
    value: int
    method: str = ""
    """By which the goods were to be had, of a duration."""


@dataclass(frozen=True)
class Times:
    """Durations in seconds: how many, their mean, the median, and what nine in ten stayed below."""

    count: int
    mean: int
    median: int
    p90: int


def times(values: Sequence[int]) -> Times | None:
    """None without any value. Quantiles by nearest rank."""
    if not values:
        return None
    ordered = sorted(values)
    return Times(len(ordered), round(sum(ordered) / len(ordered)), _rank(ordered, 50), _rank(ordered, 90))


def _rank(ordered: Sequence[int], percent: int) -> int:
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
