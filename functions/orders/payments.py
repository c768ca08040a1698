"""Lambda entry: the payment worker, the only function that reaches payment providers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from functions.orders.providers.sandbox import Sandbox
from functions.orders.settlement import Settlement
from functions.orders.wiring import book
from shared.aws import client
from shared.clock import now
from shared.dynamo.table import Table
from shared.events.base import Event
from shared.events.orders import PaymentRequested
from shared.inbox import Inbox, UseCase
from shared.settings import settings


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    """Which use case each event is for."""
    sandbox = Sandbox(Table(client("dynamodb"), settings().sandbox_table_name), clock=now)
    return {PaymentRequested: Settlement(book(), {"sandbox": sandbox}).settle}


handler = Inbox((PaymentRequested,), use_cases)
