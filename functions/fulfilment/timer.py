"""Lambda entry: every minute, and at once when the testing clock moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.fulfilment import wiring
from shared import clock, testing_clock
from shared.cause import Cause
from shared.ids import new_id
from shared.observability import logger
from shared.settings import settings


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Raise what is due at the locations. Raises for what it could not do: the next tick tries again."""
    testing_clock.refresh()
    run_id = str(event.get("id") or new_id())
    cause = Cause(run_id, "due", f"service:{settings().service}", clock.now(), run_id)
    looked = wiring.due().run(cause)
    logger().info("looked", raised=looked.raised, more=looked.more)
    return {"raised": looked.raised, "more": looked.more}
