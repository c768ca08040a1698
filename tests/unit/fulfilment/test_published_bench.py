"""The recreated instances of the literature: drawn as described, nothing sold twice, no policy beats the programme."""

from __future__ import annotations

import random

import pytest

from tests.bench.routing import published
from tests.bench.routing.published import CENTRES, CITIES, ITEMS, Policy


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short horizon with as much stock as it wants, so that an instance takes a moment."""
    monkeypatch.setattr(published, "ARRIVALS", 400)
    monkeypatch.setattr(published, "SOLVED_EVERY", 200)


def test_an_instance_is_drawn_as_the_papers_describe_it() -> None:
    instance = published.make(3)
    assert [len(items) for items in instance.types] == [size for size in range(1, 6) for _ in range(5)]
    assert all(len(set(items)) == len(items) for items in instance.types)
    assert 0.3 < sum(map(sum, instance.odds)) <= 1.0
    assert instance == published.make(3) != published.make(4)
    carried = sum(bool(units) for row in instance.stock for units in row)
    assert 0.3 < carried / (len(CENTRES) * ITEMS) < 0.9
    for row in instance.unit_costs:
        assert row[-1] == 2 * max(row[:-1])
        assert 423_000 <= min(row) < 3_000_000
    assert len(instance.unit_costs) == len(CITIES)


@pytest.mark.parametrize("policy", published.POLICIES)
def test_every_policy_serves_every_order_within_the_stock_and_none_beats_hindsight(policy: str) -> None:
    instance = published.make(5)
    arrivals = list(instance.arrivals(random.Random(1)))
    played = Policy(instance, **published.POLICIES[policy])
    cost = published.played(played, arrivals)
    assert all(0 <= left <= had for was, now in zip(instance.stock, played.left, strict=True)
               for had, left in zip(was, now, strict=True))  # fmt: skip
    wanted = sum(len(instance.types[kind]) for kind, _ in arrivals)
    gone = sum(map(sum, instance.stock)) - sum(map(sum, played.left))
    assert 0 < gone <= wanted
    cheapest = sum(published.PACKAGE + sum(min(instance.unit_costs[city]) for _ in instance.types[kind])
                   for kind, city in arrivals)  # fmt: skip
    assert cost >= cheapest


def test_prices_are_what_one_more_unit_would_save() -> None:
    instance = published.make(5)
    cost, prices = published.programme(instance, instance.stock, 400)
    spots = [(centre, item) for centre in range(len(CENTRES)) for item in range(ITEMS) if instance.stock[centre][item]]
    centre, item = max(spots, key=lambda spot: prices[spot[0]][spot[1]])
    price = prices[centre][item]
    assert price > 0
    more, fewer = ([list(row) for row in instance.stock] for _ in range(2))
    more[centre][item] += 1
    fewer[centre][item] -= 1
    tolerance = 1e-6 * cost
    assert cost - published.programme(instance, more, 400)[0] <= price + tolerance
    assert published.programme(instance, fewer, 400)[0] - cost >= price - tolerance
