"""HTTP models of the work at the locations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from functions.fulfilment.domain.parcels import Parcel, Void, VoidStatus
from functions.fulfilment.domain.pickup import Pickup
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.tracking import carrier_status
from functions.fulfilment.domain.work import FulfilmentOrder, Shortfall
from functions.fulfilment.repository.work import Worklist
from functions.fulfilment.step_schemas import RejectedLine
from shared.schemas import Identifier, PageQuery, QuerySchema, Schema, UtcTime

Method = Literal["ship", "pickup", "curbside", "ship_to_store"]


class FulfilmentOrderQuery(PageQuery):
    """Which fulfilment orders: of a location (in one status, by one method, due before a moment), or of an order."""

    location_id: Identifier | None = None
    status: Status | None = None
    order_id: Identifier | None = None
    method: Method | None = None
    due_before: UtcTime | None = None

    @model_validator(mode="after")
    def due_with_status(self) -> FulfilmentOrderQuery:
        if self.due_before is not None and self.status is None:
            raise ValueError("due_before goes with a status")
        return self


class LoadQuery(QuerySchema):
    """Of one method only."""

    method: Method | None = None


class LoadView(Schema):
    """How much there is to do: fulfilment orders by status, and how many of those not ready or shipped are past due."""

    location_id: str
    counts: dict[Status, int]
    overdue: int


class LineView(Schema):
    """Units of an order line to be delivered from here, `handed` of them with the shopper; `short` and `cancelled`
    ones are not among `quantity`."""

    line_id: str
    sku: str
    quantity: int
    picked: int
    short: int = 0
    cancelled: int = 0
    handed: int = 0


class PackedLineView(Schema):
    """Units of a line in a parcel."""

    line_id: str
    quantity: int


class TrackedView(Schema):
    """A carrier's word on a parcel."""

    event_id: str
    status: str
    at: UtcTime


class ParcelView(Schema):
    """A parcel; carrier and tracking number once it is labelled or shipped. `carrier_status`: its last word,
    apart from our own state."""

    parcel_id: str
    weight_grams: int | None = None
    lines: list[PackedLineView]
    carrier: str | None = None
    tracking_number: str | None = None
    service: str | None = None
    carrier_status: str | None = None
    tracking: list[TrackedView] = Field(default_factory=list)


class PickupView(Schema):
    """A collection. The shopper's code is never told here."""

    pickup_by: UtcTime | None = None
    code_locked: bool = False
    proof: str | None = None
    handed_by: str | None = None
    extensions: int = 0
    arrived_at: UtcTime | None = None
    waiting_seconds: int | None = None
    bay: str | None = None
    vehicle: str | None = None

    @classmethod
    def of(cls, order: FulfilmentOrder, pickup: Pickup, *, now: datetime) -> PickupView:
        waits = order.status is Status.ARRIVED and pickup.arrived_at is not None
        return cls(
            pickup_by=pickup.pickup_by,
            code_locked=pickup.locked,
            proof=pickup.proof or None,
            handed_by=pickup.handed_by or None,
            extensions=pickup.extensions,
            arrived_at=pickup.arrived_at,
            waiting_seconds=max(0, round((now - pickup.arrived_at).total_seconds()))
            if waits and pickup.arrived_at
            else None,
            bay=pickup.bay or None,
            vehicle=pickup.vehicle or None,
        )


class ClaimView(Schema):
    """Who works on it, and until when at most."""

    by: str
    until: UtcTime


class ShortfallView(Schema):
    """Units that the place did not give, and why."""

    reason: str
    at: UtcTime
    lines: list[RejectedLine]

    @classmethod
    def of(cls, shortfall: Shortfall) -> ShortfallView:
        lines = [RejectedLine(line_id=line_id, quantity=units) for line_id, _, units in shortfall.lines]
        return cls(reason=shortfall.reason, at=shortfall.at, lines=lines)


