"""Orders as callers see them: domain objects -> the HTTP models of answers."""

from __future__ import annotations

from functions.orders.domain import account
from functions.orders.domain.holds import Hold
from functions.orders.domain.lines import Line
from functions.orders.domain.order import Entry, Order
from functions.orders.domain.tenders import Operation, OperationKind, Payment
from functions.orders.views import (
    CancelView,
    EntryView,
    FulfilmentView,
    HistoryView,
    HoldView,
    LineView,
    OperationView,
    OrderView,
    ParcelView,
    PaymentsView,
    PickupView,
    QuantitiesView,
    ShipmentView,
    TenderView,
    TotalsView,
)
from shared.schemas import MoneySchema


def _money(order: Order, amount: int) -> MoneySchema:
    return MoneySchema.model_construct(amount=amount, currency=order.currency)


def order_view(order: Order, *, codes: bool = True) -> OrderView:
    """The order as its parties see it. `codes`: with collection codes and tracking numbers, by which an associate could
    collect for the shopper, or find out where they live."""
    return OrderView(
        order_id=order.order_id,
        channel=order.channel,
        channel_order_id=order.channel_order_id,
        status=order.status.value,
        payment_status=account.payment_status(order).value,
        currency=order.currency,
        tax_included=order.tax_included,
        lines=[_line(order, line) for line in order.lines],
        holds=[_hold(order, hold) for hold in order.holds],
        totals=_totals(order),
        flags=[flag.value for flag in account.flags(order)],
        pickups=_pickups(order, codes=codes),
        shipments=_shipments(order, codes=codes),
        cancels=_cancels(order),
        choice_link=(order.choice_link or None) if codes else None,
        returns=[one.return_id for one in order.returns],
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
        fulfilment=FulfilmentView(method=line.method.value, location_id=line.location_id, not_before=line.not_before),
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


def _hold(order: Order, hold: Hold) -> HoldView:
    return HoldView(
        hold_id=hold.hold_id,
        type=hold.type.value,
        blocks=[block.value for block in hold.blocks],
        reason=hold.reason,
        owner=hold.owner,
        placed_at=hold.at,
        expires_at=hold.expires_at,
        held=order.held_work if hold.bars_work else [],
        already_left=order.left_work if hold.bars_work else [],
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


def _pickups(order: Order, *, codes: bool) -> list[PickupView]:
    return [
        PickupView(
            fulfilment_order_id=key,
            location_id=one.location_id,
            status=one.status,
            code=one.code if codes else None,
            pickup_by=one.pickup_by,
            link=one.link if codes else None,
        )
        for key, one in order.collections
    ]


def _shipments(order: Order, *, codes: bool) -> list[ShipmentView]:
    collected = dict(order.collections)
    return [
        ShipmentView(
            fulfilment_order_id=key,
            location_id=one.location_id,
            status=one.status,
            parcels=[
                ParcelView(
                    parcel_id=parcel.parcel_id,
                    carrier=parcel.carrier,
                    tracking_number=parcel.tracking_number if codes else "",
                )
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
        refunded=_money(order, account.refunded(order)),
        payments=[_tender(order, payment) for payment in order.payments],
        authorisations=_operations(order, OperationKind.AUTHORISE),
        reauthorisations=_operations(order, OperationKind.REAUTHORISE),
        captures=_operations(order, OperationKind.CAPTURE),
        voids=_operations(order, OperationKind.VOID),
        refunds=_operations(order, OperationKind.REFUND),
    )


def _tender(order: Order, payment: Payment) -> TenderView:
    return TenderView(
        payment_id=payment.payment_id,
        provider=payment.provider,
        reference=payment.reference,
        amount=_money(order, payment.amount),
        at=payment.at,
    )


def _operations(order: Order, kind: OperationKind) -> list[OperationView]:
    return [_operation(order, operation) for operation in order.operations if operation.kind is kind]


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
