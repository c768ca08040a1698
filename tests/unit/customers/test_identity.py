"""Identities: normal forms, and whom a statement is about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.customers.domain.contact import normalised_email, normalised_phone
from functions.customers.domain.identity import (
    Identity,
    IdentityType,
    Statement,
    identities_of,
    normalised_loyalty_number,
    readable,
)
from shared.addresses import Address
from shared.errors import InvalidField

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


@pytest.mark.parametrize(
    ("text", "countries", "number"),
    [
        ("07700 900001", ("GB",), "+447700900001"),
        ("(415) 555-2671", ("US", "GB"), "+14155552671"),
        ("07700900001", ("IT", "GB"), "+3907700900001"),
        ("tel:+44-7700-900001;ext=12", (), "+447700900001"),
        ("0770", ("GB",), None),
        ("n/a", ("GB",), None),
        ("07700900001", ("XX",), None),
        ("1" * 400, ("GB",), None),
    ],
)
def test_a_number_without_its_country_is_read_as_one_of_the_shops(
    text: str, countries: tuple[str, ...], number: str | None
) -> None:
    assert normalised_phone(text, *countries) == number


def test_where_the_shopper_lives_tells_the_country_before_the_shop_does() -> None:
    american = Address("1 Main St", "Boston", "US", postal_code="02108")
    said = Statement("web", AT, phone="(415) 555-2671", address=american, country="GB")
    assert identities_of(said) == (Identity(IdentityType.PHONE, "+14155552671"),)


@pytest.mark.parametrize(
    "text", ["a@b", "ann..lee@example.com", "ann@under_score.com", "ann@shop.invalid", "ann@[1.2.3.4]"]
)
def test_an_address_that_nobody_could_be_written_to_under_identifies_nobody(text: str) -> None:
    assert normalised_email(text) is None


def test_an_international_domain_is_the_same_in_both_of_its_spellings() -> None:
    assert normalised_email("Jörg@xn--exmple-cua.de") == normalised_email("JÖRG@EXÄMPLE.de") == "jörg@exämple.de"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("email", Statement("web", AT, email="ann@localhost")),
        ("phone", Statement("web", AT, phone="0770", country="GB")),
    ],
)
def test_who_can_correct_what_nobody_could_be_reached_under_is_told_where(field: str, wrong: Statement) -> None:
    said = Statement("web", AT, external_id="u1", country="GB", email="ann@example.com", phone="07700900001")
    assert readable(said) is said
    with pytest.raises(InvalidField) as refused:
        readable(wrong, at="/records/3")
    assert [error.pointer for error in refused.value.errors] == [f"/records/3/{field}"]
