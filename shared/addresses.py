"""Postal addresses, as shoppers and their channels give them: personal wherever they are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """Where post reaches somebody."""

    line1: str
    city: str
    country: str
    name: str = ""
    line2: str = ""
    region: str = ""
    postal_code: str = ""
