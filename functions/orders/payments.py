"""Lambda entry: the payment worker, the only function that reaches payment providers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from functions.orders.providers.port import PaymentProvider
from functions.orders.providers.sandbox import Sandbox
from functions.orders.settlement import Settlement
from functions.orders.wiring import book, provider_of
from shared.aws import client
from shared.clock import now
from shared.dynamo.table import Table
from shared.events.base import Event
from shared.events.orders import PaymentRequested
from shared.inbox import Inbox, UseCase
from shared.settings import settings


@cache
def provider_named(name: str) -> PaymentProvider:
    """The adapter of a provider; Stripe's library is loaded, and its key read, by the first payment that needs it."""
    if name == "sandbox":
        return Sandbox(Table(client("dynamodb"), settings().sandbox_table_name), clock=now)
    assert name == "stripe", "requests name no other provider"
    from functions.orders.providers.stripe_adapter import Stripe

    secret = client("secretsmanager").get_secret_value(SecretId=settings().stripe_secret_name)
    return Stripe(secret["SecretString"])


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    """Which use case each event is for."""
    return {PaymentRequested: Settlement(book(), provider_named, provider_of=provider_of).settle}


handler = Inbox((PaymentRequested,), use_cases)
