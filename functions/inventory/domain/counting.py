"""Counts while selling: what was seen on the shelf against what should have lain there at that moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.inventory.domain.stock import BelowZero, Change, Counters, Movement, Stock, moved
from shared.errors import Conflict, FieldError, InvalidField, NotFound

OLDEST_SCAN = timedelta(days=7)
CLOCKS_DIFFER = timedelta(minutes=1)
"""A scanner's clock may run ahead of ours by so much; its scan is then taken as of now."""


class CountReused(Conflict):
    """The id names another count."""

    code = "count_id_reused"


class CountNotFound(NotFound):
    """There is no such count."""

    code = "count_not_found"


@dataclass(frozen=True)
class Counted:
    """Units of one item that were seen; without `scanned_at`: seen now."""

    sku: str
    counted: int
    scanned_at: datetime | None = None


def scan_times(lines: Iterable[Counted], now: datetime) -> list[datetime | None]:
    """When each line was scanned, None for now. Raises InvalidField for a scan that is to come, or too long ago."""
    times: list[datetime | None] = []
    for index, line in enumerate(lines):
        scanned_at = line.scanned_at
        if scanned_at is not None and not now - OLDEST_SCAN <= scanned_at <= now + CLOCKS_DIFFER:
            reason = f"lies ahead, or more than {OLDEST_SCAN.days} days back"
            raise InvalidField(f"/lines/{index}/scanned_at", reason)
        times.append(scanned_at if scanned_at is not None and scanned_at < now else None)
    return times


def corrected(
    stock: Stock, counted: int, expected: int, movement: Movement, *, index: int, opening_safety: int = 0
) -> Change | None:
    """What the count changes: counted less what was expected at the scan, whatever has moved since. The position needs
    no count any more. None where there is nothing and never was.

    Raises BelowZero, naming the line, when more has left since the scan than was counted, or more is unavailable.
    """
    if stock.version == 0 and counted == expected:
        return None
    delta = Counters(on_hand=counted - expected)
    try:
        return moved(stock, delta, movement, opening_safety=opening_safety, count_due=False)
    except BelowZero as error:
        reason = f"{error.detail}; {expected} were expected at the scan. Count again, or correct what is unavailable"
        raise BelowZero(reason, errors=[FieldError(f"/lines/{index}/counted", reason)], extra=error.extra) from error
