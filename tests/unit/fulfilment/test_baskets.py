"""What is ordered together: which baskets are counted and kept, and which items are priced with each other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain import baskets as module
from functions.fulfilment.domain.baskets import (
    BASKETS,
    Basket,
    basket_of,
    baskets,
    columns_of,
    families,
    kept,
    places_of,
)
from functions.fulfilment.domain.history import OPEN_DAYS, History, Seen, market_of_counter, market_of_region
from shared.geo import Geo

NORTH = market_of_region("GB", Geo(53.8, -1.55))
S1 = market_of_counter("S1")
DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ITEM_SIZE = 20


@pytest.mark.parametrize(
    ("units", "basket"),
    [
        ((("MUG", NORTH, 1), ("LAMP", NORTH, 2)), f"{NORTH}|LAMP*2,MUG*1"),
        ((("MUG", NORTH, 1), ("LAMP", NORTH, 2), ("MUG", NORTH, 3)), f"{NORTH}|LAMP*2,MUG*4"),
        ((("MUG", NORTH, 1), ("LAMP", NORTH, 2), ("VASE", S1, 1)), f"{NORTH}|LAMP*2,MUG*1"),
        ((("MUG", NORTH, 1), ("MUG", NORTH, 2)), None),
        ((("MUG", S1, 1), ("LAMP", S1, 2)), None),
        ((("MUG", NORTH, 1), ("LAMP", S1, 2)), None),
        ((("MUG", NORTH, 1), ("LAMP", "online:FR", 2)), None),
        (tuple((f"SKU{n}", NORTH, 1) for n in range(module.MOST_LINES + 1)), None),
        ((), None),
    ],
    ids=["two", "a SKU twice", "one collected", "one SKU", "counter", "one travels", "two regions", "too many", "none"],
)
def test_a_basket_is_what_travels_to_one_region_together(
    units: tuple[tuple[str, str, int], ...], basket: str | None
) -> None:
    assert basket_of(Seen(units)) == basket


def test_a_basket_that_came_once_says_nothing_and_the_others_come_as_often_as_they_did() -> None:
    often, once = f"{NORTH}|A:1*2,B@x*1", f"{NORTH}|A:1*1,C*1"
    history = History(BASKETS).counted({DAY: {often: 9, once: 1}}).closed(DAY + timedelta(days=OPEN_DAYS))
    (found,) = baskets(history, NOON + timedelta(days=OPEN_DAYS))
    assert (found.market, found.lines) == (NORTH, (("A:1", 2), ("B@x", 1)))
    assert found.per_day == pytest.approx(9 / (1 + 2.5 + module.PRIOR_DAYS))


def test_the_row_of_baskets_never_outgrows_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_CHARACTERS", 100)
    names = [f"{NORTH}|A*1,B{n:03d}*1" for n in range(40)]
    history = History(BASKETS, units={names[7]: 5.0, names[8]: 1.5})
    full = kept(history.counted({DAY: {name: 1 + (name == names[30]) for name in names}}))
    assert list(full.open[DAY]) == [names[7], names[8], names[30], names[0]][: len(full.open[DAY])]
    assert sum(map(len, full.open[DAY])) <= 100
    assert kept(full) == full
    again = kept(full.counted({DAY: {name: 1 + (name == names[30]) for name in names}}))
    assert again == full, "counted again, the same are kept"


names = st.sampled_from([f"S{n}" for n in range(9)])
drawn = st.builds(
    lambda skus, rate: Basket(NORTH, tuple((sku, 1) for sku in sorted(skus)), rate),
    st.sets(names, min_size=2, max_size=4),
    st.floats(0.1, 9),
)


@given(st.sets(names), st.lists(drawn, max_size=20), st.integers(40, 900), st.integers(40, 2000))
def test_every_item_has_one_family_and_no_programme_is_larger_than_it_may_be(
    skus: set[str], found: list[Basket], room: int, most: int
) -> None:
    grouped = families(skus, found, item_size=ITEM_SIZE, room=room, most=most)
    assert sorted(sku for family in grouped for sku in family.skus) == sorted(skus)
    sizes = []
    for family in grouped:
        assert {sku for basket in family.baskets for sku, _ in basket.lines} <= set(family.skus)
        if family.baskets:
            shared = sum(columns_of(len(basket.lines)) for basket in family.baskets)
            sizes.append(ITEM_SIZE * len(family.skus) + shared)
        else:
            assert len(family.skus) == 1
    assert all(size <= room for size in sizes)
    assert sum(sizes) <= most
    if room >= 900 and most >= 2000 and len(found) <= 4:
        placed = sum(len(family.baskets) for family in grouped)
        assert placed == sum({sku for sku, _ in basket.lines} <= skus for basket in found)


def test_the_most_frequent_baskets_come_first_and_what_does_not_fit_stays_apart() -> None:
    first, second = (Basket(NORTH, ((one, 1), (other, 1)), 1.0) for one, other in (("A", "B"), ("B", "C")))
    room = 2 * ITEM_SIZE + columns_of(2)
    grouped = families("ABC", [first, second], item_size=ITEM_SIZE, room=room, most=10_000)
    assert [(family.skus, family.baskets) for family in grouped] == [(("A", "B"), (first,)), (("C",), ())]
    assert columns_of(2) == 3 * places_of(2)
