"""The price table: made from histories, read by plans, and harmless when data are old or missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment import solver
from functions.fulfilment.domain.baskets import Basket, Family
from functions.fulfilment.domain.history import (
    LINES,
    SHARED,
    History,
    Shares,
    belief,
    market_of_counter,
    market_of_region,
)
from functions.fulfilment.domain.network import Copies, Item, Place, Position, StockPage
from functions.fulfilment.domain.pricing import Ways, prices
from functions.fulfilment.domain.routing.posted import DUALS_HOLD, HORIZON_DAYS, RATES_HOLD, Posted, PricePage
from functions.fulfilment.domain.routing.programme import Programme, Solve
from shared.geo import Geo

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LEEDS, LONDON, FAR = Geo(53.8, -1.55), Geo(51.5, -0.12), Geo(57.1, -2.1)


def place(location_id: str, geo: Geo | None, *capabilities: str) -> Place:
    return Place(location_id, "store", "GB", 1, geo, capabilities or ("ship",))


def copies(stock: dict[str, int], *, margin: int | None = 900) -> Copies:
    places = {"NEAR": place("NEAR", LEEDS), "FAR": place("FAR", FAR), "SHOP": place("SHOP", LEEDS, "pickup")}
    page = StockPage("MUG", 1, NOW, {name: Position(units, 0, 0, 0, 0, 1) for name, units in stock.items()})
    return Copies(places, {"MUG": Item("MUG", 1, 300, margin=margin)}, {"MUG": page})


def sold(*, online: int = 0, counter: dict[str, int] | None = None, weeks: int = 3) -> History:
    """So many units a day, for some weeks."""
    day = {market_of_region("GB", LEEDS): online} | {market_of_counter(at): n for at, n in (counter or {}).items()}
    start = NOW.date() - timedelta(days=7 * weeks)
    told = {start + timedelta(days=n): {market: n for market, n in day.items() if n} for n in range(7 * weeks)}
    return History("MUG").counted(told).closed(NOW.date())


def priced(history: History, known: Copies) -> dict[str, Posted]:
    return alone(history, Shares.of([history]), known, solve=solver.duals)


def alone(history: History, shares: Shares, known: Copies, *, solve: Solve) -> dict[str, Posted]:
    """The prices of an item that nobody orders with others."""
    ways = Ways(known, NOW)
    return prices(Family(("MUG",)), {"MUG": history}, shares, known, ways=ways, now=NOW, solve=solve).get("MUG", {})


def test_where_stock_is_too_little_for_the_orders_expected_the_near_place_is_worth_more() -> None:
    table = priced(sold(online=3), copies({"NEAR": 10, "FAR": 100}))
    assert table["NEAR"].dual > 50, "the zones apart, shared among the lines of a parcel"
    assert table["FAR"].dual == 0, "there is enough of it"


def test_where_there_is_plenty_units_cost_nothing_and_nothing_is_solved() -> None:
    def solve(_: object) -> list[float]:
        raise AssertionError("no need to")

    history = sold(online=3)
    table = alone(history, Shares.of([history]), copies({"NEAR": 90, "FAR": 90}), solve=solve)
    assert all(posted.dual == 0 for posted in table.values())


def test_a_unit_that_the_counter_will_sell_is_worth_its_margin() -> None:
    table = priced(sold(online=1, counter={"NEAR": 4}), copies({"NEAR": 6, "FAR": 6}))
    page = PricePage("MUG", 1, NOW, table)
    assert page.price("NEAR", 6, margin=900, now=NOW) > 850
    assert page.price("NEAR", 60, margin=900, now=NOW) == table["NEAR"].dual, "that many the counter does not sell"


def test_stock_that_just_suffices_is_worth_something_since_demand_may_be_higher() -> None:
    history = sold(online=3)
    expected = belief(history, NOW).units_per_day * HORIZON_DAYS
    just, twice = (priced(history, copies({"NEAR": round(expected * n), "FAR": 90})) for n in (1, 2))
    assert just["NEAR"].dual > 0
    assert twice["NEAR"].dual == 0


def test_where_orders_will_lack_units_those_at_a_busy_counter_are_the_first_to_go() -> None:
    """They would be gone by then; the ones of a place without a counter would not."""
    history = sold(online=8, counter={"FAR": 6})
    table = priced(history, copies({"NEAR": 10, "FAR": 10}))
    assert table["FAR"].dual == pytest.approx(900, abs=20), "the margin: what its counter pays for them"
    assert table["NEAR"].dual > table["FAR"].dual + 40, "what an order pays that nobody else can fill"


@given(st.integers(1, 30), st.floats(0.1, 50), st.floats(0.1, 20), st.integers(0, 2000))
def test_the_price_rises_as_units_run_out_between_two_runs(units: int, shape: float, days: float, margin: int) -> None:
    page = PricePage("MUG", 1, NOW, {"S1": Posted(40, shape, days)})
    fewer, more = (page.price("S1", n, margin=margin, now=NOW) for n in (units, units + 1))
    assert fewer >= more >= 40


def test_an_old_table_keeps_what_counters_sell_and_an_older_one_nothing() -> None:
    page = PricePage("MUG", 1, NOW, {"S1": Posted(5_000, 40.0, 10.0)})
    assert page.price("S1", 1, margin=900, now=NOW + DUALS_HOLD) == 5_000
    assert page.price("S1", 1, margin=900, now=NOW + DUALS_HOLD + timedelta(seconds=1)) == 900
    assert page.price("S1", 1, margin=900, now=NOW + RATES_HOLD + timedelta(seconds=1)) == 0


def test_nothing_known_costs_nothing() -> None:
    assert PricePage("MUG").price("S1", 1, margin=900, now=NOW) == 0
    page = PricePage("MUG", 1, NOW, {"S1": Posted(0, 40.0, 10.0)})
    assert page.price("S2", 1, margin=900, now=NOW) == 0
    assert page.price("S1", 1, margin=None, now=NOW) == 0
    assert page.price("S1", 1, margin=-5, now=NOW) == 0
    assert copies({"NEAR": 1}).price("LAMP", "NEAR", 1, at=NOW) == 0


@pytest.mark.parametrize(
    ("history", "known"),
    [
        (History("MUG"), copies({"NEAR": 5})),
        (sold(online=3), Copies({}, {}, {})),
        (sold(online=3), Copies({}, copies({}).items, copies({"NEAR": 5}).pages)),
        (sold(online=3), copies({})),
        (sold(online=3), copies({"NEAR": 0})),
        (sold(online=3), copies({"NEAR": 5, "ELSEWHERE": 5}, margin=None)),
        (sold(counter={"SHOP": 3}), copies({"SHOP": 2})),
        (sold(online=3), copies({"SHOP": 2})),
    ],
    ids=[
        "nothing seen",
        "nothing known",
        "no place known",
        "no stock page",
        "nothing in stock",
        "no margin and a place on its way",
        "counter only",
        "no place ships",
    ],
)
def test_whatever_is_missing_the_job_goes_on(history: History, known: Copies) -> None:
    for posted in priced(history, known).values():
        assert posted.dual >= 0


def test_prices_are_stored_anew_only_when_a_plan_would_notice() -> None:
    page = PricePage("MUG", 1, NOW, {"S1": Posted(400, 40.0, 10.0)})
    assert not page.outdated_by({"S1": Posted(405, 40.2, 10.0)}, NOW)
    assert page.outdated_by({"S1": Posted(450, 40.0, 10.0)}, NOW)
    assert page.outdated_by({"S1": Posted(400, 60.0, 10.0)}, NOW)
    assert page.outdated_by({"S1": Posted(400, 40.0, 10.0, 90.0, 5.0)}, NOW)
    assert page.outdated_by({"S2": Posted(400, 40.0, 10.0)}, NOW)
    assert page.outdated_by(page.places, NOW + DUALS_HOLD / 2)
    assert PricePage("MUG").outdated_by({}, NOW)


def test_a_market_that_was_never_seen_before_is_no_error() -> None:
    other = History("LAMP").counted({date(2026, 11, 27): {market_of_region("FR", None): 5}})
    history = sold(online=3)
    table = alone(history, Shares.of([history, other]), copies({"NEAR": 5}), solve=solver.duals)
    assert table["NEAR"].dual > 0


LAMP_AND_MUG = Family(("LAMP", "MUG"), (Basket(market_of_region("GB", LEEDS), (("LAMP", 1), ("MUG", 1)), 2.0),))


def together(
    family: Family, *, mugs: dict[str, int], lamps: dict[str, int], solve: Solve
) -> dict[str, dict[str, Posted]]:
    """Three mugs and lamps a day are ordered, two of them together."""
    mug, histories = copies(mugs), {"MUG": sold(online=3), "LAMP": replace(sold(online=3), sku="LAMP")}
    stock = {name: Position(units, 0, 0, 0, 0, 1) for name, units in lamps.items()}
    items = {**mug.items, "LAMP": Item("LAMP", 1, 300, margin=900)}
    known = replace(mug, items=items, pages={**mug.pages, "LAMP": StockPage("LAMP", 1, NOW, stock)})
    ways = Ways(known, NOW)
    return prices(family, histories, Shares.of(histories.values()), known, ways=ways, now=NOW, solve=solve)


def test_a_unit_that_others_are_ordered_with_is_worth_the_parcel_that_it_saves() -> None:
    stock = {"mugs": {"NEAR": 6, "FAR": 90}, "lamps": {"NEAR": 90}}
    apart = together(Family(("LAMP", "MUG")), **stock, solve=solver.duals)
    family = together(LAMP_AND_MUG, **stock, solve=solver.duals)
    assert apart["MUG"]["NEAR"].dual < 150, "the zones apart, no more"
    assert family["MUG"]["NEAR"].dual > 300
    assert family["LAMP"]["NEAR"].dual == family["MUG"]["FAR"].dual == 0, "there is enough of both"


def test_a_family_that_takes_too_long_is_priced_item_by_item() -> None:
    def impatient(programme: Programme) -> Sequence[float] | None:
        return None if programme.stocks > 2 else solver.duals(programme)

    stock = {"mugs": {"NEAR": 6, "FAR": 90}, "lamps": {"NEAR": 90}}
    apart = together(Family(("LAMP", "MUG")), **stock, solve=solver.duals)
    assert together(LAMP_AND_MUG, **stock, solve=impatient) == apart
    assert apart["MUG"]["NEAR"].dual > 0


BREADTH = Posted(breadth=180.0, opening=20.0)


@pytest.mark.parametrize(("units", "price"), [(20, 0), (25, 0), (10, 45), (2, 146), (0, 180)])
def test_the_last_units_are_worth_what_orders_of_several_items_lose_without_them(units: int, price: int) -> None:
    page = PricePage("MUG", 1, NOW, {"S1": BREADTH})
    assert page.price("S1", units, margin=None, now=NOW) == price
    assert page.price("S1", units, margin=None, now=NOW + DUALS_HOLD + timedelta(days=1)) == price
    assert page.price("S1", units, margin=None, now=NOW + RATES_HOLD + timedelta(seconds=1)) == 0


def bought(*, lines: int, shared: int) -> History:
    """Two units a line, so many lines a day, some of them with other items."""
    day = {market_of_region("GB", LEEDS): 2 * lines, LINES: lines, SHARED: shared}
    start = NOW.date() - timedelta(days=21)
    return History("MUG").counted({start + timedelta(days=n): day for n in range(21)}).closed(NOW.date())


def test_breadth_is_half_a_parcel_over_the_units_of_a_line_where_lines_share_parcels() -> None:
    stock = copies({"NEAR": 60, "FAR": 300})
    always, never, half = (priced(bought(lines=4, shared=n), stock)["NEAR"].breadth for n in (4, 0, 2))
    assert always == pytest.approx(320 / 2 / 2, rel=0.15), "the label from next door, two units a line"
    assert half == pytest.approx(always / 2, rel=0.1)
    assert never == 0
    assert priced(sold(counter={"NEAR": 5}), stock)["NEAR"].breadth == 0, "nobody orders it"


def test_what_lay_there_is_remembered_and_fades() -> None:
    history, now = bought(lines=4, shared=4), copies({"NEAR": 30, "FAR": 300})
    before = PricePage("MUG", 1, NOW - timedelta(days=10), {"NEAR": Posted(opening=60.0), "GONE": Posted(opening=9.0)})
    table = priced(history, replace(now, prices={"MUG": before}))
    assert table["NEAR"].opening == pytest.approx(60 * 0.995**10, abs=0.1)
    assert table["FAR"].opening == 300, "as much as now"
    assert priced(history, now)["NEAR"].opening == 30, "nothing is known of earlier days"
    received = priced(history, replace(copies({"NEAR": 90, "FAR": 300}), prices={"MUG": before}))
    assert received["NEAR"].opening == 90, "a receipt begins anew"


def test_an_item_that_takes_too_long_keeps_what_its_counters_sell() -> None:
    history = sold(online=1, counter={"NEAR": 4})
    table = alone(history, Shares.of([history]), copies({"NEAR": 6, "FAR": 6}), solve=lambda _: None)
    assert table["NEAR"].dual == 0
    assert PricePage("MUG", 1, NOW, table).price("NEAR", 6, margin=900, now=NOW) > 850


@given(
    st.dictionaries(st.sampled_from(["NEAR", "FAR", "SHOP"]), st.integers(0, 40)),
    st.dictionaries(st.sampled_from(["NEAR", "FAR", "SHOP"]), st.integers(0, 40)),
    st.floats(0.01, 9.0),
    st.integers(1, 3),
)
def test_whatever_is_ordered_together_prices_stand_within_what_units_can_earn(
    mugs: dict[str, int], lamps: dict[str, int], per_day: float, units: int
) -> None:
    basket = Basket(market_of_region("GB", LEEDS), (("LAMP", units), ("MUG", 1)), per_day)
    table = together(Family(("LAMP", "MUG"), (basket,)), mugs=mugs, lamps=lamps, solve=solver.duals)
    for stock, sku in ((mugs, "MUG"), (lamps, "LAMP")):
        assert table[sku].keys() == {place for place, have in stock.items() if have}
        assert all(0 <= posted.dual <= 900 + 1 + 690 * 3 for posted in table[sku].values())


def test_a_place_that_is_closed_for_good_ships_nothing() -> None:
    known = copies({"NEAR": 10, "FAR": 10})
    paused = replace(known.places["NEAR"], paused=True)
    table = priced(sold(online=3), replace(known, places={**known.places, "NEAR": paused}))
    assert table["NEAR"].dual == 0
    assert table["FAR"].dual > 0
    soon = replace(paused, paused_until=NOW + timedelta(days=1))
    assert priced(sold(online=3), replace(known, places={**known.places, "NEAR": soon}))["NEAR"].dual > 0
