"""Parcels: what is in them, their labels, and their carriers' words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Packed:
    """Units of one line in a parcel."""

    line_id: str
    quantity: int


@dataclass(frozen=True)
class Label:
    """A label that was bought: what it costs in minor units, and to which country it goes. `outcome`: what becomes of
    the parcel, where the sandbox carries it."""

    tracking_number: str
    service: str
    amount: int
    country: str = ""
    outcome: str = "delivered"


@dataclass(frozen=True)
class Tracked:
    """A carrier's word on a parcel."""

    event_id: str
    status: str
    at: datetime


@dataclass(frozen=True)
class Parcel:
    """One parcel; carrier and tracking number once it is labelled or shipped. `tracking`: its carrier's words by time,
    apart from our own state."""

    parcel_id: str
    lines: tuple[Packed, ...]
    weight_grams: int | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    label: Label | None = None
    tracking: tuple[Tracked, ...] = ()


@dataclass(frozen=True)
class Purchase:
    """Labels of all parcels that are being bought: said before the carrier is asked, so that whatever stops it, nothing
    is bought that nobody knows of."""

    carrier: str
    service: str


class VoidStatus(StrEnum):
    """What became of a label that nobody needs any more."""

    PENDING = "PENDING"
    """The carrier is still to be asked."""
    VOIDED = "VOIDED"
    """It costs nothing."""
    REFUSED = "REFUSED"
    """The carrier has scanned the parcel: the label is to be paid for."""
    UNANSWERED = "UNANSWERED"
    """The carrier has not answered for days: a person asks."""


@dataclass(frozen=True)
class Void:
    """A label on its way back to its carrier, who knows it by `key`; `ask_at`: when to ask (again). Without a tracking
    number it may never have been bought. `amount`: what it costs in minor units unless it is voided."""

    key: str
    parcel_id: str
    carrier: str
    ask_at: datetime
    tracking_number: str | None = None
    amount: int = 0
    status: VoidStatus = VoidStatus.PENDING
    tries: int = 0
