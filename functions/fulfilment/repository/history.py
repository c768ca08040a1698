"""What the projector derives, in a table of its own: settled decisions by day, the routing report, simulated plans.

DECIDED#<day>#<shard> / <at>#<order>#<plan>     a decision that was settled, as it was recorded
REPORT#<location or *> / <day>                  sums of the day; `total` instead of the day: since ever
MARK#<what> / -                                 something that was counted already
SIMULATED#<simulation> / <order>#<plan>#<n>     a plan that a contender would have made otherwise
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.simulation import Difference
from functions.fulfilment.repository.demands import DECISION
from functions.fulfilment.repository.rows import ALWAYS
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.reads import Page
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table, Update

SHARDS = 4
"""Partitions per day: one takes 1,000 writes a second."""
KEPT_DAYS = 400
MARKS_KEPT_DAYS = 7
"""Longer than any stream record lives."""
AT_ONCE = 60
"""Rows of one transaction: DynamoDB takes 100."""
EVERYWHERE = "*"
TOTAL = "total"
DAY_SECONDS = 86_400

_DIFFERENCE = Document(Difference)

Sums = Mapping[tuple[str, str], Counter[str]]
"""By location (or EVERYWHERE) and day (or TOTAL): what is to be added, by name."""


@dataclass(frozen=True)
class Counted:
    """Something that counts once: its mark, and what it adds."""

    mark: Item
    sums: Sums


def decided(decision: Decision, sums: Sums, *, now: int) -> Counted:
    """A settled decision: its row is its own mark."""
    shard = zlib.crc32(decision.order_id.encode()) % SHARDS
    return Counted(
        {
            "pk": f"DECIDED#{decision.at.date()}#{shard}",
            "sk": f"{rfc3339(decision.at)}#{decision.order_id}#{decision.plan_version:06d}",
            "body": DECISION.dump(decision),
            "ttl": now + KEPT_DAYS * DAY_SECONDS,
        },
        sums,
    )


def counted(what: str, sums: Sums, *, now: int) -> Counted:
    """Anything else that counts once."""
    return Counted({"pk": f"MARK#{what}", "sk": "-", "ttl": now + MARKS_KEPT_DAYS * DAY_SECONDS}, sums)


class HistoryRepository:
    """The derived rows of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, news: Sequence[Counted]) -> None:
        """Count what has not been counted yet, each once however often it is told."""
        chunk: list[Counted] = []
        for one in news:
            if chunk and _rows([*chunk, one]) > AT_ONCE:
                self._add(chunk)
                chunk = []
            chunk.append(one)
        if chunk:
            self._add(chunk)

    def _add(self, news: list[Counted]) -> None:
        while news:
            sums: dict[tuple[str, str], Counter[str]] = {}
            for one in news:
                for key, added in one.sums.items():
                    sums.setdefault(key, Counter()).update(added)
            marks = [Put(one.mark, ABSENT) for one in news]
            try:
                self._table.write(
                    *marks, *(_adding(key, added) for key, added in sorted(sums.items()) if any(added.values()))
                )
            except ConditionFailed as error:  # some were counted before
                news = [one for index, one in enumerate(news) if index not in error.failed]
            else:
                return

    def report(self, location_id: str, first: date, last: date) -> list[tuple[str, Counter[str]]]:
        """The sums of each day that has any, and at the end those since ever under TOTAL."""
        rows = [
            *self._table.query_all(_report(location_id), sk_between=(first.isoformat(), last.isoformat())),
            *filter(None, [self._table.get(_report(location_id), TOTAL)]),
        ]
        return [(str(row["sk"]), Counter({k: int(v) for k, v in row.items() if k not in ("pk", "sk")})) for row in rows]

    def decisions(self, day: date, *, after: str, limit: int) -> tuple[list[Decision], str | None]:
        """The next decisions of that day in the order of time, behind `after`, and behind which there are more (None:
        there are none). At most `limit` of each of the day's partitions."""
        found: list[Item] = []
        whole: list[str] = []
        for shard in range(SHARDS):
            page = self._table.query(f"DECIDED#{day}#{shard}", sk_between=(f"{after}\x00", "~"), limit=limit)
            found += page.items
            if page.next_cursor and page.items:
                whole.append(page.items[-1]["sk"])
        until = min(whole, default="~")  # behind it something of another partition may be missing
        rows = sorted((row for row in found if row["sk"] <= until), key=lambda row: str(row["sk"]))
        return [DECISION.load(row["body"]) for row in rows], until if whole else None

    def put_differences(self, simulation_id: str, found: Iterable[Difference]) -> None:
        """Keep them; writing one twice changes nothing."""
        self._table.put_all(
            [
                {
                    "pk": _simulated(simulation_id),
                    "sk": f"{one.order_id}#{one.plan_version:06d}#{one.profile_id}#{one.version:06d}",
                    "body": _DIFFERENCE.dump(one),
                }
                for one in found
            ]
        )

    def differences(self, simulation_id: str, *, limit: int, cursor: str | None) -> tuple[list[Difference], str | None]:
        """A page of them, by order. Raises InvalidField for a forged cursor."""
        page: Page = self._table.query(_simulated(simulation_id), limit=limit, cursor=cursor)
        return [_DIFFERENCE.load(row["body"]) for row in page.items], page.next_cursor


def _rows(news: Sequence[Counted]) -> int:
    return len(news) + len({key for one in news for key in one.sums})


def _adding(key: tuple[str, str], added: Mapping[str, int]) -> Update:
    names = [name for name, value in sorted(added.items()) if value]
    return Update(
        _report(key[0]),
        key[1],
        "ADD " + ", ".join(f"#{name} :{name}" for name in names),
        ALWAYS,
        {f":{name}": added[name] for name in names},
        {f"#{name}": name for name in names},
    )


def _report(location_id: str) -> str:
    return f"REPORT#{location_id}"


def _simulated(simulation_id: str) -> str:
    return f"SIMULATED#{simulation_id}"
