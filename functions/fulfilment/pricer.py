"""Lambda entry: every hour, and at once when the testing clock moves: the table of opportunity prices."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.fulfilment import solver
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.prices import PriceRepository
from functions.fulfilment.service.pricing import PricingService
from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.ids import new_id
from shared.observability import logger
from shared.settings import settings

BUDGET_SECONDS = 600.0
"""Then no further shard is begun: the function has 15 minutes."""


@cache
def _pricing() -> PricingService:
    table = Table(client("dynamodb"), settings().table_name)
    return PricingService(PriceRepository(table), CopyRepository(table), clock=clock.now, solve=solver.duals)


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Make the table anew. Raises for what went wrong: the old table stands, the next hour tries again."""
    testing_clock.refresh()
    run_id = str(event.get("id") or new_id())
    cause = Cause(run_id, "price", f"service:{settings().service}", clock.now(), run_id)
    ends = time.monotonic() + BUDGET_SECONDS
    priced = _pricing().run(cause, enough=lambda: time.monotonic() > ends)
    logger().info("priced", run=priced.run, items=priced.items, posted=priced.posted, more=priced.more)
    return {
        "run": priced.run,
        "items": priced.items,
        "posted": priced.posted,
        "more": priced.more,
        "idle": priced.idle,
    }
