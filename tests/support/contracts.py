"""Every event contract, by the service that owns it."""

from __future__ import annotations

from shared.events import customers, fulfilment, inventory, orders, platform
from shared.events.base import Event, contracts

OWNERS = {
    "inventory": inventory,
    "orders": orders,
    "fulfilment": fulfilment,
    "customers": customers,
    "platform": platform,
}


def all_contracts() -> list[type[Event]]:
    """Every event class."""
    return contracts(*OWNERS.values())
