"""The environment of a function, read once at first use and typed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from functools import cache


class MissingSetting(RuntimeError):
    """A function was deployed without a variable that it needs."""


@dataclass(frozen=True)
class Settings:
    """What every function is given by the stack."""

    service: str
    stage: str
    table_name: str = ""
    """The service's own table."""
    projection_table_name: str = ""
    """Derived rows of a projector (ledger, pages); a table without a stream."""
    copies_table_name: str = ""
    """What orders keeps of stock, places and items for its quotes; a table without a stream."""
    bus_name: str = ""
    clock_table_name: str = ""
    """Set in local and test stages only: where the testing clock is kept."""
    max_holds_per_owner: str = ""
    """How many checkout holds one owner may have at a time; empty: as many as they like (inventory only)."""
    max_held_units_per_owner: str = ""
    sandbox_table_name: str = ""
    """The sandbox payment provider's own state (payment worker only)."""
    stripe_channels: str = ""
    """Channels, joined by commas, whose payments go through Stripe; all others' go to the sandbox (orders only)."""
    stripe_secret_name: str = ""
    """The secret that holds Stripe's key (payment worker only)."""
    phone_country: str = ""
    """The ISO 3166 code of the country whose phone numbers shoppers write without a country code (customers only)."""
    retention_days: str = ""
    """How long kinds of records are kept where that is not the default, as `visit=30,message=365` (customers only)."""
    import_bucket_name: str = ""
    """Where the files of this service's bulk imports are put."""
    import_queue_url: str = ""
    """By which an import worker calls itself to go on (import worker only)."""


_given: ContextVar[Settings | None] = ContextVar("settings", default=None)


def settings() -> Settings:
    """The settings of this function. Raises MissingSetting when `SERVICE` or `STAGE` is absent."""
    return _given.get() or _from_environment()


@contextmanager
def given(values: Settings) -> Iterator[None]:
    """Within: these settings instead of the environment's, so that several services can run in one process."""
    token = _given.set(values)
    try:
        yield
    finally:
        _given.reset(token)


@cache
def _from_environment() -> Settings:
    values = {field.name: os.environ.get(field.name.upper(), "") for field in fields(Settings)}
    for required in ("service", "stage"):
        if not values[required]:
            raise MissingSetting(f"the function has no environment variable {required.upper()}")
    return Settings(**values)
