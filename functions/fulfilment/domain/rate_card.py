"""Rate cards: what a parcel costs by zone, weight and service, and how many days it is on its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from functions.fulfilment.domain.calendar import LOOK_AHEAD_DAYS, WEEKDAYS
from shared.geo import Geo, distance_km

BUSINESS_DAYS = WEEKDAYS[:5]


@dataclass(frozen=True)
class Zone:
    """Destinations that cost the same: at home up to a distance (None: any), or abroad in `countries` (empty: all)."""

    zone: str
    up_to_km: float | None = None
    countries: tuple[str, ...] | None = None

    @property
    def abroad(self) -> bool:
        return self.countries is not None


@dataclass(frozen=True)
class Step:
    """A parcel of up to this weight costs `amount` minor units."""

    up_to_grams: int
    amount: int


@dataclass(frozen=True)
class Tariff:
    """One service in one zone: steps by weight, then `per_kg` on what is above the last step; days on the way."""

    zone: str
    steps: tuple[Step, ...]
    per_kg: int = 0
    transit_days: int = 1

    @property
    def stepped(self) -> bool:
        """Whether the price does not rise in a straight line."""
        return len(self.steps) > 1 or self.steps[0].up_to_grams > 0

    def amount(self, weight_grams: int) -> int:
        """What a parcel of this weight costs, rounded half up."""
        for step in self.steps:
            if weight_grams <= step.up_to_grams:
                return step.amount
        last = self.steps[-1]
        return last.amount + (self.per_kg * (weight_grams - last.up_to_grams) + 500) // 1000

    def line(self, weight_grams: int) -> tuple[int, int]:
        """The straight line (setup, per kg) that the router adds up instead of the steps: through the lightest parcel
        and through the whole order's weight, so it is exact for an order that travels as one parcel."""
        setup = self.steps[0].amount
        if not self.stepped:
            return setup, self.per_kg
        rise = self.amount(weight_grams) - setup
        return setup, rise * 1000 // weight_grams if weight_grams else 0


@dataclass(frozen=True)
class Service:
    """A delivery service. `charge`: what the shopper pays, when the card says so. A guaranteed one is only promised
    where it can be kept."""

    service: str
    tariffs: tuple[Tariff, ...]
    charge: int | None = None
    guaranteed: bool = False
    max_weight_grams: int | None = None
    """Of one unit; heavier ones do not travel by it."""
    delivers_on: tuple[str, ...] = BUSINESS_DAYS

    def tariff(self, zone: str) -> Tariff | None:
        """What it costs in the zone; None where it is not offered."""
        return next((one for one in self.tariffs if one.zone == zone), None)


@dataclass(frozen=True)
class RateCard:
    """One version of a card; it never changes. Distances are as the crow flies. `holidays` by country, `YYYY-MM-DD`."""

    card_id: str
    version: int
    currency: str
    zones: tuple[Zone, ...]
    services: tuple[Service, ...]
    effective_from: datetime | None = None
    unknown_distance_zone: str | None = None
    """Where either point is unknown; the same for every place, so it decides nothing."""
    holidays: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How decisions name it."""
        return f"{self.card_id}.v{self.version}"

    def service(self, name: str) -> Service:
        """The service; the first one for a name that the card does not have."""
        return next((one for one in self.services if one.service == name), self.services[0])

    def zone(self, *, abroad_in: str | None, distance: float | None) -> str | None:
        """The zone of a destination: of another country, or at this distance in the same one; None: beyond all."""
        if abroad_in:
            named = [one for one in self.zones if one.countries and abroad_in in one.countries]
            return next((one.zone for one in (*named, *self._rest_of_the_world())), None)
        home = [one for one in self.zones if not one.abroad]
        if distance is None:
            return self.unknown_distance_zone or (home[-1].zone if home else None)
        return next((one.zone for one in home if one.up_to_km is None or distance <= one.up_to_km), None)

    def _rest_of_the_world(self) -> Iterable[Zone]:
        return (one for one in self.zones if one.abroad and not one.countries)

    def arrival(self, shipped_on: date, transit_days: int, *, service: Service, country: str) -> date:
        """The day on which a parcel that leaves on `shipped_on` arrives: so many days later on which the service
        delivers in that country."""
        closed = self.holidays.get(country, ())
        day, left = shipped_on, transit_days
        for _ in range(LOOK_AHEAD_DAYS):
            if left <= 0:
                break
            day += timedelta(days=1)
            left -= WEEKDAYS[day.weekday()] in service.delivers_on and day.isoformat() not in closed
        return day


@dataclass(frozen=True)
class Rate:
    """A parcel from one place to one destination. `distance_km` is None where either point is unknown."""

    tariff: Tariff
    distance_km: float | None


def rate_of(
    card: RateCard,
    origin: Geo | None,
    origin_country: str,
    destination: Geo | None,
    destination_country: str,
    *,
    service: Service,
) -> Rate | None:
    """What the service costs from there; None where the card does not reach."""
    distance = distance_km(origin, destination) if origin and destination else None
    abroad = origin_country and destination_country and origin_country != destination_country
    zone = card.zone(abroad_in=destination_country if abroad else None, distance=distance)
    tariff = service.tariff(zone) if zone else None
    return Rate(tariff, None if distance is None else round(distance, 1)) if tariff else None


@dataclass(frozen=True)
class RateBook:
    """The card in force and those that are still to come, in the order in which they were put."""

    cards: tuple[RateCard, ...] = ()

    def in_force(self, at: datetime) -> RateCard | None:
        """Of the cards whose time has come the one whose time came last; of equals the one put last."""
        begun = [card for card in self.cards if _begins(card) <= at]
        return max(enumerate(begun), key=lambda one: (_begins(one[1]), one[0]))[1] if begun else None

    def scheduled(self, at: datetime) -> tuple[RateCard, ...]:
        """Those whose time has not come."""
        return tuple(card for card in self.cards if _begins(card) > at)

    def with_card(self, card: RateCard, *, at: datetime) -> RateBook:
        """With the card, without those that will never be in force again. A later version of a scheduled card takes its
        place."""
        kept = [one for one in self.cards if not (one.card_id == card.card_id and _begins(one) > at)]
        if card not in kept:
            kept.append(card)
        book = RateBook(tuple(kept))
        now = book.in_force(at)
        return RateBook(tuple(one for one in kept if one is now or _begins(one) > at))


def _begins(card: RateCard) -> datetime:
    assert card.effective_from is not None, "a card of the book says when it begins"
    return card.effective_from
