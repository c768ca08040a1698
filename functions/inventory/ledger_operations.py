"""The HTTP operations that look at stock and its ledger."""

from __future__ import annotations

from functools import cache

from functions.inventory import wiring
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.history import History
from functions.inventory.repository.movements import Movements
from functions.inventory.repository.network import Network
from functions.inventory.repository.projection import Projection
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.transfers import Transfers
from functions.inventory.schemas import ledger, positions
from functions.inventory.service.audit import AuditService
from functions.inventory.service.history import HistoryService
from functions.inventory.service.movements import MovementService
from shared.clock import now
from shared.http import Answer, Api, Call


@cache
def stock() -> MovementService:
    """What is there now."""
    table = wiring.table()
    return MovementService(Movements(table), StockRows(table), Network(table), now)


@cache
def past() -> HistoryService:
    """What was there, and how it changed."""
    return HistoryService(History(wiring.table(), wiring.derived()), Projection(wiring.derived()))


@cache
def audits() -> AuditService:
    """Whether counters, ledger and promises agree."""
    table, projection = wiring.table(), Projection(wiring.derived())
    return AuditService(StockRows(table), Documents(table), Transfers(table), projection, wiring.pages(), now)


def bind(api: Api) -> None:
    """Bind every operation that looks at stock."""

    @api.operation("get_positions", answers={200: positions.InventoryView})
    def get_positions(call: Call[None, None]) -> Answer:
        sku = call.path["sku"]
        return Answer(200, positions.InventoryView.of(sku, stock().positions(sku), now()))

    @api.operation("get_ledger", query=ledger.LedgerQuery, answers={200: ledger.LedgerView})
    def get_ledger(call: Call[None, ledger.LedgerQuery]) -> Answer:
        query = call.query
        page = past().ledger(call.path["sku"], query.location_id, at=query.at, limit=query.limit, cursor=query.cursor)
        items = [ledger.LedgerLineView.of(line) for line in page.lines if line.deltas.nonzero()]
        return Answer(200, ledger.LedgerView.model_construct(items=items, next_cursor=page.next_cursor))

    @api.operation("get_history", query=ledger.HistoryQuery, answers={200: ledger.HistoryView})
    def get_history(call: Call[None, ledger.HistoryQuery]) -> Answer:
        sku, at = call.path["sku"], call.query.at
        standings = past().positions(sku, at, location_id=call.query.location_id)
        then = [ledger.PastPosition.of(standing) for standing in standings]
        return Answer(200, ledger.HistoryView.model_construct(sku=sku, at=at, positions=then))

    @api.operation("audit_inventory", query=ledger.AuditQuery, answers={200: ledger.AuditView})
    def audit_inventory(call: Call[None, ledger.AuditQuery]) -> Answer:
        audit, query = audits(), call.query
        report = audit.items([query.sku]) if query.sku else audit.everything(query.cursor)
        return Answer(200, ledger.AuditView.of(report))
