"""What fulfilment tells of its plans: what it asks of inventory, where orders go, what waits, what is cancelled."""

from __future__ import annotations

from pydantic import Field

from shared.events.base import Event, Fact
from shared.events.fulfilment.source import SOURCE
from shared.events.inventory import Allocation
from shared.events.orders import LineQuantity


class UnplacedLine(Fact):
    """Units that found no place in fulfilment's copy of the stock; `location_id` where only that will do."""

    line_id: str
    sku: str
    quantity: int
    location_id: str | None = None


class AllocationRequested(Event):
    """The plan for an order: inventory is asked to set aside all of it or nothing. Nothing is set aside yet.

    With `confirm_unplaced`, inventory is asked as well whether there is truly no stock for `unplaced`: if there is any,
    it refuses the plan and tells the true positions, for only inventory itself may say that there is none. `methods` by
    line and the channel say which safety stock counts.
    """

    source = SOURCE
    detail_type = "AllocationRequested.v1"

    order_id: str
    plan_version: int
    allocations: tuple[Allocation, ...]
    reservation_id: str | None = None
    unplaced: tuple[UnplacedLine, ...] = ()
    confirm_unplaced: bool = False
    channel: str | None = None
    methods: dict[str, str] = Field(default_factory=dict)


class AllocationWithdrawn(Event):
    """These units of a plan are not wanted any more (cancelled): inventory frees them, also when the request for
    the plan comes later than this."""

    source = SOURCE
    detail_type = "AllocationWithdrawn.v1"

    order_id: str
    plan_version: int
    request_id: str
    allocations: tuple[Allocation, ...]


class AwaitedUnits(Fact):
    """Units that an order waits for; `location_id` where only that place will do."""

    sku: str
    quantity: int
    location_id: str | None = None


class UnitsAwaited(Event):
    """All units that an order waits for since its demand's `version`: no stock was found for them, and none is set
    aside. Empty when it waits for nothing any more."""

    source = SOURCE
    detail_type = "UnitsAwaited.v1"

    order_id: str
    channel: str
    units: tuple[AwaitedUnits, ...]
    version: int


class FulfilmentOrderOpened(Fact):
    """One location's share of an order, by one method."""

    fulfilment_order_id: str
    location_id: str
    method: str
    lines: tuple[LineQuantity, ...]
    destination_id: str | None = None
    ship_by: str | None = None
    """By when its parcel should leave, and by when it should then be there."""
    delivered_by: str | None = None


class UnfilledLine(Fact):
    """Units that no place can give. `outcome`: BACKORDERED (waits for stock), QUEUED (waits because the routing profile
    says so; nothing is promised), OVERSOLD (the channel is paid already, a person decides), OUT_OF_STOCK (to be
    cancelled), UNROUTABLE (no such item)."""

    line_id: str
    quantity: int
    outcome: str


class OrderRouted(Event):
    """Each unit of the order has its place, or is known to have none; the work is open at the locations."""

    source = SOURCE
    detail_type = "OrderRouted.v1"

    order_id: str
    plan_version: int
    fulfilment_orders: tuple[FulfilmentOrderOpened, ...]
    unfilled: tuple[UnfilledLine, ...] = ()


class CancellationDecided(Event):
    """By quantity: what a cancel request stopped and what had gone too far."""

    source = SOURCE
    detail_type = "CancellationDecided.v1"

    order_id: str
    request_id: str
    cancelled: tuple[LineQuantity, ...]
    refused: tuple[LineQuantity, ...] = ()


class SimulationAdvanced(Event):
    """A simulation of routing has been started or has come further, and is not done: its next step is due now."""

    source = SOURCE
    detail_type = "SimulationAdvanced.v1"

    simulation_id: str
    version: int
