"""What inventory tells of units that are set aside: for orders, carts and holds."""

from __future__ import annotations

from shared.events.base import Event, Fact
from shared.events.inventory.source import SOURCE
from shared.events.inventory.stock import PositionState


class Allocation(Fact):
    """Units of one order line at one location."""

    line_id: str
    sku: str
    location_id: str
    quantity: int


class StockAllocated(Event):
    """Every unit of the plan is set aside at its location, all or nothing; nothing has been picked yet."""

    source = SOURCE
    detail_type = "StockAllocated.v1"

    order_id: str
    plan_version: int
    allocations: tuple[Allocation, ...]


class AllocationRefused(Event):
    """Not one unit of the plan was taken. `positions` is the truth about every position of the items that fell short,
    so that the next plan need not guess."""

    source = SOURCE
    detail_type = "AllocationRefused.v1"

    order_id: str
    plan_version: int
    positions: tuple[PositionState, ...]


class AllocationReleased(Event):
    """Units set aside for an order are free again where they lie."""

    source = SOURCE
    detail_type = "AllocationReleased.v1"

    order_id: str
    plan_version: int
    allocations: tuple[Allocation, ...]


class ReservationCommitted(Event):
    """The hold that an order named was live when the order was accepted: its units are the order's, still held at the
    places where they are pinned, and do not lapse any more. Nothing is allocated yet."""

    source = SOURCE
    detail_type = "ReservationCommitted.v1"

    order_id: str
    reservation_id: str
    pins: tuple[Allocation, ...]


class ReservationIgnored(Event):
    """An order named a hold that was unknown, foreign, mismatched or lapsed: the order is sourced as any other."""

    source = SOURCE
    detail_type = "ReservationIgnored.v1"

    order_id: str
    reservation_id: str
    reason: str


class HoldShortage(Fact):
    """An item of which there are fewer units than a cart wants held."""

    sku: str
    requested: int
    available: int


class CartHeld(Event):
    """Every unit that a cart asked for is held until `expires_at`; an order of any channel may name the hold."""

    source = SOURCE
    detail_type = "CartHeld.v1"

    reservation_id: str
    expires_at: str


class CartHoldRefused(Event):
    """There is less than a cart asked for, or it would hold too much at a time (no `shortages`): nothing is held."""

    source = SOURCE
    detail_type = "CartHoldRefused.v1"

    reservation_id: str
    shortages: tuple[HoldShortage, ...] = ()


class InventoryErased(Event):
    """No hold says any more whose it was; ledger and counters are as before."""

    source = SOURCE
    detail_type = "InventoryErased.v1"

    request_id: str
    records: int
