"""HTTP models of purchase orders and of what will be available when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from functions.inventory.domain import purchasing
from functions.inventory.domain.supply import Inbound, Step
from functions.inventory.repository.purchases import PurchasePage
from functions.inventory.schemas.transfers import TransferUnits, quantities_of
from functions.inventory.service.supply import AtPlace, Outlook
from shared.schemas import Identifier, PageQuery, Schema, Text, UtcTime

MAX_PURCHASE_LINES = 200


class PurchaseBody(Schema):
    """What a supplier is to deliver where and when. Putting it again agrees it anew; what has come stays counted."""

    location_id: Identifier
    expected_at: UtcTime
    lines: Annotated[list[TransferUnits], Field(min_length=1, max_length=MAX_PURCHASE_LINES)]

    def to_order(self, po_id: str) -> purchasing.PurchaseOrder:
        """The purchase order that the body describes. Raises InvalidField for an item named twice."""
        lines = tuple(purchasing.Ordered(sku, quantity) for sku, quantity in quantities_of(self.lines).items())
        return purchasing.PurchaseOrder(po_id, self.location_id, self.expected_at, lines)


class ClosePurchaseBody(Schema):
    """Why nothing more is expected."""

    reason: Text


class PurchaseQuery(PageQuery):
    """Whose purchase orders; with `open`, those of which something is still to come, or the rest."""

    location_id: Identifier
    open: bool | None = None


class PurchaseLineView(Schema):
    """Units of one item: ordered, come, and still to come."""

    sku: str
    quantity: int
    received: int
    outstanding: int


class UnexpectedView(Schema):
    """Units of one item that came beyond what was ordered."""

    sku: str
    quantity: int


class PurchaseView(Schema):
    """A purchase order as it is."""

    po_id: str
    status: purchasing.Status
    location_id: str
    expected_at: UtcTime
    lines: list[PurchaseLineView]
    over_received: list[UnexpectedView]
    closed_because: str | None = None
    version: int

    @classmethod
    def of(cls, order: purchasing.PurchaseOrder) -> PurchaseView:
        """The purchase order with what is still to come."""
        lines = [
            PurchaseLineView.model_construct(
                sku=line.sku,
                quantity=line.quantity,
                received=order.received.get(line.sku, 0),
                outstanding=order.outstanding(line),
            )
            for line in order.lines
        ]
        over = [UnexpectedView.model_construct(sku=sku, quantity=more) for sku, more in order.unexpected().items()]
        return cls.model_construct(
            po_id=order.po_id,
            status=order.status,
            location_id=order.location_id,
            expected_at=order.expected_at,
            lines=lines,
            over_received=over,
            closed_because=order.closed_because or None,
            version=order.version,
        )


class PurchasePageView(Schema):
    """A page of purchase orders: what is still to come first, the soonest first."""

    items: list[PurchaseView]
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: PurchasePage) -> PurchasePageView:
        """The page as JSON."""
        return cls.model_construct(items=[PurchaseView.of(one) for one in page.orders], next_cursor=page.next_cursor)


class StepView(Schema):
    """So much is available from that moment on."""

    at: UtcTime
    available: int


class InboundView(Schema):
    """Units that a place expects of a purchase order or a transfer; what is overdue or undated is not counted on."""

    document: str
    quantity: int
    expected_at: UtcTime | None = None
    overdue: bool

    @classmethod
    def of(cls, inbound: Inbound, now: datetime) -> InboundView:
        """The expectation as of now."""
        return cls.model_construct(
            document=inbound.document,
            quantity=inbound.quantity,
            expected_at=inbound.due,
            overdue=inbound.overdue(now),
        )


class PlaceOutlook(Schema):
    """What one place will be able to give, and what it waits for."""

    location_id: str
    paused: bool
    available: int
    steps: list[StepView]
    inbound: list[InboundView]

    @classmethod
    def of(cls, place: AtPlace, now: datetime) -> PlaceOutlook:
        """The place."""
        return cls.model_construct(
            location_id=place.location_id,
            paused=place.paused,
            available=place.steps[0].available,
            steps=_steps(place.steps),
            inbound=[InboundView.of(one, now) for one in place.inbound],
        )


class SupplyView(Schema):
    """What can be promised of an item from when on: now, and with everything dated that is expected."""

    sku: str
    as_of: UtcTime
    available: int
    steps: list[StepView]
    locations: list[PlaceOutlook]

    @classmethod
    def of(cls, outlook: Outlook) -> SupplyView:
        """The outlook as JSON."""
        return cls.model_construct(
            sku=outlook.sku,
            as_of=outlook.as_of,
            available=outlook.steps[0].available,
            steps=_steps(outlook.steps),
            locations=[PlaceOutlook.of(place, outlook.as_of) for place in outlook.places],
        )


def _steps(steps: Sequence[Step]) -> list[StepView]:
    return [StepView.model_construct(at=step.at, available=step.available) for step in steps]
