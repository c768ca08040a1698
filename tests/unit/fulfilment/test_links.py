"""A shopper's link: opens its collection, and nothing that was altered, forged or has expired."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain import links
from functions.fulfilment.domain.links import LinkNotFound
from shared.ids import derived_id, is_identifier

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
KEY = b"k" * 32
WORK = f"{derived_id('O', 'web', 'W-1')}.12345"
TOKEN = links.signed(WORK, until=NOW + timedelta(days=60), key=KEY)


def test_a_link_is_an_identifier_and_opens_its_collection() -> None:
    assert is_identifier(TOKEN)
    assert links.opened(TOKEN, now=NOW, key=KEY) == WORK


def test_a_link_of_another_key_or_time_does_not_open() -> None:
    for now, key in ((NOW, b"x" * 32), (NOW + timedelta(days=60), KEY)):
        with pytest.raises(LinkNotFound):
            links.opened(TOKEN, now=now, key=key)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567."))
def test_a_link_with_one_other_character_does_not_open(at: int, character: str) -> None:
    altered = TOKEN[:at] + character + TOKEN[at + 1 :]
    if altered != TOKEN:
        with pytest.raises(LinkNotFound):
            links.opened(altered, now=NOW, key=KEY)


@pytest.mark.parametrize("token", ["", "X", "X-1", "..", "a.b.c", WORK, "é.é.é"])
def test_what_is_no_link_is_not_found(token: str) -> None:
    with pytest.raises(LinkNotFound):
        links.opened(token, now=NOW, key=KEY)


def test_an_id_that_leaves_no_room_gets_no_link() -> None:
    assert links.signed("O" * 60, until=NOW, key=KEY) == ""
