"""Building blocks of the HTTP models: strict, bounded, unknown fields refused."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from shared import money
from shared.clock import rfc3339
from shared.geo import Geo
from shared.ids import IDENTIFIER_PATTERN

MAX_QUANTITY = 1_000_000
MAX_PAGE = 200

T = TypeVar("T")


class Schema(BaseModel):
    """A JSON object of the contract: strict types, no unknown fields, no NaN."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True, defer_build=True)


class QuerySchema(Schema):
    """Query parameters: texts, so numbers and dates are converted."""

    model_config = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False, frozen=True, defer_build=True)


Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER_PATTERN)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
LongText = Annotated[str, StringConstraints(max_length=2000)]
OptionalText = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
Count = Annotated[int, Field(ge=0, le=MAX_QUANTITY)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
UtcTime = Annotated[
    AwareDatetime,
    AfterValidator(lambda moment: moment.astimezone(UTC)),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
]


class MoneySchema(Schema):
    """An amount in minor units."""

    amount: Annotated[int, Field(ge=0, le=money.MAX_MINOR)]
    currency: Currency

    def to_money(self) -> money.Money:
        return money.Money(self.amount, self.currency)

    @classmethod
    def of(cls, value: money.Money) -> MoneySchema:
        return cls.model_construct(amount=value.amount, currency=value.currency)


class GeoSchema(Schema):
    """WGS 84 degrees."""

    lat: Annotated[float, Field(ge=-90, le=90, strict=False)]
    lng: Annotated[float, Field(ge=-180, le=180, strict=False)]

    def to_geo(self) -> Geo:
        return Geo(self.lat, self.lng)


class AddressSchema(Schema):
    """A postal address."""

    name: OptionalText = ""
    line1: Text
    line2: OptionalText = ""
    city: Text
    region: OptionalText = ""
    postal_code: Annotated[str, StringConstraints(max_length=16, strip_whitespace=True)] = ""
    country: Country
    geo: GeoSchema | None = None


class PageQuery(QuerySchema):
    """How lists page."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50
    cursor: Annotated[str, StringConstraints(max_length=1000)] | None = None


class PageOf(Schema, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = None
