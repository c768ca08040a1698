"""Who consumes what, as the code says it."""

from __future__ import annotations

import importlib

from shared.events.base import Event
from shared.inbox import Inbox

CONSUMERS = (
    ("inventory", "consumer"),
    ("orders", "consumer"),
    ("orders", "payments"),
    ("orders", "copier"),
    ("fulfilment", "consumer"),
    ("fulfilment", "simulator"),
    ("customers", "consumer"),
)


def inboxes() -> dict[str, Inbox]:
    """Every queue consumer, by `service.module`."""
    return {
        f"{service}.{module}": importlib.import_module(f"functions.{service}.{module}").handler
        for service, module in CONSUMERS
    }


def consumers_of(kind: type[Event]) -> list[str]:
    """The consumers that handle an event."""
    return [name for name, inbox in inboxes().items() if kind in inbox.handled]
