"""Lines as vectors of quantities: what fulfilment told about each unit, and the vector derived from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Method(StrEnum):
    """How the units of a line reach the shopper."""

    SHIP = "ship"
    PICKUP = "pickup"
    CURBSIDE = "curbside"
    SHIP_TO_STORE = "ship_to_store"
    CARRY_OUT = "carry_out"

    @property
    def collected(self) -> bool:
        """Whether the shopper fetches the units at a place that the order names."""
        return self in (Method.PICKUP, Method.CURBSIDE, Method.SHIP_TO_STORE)


@dataclass(frozen=True)
class Line:
    """One line as ordered; amounts in minor units. `discount` and `tax` are of the whole line, frozen at placement."""

    line_id: str
    sku: str
    quantity: int
    unit_price: int
    method: Method = Method.SHIP
    location_id: str | None = None
    discount: int = 0
    tax: int = 0
    not_before: datetime | None = None
    """When the work on it may begin at the earliest: the date of a release, or the day the shopper wants to come."""

    @property
    def carried_out(self) -> bool:
        """Whether the units left with the shopper when the order was placed."""
        return self.method is Method.CARRY_OUT


@dataclass(frozen=True)
class Units:
    """Where the units of one line of one fulfilment order stand."""

    allocated: int = 0
    picked: int = 0
    packed: int = 0
    ready: int = 0
    shipped: int = 0
    fulfilled: int = 0

    @property
    def total(self) -> int:
        return self.allocated + self.picked + self.packed + self.ready + self.shipped + self.fulfilled

    @property
    def arrived(self) -> Units:
        """The same, what is on its way taken for delivered."""
        return replace(self, shipped=0, fulfilled=self.fulfilled + self.shipped)


@dataclass(frozen=True)
class Parcel:
    """One parcel on its way."""

    parcel_id: str
    carrier: str
    tracking_number: str


_LEFT = frozenset({"SHIPPED", "DELIVERED", "HANDED_OVER"})


@dataclass(frozen=True)
class Progress:
    """One fulfilment order as it was told last. Version 0: opened by the routing, no step heard of yet."""

    location_id: str
    method: str
    status: str = "OPEN"
    version: int = 0
    lines: dict[str, Units] = field(default_factory=dict)
    code: str | None = None
    """The shopper's secret at the counter."""
    pickup_by: str | None = None
    link: str | None = None
    """The shopper's signed token: as secret as the code."""
    parcels: tuple[Parcel, ...] = ()
    at: datetime | None = None
    """When the step was taken."""

    @property
    def left(self) -> bool:
        """Whether it has left for the shopper."""
        return self.status in _LEFT


@dataclass(frozen=True)
class Waiting:
    """Units of one line that the newest plan found no place for, by what becomes of them."""

    backordered: int = 0
    oversold: int = 0
    unroutable: int = 0
    queued: int = 0


@dataclass(frozen=True)
class Quantities:
    """Where the units of a line stand. `ordered` is the sum of all others but `returned`, which are of `fulfilled`."""

    ordered: int
    cancelled: int = 0
    unsourced: int = 0
    backordered: int = 0
    allocated: int = 0
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    ready: int = 0
    fulfilled: int = 0
    returned: int = 0

    @property
    def open(self) -> int:
        """Units that are still to be delivered or have been."""
        return self.ordered - self.cancelled

    @property
    def left(self) -> int:
        """Units that have left the retailer: the money for them is due."""
        return self.shipped + self.fulfilled

    @property
    def stoppable(self) -> int:
        """Units that somebody may ask to cancel; whether it is too late for them, fulfilment decides."""
        return self.open - self.left


_EARLIEST_FIRST = ("allocated", "picked", "packed", "ready", "shipped", "fulfilled")


def quantities(line: Line, *, cancelled: int, units: Units, waiting: Waiting, returned: int = 0) -> Quantities:
    """The vector of a line from what is known of it.

    Each part is told by an event of its own and they arrive in any order, so for a moment cancelled units may still be
    counted at their location: the units that have come least far give way. Always sums to what was ordered.
    Units that came back have been delivered, whether the carrier said so or not.
    """
    if line.carried_out:
        return Quantities(ordered=line.quantity, fulfilled=line.quantity, returned=returned)
    rest = line.quantity - cancelled
    stages = {}
    for stage in reversed(_EARLIEST_FIRST):
        stages[stage] = min(rest, getattr(units, stage))
        rest -= stages[stage]
    backordered = min(rest, waiting.backordered)
    silently = min(stages["shipped"], max(0, returned - stages["fulfilled"]))
    stages["shipped"] -= silently
    stages["fulfilled"] += silently
    return Quantities(
        ordered=line.quantity,
        cancelled=cancelled,
        backordered=backordered,
        unsourced=rest - backordered,
        returned=returned,
        **stages,
    )


def together(parts: list[Units]) -> Units:
    """The units of one line over several fulfilment orders."""
    whole = Units()
    for part in parts:
        whole = replace(whole, **{stage: getattr(whole, stage) + getattr(part, stage) for stage in _EARLIEST_FIRST})
    return whole
