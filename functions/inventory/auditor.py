"""Lambda entry: every five minutes the next part of the estate is audited."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.inventory.repository.audits import Audits
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.pages import Pages
from functions.inventory.repository.projection import Projection
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.transfers import Transfers
from functions.inventory.service.audit import AuditService
from functions.inventory.service.estate_audit import EstateAudit
from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.ids import new_id
from shared.metrics import AUDIT_CHECKED, AUDIT_PENDING, AUDIT_VIOLATIONS, emit
from shared.observability import logger
from shared.settings import settings

NAMED_IN_LOG = 20


@cache
def _estate(table_name: str, projection_name: str) -> EstateAudit:
    table, derived = Table(client("dynamodb"), table_name), Table(client("dynamodb"), projection_name)
    projection, pages = Projection(derived), Pages(derived)
    audit = AuditService(StockRows(table), Documents(table), Transfers(table), projection, pages, clock.now)
    return EstateAudit(audit, Audits(table))


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Audit one part, and tell the alarm what was found. Raises for what it could not do: the next tick tries again."""
    testing_clock.refresh()
    run_id = str(event.get("id") or new_id())
    cause = Cause(run_id, "audit", f"service:{settings().service}", clock.now(), run_id)
    report = _estate(settings().table_name, settings().projection_table_name).run(cause)
    emit(
        {
            AUDIT_CHECKED: report.checked,
            AUDIT_PENDING: report.pending,
            AUDIT_VIOLATIONS: len(report.violations),
        }
    )
    for one in report.violations[:NAMED_IN_LOG]:
        logger().error("stock differs", **vars(one))
    more = report.next_cursor is not None
    logger().info("audited", checked=report.checked, pending=report.pending, wrong=len(report.violations), more=more)
    return {"checked": report.checked, "pending": report.pending, "violations": len(report.violations), "more": more}
