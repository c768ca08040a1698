"""What a shopper may choose when their store cannot give what they were to collect there, and what happens if not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from functions.fulfilment.domain.demand import TO_STORE, Demand, Line
from functions.fulfilment.domain.giving import could, gives_all, nearest
from functions.fulfilment.domain.network import Copies
from functions.fulfilment.domain.selling import METHODS
from functions.fulfilment.domain.settling import told_as_now
from functions.fulfilment.domain.states import SHIP
from functions.fulfilment.domain.work import FulfilmentOrder, Offer, Option
from shared.errors import Conflict, InvalidField

OFFER_LIVES = timedelta(hours=24)
"""How long the shopper may choose before the default happens."""
MAX_OTHER_STORES = 5


class Choice(StrEnum):
    """What can be done about a short collection."""

    SHIP_TO_STORE = "ship_to_store"
    SHIP_HOME = "ship_home"
    OTHER_STORE = "other_store"
    CANCEL = "cancel"


DEFAULTS = (Choice.SHIP_TO_STORE, Choice.SHIP_HOME)
"""What happens by itself, the first that is possible; else the units are cancelled."""


class OfferEnded(Conflict):
    """There is nothing to choose (any more)."""

    code = "offer_ended"


def offered(
    demand: Demand, order: FulfilmentOrder, lost: Mapping[str, int], copies: Copies, *, at: datetime
) -> Offer | None:
    """The offer for the units (by line) that the store cannot give; None when no other place could."""
    skus = {line.line_id: line.sku for line in order.lines}
    wanted: dict[str, int] = {}
    for line_id, units in lost.items():
        wanted[skus[line_id]] = wanted.get(skus[line_id], 0) + units
    gives = gives_all(demand, wanted, copies, at=at)
    here = copies.places.get(order.place_id)
    others = [place for place in copies.places.values() if place.location_id != order.place_id]
    could_go = partial(could, demand, lost, copies, at=at)
    options: list[Option] = []
    if here is not None and here.can("pickup") and could_go(method=TO_STORE, location_id=order.place_id):
        options.append(Option(Choice.SHIP_TO_STORE, Choice.SHIP_TO_STORE, order.place_id))
    known = demand.destination.geo or demand.destination.country
    if known and could_go(method=SHIP, location_id=None):
        options.append(Option(Choice.SHIP_HOME, Choice.SHIP_HOME))
    stores = nearest(here.geo if here else None, [one for one in others if gives(one, METHODS[order.method])])
    options += [
        Option(f"{Choice.OTHER_STORE}:{store.location_id}", Choice.OTHER_STORE, store.location_id)
        for store in stores[:MAX_OTHER_STORES]
        if could_go(method=order.method, location_id=store.location_id)
    ]
    if not options:
        return None
    options.append(Option(Choice.CANCEL, Choice.CANCEL))
    possible = {option.choice for option in options}
    default = next((one for one in DEFAULTS if one in possible), Choice.CANCEL)
    lines = tuple((line_id, skus[line_id], units) for line_id, units in lost.items())
    number = order.offer.number + 1 if order.offer else 1
    return Offer(number, lines, tuple(options), default, at + OFFER_LIVES)


def chosen(order: FulfilmentOrder, option_id: str) -> tuple[FulfilmentOrder, Option]:
    """The order after the choice, and what was chosen.

    Raises OfferEnded without an open offer, InvalidField for an option that it does not have.
    """
    if order.offer is None:
        raise OfferEnded("there is nothing to choose")
    offer, option = taken(order.offer, option_id)
    return replace(order, offer=offer), option


def taken(offer: Offer, option_id: str) -> tuple[Offer, Option]:
    """The offer with its choice, and what was chosen. Raises OfferEnded, InvalidField."""
    if offer.chosen:
        raise OfferEnded("there is nothing to choose any more")
    option = next((one for one in offer.options if one.option_id == option_id), None)
    if option is None:
        raise InvalidField("/option_id", f"choose one of {', '.join(one.option_id for one in offer.options)}")
    return replace(offer, chosen=option_id), option


def parked(demand: Demand, offer: Offer) -> Demand:
    """The offer's units wait for the shopper's choice and are not planned meanwhile; that is told."""
    units = {line_id: count for line_id, _, count in offer.lines}
    lines = tuple(replace(line, offered=line.offered + units.get(line.line_id, 0)) for line in demand.lines)
    return told_as_now(replace(demand, lines=lines))


def applied(demand: Demand, offer: Offer, option: Option) -> Demand:
    """The units go the way that was chosen: open again by another method or place, or cancelled."""
    units = {line_id: count for line_id, _, count in offer.lines}
    lines = tuple(_applied(line, units.get(line.line_id, 0), option) for line in demand.lines)
    return told_as_now(replace(demand, lines=lines))


def _applied(line: Line, units: int, option: Option) -> Line:
    units = min(units, line.offered)  # some may have been cancelled meanwhile
    if not units:
        return line
    line = replace(line, offered=line.offered - units)
    match option.choice:
        case Choice.CANCEL:
            return replace(line, cancelled=line.cancelled + units)
        case Choice.SHIP_HOME:
            return replace(line, method=SHIP, location_id=None)
        case Choice.SHIP_TO_STORE:
            return replace(line, method="ship_to_store", location_id=option.location_id)
        case _:
            return replace(line, location_id=option.location_id)
