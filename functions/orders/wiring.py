"""The parts of this service, made once per process at first use."""

from __future__ import annotations

from functools import cache

from functions.orders.copies import CopyBook
from functions.orders.policy_book import PolicyBook
from functions.orders.repository import OrderBook
from shared.aws import client
from shared.dynamo.idempotency import pending_marker
from shared.dynamo.table import Table
from shared.settings import settings


@cache
def table() -> Table:
    """The service's own table; a pending idempotency marker becomes true with whatever is written."""
    return Table(client("dynamodb"), settings().table_name, marker=pending_marker)


def provider_of(channel: str) -> str:
    """Through whom a channel's payments go, as this stage is configured."""
    return "stripe" if channel in settings().stripe_channels.split(",") else "sandbox"


@cache
def book() -> OrderBook:
    """The order book."""
    return OrderBook(table(), policy_book().terms)


@cache
def copy_book() -> CopyBook:
    """The copies of stock, places, pools, items and rates."""
    return CopyBook(Table(client("dynamodb"), settings().copies_table_name))


@cache
def policy_book() -> PolicyBook:
    """The return policies."""
    return PolicyBook(table(), copy_book)
