"""Which places may ship what, and what a parcel from there costs: hard filters with their reasons, then the terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.domain.departure import Departure
from functions.fulfilment.domain.departures import departure
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.rate_card import Rate, Tariff, rate_of
from functions.fulfilment.domain.routing.plan import Exclusion, Reason
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.states import SHIP

Units = Callable[[str, str], int]
"""How many units of a SKU a location may give."""
Refusal = Callable[[str, Place], Reason | None]
"""Why a place may not give a SKU to this demand; None: it may."""


def anything_goes(_sku: str, _place: Place) -> None:
    """No place is refused."""


@dataclass(frozen=True)
class Errand:
    """Where parcels go, how, and by when. `strict`: a guaranteed service is only chosen where its promise holds."""

    destination: Destination
    service: str
    at: datetime
    promised_by: datetime | None = None
    strict: bool = True
    channel: str = ""


@dataclass(frozen=True)
class Leg:
    """The way of a parcel from one place."""

    place: Place
    departure: Departure
    rate: Rate
    arrival: Callable[[date], date]
    """When it arrives, if it leaves on that day."""

    @property
    def arrives_on(self) -> date:
        return self.arrival(self.departure.date)

    @property
    def delivered_by(self) -> datetime:
        """The end of the day of arrival, on the wall of the place that it left."""
        return self.place.calendar.moment(self.arrives_on, "23:59")


@dataclass
class Choices:
    """The places that are a choice with their ways, and the others with why not."""

    candidates: list[Candidate] = field(default_factory=list)
    excluded: list[Exclusion] = field(default_factory=list)
    legs: dict[str, Leg] = field(default_factory=dict)


class Chooser:
    """Looks at one place after the other for one errand."""

    def __init__(self, copies: Copies, errand: Errand, wants: Sequence[Want]) -> None:
        self._copies = copies
        self._errand = errand
        self._wants = wants
        self._skus = {want.sku: want.weight_grams for want in wants}
        self._weight = sum(want.quantity * want.weight_grams for want in wants)
        self._card = copies.card(errand.at)
        self._service = self._card.service(errand.service)
        self._terms = copies.selling.terms(errand.channel, at=errand.at)
        self._lines: dict[Tariff, tuple[int, int]] = {}

    def choose(self, places: Iterable[Place], units: Units, *, refusal: Refusal = anything_goes) -> Choices:
        """Every place as a choice or with the reason why it is none."""
        found = Choices()
        for place in places:
            reason = self._out_of_question(place) or self._look_at(place, units, refusal, found)
            if reason:
                found.excluded.append(Exclusion(place.location_id, reason))
        return found

    def _out_of_question(self, place: Place) -> Reason | None:
        if not place.can(SHIP):
            return Reason.METHOD_OFF
        if not self._terms.sells_from(place.location_id):
            return Reason.NOT_IN_POOL
        if not place.open_at(self._errand.at):
            return Reason.PAUSED
        return None

    def _look_at(self, place: Place, units: Units, refusal: Refusal, found: Choices) -> Reason | None:
        stock: dict[str, int] = {}
        refused: Reason | None = None
        for sku in self._skus:
            if not (have := units(sku, place.location_id)) > 0:
                continue
            reason = refusal(sku, place) or self._not_from_here(sku, place)
            refused = reason or refused
            if reason is None:
                stock[sku] = have
        if not stock:
            return refused or Reason.NO_STOCK
        leg, reason = self._leg(place)
        if leg is None:
            return reason
        found.legs[place.location_id] = leg
        found.candidates.append(self._candidate(leg, stock))
        return None

    def _not_from_here(self, sku: str, place: Place) -> Reason | None:
        item = self._copies.items.get(sku)
        if item and item.ships_from is not None and place.kind not in item.ships_from:
            return Reason.ATTRIBUTE
        limit = self._service.max_weight_grams
        if limit is not None and self._skus[sku] > limit:
            return Reason.ATTRIBUTE
        excluded = self._terms.exclusions and self._terms.excluded(
            sku=sku,
            category=item.category if item else "",
            location_id=place.location_id,
            kind=place.kind,
            method=SHIP,
        )
        return Reason.EXCLUDED if excluded else None

    def _leg(self, place: Place) -> tuple[Leg | None, Reason | None]:
        errand, to = self._errand, self._errand.destination
        rate = rate_of(self._card, place.geo, place.country, to.geo, to.country, service=self._service)
        if rate is None:
            return None, Reason.TOO_FAR
        leaves = departure(place, at=errand.at, taken=self._copies.taken)
        if leaves is None:
            return None, Reason.CAPACITY_FULL
        leg = Leg(place, leaves, rate, partial(self._arrival, place, rate.tariff.transit_days))
        if errand.strict and self._service.guaranteed and self._days_late(place, leg.arrives_on):
            in_time = not self._days_late(place, leg.arrival(place.calendar.local_date(errand.at)))
            return None, Reason.PAST_CUTOFF if in_time else Reason.PROMISE_MISS
        return leg, None

    def _arrival(self, place: Place, transit_days: int, leaves: date) -> date:
        country = self._errand.destination.country or place.country
        return self._card.arrival(leaves, transit_days, service=self._service, country=country)

    def _days_late(self, place: Place, arrives_on: date) -> int:
        if self._errand.promised_by is None:
            return 0
        return max(0, (arrives_on - place.calendar.local_date(self._errand.promised_by)).days)

    def _candidate(self, leg: Leg, stock: dict[str, int]) -> Candidate:
        place = leg.place
        setup, per_kg = self._line(leg.rate.tariff)
        waits = (leg.departure.date - place.calendar.local_date(self._errand.at)).days
        parcel = setup + place.handling_per_parcel
        return Candidate(
            place.location_id,
            fixed_cost=parcel,
            cost_per_kg=per_kg,
            unit_cost=place.handling_per_unit,
            stock=stock,
            unit_price=self._prices(place, stock),
            unit_risk=round(self._copies.failing.get(place.location_id, 0.0) * parcel),  # one more, from elsewhere
            distance_km=leg.rate.distance_km,
            days_waiting=max(0, waits),
            days_late=self._days_late(place, leg.arrives_on),
        )

    def _prices(self, place: Place, stock: dict[str, int]) -> dict[str, int]:
        """What a unit of each SKU is worth where it lies."""
        prices = (
            (sku, self._copies.price(sku, place.location_id, have, at=self._errand.at)) for sku, have in stock.items()
        )
        return {sku: price for sku, price in prices if price}

    def _line(self, tariff: Tariff) -> tuple[int, int]:
        """Setup and cost per kg by which everything as one parcel costs what the card says, to the cent."""
        known = self._lines.get(tariff)
        if known is None:
            setup, per_kg = tariff.line(self._weight)
            if tariff.stepped:
                by_unit = sum(want.quantity * ((per_kg * want.weight_grams + 500) // 1000) for want in self._wants)
                setup = max(0, tariff.amount(self._weight) - by_unit)
            known = self._lines[tariff] = setup, per_kg
        return known
