"""Lambda entry: every minute, and at once when the testing clock moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.orders.reconciler import Reconciler
from functions.orders.wiring import book, policy_book
from shared import clock, testing_clock
from shared.cause import Cause
from shared.ids import new_id
from shared.observability import logger
from shared.settings import settings


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Look at the orders of which something is due. Raises for what it could not do: the next tick tries again."""
    testing_clock.refresh()
    run_id = str(event.get("id") or new_id())
    cause = Cause(run_id, "reconcile", f"service:{settings().service}", clock.now(), run_id)
    looked = Reconciler(book(), policy_book(), clock.now).run(cause)
    logger().info("reconciled", orders=looked.orders, more=looked.more)
    return {"orders": looked.orders, "more": looked.more}
