"""Identities: normal forms, and whom a statement is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.customers.domain.identity import (
    Identity,
    IdentityType,
    Statement,
    identities_of,
    normalised_email,
    normalised_loyalty_number,
    normalised_phone,
)

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
EMAIL = Identity(IdentityType.EMAIL, "ann@example.com")
PHONE = Identity(IdentityType.PHONE, "+447700900001")
CARD = Identity(IdentityType.LOYALTY_NUMBER, "L42")


@pytest.mark.parametrize("text", ["Ann@Example.com", "  ann@example.COM ", "ANN@EXAMPLE.COM"])
def test_an_address_is_the_same_however_it_was_typed(text: str) -> None:
    assert normalised_email(text) == "ann@example.com"


@pytest.mark.parametrize("text", ["", "   ", "ann", "@example.com", "ann@", "a b@example.com", "a@b@c"])
def test_what_is_no_address_identifies_nobody(text: str) -> None:
    assert normalised_email(text) is None


@pytest.mark.parametrize("text", ["+447700900001", "+44 7700 900001", "+44 (0)7700-900.001", " +44 7700/900001 "])
def test_a_phone_number_with_its_country_is_the_same_however_it_was_typed(text: str) -> None:
    assert normalised_phone(text) == "+447700900001"


@pytest.mark.parametrize("text", ["07700900001", "", "+", "+0447700900001", "+44 HELLO", "+1", "+4477009000011234567"])
def test_a_phone_number_without_its_country_identifies_nobody(text: str) -> None:
    assert normalised_phone(text) is None


def test_a_loyalty_number_is_the_same_as_printed_and_as_typed() -> None:
    assert normalised_loyalty_number("l-42 a") == normalised_loyalty_number("L42A") == "L42A"
    assert normalised_loyalty_number(" - ") is None


@given(st.text(max_size=60))
def test_normal_forms_are_stable(text: str) -> None:
    for normalised in (normalised_email, normalised_phone, normalised_loyalty_number):
        once = normalised(text)
        assert once is None or normalised(once) == once


def test_a_statement_tells_its_identities_strongest_first() -> None:
    statement = Statement("web", AT, external_id="u/1", email="Ann@Example.com", phone="0770", loyalty_number="l42")
    account = Identity(IdentityType.CHANNEL, "web/u/1")
    assert identities_of(statement) == (account, CARD, EMAIL)
