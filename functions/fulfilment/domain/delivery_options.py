"""What a checkout may offer for a basket: how it is delivered or collected, by when, and on which terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.fulfilment.domain.choices import Errand, Leg
from functions.fulfilment.domain.deadlines import deadlines
from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.domain.departure import Day
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.profiles import BUILT_IN, Asker, Stage, Traits, choose
from functions.fulfilment.domain.rate_card import Service
from functions.fulfilment.domain.routing.problem import Want
from functions.fulfilment.domain.selling import METHODS, Terms
from functions.fulfilment.domain.sourcing import planned_by
from functions.fulfilment.domain.states import SHIP
from shared.geo import Geo, distance_km

HONOURED_FOR = timedelta(minutes=30)
"""How long an option is worth showing: stock and room are not set aside by asking."""
MAX_PLACES = 10
"""Nearby places that are looked at for collection; half of them also for goods that would travel there."""
MAX_KM = 100.0


@dataclass(frozen=True)
class Basket:
    """What is asked. `near`: where the shopper is; by default the destination."""

    units: dict[str, int]
    channel: str
    at: datetime
    destination: Destination = field(default_factory=Destination)
    near: Geo | None = None


@dataclass(frozen=True)
class Option:
    """One way to the shopper. `charge` in minor units of the rate card's currency, None where the card names none."""

    method: str
    honoured_until: datetime
    terms: tuple[str, ...]
    service: str | None = None
    location_id: str | None = None
    ready_at: datetime | None = None
    delivered_by: datetime | None = None
    parcels: int = 0
    charge: int | None = None
    distance_km: float | None = None


@dataclass(frozen=True)
class Answer:
    """The options, and the days whose counts of parcels the answer relies on."""

    options: tuple[Option, ...]
    relied_on: frozenset[Day]


class Offering:
    """Works out the options of one basket."""

    def __init__(self, basket: Basket, copies: Copies) -> None:
        self._basket = basket
        self._copies = copies
        self._selling = copies.selling.terms(basket.channel, at=basket.at)
        self._relied_on: set[Day] = set()
        self._wants = [
            Want(sku, sku, quantity, copies.items[sku].weight_grams, None, copies.items[sku].value)
            for sku, quantity in basket.units.items()
            if sku in copies.items
        ]

    def answer(self) -> Answer:
        """Every option for the whole basket; none for an item that nothing is known of."""
        if len(self._wants) < len(self._basket.units):
            return Answer((), frozenset())
        options = (*self._shipped(), *self._collected())
        return Answer(options, frozenset(self._relied_on))

    def _shipped(self) -> Iterator[Option]:
        to = self._basket.destination
        if to.geo is None and not to.country:
            return
        card = self._copies.card(self._basket.at)
        for service in card.services:
            legs = self._legs(to, service.service, who=self._asker(service.service))
            if legs:
                yield Option(
                    SHIP,
                    self._honoured(leg.departure.ship_by for leg in legs),
                    _terms(service, legs),
                    service=service.service,
                    delivered_by=max(leg.delivered_by for leg in legs),
                    parcels=len(legs),
                    charge=service.charge,
                )

    def _asker(self, service: str) -> Asker:
        """The order that this would be."""
        items = [self._copies.items[sku] for sku in self._basket.units]
        value = sum(item.value * self._basket.units[item.sku] for item in items)
        traits = Traits(value, tuple(sorted({item.category for item in items if item.category})))
        country = self._basket.destination.country
        return Asker("", self._basket.channel, service, country, frozenset({SHIP}), traits)

    def _legs(self, to: Destination, service: str, *, who: Asker | None = None, but: str = "") -> list[Leg]:
        """The ways of all parcels of the cheapest plan; none when it leaves something out. `who`: within the profile
        that would decide their order; a canary's share is not known before. `but`: not from there."""
        places = {name: place for name, place in self._copies.places.items() if name != but}
        copies = self._copies.only(places) if but else self._copies
        errand = Errand(to, service, self._basket.at, channel=self._basket.channel)
        active = [one for one in copies.profiles if one.stage is Stage.ACTIVE]
        profile = choose(active, who) if who else BUILT_IN
        made, found, _ = planned_by(errand, self._wants, copies, copies.available, profile=profile)
        if made.plan.unfilled:
            return []
        legs = [found.legs[one] for one in sorted({one.location_id for one in made.plan.assignments})]
        self._relied_on |= {
            (leg.place.location_id, leg.departure.day) for leg in legs if leg.departure.limit is not None
        }
        return legs

    def _collected(self) -> Iterator[Option]:
        for number, (place, distance) in enumerate(self._nearby()):
            if self._has_all(place, "pickup"):
                for method in ("pickup", "curbside"):
                    if place.can(method) and self._has_all(place, method):
                        yield self._collection(method, place, distance, self._ready(place, self._basket.at))
            elif number < MAX_PLACES // 2:
                legs = self._legs(Destination(place.country, place.geo), "standard", but=place.location_id)
                if legs:
                    arrives = max(leg.delivered_by for leg in legs)
                    yield self._collection(
                        "ship_to_store", place, distance, self._ready(place, arrives), parcels=len(legs)
                    )

    def _collection(
        self, method: str, place: Place, distance: float | None, ready_at: datetime, *, parcels: int = 0
    ) -> Option:
        return Option(
            method,
            self._honoured(()),
            ("stock is not set aside until it is held or ordered",),
            location_id=place.location_id,
            ready_at=ready_at,
            parcels=parcels,
            distance_km=distance,
        )

    def _nearby(self) -> list[tuple[Place, float | None]]:
        """Open places where one can collect, nearest first; without knowing where the shopper is, by their ids."""
        here = self._basket.near or self._basket.destination.geo
        found: list[tuple[Place, float | None]] = []
        for place in self._copies.places.values():
            if not place.can("pickup") or not place.open_at(self._basket.at):
                continue
            if not self._selling.sells_from(place.location_id):
                continue
            distance = distance_km(here, place.geo) if here and place.geo else None
            if distance is None or distance <= MAX_KM:
                found.append((place, None if distance is None else round(distance, 1)))
        found.sort(key=lambda one: (one[1] is None, one[1] or 0.0, one[0].location_id))
        return found[:MAX_PLACES]

    def _has_all(self, place: Place, method: str) -> bool:
        return all(
            self._copies.available(sku, place.location_id) >= quantity
            and not _excluded(self._selling, self._copies, sku, place, method)
            for sku, quantity in self._basket.units.items()
        )

    def _ready(self, place: Place, since: datetime) -> datetime:
        return deadlines(place, "pickup", at=since).due_by

    def _honoured(self, cutoffs: Iterable[datetime]) -> datetime:
        return min((self._basket.at + HONOURED_FOR, *cutoffs))


def _excluded(selling: Terms, copies: Copies, sku: str, place: Place, method: str) -> bool:
    return selling.excluded(
        sku=sku,
        category=copies.items[sku].category,
        location_id=place.location_id,
        kind=place.kind,
        method=METHODS[method],
    )


def _terms(service: Service, legs: list[Leg]) -> tuple[str, ...]:
    cutoff = min(leg.departure.ship_by for leg in legs).isoformat().replace("+00:00", "Z")
    kept = "guaranteed" if service.guaranteed else "estimated"
    return (
        f"{kept}, if ordered by {cutoff}",
        f"delivered on {', '.join(service.delivers_on)}, not on holidays",
        "stock is not set aside until it is held or ordered",
    )
