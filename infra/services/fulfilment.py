"""Fulfilment: the one router, and the work at the locations."""

from __future__ import annotations

import aws_cdk as cdk

from infra.constructs.packages import solver_layer
from infra.constructs.service_stack import ServiceStack
from shared.events import fulfilment, inventory, orders, platform

RECEIVES = (
    inventory.LocationChanged,
    inventory.ItemChanged,
    inventory.PoolChanged,
    inventory.ExclusionChanged,
    inventory.StockChanged,
    inventory.StockShort,
    inventory.ReservationCommitted,
    inventory.ReservationIgnored,
    inventory.StockAllocated,
    inventory.AllocationRefused,
    orders.OrderPlaced,
    orders.OrderReleased,
    orders.OrderAddressGiven,
    orders.OrderCancelRequested,
    orders.OrderLinesAdded,
    orders.OrderHoldsChanged,
    orders.OrderErased,
    fulfilment.RoutingTermsChanged,
    fulfilment.QueueAdvanced,
    fulfilment.Shipped,
    fulfilment.UnitsShort,
    fulfilment.ReadyForPickup,
    fulfilment.HandedOver,
    fulfilment.FulfilmentOrderMoved,
    fulfilment.FulfilmentOrderDelayed,
    fulfilment.PickupNotCollected,
)
CONSUMER_MEMORY_MB = 1024
"""It solves the split: pure computing, and CPU grows with memory."""
SIMULATOR_TIMEOUT_SECONDS = 60
"""A slice takes 15 s and a page more (`functions.fulfilment.simulator`)."""
PRICER_TIMEOUT_SECONDS = 900
OPTIMISER_TIMEOUT_SECONDS = 300
BETWEEN_WAVES = cdk.Duration.minutes(15)
"""Work is acknowledged within an hour: it is looked at a few times before."""


class FulfilmentStack(ServiceStack):
    """The table with its relay, the timer of what is due at the locations, the job that prices stock, and what looks
    back: the projector's table of settled decisions without a stream, the worker of simulations."""

    service = "fulfilment"

    def describe(self) -> None:
        table = self.table("Table", indexes=3, stream=True)
        own = {"TABLE_NAME": table.table_name}
        history = self.table("History")
        both = own | {"PROJECTION_TABLE_NAME": history.table_name}
        api = self.api(environment=both)
        table.allow_reading_and_writing(api)
        history.allow_reading(api)
        consumer = self.function("consumer", environment=own, memory_mb=CONSUMER_MEMORY_MB)
        table.allow_reading_and_writing(consumer)
        self.inbox("Inbox", consumer, receives=RECEIVES)
        self.imports(api, table)
        self.relay(table)
        projector = self.reader("projector", table, environment={"PROJECTION_TABLE_NAME": history.table_name})
        table.allow_reading(projector)
        history.allow_reading_and_writing(projector)
        simulator = self.function(
            "simulator", environment=both, timeout_seconds=SIMULATOR_TIMEOUT_SECONDS, memory_mb=CONSUMER_MEMORY_MB
        )
        table.allow_reading_and_writing(simulator)
        history.allow_reading_and_writing(simulator)
        self.inbox("SimulationInbox", simulator, receives=(fulfilment.SimulationAdvanced,))

        timer = self.function("timer", environment=own, memory_mb=CONSUMER_MEMORY_MB)
        table.allow_reading_and_writing(timer)
        self.timer(timer, every=cdk.Duration.minutes(1), also_on=platform.ClockMoved)

        highs = [solver_layer(self, self.target)]
        pricer = self.function(
            "pricer",
            environment=own,
            timeout_seconds=PRICER_TIMEOUT_SECONDS,
            memory_mb=CONSUMER_MEMORY_MB,
            layers=highs,
        )
        table.allow_reading_and_writing(pricer)
        self.timer(pricer, every=cdk.Duration.hours(1), also_on=platform.ClockMoved, id_="Pricing")
        optimiser = self.function(
            "optimiser",
            environment=own,
            timeout_seconds=OPTIMISER_TIMEOUT_SECONDS,
            memory_mb=CONSUMER_MEMORY_MB,
            layers=highs,
        )
        table.allow_reading_and_writing(optimiser)
        self.timer(optimiser, every=BETWEEN_WAVES, also_on=platform.ClockMoved, id_="Reevaluation")
