"""What fulfilment tells of goods that a shopper collects: on their way, ready, asked for, handed over or not."""

from __future__ import annotations

from shared.events.base import Event, Fact
from shared.events.fulfilment.source import SOURCE
from shared.events.fulfilment.work import Progress
from shared.events.orders import LineQuantity


class SentToStore(Progress):
    """The goods have left their place for the store (`location_id`) where they are collected: they are no longer on
    hand at `source_id`, and not at the store yet."""

    source = SOURCE
    detail_type = "SentToStore.v1"

    source_id: str
    plan_version: int


class ReceivedAtStore(Progress):
    """The goods have come to the store where they are collected, and are set aside there; they are not ready yet."""

    source = SOURCE
    detail_type = "ReceivedAtStore.v1"

    source_id: str
    plan_version: int


class ReadyForPickup(Progress):
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
    held_seconds: int = 0
    """How long holds of the order barred the work in between."""


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


class RefusedLine(Fact):
    """Units that the shopper did not want at the counter, and why: handed over, and brought back at once."""

    line_id: str
    quantity: int
    reason: str


class HandedOver(Progress):
    """The shopper has the goods: the location's stock is gone, the money for it is due. With status READY only a part
    of them: the rest waits. `refused` units came back over the counter at once."""

    source = SOURCE
    detail_type = "HandedOver.v1"

    refused: tuple[RefusedLine, ...] = ()
    ready_at: str | None = None
    """Since when it lay ready, when the shopper said that they are there (where they did), and when they had it all, or
    went with a part of it."""
    arrived_at: str | None = None
    handed_over_at: str | None = None


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
    number: int = 1
    """Of the offers that the fulfilment order has made."""


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


class PickupNotCollected(Event):
    """Nobody came for these units: they are cancelled, and what was paid for them is given back. They are not for
    sale before they are back on their shelf."""

    source = SOURCE
    detail_type = "PickupNotCollected.v1"

    order_id: str
    fulfilment_order_id: str
    location_id: str
    lines: tuple[LineQuantity, ...]
    at: str | None = None
