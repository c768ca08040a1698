"""Lambda entry: every minute, and at once when the testing clock moves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.inventory.repository.compaction import Compactor
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.heat import Heat
from functions.inventory.repository.network import Network
from functions.inventory.repository.owners import Owners
from functions.inventory.repository.projection import Projection
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.sweeps import Sweeps
from functions.inventory.service.posting import Poster
from functions.inventory.service.reservations import ReservationService
from functions.inventory.service.shards import ShardService
from functions.inventory.service.sweep import SweepService
from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.ids import new_id
from shared.observability import logger
from shared.settings import settings


@cache
def _compactor(projection_name: str) -> Compactor:
    return Compactor(Table(client("dynamodb"), projection_name))


@cache
def _sweep(table_name: str, projection_name: str) -> SweepService:
    table = Table(client("dynamodb"), table_name)
    documents, stock = Documents(table), StockRows(table)
    return SweepService(
        ReservationService(documents, stock, Network(table), Owners(table), clock.now),
        Poster(documents, stock, clock.now),
        Projection(Table(client("dynamodb"), projection_name)),
        Sweeps(table),
        clock.now,
    )


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Sweep lapsed holds, complete half-posted steps, compact the pages. Raises for what it could not do: the next
    tick tries again."""
    testing_clock.refresh()
    run_id = str(event.get("id") or new_id())
    cause = Cause(run_id, "sweep", f"service:{settings().service}", clock.now(), run_id)
    table = Table(client("dynamodb"), settings().table_name)
    spread = ShardService(StockRows(table)).balance(Heat(table), Network(table), cause)
    swept = _sweep(settings().table_name, settings().projection_table_name).run(cause)
    chunks = _compactor(settings().projection_table_name).run()
    logger().info(
        "swept", expired=swept.expired, completed=swept.completed, more=swept.more, spread=spread, chunks=chunks
    )
    return {"expired": swept.expired, "completed": swept.completed, "more": swept.more}
