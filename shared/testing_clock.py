"""The testing clock: one shared item that every invocation reads, in local and test stages only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared import clock
from shared.aws import client
from shared.dynamo.table import Put, Table
from shared.settings import settings


def refresh() -> None:
    """Take over the shift that was set last. Without a clock table (every real stage) this does nothing."""
    name = settings().clock_table_name
    if name:
        item = Table(client("dynamodb"), name).get(*clock.CLOCK_KEY)
        clock.set_shift(timedelta(milliseconds=item["shift_ms"]) if item else timedelta(0))


def move(to: datetime | None) -> None:
    """Set the time for every service from now on; None returns to the real time."""
    shift = timedelta(0) if to is None else to - datetime.now(UTC)
    pk, sk = clock.CLOCK_KEY
    item = {"pk": pk, "sk": sk, "shift_ms": round(shift / timedelta(milliseconds=1))}
    Table(client("dynamodb"), settings().clock_table_name).write(
        Put(item, "attribute_not_exists(pk) OR attribute_exists(pk)")  # the last one who sets it is right
    )
    clock.set_shift(shift)
