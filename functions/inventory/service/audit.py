"""The audit: for each position compare the counters with the ledger and with the documents behind them."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.inventory.domain.audit import Claims, Line, Violation, check_lending, check_position, claims_of, lagging
from functions.inventory.domain.stock import Stock
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.pages import Pages
from functions.inventory.repository.projection import Claim, LedgerLine, Projection
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.transfers import Transfers
from shared.clock import epoch_seconds
from shared.dynamo.documents import decode_cursor, encode_cursor
from shared.errors import InvalidField

CLAIMING = ("reservation/", "order/", "transfer/")
"""What the movements of documents that hold or set aside units name as their reference."""
SKUS_AT_ONCE = 20
BUDGET_SECONDS = 10.0
"""A gateway call ends after 29 s: an audit of many items goes on with the cursor. Looked at between batches of items,
so a batch that is slow on a busy computer must fit into the rest."""


@dataclass
class Report:
    """What was checked. `pending`: positions whose ledger lags or that moved while they were looked at."""

    checked: int = 0
    pending: int = 0
    violations: list[Violation] = field(default_factory=list)
    next_cursor: str | None = None


@dataclass(frozen=True)
class AuditService:
    """Reads only. Each position is judged by rows and documents between which it did not change."""

    stock: StockRows
    documents: Documents
    transfers: Transfers
    projection: Projection
    pages: Pages
    clock: Callable[[], datetime]
    elapsed: Callable[[], float] = time.monotonic

    def items(self, skus: Sequence[str]) -> Report:
        """Audit these items."""
        report = Report()
        opened = self._open_documents() if skus else {}
        for sku in skus:
            self._check(sku, opened, report)
        return report

    def everything(self, cursor: str | None, *, budget_seconds: float | None = None) -> Report:
        """Audit all items, or as many as fit into one call. Raises InvalidField for a forged cursor."""
        budget = BUDGET_SECONDS if budget_seconds is None else budget_seconds
        started, report = self.elapsed(), Report()
        opened = self._open_documents()
        self.pages.refresh()
        skus = self.pages.groups()
        begin = bisect_right(skus, _parse(cursor))
        for start in range(begin, len(skus), SKUS_AT_ONCE):
            batch = skus[start : start + SKUS_AT_ONCE]
            for sku in batch:
                self._check(sku, opened, report)
            if self.elapsed() - started > budget and batch[-1] != skus[-1]:
                report.next_cursor = encode_cursor({"after": batch[-1]})
                break
        return report

    def _open_documents(self) -> dict[str, set[str]]:
        """Per item the documents that claim units of it, as far as the projector has come."""
        opened: dict[str, set[str]] = defaultdict(set)
        claims: Iterable[Claim] = self.projection.claims()
        for claim in claims:
            for sku in claim.skus:
                opened[sku].add(claim.document)
        return opened

    def _check(self, sku: str, opened: dict[str, set[str]], report: Report) -> None:
        rows = self.stock.rows_of([sku])
        lines: dict[str, list[LedgerLine]] = defaultdict(list)
        for line in self.projection.whole_ledger(sku):
            lines[line.location_id].append(line)
        documents = opened.get(sku, set()) | _named_by(lines.values())
        claims = self._claims(documents)
        now = epoch_seconds(self.clock())
        report.violations += check_lending(rows)
        suspects: list[tuple[Stock, list[Violation]]] = []
        for row in rows:
            report.checked += 1
            ledger = [Line(line.version, line.deltas, line.balances) for line in lines[row.location_id]]
            if lagging(row, ledger):
                report.pending += 1
            elif found := check_position(row, ledger, claims, now=now):
                suspects.append((row, found))
        if suspects:
            self._judge(suspects, report)

    def _judge(self, suspects: Sequence[tuple[Stock, list[Violation]]], report: Report) -> None:
        """A position that moved meanwhile proves nothing."""
        again = self.stock.read(row.key for row, _ in suspects)
        for row, found in suspects:
            if again[row.key].version != row.version:
                report.pending += 1
            else:
                report.violations += found

    def _claims(self, documents: Iterable[str]) -> Claims:
        ids: dict[str, list[str]] = defaultdict(list)
        for document in sorted(documents):
            kind, _, name = document.partition("/")
            ids[kind].append(name)
        return claims_of(
            self.documents.reservations(ids["reservation"]),
            self.documents.books(ids["order"]),
            self.transfers.many(ids["transfer"]),
        )


def _named_by(ledgers: Iterable[Sequence[LedgerLine]]) -> set[str]:
    """Documents whose movements at one place do not cancel out: they must still be open."""
    named: set[str] = set()
    for lines in ledgers:
        balances: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for line in lines:
            document = line.movement.reference
            if document.startswith(CLAIMING):
                balances[document][0] += line.deltas.held
                balances[document][1] += line.deltas.allocated
        named |= {document for document, balance in balances.items() if any(balance)}
    return named


def _parse(cursor: str | None) -> str:
    """The item after which to go on."""
    if cursor is None:
        return ""
    try:
        after = decode_cursor(cursor).get("after")
    except ValueError as error:
        raise InvalidField("/cursor", "not a cursor of this list") from error
    if not isinstance(after, str):
        raise InvalidField("/cursor", "not a cursor of this list")
    return after
