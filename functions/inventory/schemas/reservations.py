"""HTTP models of holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from functions.inventory.domain import reservation
from functions.inventory.domain.units import Units, at_places
from functions.inventory.schemas.fingerprint import fingerprint
from functions.inventory.service.reservations import HoldCommand
from shared.errors import InvalidField
from shared.schemas import (
    GeoSchema,
    Identifier,
    Quantity,
    Schema,
    UtcTime,
)

MAX_RESERVATION_LINES = 1200


class ReservationLine(Schema):
    """Units to hold; `location_id` where only that place will do."""

    line_id: Identifier
    sku: Identifier
    quantity: Quantity
    location_id: Identifier | None = None


class ReservationBody(Schema):
    """A hold."""

    reservation_id: Identifier
    owner: Identifier
    scope: reservation.Scope
    lines: Annotated[list[ReservationLine], Field(min_length=1, max_length=MAX_RESERVATION_LINES)]
    ttl_seconds: Annotated[int, Field(ge=1, le=reservation.MAX_TTL_SECONDS)] = reservation.DEFAULT_TTL_SECONDS
    partial: Literal["none", "allow"] = "none"
    near: GeoSchema | None = None

    def to_command(self, channel: str | None) -> HoldCommand:
        """The hold to make. Raises InvalidField for repeated line ids or a collection without a place."""
        seen: set[str] = set()
        for index, line in enumerate(self.lines):
            if line.line_id in seen:
                raise InvalidField(f"/lines/{index}/line_id", "used by an earlier line")
            seen.add(line.line_id)
            if self.scope is reservation.Scope.LOCATION and line.location_id is None:
                raise InvalidField(f"/lines/{index}/location_id", "a hold at a location names it")
        return HoldCommand(
            reservation_id=self.reservation_id,
            owner=self.owner,
            channel=channel,
            scope=self.scope,
            wanted=[reservation.Wanted(one.line_id, one.sku, one.quantity, one.location_id) for one in self.lines],
            ttl_seconds=self.ttl_seconds,
            partial=self.partial == "allow",
            near=self.near.to_geo() if self.near else None,
            fingerprint=fingerprint(self, channel),
        )


class ExtendBody(Schema):
    """How long a hold is to last from now."""

    ttl_seconds: Annotated[int, Field(ge=1, le=reservation.MAX_TTL_SECONDS)]


class TransferBody(Schema):
    """Whose the hold is to be, such as the cart of the shopper who has just signed in."""

    owner: Identifier


class Pin(Schema):
    """Units held at one place."""

    location_id: str
    quantity: int


class ReservationLineView(Schema):
    """One line: what was asked for, and where how much of it is held."""

    line_id: str
    sku: str
    quantity: int
    pins: list[Pin]

    @classmethod
    def of(cls, wanted: reservation.Wanted, pins: list[Units]) -> ReservationLineView:
        """The line with its pins."""
        places_held = [Pin.model_construct(location_id=pin.location_id, quantity=pin.quantity) for pin in pins]
        return cls.model_construct(line_id=wanted.line_id, sku=wanted.sku, quantity=wanted.quantity, pins=places_held)


class ReservationView(Schema):
    """A hold, its status judged by time, or by what the order did that took it over."""

    reservation_id: str
    status: reservation.Status
    owner: str
    scope: reservation.Scope
    lines: list[ReservationLineView]
    expires_at: UtcTime
    extensions: int
    order_id: str | None = None
    version: int

    @classmethod
    def of(cls, held: reservation.Reservation, status: reservation.Status) -> ReservationView:
        """The hold as it is now."""
        pins = at_places(held.pins)
        lines = [
            ReservationLineView.of(one, [pin for pin in pins if pin.line_id == one.line_id]) for one in held.wanted
        ]
        return cls.model_construct(
            reservation_id=held.reservation_id,
            status=status,
            owner=held.owner,
            scope=held.scope,
            lines=lines,
            expires_at=datetime.fromtimestamp(held.until, UTC),
            extensions=held.extensions,
            order_id=held.order_id or None,
            version=held.version,
        )
