"""HTTP models of labels, papers and tracking."""

from __future__ import annotations

import base64
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from functions.fulfilment.domain.tracking import CarrierStatus
from functions.fulfilment.domain.waves import MAX_WAVE
from shared.schemas import Identifier, QuerySchema, Schema, UtcTime

ServiceName = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]


class LabelBody(Schema):
    """By which carrier and service all parcels go."""

    carrier: Identifier = "sandbox"
    service: ServiceName = "standard"


class RateView(Schema):
    """What a service costs for all parcels together, in minor units of the rate card."""

    carrier: str
    service: str
    amount: int


class RatesView(Schema):
    """What the carriers offer, the cheapest first."""

    items: list[RateView]


class Paper(StrEnum):
    """What can be printed of a fulfilment order."""

    LABEL = "label"
    PACKING_SLIP = "packing-slip"


class PaperFormat(StrEnum):
    """As what."""

    PDF = "pdf"
    ZPL = "zpl"


class PaperQuery(QuerySchema):
    """As what; ZPL for labels only. `reader_fonts`: the computer that prints has Chinese, Japanese and Korean fonts, so
    a PDF need not carry them."""

    format: PaperFormat = PaperFormat.PDF
    reader_fonts: bool = False


class ListFormat(StrEnum):
    """As what a pick list is given."""

    PDF = "pdf"
    CSV = "csv"


class ListQuery(QuerySchema):
    """As what a list is given."""

    format: ListFormat = ListFormat.PDF


class PickListQuery(ListQuery):
    """So many fulfilment orders, what is due first comes first; fewer where they have more than 5,000 lines."""

    limit: Annotated[int, Field(ge=1, le=MAX_WAVE)] = 20


class DocumentView(Schema):
    """A document; `content` is base64."""

    media_type: str
    content: str
    fulfilment_order_ids: list[str]

    @classmethod
    def of(cls, content: bytes, media_type: str, fulfilment_order_ids: list[str]) -> DocumentView:
        return cls(
            media_type=media_type,
            content=base64.b64encode(content).decode(),
            fulfilment_order_ids=fulfilment_order_ids,
        )


class TrackingBody(Schema):
    """A carrier's word on a parcel. The same `event_id` again changes nothing."""

    event_id: Identifier
    tracking_number: Identifier
    status: CarrierStatus = Field(strict=False)
    at: UtcTime


class Outcome(StrEnum):
    """What becomes of a parcel of the sandbox carrier: it is `scanned` at once, whatever the store says; anything else
    as time passes after it was shipped."""

    DELIVERED = "delivered"
    DELIVERED_LATER = "delivered_later"
    """At the second try."""
    COLLECTED_LATER = "collected_later"
    """From a place where the carrier left it for the shopper."""
    RETURN_TO_SENDER = "return_to_sender"
    SCANNED = "scanned"


class DriveBody(Schema):
    """What becomes of the parcel."""

    outcome: Outcome = Field(strict=False)
