"""Derived rows, in a table of their own: the ledger, open claims, and when holds lapse (pages: see `pages`).

    LEDGER#{sku}#{location_id} / {version}      one row per version of a position; by item and time on gsi1
    CLAIMS#{bucket} / {document}                documents that hold or set aside units; a hold's owner on gsi1
    LAPSES#{hour} / {second}#{reservation_id}   when holds lapse
Writing any of them twice, or an older version after a newer one, changes nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.inventory.domain.stock import COUNTERS, Counters, Movement, MovementKind
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, Action, ConditionFailed, Put, Table

CLAIM_BUCKETS = 8
HOUR = 3600
CLOSED_CLAIM_SECONDS = 7 * 24 * HOUR
"""Longer than any stream record lives: an older image that comes again must not reopen a claim."""
LAPSE_ROW_SECONDS = 2 * 24 * HOUR

_NEWER = "attribute_not_exists(pk) OR #version < :version"


def bucket_of(text: str, buckets: int) -> str:
    """Spreads keys evenly and for ever the same."""
    return f"{zlib.crc32(text.encode()) % buckets:02d}"


@dataclass(frozen=True)
class LedgerLine:
    """One version of one position: what changed, what is there since, and why."""

    sku: str
    location_id: str
    version: int
    movement: Movement
    deltas: Counters
    balances: Counters
    cause: Cause

    @property
    def position(self) -> tuple[str, str]:
        return self.sku, self.location_id


@dataclass(frozen=True)
class LedgerPage:
    """One page of the ledger, newest first."""

    lines: list[LedgerLine]
    next_cursor: str | None


@dataclass(frozen=True)
class Claim:
    """A document (`reservation/R1`, `order/O-1`) and the items that it touches while it is open."""

    document: str
    skus: tuple[str, ...]
    version: int
    owner: str | None = None


class Projection:
    """Reads and writes of derived rows."""

    def __init__(self, table: Table) -> None:
        self._table = table

    # ------------------------------------------------------------------ ledger

    def add_lines(self, lines: Iterable[LedgerLine]) -> None:
        """One row per version of a position. A version's row never differs, so writing it again is harmless."""
        self._table.put_all([_ledger_row(line) for line in lines])

    def ledger(
        self, sku: str, location_id: str | None, *, limit: int, cursor: str | None, up_to: datetime | int | None = None
    ) -> LedgerPage:
        """Movements of an item, at one place or all, newest first; all of them up to a time, those of one place up to
        a version. Raises InvalidField for a forged cursor."""
        if location_id is None:
            last = f"{rfc3339(up_to)}~" if isinstance(up_to, datetime) else "~"
            options: dict[str, Any] = {"index": "gsi1", "sk_between": ("0", last)}
            page = self._table.query(f"LEDGER#{sku}", forward=False, limit=limit, cursor=cursor, **options)
        else:
            last = f"{up_to:012d}" if isinstance(up_to, int) else "~"
            key = f"LEDGER#{sku}#{location_id}"
            page = self._table.query(key, forward=False, limit=limit, cursor=cursor, sk_between=("0", last))
        return LedgerPage([decode_line(item) for item in page.items], page.next_cursor)

    def whole_ledger(self, sku: str) -> list[LedgerLine]:
        """Every line of an item, oldest first."""
        return [decode_line(item) for item in self._table.query_all(f"LEDGER#{sku}", index="gsi1")]

    # ------------------------------------------------------------------ claims

    def put_claim(self, claim: Claim, *, now: int) -> None:
        """Take over a newer state of a document that holds units, or holds none any more."""
        row: dict[str, Any] = {
            "pk": f"CLAIMS#{bucket_of(claim.document, CLAIM_BUCKETS)}",
            "sk": claim.document,
            "kind": "claim",
            "version": claim.version,
            "skus": list(claim.skus),
        }
        if not claim.skus:
            row["ttl"] = now + CLOSED_CLAIM_SECONDS
        elif claim.owner:
            row |= {"gsi1pk": f"OWNER#{claim.owner}", "gsi1sk": claim.document}
        self._unless_there(Put(row, _NEWER, {":version": claim.version}, {"#version": "version"}))

    def claims(self) -> Iterator[Claim]:
        """Every open claim."""
        for bucket in range(CLAIM_BUCKETS):
            for item in self._table.query_all(f"CLAIMS#{bucket:02d}"):
                if item["skus"]:
                    yield Claim(item["sk"], tuple(item["skus"]), item["version"])

    def documents_of(self, owner: str) -> list[str]:
        """The open holds of an owner, as documents."""
        return [item["gsi1sk"] for item in self._table.query_all(f"OWNER#{owner}", index="gsi1")]

    # ------------------------------------------------------------------ lapses

    def put_lapse(self, reservation_id: str, until: int) -> None:
        """Remember when a hold lapses."""
        row = {
            "pk": f"LAPSES#{until // HOUR}",
            "sk": f"{until:012d}#{reservation_id}",
            "kind": "lapse",
            "ttl": until + LAPSE_ROW_SECONDS,
        }
        self._unless_there(Put(row, ABSENT))

    def lapsed(self, *, since: int, until: int) -> Iterator[str]:
        """Holds whose time ended in [since, until], seconds; they may have been extended or ended since."""
        for hour in range(since // HOUR, until // HOUR + 1):
            between = (f"{since:012d}", f"{until:012d}~")
            for item in self._table.query_all(f"LAPSES#{hour}", sk_between=between):
                yield item["sk"].partition("#")[2]

    def _unless_there(self, action: Action) -> None:
        try:
            self._table.write(action)
        except ConditionFailed:
            return  # this version, or a newer one, is there already


def ledger_key(sku: str, location_id: str, version: int) -> tuple[str, str]:
    """The key of one version's line."""
    return f"LEDGER#{sku}#{location_id}", f"{version:012d}"


def _ledger_row(line: LedgerLine) -> Item:
    at = rfc3339(line.cause.at)
    pk, sk = ledger_key(*line.position, line.version)
    return {
        "pk": pk,
        "sk": sk,
        "gsi1pk": f"LEDGER#{line.sku}",
        "gsi1sk": f"{at}#{line.location_id}#{line.version:012d}",
        "kind": "ledger",
        "version": line.version,
        "cause": line.cause.stamp(),
        "location_id": line.location_id,
        "sku": line.sku,
        "movement": {
            "id": line.movement.id,
            "kind": str(line.movement.kind),
            "reason": line.movement.reason,
            "reference": line.movement.reference,
        },
        "deltas": line.deltas.nonzero(),
        "balances": line.balances.nonzero(),
    }


def decode_line(item: Item) -> LedgerLine:
    """The ledger line of a stored row."""
    movement = item["movement"]
    return LedgerLine(
        sku=item["sku"],
        location_id=item["location_id"],
        version=item["version"],
        movement=Movement(movement["id"], MovementKind(movement["kind"]), movement["reason"], movement["reference"]),
        deltas=_counters(item["deltas"]),
        balances=_counters(item["balances"]),
        cause=Cause.from_stamp(item["cause"]),
    )


def _counters(stored: Mapping[str, int]) -> Counters:
    return Counters(**{name: stored.get(name, 0) for name in COUNTERS})
