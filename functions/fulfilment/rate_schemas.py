"""HTTP models of rate cards."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from functions.fulfilment.domain import rate_card
from functions.fulfilment.domain.calendar import WEEKDAYS
from functions.fulfilment.domain.rate_card import BUSINESS_DAYS, RateCard
from shared.errors import InvalidField
from shared.money import MAX_MINOR
from shared.schemas import Country, Currency, Identifier, QuerySchema, Schema, UtcTime

MAX_ZONES = 50
MAX_SERVICES = 20
MAX_STEPS = 50
MAX_STEPS_IN_ALL = 2000
MAX_HOLIDAYS = 100
MAX_KM = 25_000
MAX_GRAMS = 10_000_000

Amount = Annotated[int, Field(ge=0, le=MAX_MINOR)]
Day = Annotated[str, AfterValidator(lambda day: date.fromisoformat(day).isoformat())]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ZoneSchema(Schema):
    """Destinations that cost the same: at home up to `up_to_km` as the crow flies (absent: at any distance), or abroad
    in `countries` (empty: in every country that no other zone names)."""

    zone: Identifier
    up_to_km: Annotated[float, Field(gt=0, le=MAX_KM, strict=False)] | None = None
    countries: Annotated[list[Country], Field(max_length=300)] | None = None


class StepSchema(Schema):
    """A parcel of up to `up_to_grams` costs `amount`."""

    up_to_grams: Annotated[int, Field(ge=0, le=MAX_GRAMS)]
    amount: Amount


class TariffSchema(Schema):
    """A service in a zone: what a parcel costs by its weight, `per_kg` on what is above the last step, and on how many
    delivery days it arrives."""

    zone: Identifier
    steps: Annotated[list[StepSchema], Field(min_length=1, max_length=MAX_STEPS)]
    per_kg: Amount = 0
    transit_days: Annotated[int, Field(ge=0, le=60)]


class ServiceSchema(Schema):
    """A delivery service. `charge`: what the shopper pays for it. A `guaranteed` one is only promised where it can be
    kept. `max_weight_grams`: of one unit."""

    service: Identifier
    rates: Annotated[list[TariffSchema], Field(min_length=1, max_length=MAX_ZONES)]
    charge: Amount | None = None
    guaranteed: bool = False
    max_weight_grams: Annotated[int, Field(ge=1, le=MAX_GRAMS)] | None = None
    delivers_on: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(
        default_factory=lambda: list(BUSINESS_DAYS)  # type: ignore[arg-type]  # they are weekdays
    )


class RateCardBody(Schema):
    """What parcels cost and how long they take, in minor units of `currency`, the one of the network's handling costs.
    `holidays` by country of destination. In force from `effective_from` (absent: at once) until another card is."""

    currency: Currency
    effective_from: UtcTime | None = None
    zones: Annotated[list[ZoneSchema], Field(min_length=1, max_length=MAX_ZONES)]
    unknown_distance_zone: Identifier | None = None
    services: Annotated[list[ServiceSchema], Field(min_length=1, max_length=MAX_SERVICES)]
    holidays: Annotated[dict[Country, Annotated[list[Day], Field(max_length=MAX_HOLIDAYS)]], Field(max_length=50)] = (
        Field(default_factory=dict)
    )

    def to_card(self, card_id: str) -> RateCard:
        """The card that the body describes. Raises InvalidField where its parts contradict each other."""
        self._check_zones()
        for number, service in enumerate(self.services):
            self._check_service(service, f"/services/{number}")
        if sum(len(rate.steps) for service in self.services for rate in service.rates) > MAX_STEPS_IN_ALL:
            raise InvalidField("/services", f"a card has {MAX_STEPS_IN_ALL} steps at most", code="too_many_steps")
        return RateCard(
            card_id=card_id,
            version=0,
            currency=self.currency,
            zones=tuple(
                rate_card.Zone(one.zone, one.up_to_km, None if one.countries is None else tuple(sorted(one.countries)))
                for one in self.zones
            ),
            services=tuple(_service(one) for one in self.services),
            effective_from=self.effective_from,
            unknown_distance_zone=self.unknown_distance_zone,
            holidays={country: tuple(sorted(set(days))) for country, days in sorted(self.holidays.items())},
        )

    def _check_zones(self) -> None:
        seen: set[str] = set()
        reached = 0.0
        for number, one in enumerate(self.zones):
            if one.zone in seen:
                raise InvalidField(f"/zones/{number}/zone", "this zone is there twice")
            seen.add(one.zone)
            if one.countries is not None:
                if one.up_to_km is not None:
                    raise InvalidField(f"/zones/{number}/up_to_km", "a zone abroad has no distance")
                continue
            if (one.up_to_km is not None and one.up_to_km <= reached) or reached == MAX_KM:
                raise InvalidField(f"/zones/{number}/up_to_km", "zones at home reach further one after the other")
            reached = MAX_KM if one.up_to_km is None else one.up_to_km
        if self.unknown_distance_zone is not None and self.unknown_distance_zone not in seen:
            raise InvalidField("/unknown_distance_zone", "there is no such zone")

    def _check_service(self, service: ServiceSchema, at: str) -> None:
        if sum(one.service == service.service for one in self.services) > 1:
            raise InvalidField(f"{at}/service", "this service is there twice")
        zones, rated = {one.zone for one in self.zones}, set[str]()
        for number, rate in enumerate(service.rates):
            if rate.zone not in zones:
                raise InvalidField(f"{at}/rates/{number}/zone", "there is no such zone")
            if rate.zone in rated:
                raise InvalidField(f"{at}/rates/{number}/zone", "this zone is there twice")
            rated.add(rate.zone)
            for index, (lighter, heavier) in enumerate(zip(rate.steps, rate.steps[1:], strict=False), start=1):
                if heavier.up_to_grams <= lighter.up_to_grams or heavier.amount < lighter.amount:
                    raise InvalidField(
                        f"{at}/rates/{number}/steps/{index}", "steps rise in weight, and not less in price"
                    )


def _service(one: ServiceSchema) -> rate_card.Service:
    return rate_card.Service(
        one.service,
        tuple(
            rate_card.Tariff(
                rate.zone,
                tuple(rate_card.Step(step.up_to_grams, step.amount) for step in rate.steps),
                rate.per_kg,
                rate.transit_days,
            )
            for rate in one.rates
        ),
        one.charge,
        one.guaranteed,
        one.max_weight_grams,
        tuple(sorted(set(one.delivers_on), key=WEEKDAYS.index)),
    )


class RateCardQuery(QuerySchema):
    """Which version; the newest unless one is named."""

    version: Annotated[int, Field(ge=1, le=999_999)] | None = None


class RateCardView(RateCardBody):
    """One version of a card; it never changes."""

    card_id: str
    version: int

    @classmethod
    def of(cls, card: RateCard) -> RateCardView:
        return cls(
            card_id=card.card_id,
            version=card.version,
            currency=card.currency,
            effective_from=card.effective_from,
            zones=[
                ZoneSchema(
                    zone=one.zone,
                    up_to_km=one.up_to_km,
                    countries=None if one.countries is None else list(one.countries),
                )
                for one in card.zones
            ],
            unknown_distance_zone=card.unknown_distance_zone,
            services=[_service_view(one) for one in card.services],
            holidays={country: list(days) for country, days in card.holidays.items()},
        )


def _service_view(one: rate_card.Service) -> ServiceSchema:
    return ServiceSchema.model_validate(
        {
            "service": one.service,
            "rates": [
                {
                    "zone": tariff.zone,
                    "steps": [{"up_to_grams": step.up_to_grams, "amount": step.amount} for step in tariff.steps],
                    "per_kg": tariff.per_kg,
                    "transit_days": tariff.transit_days,
                }
                for tariff in one.tariffs
            ],
            "charge": one.charge,
            "guaranteed": one.guaranteed,
            "max_weight_grams": one.max_weight_grams,
            "delivers_on": list(one.delivers_on),
        }
    )


class ScheduledCard(Schema):
    """A version and when it comes into force."""

    card_id: str
    version: int
    effective_from: UtcTime | None = None

    @classmethod
    def of(cls, card: RateCard) -> ScheduledCard:
        return cls(card_id=card.card_id, version=card.version, effective_from=card.effective_from)


class RateSchedule(Schema):
    """Which card counts now (null: the built-in one), and which will."""

    in_force: ScheduledCard | None
    scheduled: list[ScheduledCard]
