"""Identities: what channels say about shoppers, normalised, and whom it points at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MIN_PHONE_DIGITS, MAX_PHONE_DIGITS = 7, 15
"""E.164 allows 15 digits; the shortest numbers in use with a country code have 7."""

_PHONE_FILLING = re.compile(r"\(0\)|[\s().\-/]")
_PHONE = re.compile(rf"\+[1-9][0-9]{{{MIN_PHONE_DIGITS - 1},{MAX_PHONE_DIGITS - 1}}}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_LOYALTY_FILLING = re.compile(r"[\s-]")


class IdentityType(StrEnum):
    """What can point at a customer; the strongest first."""

    CHANNEL = "channel"
    LOYALTY_NUMBER = "loyalty_number"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True)
class Identity:
    """One normalised way to recognise a shopper."""

    type: IdentityType
    value: str


@dataclass(frozen=True)
class Address:
    """A postal address as the channel said it."""

    line1: str
    city: str
    country: str
    name: str = ""
    line2: str = ""
    region: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class Statement:
    """What one channel said about a shopper, unchanged: an account of its own, or the contact of one order."""

    channel: str
    at: datetime
    external_id: str = ""
    order_id: str = ""
    customer_id: str = ""
    """The customer whom the channel itself named (a scanned member card)."""
    given: str = ""
    family: str = ""
    full_name: str = ""
    email: str = ""
    phone: str = ""
    loyalty_number: str = ""
    birth_date: str = ""
    address: Address | None = None


@dataclass(frozen=True)
class Conflict:
    """An identity in a statement that was not linked to the statement's customer, for somebody to review.

    `customer_id`: whom it points at; empty when it points at nobody (an unknown customer was named, or too many
    identities are linked already).
    """

    type: str
    customer_id: str = ""


@dataclass(frozen=True)
class SourceRecord:
    """The newest statement of one source, and what in it did not fit its customer."""

    statement: Statement
    conflicts: tuple[Conflict, ...] = ()


def normalised_email(text: str) -> str | None:
    """Trimmed and lower-cased; None when it is no address that could identify anybody."""
    address = text.strip().lower()
    return address if _EMAIL.fullmatch(address) else None


def normalised_phone(text: str) -> str | None:
    """E.164; None without a country code, for the same digits exist in many countries."""
    digits = _PHONE_FILLING.sub("", text)
    return digits if _PHONE.fullmatch(digits) else None


def normalised_loyalty_number(text: str) -> str | None:
    """Upper-case without blanks and hyphens, however it was printed or typed; None when nothing is left."""
    return _LOYALTY_FILLING.sub("", text).upper() or None


def channel_account(channel: str, external_id: str) -> Identity:
    """The identity of a channel's own account."""
    return Identity(IdentityType.CHANNEL, f"{channel}/{external_id}")


def identities_of(statement: Statement) -> tuple[Identity, ...]:
    """The usable identities of a statement, strongest first."""
    values = {
        IdentityType.LOYALTY_NUMBER: normalised_loyalty_number(statement.loyalty_number),
        IdentityType.EMAIL: normalised_email(statement.email),
        IdentityType.PHONE: normalised_phone(statement.phone),
    }
    account = (channel_account(statement.channel, statement.external_id),) if statement.external_id else ()
    return (*account, *(Identity(kind, value) for kind, value in values.items() if value))
