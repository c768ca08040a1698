"""Use case of the checkout: which ways there are to a shopper, from live copies; nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from functions.fulfilment.domain.delivery_options import Basket, Offering, Option
from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.domain.departures import departures
from functions.fulfilment.domain.network import Copies
from functions.fulfilment.repository.copies import CopyRepository
from shared.clock import Clock
from shared.geo import Geo

MAX_LOOKS = 4
"""At how full places are: then the answer is what is known, since asking sets nothing aside anyway."""


@dataclass(frozen=True)
class Lacking:
    """Units of an item that cannot be given as asked, wherever they are taken from."""

    sku: str
    requested: int
    available: int


@dataclass(frozen=True)
class Offered:
    """What can be offered. `currency` of the charges; empty where the card names none."""

    options: tuple[Option, ...]
    lacking: tuple[Lacking, ...]
    currency: str
    as_of: datetime


class DeliveryOptionsService:
    """Reads only."""

    def __init__(self, copies: CopyRepository, *, clock: Clock) -> None:
        self._copies = copies
        self._clock = clock

    def options(self, units: Mapping[str, int], *, channel: str, destination: Destination, near: Geo | None) -> Offered:
        """Every way in which the whole basket can be had now."""
        at = self._clock()
        basket = Basket(dict(units), channel, at, self._copies.located(destination), near)
        copies = self._copies.load(units)
        answer = Offering(basket, copies).answer()
        for _ in range(MAX_LOOKS):
            if answer.relied_on <= copies.taken.keys():
                break
            days = {(name, one.day) for name, _ in answer.relied_on for one in departures(copies.places[name], at=at)}
            copies = replace(copies, taken={**copies.taken, **self._copies.taken(days)})
            answer = Offering(basket, copies).answer()
        return Offered(answer.options, tuple(_lacking(basket, copies)), copies.card(at).currency, at)


def _lacking(basket: Basket, copies: Copies) -> list[Lacking]:
    pool = copies.selling.terms(basket.channel, at=basket.at)
    found = []
    for sku, wanted in basket.units.items():
        by_place = copies.pages[sku].by_place
        there = sum(
            units
            for name, units in by_place.items()
            if name in copies.places and copies.places[name].open_at(basket.at) and pool.sells_from(name)
        )
        if there < wanted:
            found.append(Lacking(sku, wanted, there))
    return found
