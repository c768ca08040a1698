"""What inventory tells the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from shared.events.base import Event, Fact

SOURCE = "throughline.inventory"


class GeoPoint(Fact):
    """WGS 84 degrees."""

    lat: float
    lng: float


class Allocation(Fact):
    """Units of one order line at one location."""

    line_id: str
    sku: str
    location_id: str
    quantity: int


class PositionState(Fact):
    """One position's counters after `version` changes (DOMAIN: stock). A hot position is told in parts, each with a
    version of its own: what is there is their sum."""

    sku: str
    location_id: str
    part: int = 0
    on_hand: int
    unavailable: int = 0
    held: int = 0
    allocated: int = 0
    safety: int = 0
    version: int

    @property
    def available(self) -> int:
        """What may be promised, when the place is open."""
        return max(0, self.on_hand - self.unavailable - self.held - self.allocated - self.safety)


class LocationChanged(Event):
    """A place is as described here from now on, paused or open; stock there is told by StockChanged only."""

    source = SOURCE
    detail_type = "LocationChanged.v1"

    location_id: str
    name: str
    kind: str
    country: str
    postal_code: str = ""
    geo: GeoPoint
    time_zone: str
    opening_hours: dict[str, list[tuple[str, str]]] | None = None
    capabilities: tuple[str, ...] = ()
    parcels_per_day: int | None = None
    cutoff: str | None = None
    handling_per_parcel: int = 0
    handling_per_unit: int = 0
    default_safety_stock: int = 0
    closed_dates: tuple[str, ...] = ()
    lead_time_minutes: int | None = None
    pickup_days: int | None = None
    paused: bool = False
    paused_reason: str = ""
    paused_until: str | None = None
    version: int


class ItemChanged(Event):
    """An item of the SKU master is as described here from now on."""

    source = SOURCE
    detail_type = "ItemChanged.v1"

    sku: str
    name: str
    weight_grams: int
    value: int | None = None
    margin: int | None = None
    currency: str | None = None
    category: str = ""
    backorderable: bool = False
    ships_from: tuple[str, ...] | None = None
    """The kinds of place that may ship it; None: any place that ships."""
    version: int


class PoolChanged(Event):
    """The places that a channel sells from, from now on (None: all). Orders that have their places keep them."""

    source = SOURCE
    detail_type = "PoolChanged.v1"

    channel: str
    location_ids: tuple[str, ...] | None = None
    version: int


class ExclusionChanged(Event):
    """Where all conditions that are given hold, the item is not offered, until the exclusion expires or is `gone`.
    Orders that have their places already keep them."""

    source = SOURCE
    detail_type = "ExclusionChanged.v1"

    exclusion_id: str
    sku: str | None = None
    category: str | None = None
    location_id: str | None = None
    location_kind: str | None = None
    method: str | None = None
    channel: str | None = None
    expires_at: str | None = None
    gone: bool = False
    version: int


class StockChanged(Event):
    """Positions as they are after a change. Many changes of one batch travel as one event; of a position that changed
    several times only the newest state is told."""

    source = SOURCE
    detail_type = "StockChanged.v1"

    positions: tuple[PositionState, ...]

    @classmethod
    def merged(cls, events: Sequence[Self]) -> Iterable[Self]:
        newest: dict[tuple[str, str, int], PositionState] = {}
        for position in (position for event in events for position in event.positions):
            key = position.sku, position.location_id, position.part
            known = newest.get(key)
            if known is None or known.version < position.version:
                newest[key] = position
        yield cls(positions=tuple(newest.values()))


class StockShort(Event):
    """A count, damage or a correction left fewer units than are promised there (held and allocated), by `shortage` in
    all. Every promise still stands as it was: whoever made one decides which to take back and to re-route. Told again
    when the shortage grows, not when it shrinks."""

    source = SOURCE
    detail_type = "StockShort.v1"

    position: PositionState
    shortage: int


class LowStock(Event):
    """A position has just come to offer no more than `threshold` units, by its own safety stock; said once each time.
    Other places may have plenty."""

    source = SOURCE
    detail_type = "LowStock.v1"

    sku: str
    location_id: str
    available: int
    threshold: int


class BackInStock(Event):
    """A position that offered nothing, or is new, has just come to offer units; said once each time. Other places may
    have had some all the while."""

    source = SOURCE
    detail_type = "BackInStock.v1"

    sku: str
    location_id: str
    available: int


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


class TransferLine(Fact):
    """Units of one item of a transfer: planned, sent and arrived so far."""

    sku: str
    quantity: int
    shipped: int = 0
    received: int = 0


class TransferShipped(Event):
    """Goods have left one place of ours for another; they are nobody's to sell until they arrive. What was planned and
    not sent is free again at the source. `reference` is whatever the transfer was made for."""

    source = SOURCE
    detail_type = "TransferShipped.v1"

    transfer_id: str
    from_location_id: str
    to_location_id: str
    lines: tuple[TransferLine, ...]
    expected_at: str | None = None
    reference: str = ""
    version: int


class TransferReceived(Event):
    """More goods of a transfer lie at their destination and can be sold there. `lines` are totals so far; unless
    `complete`, more may come."""

    source = SOURCE
    detail_type = "TransferReceived.v1"

    transfer_id: str
    from_location_id: str
    to_location_id: str
    lines: tuple[TransferLine, ...]
    complete: bool
    reference: str = ""
    version: int


class TransferDiscrepancy(Fact):
    """So many units more (fewer: negative) arrived than were sent, and why."""

    sku: str
    quantity: int
    reason: str


class TransferClosed(Event):
    """Nothing more of a transfer is expected: what did not arrive is written off."""

    source = SOURCE
    detail_type = "TransferClosed.v1"

    transfer_id: str
    from_location_id: str
    to_location_id: str
    discrepancies: tuple[TransferDiscrepancy, ...] = ()
    reference: str = ""
    version: int
