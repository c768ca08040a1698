"""What fulfilment tells of the work at the places, up to the parcels' arrival."""

from __future__ import annotations

from shared.events.base import Event, Fact
from shared.events.fulfilment.source import SOURCE


class LineProgress(Fact):
    """Where the units of one line of a fulfilment order stand; together all its units."""

    line_id: str
    sku: str
    allocated: int = 0
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    ready: int = 0
    fulfilled: int = 0
    cancelled: int = 0


class Progress(Event):
    """What every step of a fulfilment order tells: the whole state, so that late and repeated steps do no harm."""

    order_id: str
    fulfilment_order_id: str
    location_id: str
    method: str
    status: str
    lines: tuple[LineProgress, ...]
    version: int


class FulfilmentOrderMoved(Progress):
    """A fulfilment order took a step that moves neither stock nor money (acknowledged, picked, packed, delivered)."""

    source = SOURCE
    detail_type = "FulfilmentOrderMoved.v1"

    reached_at: str | None = None
    """When it reached that status, which a hold in between does not change."""


class ShortLine(Fact):
    """Units of an order line that a place did not give."""

    line_id: str
    sku: str
    quantity: int


class UnitsShort(Event):
    """A place did not give units that were set aside there. Inventory takes the allocation back and corrects the stock
    in one step: NOT_FOUND is off the shelf, DAMAGED unavailable; by any other reason the units are there, and with
    `pause_until` the place takes no work until then. Sourcing them elsewhere is under way, and not decided yet."""

    source = SOURCE
    detail_type = "UnitsShort.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    plan_version: int
    number: int
    reason: str
    lines: tuple[ShortLine, ...]
    pause_until: str | None = None
    at: str | None = None


class FulfilmentOrderDelayed(Event):
    """Something on a fulfilment order is late, and why: UNACKNOWLEDGED (nobody has taken it on), LATE (not ready or
    shipped when it was due), CURBSIDE_WAITING (a guest waits at the curb: call the staff). Nothing has moved."""

    source = SOURCE
    detail_type = "FulfilmentOrderDelayed.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    method: str
    status: str
    cause: str
    due_at: str


class Parcel(Fact):
    """One parcel on its way."""

    parcel_id: str
    carrier: str
    tracking_number: str


class Shipped(Progress):
    """The parcels have left the location: its stock is gone, the money for it is due."""

    source = SOURCE
    detail_type = "Shipped.v1"

    parcels: tuple[Parcel, ...] = ()


class LabelGivenBack(Event):
    """What a label is about that no parcel goes with any more. `label_id`: as the carrier knows it, another one for
    each label of a parcel. `amount`: what it was sold for, in minor units of the rate card. Without a tracking number
    it was bought, but had come to nobody."""

    order_id: str
    fulfilment_order_id: str
    location_id: str
    parcel_id: str
    label_id: str
    carrier: str
    tracking_number: str | None = None
    amount: int


class LabelVoided(LabelGivenBack):
    """The carrier has taken back a label that no parcel goes with: it costs nothing."""

    source = SOURCE
    detail_type = "LabelVoided.v1"


class LabelVoidRefused(LabelGivenBack):
    """The carrier does not take back a label: the label is to be paid for, and the parcel may be on its way though
    nobody sends it."""

    source = SOURCE
    detail_type = "LabelVoidRefused.v1"

    reason: str = "scanned"
    """`scanned`: the carrier has the parcel; `no_answer`: it has not answered for days."""


class ParcelTracked(Event):
    """The carrier's word on a parcel (pre_transit, in_transit, out_for_delivery, available_for_pickup, delivered,
    return_to_sender, failure, unknown). Our own state has not moved by it; a delivery of all parcels is told apart."""

    source = SOURCE
    detail_type = "ParcelTracked.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    parcel_id: str
    carrier: str
    tracking_number: str
    status: str
    at: str


class FulfilmentErased(Event):
    """Nothing of the order's work says any more whose it was."""

    source = SOURCE
    detail_type = "FulfilmentErased.v1"

    request_id: str
    order_id: str
    records: int
