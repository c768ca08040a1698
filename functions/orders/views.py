"""HTTP models of answers: an order, its history and its payments as callers see them."""

from __future__ import annotations

from functions.orders.domain import account
from functions.orders.domain.lines import Line
from functions.orders.domain.order import Entry, Hold, Order
from functions.orders.domain.tenders import Operation, Payment
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


class TotalsView(Schema):
    """What was agreed at placement; `merchandise` is before discounts."""

    merchandise: MoneySchema
    discount: MoneySchema
    tax: MoneySchema
    shipping: MoneySchema
    total: MoneySchema


class PickupView(Schema):
    """A collection. `code` is the shopper's secret; null until the goods are ready."""

    fulfilment_order_id: str
    location_id: str
    status: str
    code: str | None
    pickup_by: str | None


class ParcelView(Schema):
    """One parcel on its way."""

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
    """One thing asked of a payment provider. `code`: its reason for declining."""

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
    operations: list[OperationView]


def _money(order: Order, amount: int) -> MoneySchema:
    return MoneySchema.model_construct(amount=amount, currency=order.currency)


def order_view(order: Order) -> OrderView:
    """The order as its parties see it: the collection codes are in it, so never for an associate."""
    return OrderView(
        order_id=order.order_id,
        channel=order.channel,
        channel_order_id=order.channel_order_id,
        status=order.status.value,
        payment_status=account.payment_status(order).value,
        currency=order.currency,
        tax_included=order.tax_included,
        lines=[_line(order, line) for line in order.lines],
        holds=[_hold(hold) for hold in order.holds],
        totals=_totals(order),
        flags=[flag.value for flag in account.flags(order)],
        pickups=_pickups(order),
        shipments=_shipments(order),
        cancels=_cancels(order),
        reservation_id=order.reservation_id,
        customer_id=order.customer_id,
        version=order.version,
        placed_at=order.placed_at,
        released_at=order.released_at,
    )


def _line(order: Order, line: Line) -> LineView:
    vector = order.quantities[line.line_id]
    return LineView(
        line_id=line.line_id,
        sku=line.sku,
        unit_price=_money(order, line.unit_price),
        discount=_money(order, line.discount),
        tax=_money(order, line.tax),
        value=_money(order, account.line_value(line, tax_included=order.tax_included)),
        fulfilment=FulfilmentView(method=line.method.value, location_id=line.location_id),
        quantities=QuantitiesView(
            ordered=vector.ordered,
            cancelled=vector.cancelled,
            unsourced=vector.unsourced,
            backordered=vector.backordered,
            allocated=vector.allocated,
            picked=vector.picked,
            packed=vector.packed,
            shipped=vector.shipped,
            ready=vector.ready,
            fulfilled=vector.fulfilled,
            returned=vector.returned,
        ),
        flags=[flag.value for flag in order.line_flags(line)],
    )


def _hold(hold: Hold) -> HoldView:
    return HoldView(
        hold_id=hold.hold_id,
        type=hold.type.value,
        blocks=[block.value for block in hold.blocks],
        reason=hold.reason,
        owner=hold.owner,
        placed_at=hold.at,
        expires_at=hold.expires_at,
    )


def _totals(order: Order) -> TotalsView:
    sums = account.totals(order)
    return TotalsView(
        merchandise=_money(order, sums.merchandise),
        discount=_money(order, sums.discount),
        tax=_money(order, sums.tax),
        shipping=_money(order, sums.shipping),
        total=_money(order, sums.total),
    )


def _pickups(order: Order) -> list[PickupView]:
    return [
        PickupView(
            fulfilment_order_id=key,
            location_id=one.location_id,
            status=one.status,
            code=one.code,
            pickup_by=one.pickup_by,
        )
        for key, one in order.collections
    ]


def _shipments(order: Order) -> list[ShipmentView]:
    collected = dict(order.collections)
    return [
        ShipmentView(
            fulfilment_order_id=key,
            location_id=one.location_id,
            status=one.status,
            parcels=[
                ParcelView(parcel_id=parcel.parcel_id, carrier=parcel.carrier, tracking_number=parcel.tracking_number)
                for parcel in one.parcels
            ],
        )
        for key, one in order.fulfilment.items()
        if key not in collected
    ]


def _cancels(order: Order) -> list[CancelView]:
    return [
        CancelView(
            request_id=one.request_id,
            reason=one.reason,
            decided=one.decided,
            requested_quantity=sum(one.asked.values()),
            cancelled_quantity=sum(one.cancelled.values()),
            refused_quantity=sum(one.refused.values()),
        )
        for one in order.cancellations
    ]


def history_view(order: Order) -> HistoryView:
    """Everything that happened to the order."""
    return HistoryView(order_id=order.order_id, items=[_entry(entry) for entry in order.history])


def _entry(entry: Entry) -> EntryView:
    status = entry.status.value if entry.status else None
    return EntryView(at=entry.at, what=entry.what, who=entry.who, why=entry.why, status=status)


def payments_view(order: Order) -> PaymentsView:
    """The money of the order; never a token."""
    return PaymentsView(
        order_id=order.order_id,
        payment_status=account.payment_status(order).value,
        due=_money(order, account.due(order)),
        open=_money(order, account.unsecured(order)),
        authorised=_money(order, account.authorised(order)),
        captured=_money(order, account.captured(order)),
        voided=_money(order, account.voided(order)),
        refunded=_money(order, 0),
        payments=[_tender(order, payment) for payment in order.payments],
        operations=[_operation(order, operation) for operation in order.operations],
    )


def _tender(order: Order, payment: Payment) -> TenderView:
    return TenderView(
        payment_id=payment.payment_id,
        provider=payment.provider,
        reference=payment.reference,
        amount=_money(order, payment.amount),
        at=payment.at,
    )


def _operation(order: Order, operation: Operation) -> OperationView:
    return OperationView(
        operation_id=operation.operation_id,
        payment_id=operation.payment_id,
        kind=operation.kind.value,
        amount=_money(order, operation.amount),
        status=operation.status.value,
        at=operation.at,
        settled_at=operation.settled_at,
        code=operation.code,
    )
