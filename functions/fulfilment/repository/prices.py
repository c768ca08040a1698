"""What was seen of demand and picks, the histories made from it, and the price table.

SEEN#<day>#<shard> / <what>     one event's units; told again it is the same row; gone after some days
HISTORY#<shard> / <sku>         one item's history (and that of picks)
PRICES#<sku> / -                one item's prices
PRICING / -                     the price job: its runs, and where the next one goes on
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from functions.fulfilment.domain.history import OPEN_DAYS, History, Seen
from functions.fulfilment.domain.routing.posted import PricePage
from functions.fulfilment.repository.rows import replacing, row
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

SEEN_SHARDS = 8
"""Partitions of a day's log: one takes 1,000 events a second."""
HISTORY_SHARDS = 16
LONGEST_RUN = timedelta(minutes=15)
"""No Lambda function runs longer."""
SEEN_KEPT = timedelta(days=OPEN_DAYS + 2)

_SEEN, _HISTORY, _PRICES = Document(Seen), Document(History), Document(PricePage)


@dataclass(frozen=True)
class Run:
    """The price job. `number`: of its newest run; `next_shard`: of the histories, where the next one begins."""

    number: int = 0
    next_shard: int = 0
    counted: date | None = None
    """The day up to which the log has been counted."""
    held_until: datetime | None = None
    """A run is at work until then at the latest."""
    version: int = 0

    def begun(self, at: datetime) -> Run:
        """The next run, which holds the job until it ends or can no longer be running."""
        return replace(self, number=self.number + 1, held_until=at + LONGEST_RUN)


_RUN = Document(Run)


class PriceRepository:
    """The history of demand and the price table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # ---------------------------------------------------------------------- log

    def note(self, what: str, seen: Seen, *, day: date, cause: Cause) -> None:
        """Keep what an event told, once."""
        shard = zlib.crc32(what.encode()) % SEEN_SHARDS
        ends = epoch_seconds(datetime(day.year, day.month, day.day, tzinfo=cause.at.tzinfo) + SEEN_KEPT)
        item = row("seen", _seen(day, shard), what, version=1, cause=cause, body=_SEEN.dump(seen), ttl=ends)
        try:
            self._table.write(Put(item, ABSENT))
        except ConditionFailed:
            return  # told again

    def seen(self, day: date) -> Iterator[Seen]:
        """Everything that was seen of a day."""
        for shard in range(SEEN_SHARDS):
            for found in self._table.query_all(_seen(day, shard), consistent=True):
                yield _SEEN.load(found["body"])

    # ---------------------------------------------------------------- histories

    def histories(self, shard: int) -> dict[str, History]:
        """The histories of one part of all items, by SKU."""
        return {found["sk"]: _HISTORY.load(found["body"]) for found in self._table.query_all(f"HISTORY#{shard}")}

    def keep(self, histories: Iterable[History], *, cause: Cause) -> None:
        """Store the next version of each. Only the run that holds the job writes them."""
        self._table.put_all(
            [
                row(
                    "history",
                    f"HISTORY#{shard_of(one.sku)}",
                    one.sku,
                    version=one.version + 1,
                    cause=cause,
                    body=_HISTORY.dump(replace(one, version=one.version + 1)),
                )
                for one in histories
            ]
        )

    # ------------------------------------------------------------------- prices

    def post(self, pages: Iterable[PricePage], *, cause: Cause) -> None:
        """These prices hold from now on. Only the run that holds the job writes them."""
        self._table.put_all(
            [
                row("prices", prices_key(one.sku)[0], "-", version=one.version, cause=cause, body=_PRICES.dump(one))
                for one in pages
            ]
        )

    # ---------------------------------------------------------------------- job

    def run(self) -> Run:
        """The newest run."""
        found = self._table.get("PRICING")
        return replace(_RUN.load(found["body"]), version=found["version"]) if found else Run()

    def save_run(self, run: Run, *, cause: Cause) -> Run:
        """Store the run. Raises LostRace when another one has begun or ended meanwhile."""
        item = row("pricing", "PRICING", "-", version=run.version + 1, cause=cause, body=_RUN.dump(run))
        try:
            self._table.write(replacing(item, expected=run.version))
        except ConditionFailed as error:
            raise LostRace("another run of the price job was faster") from error
        return replace(run, version=run.version + 1)


def shard_of(sku: str) -> int:
    """The part of all histories that holds an item's."""
    return zlib.crc32(sku.encode()) % HISTORY_SHARDS


def prices_key(sku: str) -> tuple[str, str]:
    """Where an item's prices are."""
    return f"PRICES#{sku}", "-"


def to_prices(found: Item) -> PricePage:
    """The prices of a stored row."""
    return _PRICES.load(found["body"])


def _seen(day: date, shard: int) -> str:
    return f"SEEN#{day.isoformat()}#{shard}"
