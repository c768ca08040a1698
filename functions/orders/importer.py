"""Lambda entry: uploaded files of past orders -> the order book, slice by slice."""

from __future__ import annotations

from functools import cache

from functions.orders.import_schemas import PastOrder
from functions.orders.importing import OrderImport
from functions.orders.repository import OrderBook
from shared.aws import client
from shared.dynamo.table import Table
from shared.imports.job import Jobs
from shared.imports.wiring import files
from shared.imports.worker import Importer, Kind, Parts
from shared.settings import settings

STEP_ROWS = 45
"""An order with a return is two rows of the table."""
MAX_ROW_BYTES = 1024 * 1024
"""An order of 1,200 lines."""


@cache
def _wired(table_name: str) -> Parts:
    table = Table(client("dynamodb"), table_name)
    orders = Kind(
        PastOrder,
        lambda row: row.order_id,
        OrderImport(OrderBook(table)).orders,
        step_rows=STEP_ROWS,
        max_row_bytes=MAX_ROW_BYTES,
    )
    return Parts(Jobs(table), files(), {"orders": orders})


handler = Importer(lambda: _wired(settings().table_name))
