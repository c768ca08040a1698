"""The tables of this function, and what all operations of a process share."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from shared.aws import client
from shared.dynamo.idempotency import pending_marker
from shared.dynamo.table import Table
from shared.settings import settings

if TYPE_CHECKING:
    from functions.inventory.repository.pages import Pages


@cache
def table() -> Table:
    """The service's own table; a pending idempotency marker becomes true with whatever is written."""
    return Table(client("dynamodb"), settings().table_name, marker=pending_marker)


@cache
def derived() -> Table:
    """The projector's rows."""
    return Table(client("dynamodb"), settings().projection_table_name)


@cache
def pages() -> Pages:
    """What this process knows of the availability pages."""
    from functions.inventory.repository.pages import Pages  # only who asks for availability pays for it

    return Pages(derived())
