"""Orders: the one order book, and the payment worker."""

from __future__ import annotations

import aws_cdk as cdk

from infra.constructs.service_stack import ServiceStack
from shared.events import customers, fulfilment, inventory, orders, platform

RECEIVES = (
    inventory.ReservationIgnored,
    fulfilment.OrderRouted,
    fulfilment.CancellationDecided,
    fulfilment.FulfilmentOrderMoved,
    fulfilment.ReadyForPickup,
    fulfilment.Shipped,
    fulfilment.HandedOver,
    fulfilment.PickupExtended,
    fulfilment.PickupNotCollected,
    fulfilment.OptionsOffered,
    fulfilment.OptionChosen,
    fulfilment.SentToStore,
    fulfilment.ReceivedAtStore,
    customers.OrderCustomerKnown,
)
PAYMENTS_RECEIVE = (orders.PaymentRequested,)
PAYMENTS_TIMEOUT_SECONDS = 60
"""A provider may be slow, and an unknown outcome is asked for again within the call."""


class OrdersStack(ServiceStack):
    """The table with its relay, the reconciler; payments apart, for they alone reach the provider and may take long."""

    service = "orders"

    def describe(self) -> None:
        table = self.table("Table", indexes=4, stream=True)
        sandbox = self.table("Sandbox")
        own = {"TABLE_NAME": table.table_name}

        api = self.api(environment=own)
        table.allow_reading_and_writing(api)
        self.imports(api, table)

        consumer = self.function("consumer", environment=own)
        table.allow_reading_and_writing(consumer)
        self.inbox("Inbox", consumer, receives=RECEIVES)

        payments = self.function(
            "payments",
            environment={**own, "SANDBOX_TABLE_NAME": sandbox.table_name},
            timeout_seconds=PAYMENTS_TIMEOUT_SECONDS,
        )
        table.allow_reading_and_writing(payments)
        sandbox.allow_reading_and_writing(payments)
        self.inbox("PaymentsInbox", payments, receives=PAYMENTS_RECEIVE)

        self.relay(table)

        timer = self.function("timer", environment=own)
        table.allow_reading_and_writing(timer)
        self.timer(timer, every=cdk.Duration.minutes(1), also_on=platform.ClockMoved)
