"""What orders tell the others."""

from __future__ import annotations

from shared.events.base import Event, Fact
from shared.events.inventory import GeoPoint

SOURCE = "throughline.orders"


class OrderedLine(Fact):
    """One line as ordered. `location_id`: the place of collection, or where the shopper carried it out."""

    line_id: str
    sku: str
    quantity: int
    method: str
    location_id: str | None = None
    not_before: str | None = None
    """When the work on it may begin at the earliest; null: at once."""


class LineQuantity(Fact):
    """So many units of one line."""

    line_id: str
    quantity: int


class Destination(Fact):
    """Where it goes, only as exactly as routing needs: the postal district and a point rounded to about a kilometre."""

    country: str
    postal_district: str = ""
    geo: GeoPoint | None = None


class Contact(Fact):
    """Who ordered, as the channel said it."""

    customer_id: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    loyalty_number: str | None = None


class PostalAddress(Fact):
    """Where a parcel is to go."""

    name: str = ""
    line1: str
    line2: str = ""
    city: str
    region: str = ""
    postal_code: str = ""
    country: str
    geo: GeoPoint | None = None


class OrderPlaced(Event):
    """The order is in the book, once. It is neither paid nor sourced yet; `carry_out` lines left with the shopper."""

    source = SOURCE
    detail_type = "OrderPlaced.v1"

    order_id: str
    channel: str
    channel_order_id: str
    placed_at: str
    currency: str
    total: int
    lines: tuple[OrderedLine, ...]
    reservation_id: str | None = None
    customer_id: str | None = None
    accepted_at: str | None = None
    """By this service's clock; `placed_at` is what the channel says."""


class OrderImported(Event):
    """An order of the past is in the book, as it ended. Nothing of it is to be paid, routed or delivered any more."""

    source = SOURCE
    detail_type = "OrderImported.v1"

    order_id: str
    channel: str
    channel_order_id: str
    placed_at: str
    currency: str
    total: int
    """What it was worth when it was placed, minor units."""
    kept: int
    """What was kept of that after cancels and returns."""
    ordered: int
    cancelled: int
    returned: int


class OrderContactGiven(Event):
    """Who placed the order and where it goes: the only order event with personal data."""

    source = SOURCE
    detail_type = "OrderContactGiven.v1"
    personal = True

    order_id: str
    channel: str
    channel_order_id: str
    placed_at: str
    contact: Contact
    address: PostalAddress | None = None


class OrderAddressGiven(Event):
    """Where the order's parcels go, in full, as placed or as changed since. The one with the highest version holds."""

    source = SOURCE
    detail_type = "OrderAddressGiven.v1"
    personal = True

    order_id: str
    address: PostalAddress
    version: int


class PaymentRequested(Event):
    """The order waits for one payment operation; the payment worker asks the provider. Nothing has moved yet."""

    source = SOURCE
    detail_type = "PaymentRequested.v1"

    order_id: str
    operation_id: str
    kind: str
    amount: int
    currency: str


class PaymentSettled(Event):
    """The provider's definite word on one operation: `DONE` or `DECLINED`."""

    source = SOURCE
    detail_type = "PaymentSettled.v1"

    order_id: str
    operation_id: str
    kind: str
    outcome: str
    amount: int
    currency: str


class OrderReleased(Event):
    """Nothing holds the order back from routing: fulfilment plans these units now. No stock is set aside yet."""

    source = SOURCE
    detail_type = "OrderReleased.v1"

    order_id: str
    channel: str
    placed_at: str
    currency: str
    lines: tuple[OrderedLine, ...]
    service: str = "standard"
    destination: Destination | None = None
    reservation_id: str | None = None
    paid_by_channel: bool = False
    changes: tuple[str, ...] = ()
    """Changes whose units are among `lines`."""
    again: int = 0
    """How often it was told before, with nothing heard since: fulfilment then tells again how the order stands."""
    promised_by: str | None = None
    """By when the channel told the shopper that it will be there."""


