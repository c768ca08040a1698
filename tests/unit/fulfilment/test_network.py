"""Copies of the network and the stock, and the plans made from them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.fulfilment.domain.demand import Demand, Destination, Line, Outcome, Share
from functions.fulfilment.domain.explanation import MAX_PLACES_KEPT, explained
from functions.fulfilment.domain.network import Copies, Item, Place, Position, StockPage
from functions.fulfilment.domain.rates import rate
from functions.fulfilment.domain.routing.plan import Reason
from functions.fulfilment.domain.sourcing import MAX_GROUPS, source
from shared.built_in_rates import LABELS
from shared.geo import Geo

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
LEEDS, LONDON = Geo(53.8, -1.55), Geo(51.5, -0.12)


def position(on_hand: int, *, version: int = 1, held: int = 0, safety: int = 0) -> Position:
    return Position(on_hand, 0, held, 0, safety, version)


def place(name: str, *, geo: Geo = LEEDS, capabilities: tuple[str, ...] = ("ship", "pickup")) -> Place:
    return Place(name, "store", "GB", 1, geo, capabilities)


def copies(stock: dict[str, int], *places: Place) -> Copies:
    page = StockPage("MUG", 1, AT, {name: position(units) for name, units in stock.items()})
    return Copies({one.location_id: one for one in places}, {"MUG": Item("MUG", 1, 500)}, {"MUG": page})


def demand(*lines: Line) -> Demand:
    return Demand("O-1", lines=lines, destination=Destination("GB", LEEDS))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(1, 6)), max_size=12), st.randoms())
def test_news_merged_in_any_order_and_any_number_of_times_gives_the_newest(
    news: list[tuple[str, int, int]], rng: random.Random
) -> None:
    by_version = {(name, version): units for name, units, version in news}
    told = [(name, position(units, version=version)) for (name, version), units in by_version.items()]
    again = [*told, *told]
    rng.shuffle(again)
    page = StockPage("MUG")
    for one in again:
        page = page.merged([one], at=AT)
    newest = {name: max(version for other, version in by_version if other == name) for name, _ in by_version}
    assert {name: known.version for name, known in page.positions.items()} == newest


def test_old_news_leave_the_page_as_it_is() -> None:
    page = StockPage("MUG", 3, AT, {"S1": position(4, version=7)})
    assert page.merged([("S1", position(9, version=7)), ("S1", position(9, version=6))], at=AT) is page


def test_the_safety_stock_that_a_refusal_tells_of_the_same_state_is_taken_over() -> None:
    page = StockPage("MUG", 3, AT, {"S1": position(4, version=7)})
    told = page.merged([("S1", position(4, version=7, safety=3))], at=AT)
    assert (page.available, told.available) == (4, 1)


def test_a_pause_ends_by_itself_when_its_end_is_known() -> None:
    paused = replace(place("S1"), paused=True, paused_until=AT)
    assert not paused.open_at(AT - timedelta(seconds=1))
    assert paused.open_at(AT)
    assert not replace(paused, paused_until=None).open_at(AT)


@pytest.mark.parametrize(
    ("origin", "country", "expected"),
    [(LEEDS, "GB", "local"), (LONDON, "GB", "country"), (None, "GB", "region"), (LEEDS, "FR", "abroad")],
)
def test_a_label_costs_by_zone(origin: Geo | None, country: str, expected: str) -> None:
    found = rate(origin, country, LEEDS, "GB", service="standard").tariff
    label, per_kg = LABELS[expected]
    assert (found.amount(0), found.amount(1000)) == (label, label + per_kg)
    assert rate(origin, country, LEEDS, "GB", service="express").tariff.amount(0) > label


def test_places_that_cannot_ship_are_left_out_with_the_reason() -> None:
    network = copies(
        {"OFF": 9, "PAUSED": 9, "FULL": 9, "OK": 9},
        place("OFF", capabilities=("pickup",)),
        replace(place("PAUSED"), paused=True),
        replace(place("FULL"), parcels_per_day=0),
        place("OK"),
        place("EMPTY"),
    )
    routing = source(demand(Line("1", "MUG", 1, "ship")), network, at=AT).routing
    assert routing is not None
    assert {one.location_id: one.reason for one in routing.excluded} == {
        "OFF": Reason.METHOD_OFF,
        "PAUSED": Reason.PAUSED,
        "FULL": Reason.CAPACITY_FULL,
        "EMPTY": Reason.NO_STOCK,
    }


def test_the_orders_own_hold_never_blocks_the_order() -> None:
    page = StockPage("MUG", 1, AT, {"S1": position(1, held=1)})
    network = Copies({"S1": place("S1")}, {"MUG": Item("MUG", 1)}, {"MUG": page})
    order = demand(Line("1", "MUG", 1, "ship"))
    assert source(order, network, at=AT).shares == ()
    own = replace(order, pins=(Share("1", "MUG", "S1", 1),))
    assert source(own, network, at=AT).shares == (Share("1", "MUG", "S1", 1),)


def test_lines_collected_and_lines_shipped_never_share_a_unit() -> None:
    order = demand(Line("1", "MUG", 2, "ship"), Line("2", "MUG", 2, "pickup", "S1"))
    plan = source(order, copies({"S1": 3}, place("S1")), at=AT)
    assert sum(share.quantity for share in plan.shares) == 3
    assert [(one.line_id, one.quantity, one.outcome) for one in plan.missing] == [("1", 1, Outcome.OUT_OF_STOCK)]


def test_ship_to_store_takes_the_stores_own_stock_first_and_has_the_rest_sent_there() -> None:
    order = demand(Line("1", "MUG", 2, "ship_to_store", "S1"))
    plan = source(order, copies({"S1": 1, "S2": 9}, place("S1"), place("S2")), at=AT)
    assert plan.shares == (Share("1", "MUG", "S1", 1), Share("1", "MUG", "S2", 1))
    assert plan.missing == ()


def test_a_plan_opens_no_more_work_than_one_transaction_takes_and_explains_itself_within_bounds() -> None:
    names = [f"S{number:03d}" for number in range(200)]
    network = copies(dict.fromkeys(names, 1), *(place(name) for name in names))
    plan = source(demand(Line("1", "MUG", 150, "ship")), network, at=AT)
    assert len(plan.shares) == MAX_GROUPS
    assert plan.missing == ()
    decision = explained("O-1", 1, plan, at=AT, trigger="released")
    assert decision.routing is not None
    assert len(decision.routing.considered) == MAX_PLACES_KEPT
    assert decision.places_considered == 200
