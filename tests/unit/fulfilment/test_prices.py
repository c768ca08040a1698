"""What a unit of stock is worth where it lies: beliefs, the closed forms, the transport LP's duals."""

from __future__ import annotations

import random
from math import exp, lgamma, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain.routing.beliefs import Belief
from functions.fulfilment.domain.routing.fluid import fluid_model
from functions.fulfilment.domain.routing.plan import plan
from functions.fulfilment.domain.routing.prices import (
    LineSizes,
    breadth_price,
    breadth_worth,
    order_price,
    walk_in_price,
)
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.programme import prices_of
from functions.fulfilment.solver import optimum

rates = st.floats(0.01, 50)
errors = st.floats(0.05, 1.5)


def negative_binomial_tail(belief: Belief, units: int, days: float) -> float:
    """The textbook's sum, by gamma functions."""
    a, p = belief.shape, belief.days / (belief.days + days)
    return 1 - sum(exp(lgamma(a + n) - lgamma(a) - lgamma(n + 1) + a * log(p) + n * log(1 - p)) for n in range(units))


@given(rates, errors, st.integers(0, 60), st.floats(0.1, 30))
def test_the_chance_of_a_demand_is_the_tail_of_a_negative_binomial(
    rate: float, log_sd: float, units: int, days: float
) -> None:
    belief = Belief.of_forecast(rate, log_sd=log_sd)
    truth = negative_binomial_tail(belief, units, days)
    assert belief.chance_of(units, days=days) == pytest.approx(truth, abs=1e-5)


def test_a_wrong_forecast_is_outweighed_by_what_is_seen() -> None:
    belief = Belief.of_forecast(10.0, log_sd=1.0)
    assert belief.units_per_day == pytest.approx(10.0)
    for _ in range(5):
        belief = belief.seen(2, days=1)
    assert 2.0 < belief.units_per_day < 3.0
    assert Belief.of_forecast(10.0, log_sd=0.1).seen(10, days=5).units_per_day > 7.0, "trusted, it gives way slowly"


def test_a_part_of_the_market_is_known_less_well_than_the_whole() -> None:
    whole = Belief.of_forecast(10.0, log_sd=0.3)
    part = whole.times(0.2).blurred(0.5)
    assert part.units_per_day == pytest.approx(2.0)
    assert part.shape < whole.shape
    assert part.chance_of(20, days=5) > whole.times(0.2).chance_of(20, days=5)


@given(rates, errors)
def test_the_levels_of_a_rate_stand_around_what_is_expected(rate: float, log_sd: float) -> None:
    low, middle, high = Belief.of_forecast(rate, log_sd=log_sd).levels()
    assert 0.0 <= low <= middle <= high
    assert low <= 1.0 <= high
    assert (low + middle + high) / 3 == pytest.approx(1.0)


def test_a_rate_that_was_seen_for_long_has_one_level() -> None:
    low, _, high = Belief(100_000.0, 1_000.0).levels()
    assert 0.99 < low < high < 1.01


@given(st.floats(0, 5_000), st.integers(0, 3_000), st.floats(0, 1))
def test_a_unit_that_a_counter_takes_first_saves_no_later_order_more_than_its_margin(
    dual: float, margin: int, taken: float
) -> None:
    worth = order_price(dual, margin=margin, taken=taken)
    assert min(dual, margin) - 1e-6 <= worth <= dual + 1e-6
    assert order_price(dual, margin=margin, taken=0.0) == dual
    assert order_price(dual, margin=margin, taken=1.0) == min(dual, margin)


@given(rates, errors, st.integers(1, 40), st.floats(0.5, 20))
def test_the_price_rises_as_units_run_out_and_falls_as_days_do(
    rate: float, log_sd: float, units: int, days: float
) -> None:
    belief = Belief.of_forecast(rate, log_sd=log_sd)
    price = walk_in_price(1000, units, belief, days=days)
    assert 0 <= price <= 1000
    assert (
        walk_in_price(1000, units + 1, belief, days=days) <= price <= walk_in_price(1000, units - 1, belief, days=days)
    )
    assert walk_in_price(1000, units, belief, days=days / 2) <= price


def test_without_margin_days_or_stock_history_a_unit_costs_nothing() -> None:
    belief = Belief.of_forecast(5.0, log_sd=0.5)
    assert walk_in_price(0, 1, belief, days=7) == 0
    assert walk_in_price(1000, 1, belief, days=0) == 0
    assert breadth_price(breadth_worth(400, line_units=2.0), 5, 0) == 0


def test_breadth_costs_nothing_on_full_shelves_and_half_a_parcel_at_the_last_units() -> None:
    assert breadth_price(breadth_worth(400, line_units=1.0), 100, 100) == 0
    assert breadth_price(breadth_worth(400, line_units=1.0), 120, 100) == 0, "more than in the beginning"
    assert breadth_price(breadth_worth(400, line_units=1.0), 0, 100) == 200
    assert breadth_price(breadth_worth(400, line_units=1.0), 50, 100) == 50
    assert breadth_price(breadth_worth(40_000, line_units=10.0), 0, 100) == 2_000


def test_line_sizes_are_learned() -> None:
    sizes = LineSizes()
    for _ in range(99):
        sizes.seen(2)
    assert sizes.mean == pytest.approx(2.18)


@pytest.mark.parametrize("seed", range(20))
def test_the_duals_are_what_one_more_unit_would_save(seed: int) -> None:
    rng = random.Random(seed)
    places, regions = rng.randint(1, 5), rng.randint(1, 4)
    stock = [float(rng.randint(0, 6)) for _ in range(places)]
    online, walk_in = [rng.uniform(0, 5) for _ in range(regions)], [rng.uniform(0, 3) for _ in range(places)]
    costs = [[rng.uniform(100, 900) for _ in range(places)] for _ in range(regions)]

    def solved(units: list[float]) -> tuple[float, list[float]]:
        return optimum(fluid_model(units, online, walk_in, costs, margin=700.0, penalty=1500.0))

    cost, rows = solved(stock)
    for place, price in enumerate(prices_of(rows, places)):
        if not stock[place]:
            continue  # nothing there to be priced
        nudged = [units + 1e-3 * (n == place) for n, units in enumerate(stock)]
        fewer = [units - 1e-3 * (n == place) for n, units in enumerate(stock)]
        more_saves = (cost - solved(nudged)[0]) / 1e-3
        fewer_costs = (solved(fewer)[0] - cost) / 1e-3
        assert more_saves - 1e-3 <= price <= fewer_costs + 1e-3


def test_a_price_makes_the_order_spare_the_scarce_unit() -> None:
    near = Candidate("NEAR", 300, 0, 0, {"MUG": 1}, unit_price={"MUG": 150}, distance_km=1.0)
    far = Candidate("FAR", 400, 0, 0, {"MUG": 50}, distance_km=90.0)
    answer = plan([Want("1", "MUG", 1)], [near, far])
    assert [one.location_id for one in answer.assignments] == ["FAR"]
    free = plan([Want("1", "MUG", 1)], [Candidate("NEAR", 300, 0, 0, {"MUG": 1}, distance_km=1.0), far])
    assert [one.location_id for one in free.assignments] == ["NEAR"]
