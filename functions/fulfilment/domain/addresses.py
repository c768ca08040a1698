"""Where an order's parcels go, in full: personal, kept apart from the work, and gone when its shopper is forgotten."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """A postal address as the shopper gave it."""

    line1: str
    city: str
    country: str
    name: str = ""
    line2: str = ""
    region: str = ""
    postal_code: str = ""
