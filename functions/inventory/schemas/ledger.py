"""HTTP models of the ledger and the audit."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from functions.inventory.domain import stock
from functions.inventory.repository.history import Standing
from functions.inventory.repository.projection import LedgerLine
from functions.inventory.service.audit import Report
from shared.schemas import (
    Identifier,
    PageQuery,
    QuerySchema,
    Schema,
    UtcTime,
)


class LedgerQuery(PageQuery):
    """Which part of the ledger: at one place or all, up to the moment `at`."""

    location_id: Identifier | None = None
    at: UtcTime | None = None


class HistoryQuery(QuerySchema):
    """The moment to look at, at one place or all."""

    at: UtcTime
    location_id: Identifier | None = None


class CountersView(Schema):
    """Units by what they are."""

    on_hand: int
    unavailable: int
    damaged: int
    quality_control: int
    display: int
    held: int
    allocated: int
    free: int

    @classmethod
    def of(cls, counters: stock.Counters) -> CountersView:
        """The counters, or changes of them."""
        return cls.model_construct(**{name: getattr(counters, name) for name in cls.model_fields})


class LedgerLineView(Schema):
    """One movement at one position."""

    location_id: str
    version: int
    movement_id: str
    kind: str
    reason: str
    reference: str
    deltas: CountersView
    balances: CountersView
    at: UtcTime
    actor: str

    @classmethod
    def of(cls, line: LedgerLine) -> LedgerLineView:
        """The movement as it was posted."""
        return cls.model_construct(
            location_id=line.location_id,
            version=line.version,
            movement_id=line.movement.id,
            kind=str(line.movement.kind),
            reason=line.movement.reason,
            reference=line.movement.reference,
            deltas=CountersView.of(line.deltas),
            balances=CountersView.of(line.balances),
            at=line.cause.at,
            actor=line.cause.actor,
        )


class LedgerView(Schema):
    """A page of movements, newest first; it may be shorter than asked for and still have a next one."""

    items: list[LedgerLineView]
    next_cursor: str | None = None


class PastPosition(Schema):
    """One position as it was, and the movement that had made it so."""

    location_id: str
    version: int
    balances: CountersView
    movement_id: str
    kind: str
    reason: str
    reference: str
    since: UtcTime
    actor: str

    @classmethod
    def of(cls, standing: Standing) -> PastPosition:
        """The position at its version."""
        return cls.model_construct(
            location_id=standing.stock.location_id,
            version=standing.stock.version,
            balances=CountersView.of(standing.stock.counters),
            movement_id=standing.movement.id,
            kind=str(standing.movement.kind),
            reason=standing.movement.reason,
            reference=standing.movement.reference,
            since=standing.cause.at,
            actor=standing.cause.actor,
        )


class HistoryView(Schema):
    """Every position that an item had at a moment, by location."""

    sku: str
    at: UtcTime
    positions: list[PastPosition]


class AuditQuery(QuerySchema):
    """What to audit: one item, or all from the cursor on."""

    sku: Identifier | None = None
    cursor: Annotated[str, StringConstraints(max_length=1000)] | None = None


class ViolationView(Schema):
    """One position where two accounts of the same thing differ."""

    sku: str
    location_id: str
    rule: str
    expected: int
    actual: int


class AuditView(Schema):
    """The audit's result. `pending` positions have a ledger that lags; with a `next_cursor` there is more to check."""

    ok: bool
    checked: int
    pending: int
    violations: list[ViolationView]
    next_cursor: str | None = None

    @classmethod
    def of(cls, report: Report) -> AuditView:
        """The report as JSON."""
        return cls.model_construct(
            ok=not report.violations,
            checked=report.checked,
            pending=report.pending,
            violations=[ViolationView.model_construct(**vars(one)) for one in report.violations],
            next_cursor=report.next_cursor,
        )
