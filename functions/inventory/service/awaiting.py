"""What orders wait for is not offered to others."""

from __future__ import annotations

from dataclasses import dataclass

from functions.inventory.domain.availability import Waiting
from functions.inventory.repository.awaited import AwaitedUnits
from shared.cause import Cause
from shared.events.fulfilment import UnitsAwaited


@dataclass(frozen=True)
class AwaitingService:
    """The use case of units for which no stock was found."""

    awaited: AwaitedUnits

    def units_awaited(self, event: UnitsAwaited, cause: Cause) -> None:
        """The order waits for these units and no others, unless something newer is known of it."""
        units = [(one.sku, Waiting(one.quantity, event.channel, one.location_id)) for one in event.units]
        self.awaited.save(event.order_id, units, version=event.version, cause=cause)
