"""What fulfilment tells the others."""

from __future__ import annotations

from pydantic import Field

from shared.events.base import Event, Fact
from shared.events.inventory import Allocation
from shared.events.orders import LineQuantity

SOURCE = "throughline.fulfilment"


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


class RefusedLine(Fact):
    """Units that the shopper did not want at the counter, and why: handed over, and brought back at once."""

    line_id: str
    quantity: int
    reason: str


class Parcel(Fact):
    """One parcel on its way."""

    parcel_id: str
    carrier: str
    tracking_number: str


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


class PickupReminded(Event):
    """A collection still waits and the shopper should be reminded: after `pickup_by` it is given up."""

    source = SOURCE
    detail_type = "PickupReminded.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    pickup_by: str


class PickupExtended(Event):
    """A collection waits longer: until `pickup_by`."""

    source = SOURCE
    detail_type = "PickupExtended.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    pickup_by: str


class ShopperArrived(Event):
    """The shopper is at the store and waits for the goods (at the curb: in `bay`)."""

    source = SOURCE
    detail_type = "ShopperArrived.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    bay: str = ""
    arrived_at: str


class OfferedOption(Fact):
    """What a shopper may choose: ship_to_store, ship_home, other_store, cancel."""

    option_id: str
    choice: str
    location_id: str | None = None


class OptionsOffered(Event):
    """A store cannot give units that were to be collected there: the shopper may choose by their signed link until
    `expires_at`, then the default happens. Nothing is planned for the units before."""

    source = SOURCE
    detail_type = "OptionsOffered.v1"
    personal = True

    order_id: str
    fulfilment_order_id: str
    location_id: str
    lines: tuple[LineQuantity, ...]
    options: tuple[OfferedOption, ...]
    default: str
    expires_at: str
    link: str


class OptionChosen(Event):
    """The shopper has chosen, or the default has happened. With `cancel` the units are cancelled; by any other choice
    they are planned anew, which is not decided yet."""

    source = SOURCE
    detail_type = "OptionChosen.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    lines: tuple[LineQuantity, ...]
    number: int
    choice: str


class ChoiceOffered(Event):
    """No place can ship units of an order, and its routing profile has the shopper asked: by their signed link they may
    choose among the options (wait, collect, cancel) until `expires_at`, then the default happens. Nothing is planned
    for the units before. A higher `number` takes the place of an earlier offer of the order."""

    source = SOURCE
    detail_type = "ChoiceOffered.v1"
    personal = True

    order_id: str
    number: int
    lines: tuple[LineQuantity, ...]
    options: tuple[OfferedOption, ...]
    default: str
    expires_at: str
    link: str


class ChoiceMade(Event):
    """The shopper has chosen, or the default has happened: the units wait, are planned to be collected, or are out of
    stock, which is told by the order's next routing."""

    source = SOURCE
    detail_type = "ChoiceMade.v1"

    order_id: str
    number: int
    lines: tuple[LineQuantity, ...]
    choice: str
    location_id: str | None = None


class PickupNotCollected(Event):
    """Nobody came for these units: they are cancelled, and what was paid for them is given back. They are not for
    sale before they are back on their shelf."""

    source = SOURCE
    detail_type = "PickupNotCollected.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    lines: tuple[LineQuantity, ...]


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


class _Progress(Event):
    """What every step of a fulfilment order tells: the whole state, so that late and repeated steps do no harm."""

    order_id: str
    fulfilment_order_id: str
    location_id: str
    method: str
    status: str
    lines: tuple[LineProgress, ...]
    version: int


class FulfilmentOrderMoved(_Progress):
    """A fulfilment order took a step that moves neither stock nor money (acknowledged, picked, packed, delivered)."""

    source = SOURCE
    detail_type = "FulfilmentOrderMoved.v1"


class SentToStore(_Progress):
    """The goods have left their place for the store (`location_id`) where they are collected: they are no longer on
    hand at `source_id`, and not at the store yet."""

    source = SOURCE
    detail_type = "SentToStore.v1"

    source_id: str
    plan_version: int


class ReceivedAtStore(_Progress):
    """The goods have come to the store where they are collected, and are set aside there; they are not ready yet."""

    source = SOURCE
    detail_type = "ReceivedAtStore.v1"

    source_id: str
    plan_version: int


class ReadyForPickup(_Progress):
    """The goods lie ready at the place of collection. Carries the shopper's secret code, and
    the signed token of their link (`/v1/shopper-links/{token}`)."""

    source = SOURCE
    detail_type = "ReadyForPickup.v1"
    personal = True

    code: str
    pickup_by: str | None = None
    link: str | None = None
    opened_at: str | None = None
    """When the work on it opened, and when it lay ready."""
    ready_at: str | None = None


class Shipped(_Progress):
    """The parcels have left the location: its stock is gone, the money for it is due."""

    source = SOURCE
    detail_type = "Shipped.v1"

    parcels: tuple[Parcel, ...] = ()


class HandedOver(_Progress):
    """The shopper has the goods: the location's stock is gone, the money for it is due. With status READY or ARRIVED
    only a part of them: the rest waits. `refused` units came back over the counter at once."""

    source = SOURCE
    detail_type = "HandedOver.v1"

    refused: tuple[RefusedLine, ...] = ()
    ready_at: str | None = None
    """Since when it lay ready, when the shopper said that they are there (where they did), and when they had it all."""
    arrived_at: str | None = None
    handed_over_at: str | None = None


class RateZone(Fact):
    """Destinations that cost the same: at home up to a distance (None: any), or abroad in `countries` (empty: all)."""

    zone: str
    up_to_km: float | None = None
    countries: tuple[str, ...] | None = None


class RateStep(Fact):
    """A parcel of up to this weight costs `amount` minor units."""

    up_to_grams: int
    amount: int


class RateTariff(Fact):
    """One zone of a service: steps by weight, then `per_kg` on what is above the last one."""

    zone: str
    steps: tuple[RateStep, ...]
    per_kg: int = 0


class RateService(Fact):
    """A delivery service, and what it costs by zone."""

    service: str
    tariffs: tuple[RateTariff, ...]


class RateCardPut(Event):
    """What parcels cost the retailer for plans made from `effective_from` on, until a later card's time comes."""

    source = SOURCE
    detail_type = "RateCardPut.v1"

    card_id: str
    version: int
    currency: str
    effective_from: str
    zones: tuple[RateZone, ...]
    services: tuple[RateService, ...]
    unknown_distance_zone: str | None = None


class FulfilmentErased(Event):
    """Nothing of the order's work says any more whose it was."""

    source = SOURCE
    detail_type = "FulfilmentErased.v1"

    request_id: str
    order_id: str
    records: int


class RoutingTermsChanged(Event):
    """What every plan goes by has changed: `selling` (pools and exclusions), `profiles` or `rates`."""

    source = SOURCE
    detail_type = "RoutingTermsChanged.v1"

    part: str


class QueueAdvanced(Event):
    """A round through those who wait for news of a subject has come further, and goes on."""

    source = SOURCE
    detail_type = "QueueAdvanced.v1"

    subject: str
    version: int


class SimulationAdvanced(Event):
    """A simulation of routing has been started or has come further, and is not done: its next step is due now."""

    source = SOURCE
    detail_type = "SimulationAdvanced.v1"

    simulation_id: str
    version: int
