"""What a shopper's orders came to: lifetime figures per channel, and loyalty points. Exact whatever is told twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.errors import Conflict

MINOR_PER_POINT = 100
"""One point for each whole pound (euro ...) that was kept; the cumulative floor makes any sequence of parts exact."""
MAX_POINTS = 10_000_000


class NotEnoughPoints(Conflict):
    """The account holds fewer points."""

    code = "not_enough_points"


class LoyaltyIdReused(Conflict):
    """The id names another movement of points."""

    code = "loyalty_id_reused"


class MovementKind(StrEnum):
    """Why points move: goods left, goods came back, points were spent, a person corrected."""

    EARN = "earn"
    REVERSE = "reverse"
    BURN = "burn"
    ADJUST = "adjust"


@dataclass(frozen=True)
class OrderValue:
    """An order as the book tells it: value of the units that left, and of those that did not come back; minor units.
    `imported`: an order of the past, whose points came over with the account, if at all."""

    order_id: str
    channel: str
    currency: str
    placed_at: datetime
    left: int
    kept: int
    cancelled: bool
    version: int
    imported: bool = False

    @property
    def points(self) -> int:
        """What it has earned by now."""
        return 0 if self.imported else self.kept // MINOR_PER_POINT


@dataclass(frozen=True)
class Counted:
    """An order with what was told last, and what of it is in the figures of `customer_id` already."""

    told: OrderValue
    applied: OrderValue | None = None
    revision: int = 0


@dataclass(frozen=True)
class ChannelFigures:
    """One channel and currency. `spend`: value of what left, `returned`: of what came back; `orders` without those that
    were cancelled whole."""

    channel: str
    currency: str
    orders: int = 0
    spend: int = 0
    returned: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class Points:
    """A loyalty account: each sum only grows, but for `adjusted`."""

    earned: int = 0
    reversed: int = 0
    burned: int = 0
    adjusted: int = 0

    @property
    def balance(self) -> int:
        """Negative only when goods came back whose points were spent already."""
        return self.earned - self.reversed - self.burned + self.adjusted


@dataclass(frozen=True)
class Figures:
    """Of one customer; linked customers keep theirs apart, so that a link can be cut."""

    channels: tuple[ChannelFigures, ...] = ()
    points: Points = field(default_factory=Points)
    version: int = 0


@dataclass(frozen=True)
class Movement:
    """One line of the points ledger; `points` signed, `balance` after it, of the customer that it was written to."""

    key: str
    at: datetime
    kind: MovementKind
    points: int
    balance: int
    reference: str
    reason: str = ""
    by: str = ""


def counted(figures: Figures, order: Counted, *, at: datetime) -> tuple[Figures, Movement | None]:
    """The figures with what is new of an order, and the points that move by it."""
    now, before = order.told, order.applied
    channels = {(one.channel, one.currency): one for one in figures.channels}
    key = now.channel, now.currency
    known = channels.get(key, ChannelFigures(*key))
    channels[key] = replace(
        known,
        orders=known.orders + (not now.cancelled) - (before is not None and not before.cancelled),
        spend=known.spend + now.left - (before.left if before else 0),
        returned=known.returned + _returned(now) - _returned(before),
        first=min(filter(None, (known.first, now.placed_at))),
        last=max(filter(None, (known.last, now.placed_at))),
    )
    after = replace(figures, channels=tuple(channels[name] for name in sorted(channels)))
    more = now.points - (before.points if before else 0)
    if not more:
        return after, None
    kind = MovementKind.EARN if more > 0 else MovementKind.REVERSE
    name = f"{now.order_id}:{order.revision + 1}"
    return moved(after, kind, more, key=name, reference=now.order_id, at=at)


def _returned(value: OrderValue | None) -> int:
    return value.left - value.kept if value else 0


def moved(
    figures: Figures,
    kind: MovementKind,
    points: int,
    *,
    key: str,
    reference: str,
    at: datetime,
    reason: str = "",
    by: str = "",
) -> tuple[Figures, Movement]:
    """The figures after points moved, and the line of the ledger."""
    sums = figures.points
    match kind:
        case MovementKind.EARN:
            sums = replace(sums, earned=sums.earned + points)
        case MovementKind.REVERSE:
            sums = replace(sums, reversed=sums.reversed - points)
        case MovementKind.BURN:
            sums = replace(sums, burned=sums.burned - points)
        case MovementKind.ADJUST:
            sums = replace(sums, adjusted=sums.adjusted + points)
    after = replace(figures, points=sums)
    return after, Movement(key, at, kind, points, sums.balance, reference, reason, by)


def shares(balances: Iterable[tuple[str, int]], points: int) -> dict[str, int]:
    """From which of the linked accounts how many points are taken. Raises NotEnoughPoints.

    What one of them owes, because goods came back after their points were spent, counts against the others.
    """
    known = dict(balances)
    if sum(known.values()) < points:
        raise NotEnoughPoints(
            "the account holds fewer points", extra={"balance": sum(known.values()), "requested": points}
        )
    taken: dict[str, int] = {}
    for name, balance in known.items():
        if part := min(points, max(0, balance)):
            taken[name] = part
            points -= part
    return taken


def as_one(parts: Iterable[Figures]) -> Figures:
    """The figures of linked customers together."""
    channels: dict[tuple[str, str], ChannelFigures] = {}
    points = Points()
    for part in parts:
        points = Points(
            points.earned + part.points.earned,
            points.reversed + part.points.reversed,
            points.burned + part.points.burned,
            points.adjusted + part.points.adjusted,
        )
        for one in part.channels:
            known = channels.get((one.channel, one.currency), ChannelFigures(one.channel, one.currency))
            channels[one.channel, one.currency] = replace(
                known,
                orders=known.orders + one.orders,
                spend=known.spend + one.spend,
                returned=known.returned + one.returned,
                first=min(filter(None, (known.first, one.first)), default=None),
                last=max(filter(None, (known.last, one.last)), default=None),
            )
    return Figures(tuple(channels[name] for name in sorted(channels)), points)
