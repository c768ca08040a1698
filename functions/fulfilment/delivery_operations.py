"""The HTTP operation of delivery options, and its models."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import Field

from functions.fulfilment import wiring
from functions.fulfilment.domain.delivery_options import Option
from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.routing_schemas import PlanDestination
from functions.fulfilment.service.delivery_options import Offered
from shared.http import Answer, Api, Call
from shared.schemas import GeoSchema, Identifier, MoneySchema, Quantity, Schema, UtcTime

MAX_LINES = 100


class BasketLine(Schema):
    """Units of an item."""

    sku: Identifier
    quantity: Quantity


class DeliveryOptionsBody(Schema):
    """A basket, where it should go, and where the shopper is (`near`; by default the destination)."""

    lines: Annotated[list[BasketLine], Field(min_length=1, max_length=MAX_LINES)]
    channel: Identifier
    destination: PlanDestination | None = None
    near: GeoSchema | None = None


class DeliveryOptionView(Schema):
    """One way in which the whole basket can be had: shipped by a `service`, or collected at `location_id`. Nothing is
    set aside: shown until `honoured_until`, it may be gone by the order."""

    method: str
    service: str | None = None
    location_id: str | None = None
    distance_km: float | None = None
    ready_at: UtcTime | None = None
    delivered_by: UtcTime | None = None
    parcels: int
    charge: MoneySchema | None = None
    terms: list[str]
    honoured_until: UtcTime

    @classmethod
    def of(cls, option: Option, currency: str) -> DeliveryOptionView:
        priced = option.charge is not None and currency
        return cls(
            method=option.method,
            service=option.service,
            location_id=option.location_id,
            distance_km=option.distance_km,
            ready_at=option.ready_at,
            delivered_by=option.delivered_by,
            parcels=option.parcels,
            charge=MoneySchema(amount=option.charge or 0, currency=currency) if priced else None,
            terms=list(option.terms),
            honoured_until=option.honoured_until,
        )


class LackingView(Schema):
    """More units were asked for than the channel can be given."""

    sku: str
    requested: int
    available: int


class DeliveryOptionsView(Schema):
    """What a checkout may show; from copies that are a moment behind the truth."""

    options: list[DeliveryOptionView]
    lacking: list[LackingView]
    as_of: UtcTime

    @classmethod
    def of(cls, offered: Offered) -> DeliveryOptionsView:
        return cls(
            options=[DeliveryOptionView.of(one, offered.currency) for one in offered.options],
            lacking=[
                LackingView(sku=one.sku, requested=one.requested, available=one.available) for one in offered.lacking
            ],
            as_of=offered.as_of,
        )


def bind(api: Api) -> None:
    """Bind the operation."""

    @api.operation("list_delivery_options", body=DeliveryOptionsBody, answers={200: DeliveryOptionsView})
    def list_delivery_options(call: Call[DeliveryOptionsBody, None]) -> Answer:
        """How a basket can be delivered or collected, by when, and on which terms."""
        body = call.body
        call.caller.require(channel=body.channel)
        units: Counter[str] = Counter()
        for line in body.lines:
            units[line.sku] += line.quantity
        offered = wiring.delivery_options().options(
            units,
            channel=body.channel,
            destination=body.destination.to_destination() if body.destination else Destination(),
            near=body.near.to_geo() if body.near else None,
        )
        return Answer(200, DeliveryOptionsView.of(offered))