class VoidView(Schema):
    """A label that no parcel goes with any more, on its way back to its carrier: it costs nothing once VOIDED, and
    `amount` (minor units) when the carrier has scanned its parcel (REFUSED) or does not answer (UNANSWERED)."""

    parcel_id: str
    carrier: str
    tracking_number: str | None
    status: VoidStatus
    amount: int

    @classmethod
    def of(cls, void: Void) -> VoidView:
        return cls(
            parcel_id=void.parcel_id,
            carrier=void.carrier,
            tracking_number=void.tracking_number,
            status=void.status,
            amount=void.amount,
        )


class FulfilmentOrderView(Schema):
    """One location's share of an order by one method. SCHEDULED work opens at `opens_at`. `holds` of the order bar
    every step; once they are lifted the work goes on at `held_from`. A parcel should leave by `ship_by` and be there
    by `delivered_by`, as far as the rate card knows."""

    fulfilment_order_id: str
    order_id: str
    location_id: str
    method: str
    status: Status
    lines: list[LineView]
    pickup: PickupView | None = None
    parcels: list[ParcelView]
    shortfalls: list[ShortfallView] = Field(default_factory=list)
    destination_id: str | None = None
    claim: ClaimView | None = None
    opened_at: UtcTime
    wave_id: str | None = None
    opens_at: UtcTime | None = None
    holds: list[str] = Field(default_factory=list)
    held_from: Status | None = None
    acknowledge_by: UtcTime | None = None
    due_by: UtcTime
    ship_by: UtcTime | None = None
    delivered_by: UtcTime | None = None
    voids: list[VoidView] = Field(default_factory=list)
    version: int

    @classmethod
    def of(cls, order: FulfilmentOrder, *, now: datetime) -> FulfilmentOrderView:
        pickup, claim = order.pickup, order.claim
        return cls(
            fulfilment_order_id=order.fulfilment_order_id,
            order_id=order.order_id,
            location_id=order.location_id,
            method=order.method,
            status=order.status,
            lines=[
                LineView(
                    line_id=line.line_id,
                    sku=line.sku,
                    quantity=line.quantity,
                    picked=line.picked,
                    short=line.short,
                    cancelled=line.cancelled,
                    handed=line.handed,
                )
                for line in order.lines
            ],
            pickup=PickupView.of(order, pickup, now=now) if pickup else None,
            parcels=[_parcel(parcel) for parcel in order.parcels],
            shortfalls=[ShortfallView.of(one) for one in order.shortfalls],
            destination_id=order.destination_id,
            claim=ClaimView(by=claim.by, until=claim.until) if claim and claim.until > now else None,
            opened_at=order.opened_at,
            wave_id=order.wave_id or None,
            opens_at=order.opens_at,
            holds=list(order.holds),
            held_from=order.held_from,
            acknowledge_by=order.deadlines.acknowledge_by if order.deadlines else None,
            due_by=order.due_by,
            ship_by=order.departure.ship_by if order.departure else None,
            delivered_by=order.departure.delivered_by if order.departure else None,
            voids=[VoidView.of(one) for one in order.voids],
            version=order.version,
        )


class FulfilmentOrderPage(Schema):
    """One page of fulfilment orders."""

    items: list[FulfilmentOrderView]
    next_cursor: str | None = None

    @classmethod
    def of(cls, worklist: Worklist, *, now: datetime) -> FulfilmentOrderPage:
        items = [FulfilmentOrderView.of(order, now=now) for order in worklist.orders]
        return cls(items=items, next_cursor=worklist.next_cursor)


def _parcel(parcel: Parcel) -> ParcelView:
    return ParcelView(
        parcel_id=parcel.parcel_id,
        weight_grams=parcel.weight_grams,
        lines=[PackedLineView(line_id=line.line_id, quantity=line.quantity) for line in parcel.lines],
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        service=parcel.label.service if parcel.label else None,
        carrier_status=carrier_status(parcel) if parcel.tracking else None,
        tracking=[TrackedView(event_id=one.event_id, status=one.status, at=one.at) for one in parcel.tracking],
    )
