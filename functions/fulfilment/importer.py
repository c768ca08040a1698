"""Lambda entry: uploaded files of shelf positions -> where items lie, slice by slice."""

from __future__ import annotations

from functools import cache

from functions.fulfilment.import_schemas import BinRow
from functions.fulfilment.repository.waves import WaveRepository
from functions.fulfilment.service.importing import BinImport
from shared.aws import client
from shared.dynamo.table import Table
from shared.imports.job import Jobs
from shared.imports.wiring import files
from shared.imports.worker import Importer, Kind, Parts
from shared.settings import settings


@cache
def _wired(table_name: str) -> Parts:
    table = Table(client("dynamodb"), table_name)
    bins = Kind(BinRow, lambda row: (row.location_id, row.sku), BinImport(WaveRepository(table)).bins)
    return Parts(Jobs(table), files(), {"bins": bins})


handler = Importer(lambda: _wired(settings().table_name))
