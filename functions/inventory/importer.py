"""Lambda entry: uploaded files of items, locations and stock -> the network and the stock pool, slice by slice."""

from __future__ import annotations

from functools import cache
from typing import Any

from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.schemas.imports import ItemRow, LocationRow, StockRow
from functions.inventory.service.importing import ImportService
from functions.inventory.service.network import NetworkService
from shared.aws import client
from shared.clock import now
from shared.dynamo.table import Table
from shared.imports.files import Files
from shared.imports.job import Jobs
from shared.imports.wiring import files
from shared.imports.worker import Importer, Kind, Parts
from shared.settings import settings


def parts_of(table: Table, uploads: Files) -> Parts:
    """What the worker works with, on this table."""
    network, stock = Network(table), StockRows(table)
    service = ImportService(network, stock, NetworkService(network, stock, now))
    kinds: dict[str, Kind[Any]] = {
        "items": Kind(ItemRow, lambda row: row.sku, service.items),
        "locations": Kind(LocationRow, lambda row: row.location_id, service.locations),
        "stock": Kind(StockRow, lambda row: (row.sku, row.location_id), service.on_hand),
    }
    return Parts(Jobs(table), uploads, kinds)


@cache
def _wired(table_name: str) -> Parts:
    return parts_of(Table(client("dynamodb"), table_name), files())


handler = Importer(lambda: _wired(settings().table_name))
