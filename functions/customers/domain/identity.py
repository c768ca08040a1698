"""Identities: what channels say about shoppers, normalised, and whom it points at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.customers.domain.contact import normalised_email, normalised_phone
from shared.addresses import Address
from shared.errors import InvalidField

UNREADABLE_PHONE = "not a phone number; give + and the country code"
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
    imported: bool = False
    """Out of a file: said at some time before `at`."""
    country: str = ""
    """Whose phone numbers the shop's shoppers write without a country code (ISO 3166)."""


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


def phone_of(statement: Statement) -> str | None:
    """The statement's number in E.164; without a country code it is one of the address's country, or the shop's."""
    home = statement.address.country if statement.address else ""
    return normalised_phone(statement.phone, *filter(None, (home, statement.country)))


def readable(statement: Statement, *, at: str = "") -> Statement:
    """The statement itself, from somebody who can correct it; `at`: where in the request it stands.

    Raises InvalidField for an e-mail address or phone number that nobody could be reached under: it would be shown and
    trusted, and yet identify nobody. What an order says is taken as it is, for the goods matter more.
    """
    if statement.email and normalised_email(statement.email) is None:
        raise InvalidField(f"{at}/email", "not an e-mail address")
    if statement.phone and phone_of(statement) is None:
        raise InvalidField(f"{at}/phone", UNREADABLE_PHONE)
    return statement


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
        IdentityType.PHONE: phone_of(statement),
    }
    account = (channel_account(statement.channel, statement.external_id),) if statement.external_id else ()
    return (*account, *(Identity(kind, value) for kind, value in values.items() if value))
