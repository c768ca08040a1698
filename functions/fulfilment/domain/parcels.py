"""Parcels: what is in them, their labels, and their carriers' words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
