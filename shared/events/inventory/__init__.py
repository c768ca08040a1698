"""What inventory tells the others."""

from shared.events.inventory.places import ExclusionChanged, GeoPoint, ItemChanged, LocationChanged, PoolChanged
from shared.events.inventory.promises import (
    Allocation,
    AllocationRefused,
    AllocationReleased,
    CartHeld,
    CartHoldRefused,
    HoldShortage,
    InventoryErased,
    ReservationCommitted,
    ReservationIgnored,
    StockAllocated,
)
from shared.events.inventory.source import SOURCE
from shared.events.inventory.stock import BackInStock, LowStock, PositionState, StockChanged, StockShort
from shared.events.inventory.transfers import (
    TransferClosed,
    TransferDiscrepancy,
    TransferLine,
    TransferReceived,
    TransferShipped,
)

__all__ = [
    "SOURCE",
    "Allocation",
    "AllocationRefused",
    "AllocationReleased",
    "BackInStock",
    "CartHeld",
    "CartHoldRefused",
    "ExclusionChanged",
    "GeoPoint",
    "HoldShortage",
    "InventoryErased",
    "ItemChanged",
    "LocationChanged",
    "LowStock",
    "PoolChanged",
    "PositionState",
    "ReservationCommitted",
    "ReservationIgnored",
    "StockAllocated",
    "StockChanged",
    "StockShort",
    "TransferClosed",
    "TransferDiscrepancy",
    "TransferLine",
    "TransferReceived",
    "TransferShipped",
]
