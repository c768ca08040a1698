"""The parts of an import as the environment names them."""

from __future__ import annotations

from shared.aws import client
from shared.clock import now
from shared.dynamo.table import Table
from shared.imports.desk import ImportDesk
from shared.imports.files import Files
from shared.imports.job import Jobs
from shared.settings import settings


def files() -> Files:
    """The bucket of this service's uploads. Its client is made at first use: few calls need it."""
    return Files(client("s3"), settings().import_bucket_name)


def desk(table: Table) -> ImportDesk:
    """Imports kept in the service's own table."""
    return ImportDesk(Jobs(table), files(), now)
