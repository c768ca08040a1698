"""HTTP models of a shopper's link: no name, no code, no address."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from functions.fulfilment.domain.demand import Demand
from functions.fulfilment.domain.pickup import MAX_EXTENSIONS
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.domain.work import FulfilmentOrder, Offer
from shared.schemas import OptionalText, Schema, UtcTime


class LinkAction(StrEnum):
    """What a shopper may do by link."""

    ARRIVE = "arrive"
    EXTEND = "extend"
    CHOOSE = "choose"


class LinkBody(Schema):
    """One action: `arrive` with where the shopper waits, `extend`, or `choose` with one of the options."""

    action: LinkAction = Field(strict=False)
    bay: OptionalText = ""
    vehicle: OptionalText = ""
    option_id: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def choice_with_option(self) -> LinkBody:
        if (self.action is LinkAction.CHOOSE) != (self.option_id is not None):
            raise ValueError("option_id goes with the action choose")
        return self


class OptionView(Schema):
    """One thing to choose; `location_id` where it is then collected."""

    option_id: str
    choice: str
    location_id: str | None = None


class OfferView(Schema):
    """What may become of units that the store, or no place, can give."""

    units: int
    options: list[OptionView]
    default: str
    expires_at: UtcTime
    chosen: str | None = None

    @classmethod
    def of(cls, offer: Offer) -> OfferView:
        return cls(
            units=sum(units for _, _, units in offer.lines),
            options=[
                OptionView(option_id=one.option_id, choice=one.choice, location_id=one.location_id)
                for one in offer.options
            ],
            default=offer.default,
            expires_at=offer.expires_at,
            chosen=offer.chosen or None,
        )


class LinkView(Schema):
    """How a collection stands, and what its shopper may do now. Without `status` and `location_id` it is about units
    that no place can ship."""

    status: Status | None = None
    location_id: str | None = None
    method: str
    units: int
    pickup_by: UtcTime | None = None
    arrived_at: UtcTime | None = None
    waiting_seconds: int | None = None
    bay: str | None = None
    offer: OfferView | None = None
    actions: list[LinkAction]

    @classmethod
    def of(cls, order: FulfilmentOrder, *, now: datetime) -> LinkView:
        pickup, offer = order.pickup, order.offer
        arrived = pickup.arrived_at if pickup else None
        waits = order.status is Status.ARRIVED and arrived is not None
        return cls(
            status=order.status,
            location_id=order.place_id,
            method=order.method,
            units=sum(line.quantity - line.handed for line in order.lines),
            pickup_by=pickup.pickup_by if pickup else None,
            arrived_at=arrived,
            waiting_seconds=max(0, round((now - arrived).total_seconds())) if waits and arrived else None,
            bay=pickup.bay or None if pickup else None,
            offer=OfferView.of(offer) if offer else None,
            actions=_actions(order),
        )

    @classmethod
    def of_order(cls, demand: Demand) -> LinkView:
        assert demand.offer is not None, "the link was made with an offer"
        return cls(
            method=SHIP,
            units=sum(line.asked for line in demand.lines),
            offer=OfferView.of(demand.offer),
            actions=[] if demand.offer.chosen else [LinkAction.CHOOSE],
        )


def _actions(order: FulfilmentOrder) -> list[LinkAction]:
    found = [LinkAction.ARRIVE] if order.status in (Status.READY, Status.ARRIVED) else []
    if order.status is Status.READY and order.pickup and order.pickup.extensions < MAX_EXTENSIONS:
        found.append(LinkAction.EXTEND)
    if order.offer and not order.offer.chosen:
        found.append(LinkAction.CHOOSE)
    return found
