"""Inventory: the one stock pool."""

from __future__ import annotations

import aws_cdk as cdk

from infra.constructs.service_stack import ServiceStack
from shared.events import customers, fulfilment, orders, platform

RECEIVES = (
    orders.OrderPlaced,
    orders.OrderLinesAdded,
    orders.OrderLinesCancelled,
    orders.ReturnReceived,
    fulfilment.AllocationRequested,
    fulfilment.AllocationWithdrawn,
    fulfilment.UnitsAwaited,
    fulfilment.UnitsShort,
    fulfilment.SentToStore,
    fulfilment.ReceivedAtStore,
    fulfilment.Shipped,
    fulfilment.HandedOver,
    customers.CartHoldAsked,
    customers.CartHoldDropped,
    customers.CustomerErasureRequested,
    orders.OrderErased,
)

AUDIT_TIMEOUT_SECONDS = 60
"""It stops by itself after 40 s and goes on in the next run."""


class InventoryStack(ServiceStack):
    """The table with its relay, the projector's own table without a stream, the sweeper of holds, the auditor."""

    service = "inventory"

    def describe(self) -> None:
        table = self.table("Table", indexes=1, stream=True)
        projection = self.table("Projection", indexes=1)
        tables = {"TABLE_NAME": table.table_name, "PROJECTION_TABLE_NAME": projection.table_name}

        api = self.api(environment=tables | self._caps())
        table.allow_reading_and_writing(api)
        projection.allow_reading(api)
        self.imports(api, table)

        consumer = self.function("consumer", environment={"TABLE_NAME": table.table_name})
        table.allow_reading_and_writing(consumer)
        self.inbox("Inbox", consumer, receives=RECEIVES)

        self.relay(table)
        projector = self.reader("projector", table, environment={"PROJECTION_TABLE_NAME": projection.table_name})
        projection.allow_reading_and_writing(projector)

        timer = self.function("timer", environment=tables)
        table.allow_reading_and_writing(timer)
        projection.allow_reading_and_writing(timer)  # it compacts the pages
        self.timer(timer, every=cdk.Duration.minutes(1), also_on=platform.ClockMoved)

        auditor = self.function("auditor", environment=tables, timeout_seconds=AUDIT_TIMEOUT_SECONDS)
        table.allow_reading_and_writing(auditor)
        projection.allow_reading(auditor)
        self.timer(auditor, every=cdk.Duration.minutes(5), id_="Audit")

    def _caps(self) -> dict[str, str]:
        stage = self.stage_settings
        caps = {"HOLDS": stage.max_holds_per_owner, "HELD_UNITS": stage.max_held_units_per_owner}
        return {f"MAX_{of}_PER_OWNER": str(limit) for of, limit in caps.items() if limit is not None}
