"""HTTP models of answers: an order, its history and its payments."""

from __future__ import annotations

from pydantic import Field

from shared.schemas import MoneySchema, Schema, UtcTime


class QuantitiesView(Schema):
    """Where the units of a line stand: `ordered` is the sum of all others but `returned`, which are of `fulfilled`."""

    ordered: int
    cancelled: int
    unsourced: int
    backordered: int
    allocated: int
    picked: int
    packed: int
    shipped: int
    ready: int
    fulfilled: int
    returned: int


class FulfilmentView(Schema):
    """How a line reaches the shopper."""

    method: str
    location_id: str | None
    not_before: UtcTime | None = None


class LineView(Schema):
    """One line; `value` is what is paid for all its units."""

    line_id: str
    sku: str
    unit_price: MoneySchema
    discount: MoneySchema
    tax: MoneySchema
    value: MoneySchema
    fulfilment: FulfilmentView
    quantities: QuantitiesView
    flags: list[str]


class HoldView(Schema):
    """Something that keeps the order from going on."""

    hold_id: str
    type: str
    blocks: list[str]
    reason: str
    owner: str
    placed_at: UtcTime
    expires_at: UtcTime | None
    held: list[str] = Field(default_factory=list)
    """Fulfilment orders that are on hold by it."""
    already_left: list[str] = Field(default_factory=list)
    """Fulfilment orders that were gone before it could stop them."""


class TotalsView(Schema):
    """What was agreed at placement; `merchandise` is before discounts."""

    merchandise: MoneySchema
    discount: MoneySchema
    tax: MoneySchema
    shipping: MoneySchema
    total: MoneySchema


class PickupView(Schema):
    """A collection. `code` and `link` (the token of `/v1/shopper-links/{token}`) are the shopper's secrets; null until
    the goods are ready."""

    fulfilment_order_id: str
    location_id: str
    status: str
    code: str | None
    pickup_by: str | None
    link: str | None = None


class ParcelView(Schema):
    """One parcel on its way. `tracking_number`: empty for an associate, and once its shopper was forgotten."""

    parcel_id: str
    carrier: str
    tracking_number: str


class ShipmentView(Schema):
    """A shipment from one location."""

    fulfilment_order_id: str
    location_id: str
    status: str
    parcels: list[ParcelView]


class CancelView(Schema):
    """A cancel and what became of it; undecided until fulfilment has said how many units it could stop."""

    request_id: str
    reason: str
    decided: bool
    requested_quantity: int
    cancelled_quantity: int
    refused_quantity: int


class OrderView(Schema):
    """An order. `status`, `payment_status`, `flags` and the quantities are derived from what has happened so far."""

    order_id: str
    channel: str
    channel_order_id: str
    status: str
    payment_status: str
    currency: str
    tax_included: bool
    lines: list[LineView]
    holds: list[HoldView]
    totals: TotalsView
    flags: list[str]
    pickups: list[PickupView]
    shipments: list[ShipmentView]
    cancels: list[CancelView]
    choice_link: str | None = None
    """The shopper's secret (the token of `/v1/shopper-links/{token}`) while units that no place can ship wait for their
    choice."""
    returns: list[str]
    reservation_id: str | None
    customer_id: str | None
    version: int
    placed_at: UtcTime
    released_at: UtcTime | None


class OrdersView(Schema):
    """One page of orders, the newest first."""

    items: list[OrderView]
    next_cursor: str | None


class EntryView(Schema):
    """One thing that happened: what, by whom, why. `status`: what the order became by it, where it changed."""

    at: UtcTime
    what: str
    who: str
    why: str
    status: str | None


class HistoryView(Schema):
    """Everything that happened to the order, the oldest first."""

    order_id: str
    items: list[EntryView]
    next_cursor: str | None = None


class TenderView(Schema):
    """One payment of the order."""

    payment_id: str
    provider: str
    reference: str | None
    amount: MoneySchema
    at: UtcTime


class OperationView(Schema):
    """One thing asked of a payment provider, the oldest first. `code`: its reason for declining."""

    operation_id: str
    payment_id: str
    kind: str
    amount: MoneySchema
    status: str
    at: UtcTime
    settled_at: UtcTime | None
    code: str


class PaymentsView(Schema):
    """The money of the order. `due`: after cancels; `open`: neither captured nor authorised, a payment is needed."""

    order_id: str
    payment_status: str
    due: MoneySchema
    open: MoneySchema
    authorised: MoneySchema
    captured: MoneySchema
    voided: MoneySchema
    refunded: MoneySchema
    payments: list[TenderView]
    authorisations: list[OperationView]
    reauthorisations: list[OperationView]
    captures: list[OperationView]
    voids: list[OperationView]
    refunds: list[OperationView]
