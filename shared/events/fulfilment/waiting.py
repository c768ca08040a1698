"""Who waits: what the shopper may choose for units that no place can ship, and rounds through those who wait."""

from __future__ import annotations

from shared.events.base import Event
from shared.events.fulfilment.collections import OfferedOption
from shared.events.fulfilment.source import SOURCE
from shared.events.orders import LineQuantity


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
