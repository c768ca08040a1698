"""Lambda entry: before each release wave, and at once when the testing clock moves: waiting work is looked at anew."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.fulfilment.choosing import choose
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.reevaluation import ReevaluationService
from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.ids import new_id
from shared.observability import logger
from shared.settings import settings

BUDGET_SECONDS = 200.0
"""Then no further model is begun: the function has five minutes."""


@cache
def _reevaluation() -> ReevaluationService:
    table = Table(client("dynamodb"), settings().table_name)
    return ReevaluationService(
        DemandRepository(table), CopyRepository(table), WorkRepository(table), clock=clock.now, choose=choose
    )


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Ask for what is better off elsewhere. Raises for what went wrong: everything stays where it is until the next."""
    testing_clock.refresh()
    run_id = str(event.get("id") or new_id())
    cause = Cause(run_id, "reevaluate", f"service:{settings().service}", clock.now(), run_id)
    ends = time.monotonic() + BUDGET_SECONDS
    looked = _reevaluation().run(cause, enough=lambda: time.monotonic() > ends)
    logger().info("re-evaluated", orders=looked.orders, moves=looked.moves, saved=looked.saved)
    return {"orders": looked.orders, "moves": looked.moves, "saved": looked.saved}
