"""Lambda entry: HTTP routes of inventory -> one use case each, in the rooms that the table of routes names."""

from __future__ import annotations

from shared.aws import client
from shared.dynamo.idempotency import Markers
from shared.dynamo.table import Table
from shared.http import Api
from shared.settings import settings

handler = Api("inventory", markers=lambda: Markers(Table(client("dynamodb"), settings().table_name)))
