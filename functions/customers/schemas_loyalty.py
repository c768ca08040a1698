"""HTTP models of loyalty points and lifetime figures."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Literal

from pydantic import Field

from functions.customers.domain.figures import MAX_POINTS, ChannelFigures, Figures, Movement
from functions.customers.domain.segment import Standing
from shared.schemas import Identifier, MoneySchema, PageOf, Schema, Text, UtcTime


class BurnPoints(Schema):
    """Points that the shopper spends; `reference`: what on."""

    burn_id: Identifier
    points: Annotated[int, Field(ge=1, le=MAX_POINTS)]
    reference: Identifier


class AdjustPoints(Schema):
    """A correction by a person, never zero."""

    adjustment_id: Identifier
    points: Annotated[int, Field(ge=-MAX_POINTS, le=MAX_POINTS)]
    reason: Text


class AccountView(Schema):
    """A loyalty account: `balance` = earned - reversed - burned + adjusted. Below zero only when goods came back whose
    points were spent already."""

    customer_id: str
    balance: int
    earned: int
    reversed: int
    burned: int
    adjusted: int

    @classmethod
    def of(cls, customer_id: str, figures: Figures) -> AccountView:
        points = figures.points
        return cls.model_construct(
            customer_id=customer_id,
            balance=points.balance,
            earned=points.earned,
            reversed=points.reversed,
            burned=points.burned,
            adjusted=points.adjusted,
        )


class MovementView(Schema):
    """One line of the ledger; `points` signed. `reference`: the order, or what the points were spent on."""

    at: UtcTime
    kind: Literal["earn", "reverse", "burn", "adjust"]
    points: int
    reference: str
    reason: str
    by: str | None

    @classmethod
    def of(cls, movement: Movement) -> MovementView:
        return cls.model_construct(
            at=movement.at.astimezone(UTC),
            kind=movement.kind.value,
            points=movement.points,
            reference=movement.reference,
            reason=movement.reason,
            by=movement.by or None,
        )


class LedgerPage(PageOf[MovementView]):
    """The ledger, newest first."""


class ChannelFiguresView(Schema):
    """One channel and currency. `spend`: what left, `returned`: what came back, both without shipping; `orders` without
    those that were cancelled whole."""

    channel: str
    orders: int
    spend: MoneySchema
    returned: MoneySchema
    first_order_at: UtcTime | None
    last_order_at: UtcTime | None

    @classmethod
    def of(cls, one: ChannelFigures) -> ChannelFiguresView:
        return cls.model_construct(
            channel=one.channel,
            orders=one.orders,
            spend=MoneySchema.model_construct(amount=one.spend, currency=one.currency),
            returned=MoneySchema.model_construct(amount=one.returned, currency=one.currency),
            first_order_at=one.first.astimezone(UTC) if one.first else None,
            last_order_at=one.last.astimezone(UTC) if one.last else None,
        )


class SegmentView(Schema):
    """Recency, frequency and monetary value, 1 to 5 (0: no orders), and why."""

    name: str
    recency: int
    frequency: int
    monetary: int
    because: list[str]


class FiguresView(Schema):
    """What the shopper's orders came to over all channels."""

    customer_id: str
    orders: int
    channels_used: list[str]
    channels: list[ChannelFiguresView]
    segment: SegmentView

    @classmethod
    def of(cls, customer_id: str, figures: Figures, standing: Standing) -> FiguresView:
        return cls.model_construct(
            customer_id=customer_id,
            orders=sum(one.orders for one in figures.channels),
            channels_used=sorted({one.channel for one in figures.channels if one.orders}),
            channels=[ChannelFiguresView.of(one) for one in figures.channels],
            segment=SegmentView.model_construct(
                name=standing.segment.value,
                recency=standing.recency,
                frequency=standing.frequency,
                monetary=standing.monetary,
                because=list(standing.because),
            ),
        )