class OrderHoldsChanged(Event):
    """Which holds (by id) bar the work of an order that was released before: none of it may go on while there is one,
    what has left has left. Always all of them: late and repeated ones do no harm, the one with the highest version
    counts."""

    source = SOURCE
    detail_type = "OrderHoldsChanged.v1"

    order_id: str
    holds: tuple[str, ...]
    version: int


class OrderCancelRequested(Event):
    """Somebody wants units not to be delivered. Fulfilment alone decides, by quantity; nothing is cancelled yet."""

    source = SOURCE
    detail_type = "OrderCancelRequested.v1"

    order_id: str
    request_id: str
    lines: tuple[LineQuantity, ...]
    reason: str
    all_or_none: bool = False
    """Whether stopping a part of it is of no use: then all units are stopped, or none."""
    again: int = 0
    """How often it was told before: fulfilment then tells its decision again."""


class OrderLinesAdded(Event):
    """The order got more units, of new lines or of known ones, by a change or an exchange: fulfilment plans these as
    well, `carry_out` lines left with the shopper. No stock is set aside yet; they are paid for or authorised."""

    source = SOURCE
    detail_type = "OrderLinesAdded.v1"

    order_id: str
    change_id: str
    lines: tuple[OrderedLine, ...]


class OrderLinesCancelled(Event):
    """These units will not be delivered; money for them is voided or refunded by operations of their own."""

    source = SOURCE
    detail_type = "OrderLinesCancelled.v1"

    order_id: str
    lines: tuple[LineQuantity, ...]
    reason: str
    whole_order: bool


class ReturnedUnits(Fact):
    """Units that came back, where they lie. `disposition`: PROCESSING (not inspected yet), RESTOCK, RESTOCK_ELSEWHERE,
    REFURBISH, LIQUIDATE, DESTROY, VENDOR, KEEP (the shopper keeps them)."""

    line_id: str
    sku: str
    location_id: str
    quantity: int
    disposition: str


class ReturnRequested(Event):
    """The shopper wants to give units back. `verdict`: AUTHORISED, DENIED or MANUAL (a person decides); nothing is back
    yet and no money has moved."""

    source = SOURCE
    detail_type = "ReturnRequested.v1"

    order_id: str
    return_id: str
    method: str
    verdict: str
    lines: tuple[LineQuantity, ...]


class ReturnReceived(Event):
    """Units of a return are here, or what becomes of them was decided: always the whole state of the return, so that
    late and repeated ones do no harm. Money for them goes back by operations of their own."""

    source = SOURCE
    detail_type = "ReturnReceived.v1"

    order_id: str
    return_id: str
    units: tuple[ReturnedUnits, ...]
    version: int


class OrdersToErase(Event):
    """These are the orders of a person who is to be forgotten. Each says `OrderErased` when nothing of it tells any
    more whose it was: at once, or when its last unit has left or is cancelled. May come again with more orders, when
    one is found late."""

    source = SOURCE
    detail_type = "OrdersToErase.v1"

    request_id: str
    order_ids: tuple[str, ...]
    version: int


class OrderErased(Event):
    """Nothing of the order says any more whose it was; its lines and its money stay."""

    source = SOURCE
    detail_type = "OrderErased.v1"

    request_id: str
    order_id: str


class OrderValueChanged(Event):
    """What the shopper has of an order by now, without shipping, in minor units: `left` is the value of the units that
    have left, `kept` of those that did not come back. Always the whole state: late and repeated ones do no harm,
    the one with the highest version holds. Told at placement too, when nothing has left yet."""

    source = SOURCE
    detail_type = "OrderValueChanged.v1"

    order_id: str
    channel: str
    currency: str
    placed_at: str
    left: int
    kept: int
    cancelled: bool = False
    imported: bool = False
    """An order of the past: it counts, but whatever it earned was given elsewhere."""
    version: int
