"""Lambda entry: uploaded files of customers -> the one view of the shopper, slice by slice."""

from __future__ import annotations

from functools import cache

from functions.customers.catalogue import Catalogue
from functions.customers.importing import CustomerImport
from functions.customers.repository import CustomerRepository
from functions.customers.schemas_imports import CustomerRow
from functions.customers.service import Customers
from shared.aws import client
from shared.dynamo.table import Table
from shared.imports.job import Jobs
from shared.imports.wiring import files
from shared.imports.worker import Importer, Kind, Parts
from shared.settings import settings

STEP_ROWS = 20
"""A row is a transaction of its own with up to twenty reads before it: a step shall not take longer than seconds."""


@cache
def _wired(table_name: str) -> Parts:
    table = Table(client("dynamodb"), table_name)
    country = settings().phone_country
    service = CustomerImport(Customers(CustomerRepository(table), Catalogue(table), country=country), country)
    customers = Kind(CustomerRow, lambda row: row.account, service.put, step_rows=STEP_ROWS)
    return Parts(Jobs(table), files(), {"customers": customers})


handler = Importer(lambda: _wired(settings().table_name))
