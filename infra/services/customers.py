"""Customers: the one view of the shopper."""

from __future__ import annotations

import aws_cdk as cdk

from infra.constructs.service_stack import ServiceStack
from shared.events import customers, fulfilment, inventory, orders, platform

RECEIVES = (
    orders.OrderPlaced,
    orders.OrderImported,
    orders.OrderContactGiven,
    orders.PaymentSettled,
    orders.OrderValueChanged,
    orders.ReturnRequested,
    orders.ReturnReceived,
    orders.OrderLinesCancelled,
    fulfilment.FulfilmentOrderMoved,
    fulfilment.Shipped,
    fulfilment.HandedOver,
    fulfilment.UnitsShort,
    fulfilment.ChoiceOffered,
    fulfilment.ChoiceMade,
    fulfilment.OptionsOffered,
    fulfilment.OptionChosen,
    fulfilment.FulfilmentOrderDelayed,
    fulfilment.PickupNotCollected,
    fulfilment.ParcelTracked,
    fulfilment.ReadyForPickup,
    customers.CustomersMatched,
    customers.CustomersLinked,
    customers.CustomerErasureRequested,
    orders.OrdersToErase,
    orders.OrderErased,
    fulfilment.FulfilmentErased,
    inventory.CartHeld,
    inventory.CartHoldRefused,
    inventory.InventoryErased,
)


class CustomersStack(ServiceStack):
    """The table with its relay, the worker of imports, the timer of what is no longer kept."""

    service = "customers"

    def describe(self) -> None:
        table = self.table("Table", indexes=2, stream=True)
        country = {"PHONE_COUNTRY": self.stage_settings.phone_country}
        own = {"TABLE_NAME": table.table_name, **country}
        api = self.api(environment=own)
        table.allow_reading_and_writing(api)
        self.imports(api, table, environment=country)
        consumer = self.function("consumer", environment=own)
        table.allow_reading_and_writing(consumer)
        self.inbox("Inbox", consumer, receives=RECEIVES)
        self.relay(table)

        kept = ",".join(f"{kind}={days}" for kind, days in self.stage_settings.retention_days)
        timer = self.function("timer", environment={"TABLE_NAME": table.table_name, "RETENTION_DAYS": kept})
        table.allow_reading_and_writing(timer)
        self.timer(timer, every=cdk.Duration.days(1), also_on=platform.ClockMoved)
