"""HTTP models of the work at the locations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from functions.fulfilment.domain.execution import FulfilmentOrder, Label, Packed, Parcel, Status
from functions.fulfilment.repository.work import Worklist
from shared.schemas import Count, Identifier, PageQuery, Quantity, Schema, UtcTime

MAX_LINES = 1200
MAX_PARCELS = 500
MAX_WEIGHT_GRAMS = 10_000_000

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]


class FulfilmentOrderQuery(PageQuery):
    """Which fulfilment orders: of a location (optionally in one status), or of an order."""

    location_id: Identifier | None = None
    status: Status | None = None
    order_id: Identifier | None = None


class PickedLine(Schema):
    """How many units of a line are in hand."""

    line_id: Identifier
    picked: Count


class PickBody(Schema):
    """All lines of the fulfilment order, picked."""

    lines: Annotated[list[PickedLine], Field(min_length=1, max_length=MAX_LINES)]

    def picked(self) -> list[tuple[str, int]]:
        return [(line.line_id, line.picked) for line in self.lines]


class PackedLine(Schema):
    """Units of a line in a parcel."""

    line_id: Identifier
    quantity: Quantity


class PackedParcel(Schema):
    """A parcel and what is in it."""

    parcel_id: Identifier
    weight_grams: Annotated[int, Field(ge=1, le=MAX_WEIGHT_GRAMS)] | None = None
    lines: Annotated[list[PackedLine], Field(min_length=1, max_length=MAX_LINES)]


class PackBody(Schema):
    """Every picked unit in exactly one parcel."""

    parcels: Annotated[list[PackedParcel], Field(min_length=1, max_length=MAX_PARCELS)]

    def packed(self) -> list[Parcel]:
        return [
            Parcel(
                parcel.parcel_id,
                tuple(Packed(line.line_id, line.quantity) for line in parcel.lines),
                parcel.weight_grams,
            )
            for parcel in self.parcels
        ]


class ShippedParcel(Schema):
    """By which carrier a parcel goes."""

    parcel_id: Identifier
    carrier: Name
    tracking_number: Name


class ShipBody(Schema):
    """All parcels, labelled."""

    parcels: Annotated[list[ShippedParcel], Field(min_length=1, max_length=MAX_PARCELS)]

    def labels(self) -> list[Label]:
        return [Label(parcel.parcel_id, parcel.carrier, parcel.tracking_number) for parcel in self.parcels]


class IdCheck(Schema):
    """Somebody's ID was looked at. The digits show that it was; only the relation is kept."""

    relation: Name
    document_last4: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{4}$")]


class HandOverBody(Schema):
    """The shopper's code, or a checked ID."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=32)] | None = None
    id_check: IdCheck | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> HandOverBody:
        if (self.code is None) == (self.id_check is None):
            raise ValueError("give either code or id_check")
        return self


class LineView(Schema):
    """Units of an order line to be delivered from here; `cancelled` ones are not among `quantity`."""

    line_id: str
    sku: str
    quantity: int
    picked: int
    short: int = 0
    cancelled: int = 0


class PackedLineView(Schema):
    """Units of a line in a parcel."""

    line_id: str
    quantity: int


class ParcelView(Schema):
    """A parcel; carrier and tracking number once it is shipped."""

    parcel_id: str
    weight_grams: int | None = None
    lines: list[PackedLineView]
    carrier: str | None = None
    tracking_number: str | None = None


class PickupView(Schema):
    """A collection. The shopper's code is never told here."""

    pickup_by: UtcTime | None = None
    code_locked: bool = False
    proof: str | None = None


class FulfilmentOrderView(Schema):
    """One location's share of an order by one method."""

    fulfilment_order_id: str
    order_id: str
    location_id: str
    method: str
    status: Status
    lines: list[LineView]
    pickup: PickupView | None = None
    parcels: list[ParcelView]
    opened_at: UtcTime
    version: int

    @classmethod
    def of(cls, order: FulfilmentOrder) -> FulfilmentOrderView:
        pickup = order.pickup
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
                    cancelled=line.cancelled,
                )
                for line in order.lines
            ],
            pickup=PickupView(pickup_by=pickup.pickup_by, code_locked=pickup.locked, proof=pickup.proof or None)
            if pickup
            else None,
            parcels=[_parcel(parcel) for parcel in order.parcels],
            opened_at=order.opened_at,
            version=order.version,
        )


class FulfilmentOrderPage(Schema):
    """One page of fulfilment orders."""

    items: list[FulfilmentOrderView]
    next_cursor: str | None = None

    @classmethod
    def of(cls, worklist: Worklist) -> FulfilmentOrderPage:
        return cls(items=[FulfilmentOrderView.of(order) for order in worklist.orders], next_cursor=worklist.next_cursor)


def _parcel(parcel: Parcel) -> ParcelView:
    return ParcelView(
        parcel_id=parcel.parcel_id,
        weight_grams=parcel.weight_grams,
        lines=[PackedLineView(line_id=line.line_id, quantity=line.quantity) for line in parcel.lines],
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
    )
