"""Lambda entry: every day, and at once when the testing clock moves: what has been kept long enough goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.customers.domain.retention import periods
from functions.customers.retention import Sweep
from shared import clock, testing_clock
from shared.aws import client
from shared.dynamo.table import Table
from shared.observability import logger
from shared.settings import settings


def handler(_event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Sweep. Raises for what it could not do: the next tick tries again."""
    testing_clock.refresh()
    table = Table(client("dynamodb"), settings().table_name)
    removed, more = Sweep(table, periods(settings().retention_days)).run(clock.now())
    logger().info("swept", rows=removed, more=more)
    return {"rows": removed, "more": more}
