"""Rate cards: zones, steps of weight, days on the way, and which card is in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain.rate_card import RateBook, RateCard, Service, Step, Tariff, Zone, rate_of
from shared.geo import Geo

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
LEEDS, LONDON = Geo(53.8, -1.55), Geo(51.5, -0.12)
STEPPED = Tariff("local", (Step(1000, 320), Step(5000, 560)), per_kg=40, transit_days=2)
STANDARD = Service("standard", (STEPPED, Tariff("france", (Step(0, 1450),), 250, 4)))
CARD = RateCard(
    "gb",
    1,
    "GBP",
    (Zone("local", up_to_km=50), Zone("france", countries=("FR",))),
    (STANDARD,),
    AT,
    holidays={"GB": ("2026-12-25", "2026-12-28")},
)


@pytest.mark.parametrize(
    ("grams", "amount"), [(0, 320), (1000, 320), (1001, 560), (5000, 560), (5012, 560), (5013, 561), (6000, 600)]
)
def test_a_parcel_costs_by_its_step_and_beyond_the_last_by_weight(grams: int, amount: int) -> None:
    assert STEPPED.amount(grams) == amount


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 900)), min_size=1, max_size=6),
    st.integers(0, 300),
    st.integers(0, 40_000),
)
def test_the_routers_line_meets_the_card_at_the_whole_weight_and_at_nothing(
    steps: list[tuple[int, int]], per_kg: int, weight: int
) -> None:
    weights = sorted({grams for grams, _ in steps})
    amounts = sorted(amount for _, amount in steps)
    tariff = Tariff("z", tuple(Step(*pair) for pair in zip(weights, amounts, strict=False)), per_kg)
    setup, slope = tariff.line(weight)
    assert setup == tariff.amount(0)
    assert abs(setup + slope * weight / 1000 - tariff.amount(weight)) <= 1 + weight / 1000


@pytest.mark.parametrize(
    ("origin", "country", "destination", "to", "zone"),
    [
        (LEEDS, "GB", LEEDS, "GB", "local"),
        (LEEDS, "GB", LONDON, "GB", None),
        (LEEDS, "GB", None, "GB", "local"),
        (LEEDS, "GB", LONDON, "FR", "france"),
        (LEEDS, "GB", LONDON, "US", None),
        (LEEDS, "GB", None, "", "local"),
    ],
)
def test_a_destination_lies_in_one_zone_or_beyond_all(
    origin: Geo, country: str, destination: Geo | None, to: str, zone: str | None
) -> None:
    found = rate_of(CARD, origin, country, destination, to, service=STANDARD)
    assert (found.tariff.zone if found else None) == zone


@pytest.mark.parametrize(
    ("leaves", "days", "arrives"),
    [
        ("2026-11-20", 1, "2026-11-23"),  # Friday: the weekend is not delivered on
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-12-24", 1, "2026-12-29"),  # Christmas, the weekend, and the holiday kept on Monday
        ("2026-11-24", 3, "2026-11-27"),
    ],
)
def test_a_parcel_arrives_after_so_many_days_on_which_the_service_delivers(
    leaves: str, days: int, arrives: str
) -> None:
    found = CARD.arrival(date.fromisoformat(leaves), days, service=STANDARD, country="GB")
    assert found == date.fromisoformat(arrives)


def test_a_service_that_delivers_on_saturdays_is_there_on_saturday() -> None:
    weekend = replace(STANDARD, delivers_on=(*STANDARD.delivers_on, "sat"))
    assert CARD.arrival(date(2026, 11, 20), 1, service=weekend, country="GB") == date(2026, 11, 21)


def later(version: int, days: int, card_id: str = "gb") -> RateCard:
    return replace(CARD, card_id=card_id, version=version, effective_from=AT + timedelta(days=days))


def test_the_card_whose_time_came_last_is_in_force() -> None:
    book = RateBook().with_card(CARD, at=AT).with_card(later(1, 5, "next"), at=AT)
    assert book.in_force(AT - timedelta(seconds=1)) is None
    assert book.in_force(AT) == CARD
    assert book.in_force(AT + timedelta(days=5)) == later(1, 5, "next")
    assert [card.name for card in book.scheduled(AT)] == ["next.v1"]


def test_a_new_version_takes_the_place_of_the_scheduled_one_and_old_ones_are_dropped() -> None:
    book = RateBook().with_card(CARD, at=AT).with_card(later(2, 5), at=AT).with_card(later(3, 9), at=AT)
    assert [card.version for card in book.cards] == [1, 3]
    book = book.with_card(later(4, 10), at=AT + timedelta(days=9, hours=1))
    assert [card.version for card in book.cards] == [3, 4]


def test_a_card_put_twice_is_in_the_book_once() -> None:
    book = RateBook().with_card(CARD, at=AT)
    assert book.with_card(CARD, at=AT) == book
