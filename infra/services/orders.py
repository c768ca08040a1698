"""Orders: the one order book, and the payment worker."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from infra.constructs.functions import ServiceFunction
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
    fulfilment.ChoiceOffered,
    fulfilment.ChoiceMade,
    fulfilment.SentToStore,
    fulfilment.ReceivedAtStore,
    fulfilment.UnitsShort,
    fulfilment.FulfilmentOrderDelayed,
    fulfilment.ParcelTracked,
    fulfilment.LabelVoidRefused,
    customers.OrderCustomerKnown,
    customers.CustomerErasureRequested,
    customers.CustomersLinked,
    customers.CustomersUnlinked,
)
COPIER_RECEIVES = (
    inventory.ItemChanged,
    inventory.LocationChanged,
    inventory.PoolChanged,
    inventory.StockChanged,
    fulfilment.RateCardPut,
)
PAYMENTS_RECEIVE = (orders.PaymentRequested,)
PAYMENTS_TIMEOUT_SECONDS = 60
"""A provider may be slow, and an unknown outcome is asked for again within the call."""


class OrdersStack(ServiceStack):
    """The table with its relay, the reconciler; payments apart, for they alone reach the provider and may take long."""

    service = "orders"

    def describe(self) -> None:
        table = self.table("Table", indexes=6, stream=True, keys_only=True)
        sandbox = self.table("Sandbox")
        copies = self.table("Copies")
        own = {"TABLE_NAME": table.table_name}
        if channels := self.stage_settings.stripe_channels:
            own["STRIPE_CHANNELS"] = ",".join(channels)

        judging = {**own, "COPIES_TABLE_NAME": copies.table_name}  # categories of items, for return policies

        api = self.api(environment=judging)
        table.allow_reading_and_writing(api)
        copies.allow_reading(api)
        self.imports(api, table)

        consumer = self.function("consumer", environment=judging)
        table.allow_reading_and_writing(consumer)
        copies.allow_reading(consumer)
        self.inbox("Inbox", consumer, receives=RECEIVES)

        copier = self.function("copier", environment={"COPIES_TABLE_NAME": copies.table_name})
        copies.allow_reading_and_writing(copier)
        self.inbox("CopierInbox", copier, receives=COPIER_RECEIVES)

        payments = self.function(
            "payments",
            environment={**judging, "SANDBOX_TABLE_NAME": sandbox.table_name},
            timeout_seconds=PAYMENTS_TIMEOUT_SECONDS,
        )
        table.allow_reading_and_writing(payments)
        copies.allow_reading(payments)
        sandbox.allow_reading_and_writing(payments)
        if self.stage_settings.stripe_channels:
            self._stripe(payments)
        self.inbox("PaymentsInbox", payments, receives=PAYMENTS_RECEIVE)

        self.relay(table)

        timer = self.function("timer", environment=judging)
        table.allow_reading_and_writing(timer)
        copies.allow_reading(timer)
        self.timer(timer, every=cdk.Duration.minutes(1), also_on=platform.ClockMoved)

    def _stripe(self, payments: ServiceFunction) -> None:
        """Only the payment worker may read Stripe's key: an operator puts it into the secret of this name."""
        name = f"{self.stage_settings.prefix}/stripe"
        payments.add_environment("STRIPE_SECRET_NAME", name)
        arn = self.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{name}-*",  # Secrets Manager adds six characters to the name
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        payments.add_to_role_policy(iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[arn]))
