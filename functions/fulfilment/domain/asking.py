"""What a shopper may choose when no place can ship units of their order, and what happens if they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from functions.fulfilment.domain.deciding import patience
from functions.fulfilment.domain.demand import Demand, Line
from functions.fulfilment.domain.giving import could, gives_all, nearest
from functions.fulfilment.domain.network import Copies, Item
from functions.fulfilment.domain.offers import MAX_OTHER_STORES, OFFER_LIVES, OfferEnded, taken
from functions.fulfilment.domain.settling import told_anew
from functions.fulfilment.domain.work import Offer, Option

PICKUP = "pickup"


class Answer(StrEnum):
    """What can be done about units that cannot be shipped."""

    WAIT = "wait"
    COLLECT = "collect"
    CANCEL = "cancel"


DEFAULT = Answer.WAIT
"""What happens by itself: nothing is charged before it ships, and nobody loses their place."""


def asked_for(demand: Demand, copies: Copies, *, at: datetime) -> Offer | None:
    """The offer for all units of the order for which its shopper is asked: the one that is open while they stay the
    same, else a new one; the last one where there are none."""
    lines = tuple((line.line_id, line.sku, line.asked) for line in demand.lines if line.asked)
    known = demand.offer
    if not lines or (known and not known.chosen and known.lines == lines):
        return known
    options = (Option(Answer.WAIT, Answer.WAIT), *_collections(demand, copies, at=at), Option(Answer.CANCEL, "cancel"))
    return Offer(known.number + 1 if known else 1, lines, options, DEFAULT, at + OFFER_LIVES)


def _collections(demand: Demand, copies: Copies, *, at: datetime) -> Iterator[Option]:
    wanted: Counter[str] = Counter()
    for line in demand.lines:
        wanted[line.sku] += line.asked
    gives = gives_all(demand, +wanted, copies, at=at)
    stores = [place for place in copies.places.values() if gives(place, PICKUP)]
    asked = {line.line_id: line.asked for line in demand.lines if line.asked}
    for place in nearest(demand.destination.geo, stores)[:MAX_OTHER_STORES]:
        if could(demand, asked, copies, method=PICKUP, location_id=place.location_id, at=at):
            yield Option(f"{Answer.COLLECT}:{place.location_id}", Answer.COLLECT, place.location_id)


def answered(demand: Demand, option_id: str, items: Mapping[str, Item]) -> Demand:
    """The order's asked units go the way that was chosen: they wait, are open to be collected, or are out of stock.

    Raises OfferEnded without an open offer, InvalidField for an option that it does not have.
    """
    if demand.offer is None:
        raise OfferEnded("there is nothing to choose")
    offer, option = taken(demand.offer, option_id)
    after = replace(demand, offer=offer, lines=tuple(_answered(line, option, items) for line in demand.lines))
    return after if after.has_open_units else told_anew(after)


def _answered(line: Line, option: Option, items: Mapping[str, Item]) -> Line:
    if not line.asked:
        return line
    units, line = line.asked, replace(line, asked=0)
    match option.choice:
        case Answer.CANCEL:
            return replace(line, out_of_stock=line.out_of_stock + units)
        case Answer.COLLECT:
            return replace(line, method=PICKUP, location_id=option.location_id)
        case _:
            return replace(line, waiting=line.waiting + units, outcome=patience(items[line.sku]), patient=True)


def overdue(demand: Demand, at: datetime) -> bool:
    """Whether the shopper has not chosen in time."""
    return demand.offer is not None and not demand.offer.chosen and demand.offer.expires_at <= at
