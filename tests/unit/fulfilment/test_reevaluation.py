"""Re-evaluation: what is chosen together never costs more than today, and a move gives way to whatever else happens."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.fulfilment.choosing import choose
from functions.fulfilment.domain import moving
from functions.fulfilment.domain.demand import Demand, Destination, Line, Share, Status
from functions.fulfilment.domain.execution import acknowledge
from functions.fulfilment.domain.network import Copies, Item, Place, Position, StockPage
from functions.fulfilment.domain.reevaluation import LEAST_SAVING, STRANDED, Column, Spot, columns, free
from functions.fulfilment.domain.routing.posted import Posted, PricePage
from functions.fulfilment.domain.states import Status as Stage
from functions.fulfilment.domain.work import Claim, FulfilmentOrder, WorkLine
from shared.geo import Geo

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SPOTS = {"LEEDS": Geo(53.8, -1.55), "YORK": Geo(53.96, -1.08), "LONDON": Geo(51.5, -0.12), "PARIS": Geo(48.8, 2.3)}


def place(location_id: str, **values: object) -> Place:
    return replace(Place(location_id, "store", "GB", 1, SPOTS[location_id], ("ship",)), **values)  # type: ignore[arg-type]


def known(stock: dict[str, dict[str, int]], *places: Place) -> Copies:
    """Copies with this free stock by SKU and place."""
    pages = {
        sku: StockPage(sku, 1, NOW, {at: Position(units, 0, 0, 0, 0, 1) for at, units in shelf.items()})
        for sku, shelf in stock.items()
    }
    network = {name: place(name) for name in SPOTS} | {one.location_id: one for one in places}
    return Copies(network, {sku: Item(sku, 1, 300) for sku in stock}, pages)


def order(number: int, *shares: tuple[str, str, int], to: Geo = SPOTS["YORK"]) -> tuple[Demand, list[FulfilmentOrder]]:
    """An order whose lines, one per (SKU, place, units), are open at their places."""
    order_id = f"W-{number}"
    lines = tuple(Line(str(n), sku, units, "ship", placed=units) for n, (sku, _, units) in enumerate(shares, 1))
    by_place: dict[str, list[WorkLine]] = {}
    for n, (sku, at, units) in enumerate(shares, 1):
        by_place.setdefault(at, []).append(WorkLine(str(n), sku, units))
    work = [
        FulfilmentOrder(f"{order_id}.{n}", order_id, at, "ship", 1, NOW, tuple(its))
        for n, (at, its) in enumerate(sorted(by_place.items()), 1)
    ]
    demand = Demand(
        order_id, Status.SETTLED, 1, destination=Destination("GB", to), lines=lines, plan_version=1, opened=len(work)
    )
    return demand, work


def test_an_order_goes_where_it_is_cheaper_now() -> None:
    demand, work = order(1, ("MUG", "LONDON", 1))
    today, best, *_ = columns(demand, work, known({"MUG": {"YORK": 3}}), at=NOW)
    assert (today.ended, today.fresh) == ((), ())
    assert best.fresh == (Share("1", "MUG", "YORK", 1),)
    assert best.ended == tuple(work)
    assert best.cost <= today.cost - LEAST_SAVING


def test_a_split_order_becomes_one_parcel_when_one_place_has_all() -> None:
    demand, work = order(1, ("MUG", "YORK", 1), ("LAMP", "LEEDS", 1))
    _, best, *_ = columns(demand, work, known({"MUG": {"LEEDS": 1}, "LAMP": {"LEEDS": 1}}), at=NOW)
    assert {share.location_id for share in best.fresh} == {"LEEDS"}
    assert len(best.ended) == 2
    unable = columns(demand, work, known({"MUG": {"LEEDS": 1}, "LAMP": {}}), at=NOW)
    assert len(unable) == 1, "all of the new work is set aside before any of the old is given back"


def test_work_at_a_place_that_takes_none_any_more_is_rescued_at_any_cost() -> None:
    demand, work = order(1, ("MUG", "YORK", 1))
    copies = known({"MUG": {"LONDON": 1}}, place("YORK", paused=True))
    today, rescue, *_ = columns(demand, work, copies, at=NOW)
    assert today.cost == STRANDED
    assert rescue.fresh == (Share("1", "MUG", "LONDON", 1),)
    assert choose([[today, rescue]], free([rescue], copies)) == [rescue]


def test_stranded_work_that_nobody_else_can_serve_stays() -> None:
    demand, work = order(1, ("MUG", "YORK", 2))
    assert len(columns(demand, work, known({"MUG": {"LONDON": 1}}, place("YORK", paused=True)), at=NOW)) == 1


def test_what_hardly_saves_anything_stays_where_people_have_seen_it() -> None:
    copies = known({"MUG": {"LEEDS": 9}})
    demand, work = order(1, ("MUG", "YORK", 1))
    cheap = replace(copies, prices={"MUG": PricePage("MUG", 1, NOW, {"YORK": Posted(LEAST_SAVING - 1)})})
    dear = replace(copies, prices={"MUG": PricePage("MUG", 1, NOW, {"YORK": Posted(500)})})
    assert len(columns(demand, work, cheap, at=NOW)) == 1
    assert len(columns(demand, work, dear, at=NOW)) == 2


def test_two_orders_are_not_promised_the_same_unit() -> None:
    copies = known({"MUG": {"YORK": 1}})
    by_order = [columns(*order(n, ("MUG", "LONDON", 1)), copies, at=NOW) for n in (1, 2)]
    chosen = choose(by_order, free(itertools.chain(*by_order), copies))
    assert sorted(bool(column.ended) for column in chosen) == [False, True]


def brute_force(by_order: list[list[Column]], units: dict[Spot, int]) -> int:
    best = sum(ways[0].cost for ways in by_order)
    for combination in itertools.product(*by_order):
        taken: dict[Spot, int] = {}
        for column in combination:
            for spot, count in column.takes.items():
                taken[spot] = taken.get(spot, 0) + count
        if all(count <= units[spot] for spot, count in taken.items()):
            best = min(best, sum(column.cost for column in combination))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_together_orders_never_cost_more_than_today_and_nothing_is_promised_twice(seed: int) -> None:
    rng = random.Random(seed)
    skus, names = ["MUG", "LAMP", "VASE"], list(SPOTS)
    copies = known({sku: {at: rng.randint(0, 2) for at in names} for sku in skus})
    if rng.random() < 0.3:
        copies = replace(copies, places=copies.places | {"YORK": place("YORK", paused=True)})
    orders = []
    for number in range(rng.randint(1, 5)):
        shares = [(sku, rng.choice(names), rng.randint(1, 2)) for sku in rng.sample(skus, rng.randint(1, 3))]
        orders.append(order(number, *shares, to=SPOTS[rng.choice(names)]))
    by_order = [columns(*one, copies, at=NOW) for one in orders]
    units = free(itertools.chain(*by_order), copies)
    chosen = choose(by_order, units)
    assert [column.order_id for column in chosen] == [demand.order_id for demand, _ in orders]
    for column, ways, (_, work) in zip(chosen, by_order, orders, strict=True):
        assert column.cost <= ways[0].cost, "never worse than today"
        assert not column.ended or column.cost < ways[0].cost
        left, gained = moving.shares_of(column.ended), column.fresh
        assert sum(share.quantity for share in left) == sum(share.quantity for share in gained), (
            "every unit has a place"
        )
        assert all(one in work for one in column.ended)
    for spot, free_units in units.items():
        assert sum(column.takes[spot] for column in chosen) <= free_units
    assert sum(column.cost for column in chosen) == brute_force(by_order, units)


def test_with_nothing_to_choose_from_nothing_is_solved() -> None:
    assert choose([], {}) == []


# ------------------------------------------------------------------ one move


def asked() -> tuple[Demand, list[FulfilmentOrder]]:
    demand, work = order(1, ("MUG", "LONDON", 2))
    return moving.asked_to_move(demand, work, (Share("1", "MUG", "YORK", 2),), at=NOW), work


def test_a_move_replaces_the_work_and_withdraws_what_it_had() -> None:
    demand, work = asked()
    result = moving.done(demand, work, at=NOW)
    (ended,), (opened,) = result.ended, result.opened
    assert (ended.status, ended.lines[0].quantity, ended.lines[0].moved) == (Stage.CANCELLED, 0, 2)
    assert (opened.location_id, opened.lines, opened.fulfilment_order_id) == ("YORK", (("1", 2),), "W-1.2")
    assert result.demand.cancellations[-1].withdrawn == ((1, (Share("1", "MUG", "LONDON", 2),)),)
    assert result.demand.lines == demand.lines, "the order wants and has what it had"
    assert result.demand.move is None


@pytest.mark.parametrize("what", ["acknowledged", "claimed", "cancelled in part", "held", "gone"])
def test_whatever_happened_to_the_work_meanwhile_wins_and_the_new_units_are_withdrawn(what: str) -> None:
    demand, (one,) = asked()
    work = {
        "acknowledged": [acknowledge(one)],
        "claimed": [replace(one, claim=Claim("ann", NOW + timedelta(hours=1)))],
        "cancelled in part": [replace(one, lines=(replace(one.lines[0], quantity=1, cancelled=1),))],
        "held": [replace(one, status=Stage.ON_HOLD, held_from=Stage.OPEN, holds=("fraud",))],
        "gone": [],
    }[what]
    result = moving.done(demand, work, at=NOW)
    assert (result.ended, result.opened, result.plan) == ((), (), None)
    assert result.demand.cancellations[-1].withdrawn == ((2, (Share("1", "MUG", "YORK", 2),)),)
    assert result.demand.move is None


@pytest.mark.parametrize(
    "change",
    [
        {"service": "express"},
        {"status": Status.ALLOCATING},
        {"moves": moving.MAX_MOVES},
        {"holds": ("fraud",)},
        {"lines": (Line("1", "MUG", 3, "ship", placed=2),)},
    ],
    ids=lambda change: str(*change),
)
def test_who_cannot_wait_or_is_being_decided_is_left_alone(change: dict[str, object]) -> None:
    demand, _ = order(1, ("MUG", "LONDON", 2))
    assert moving.may_be_moved(demand)
    assert not moving.may_be_moved(replace(demand, **change))  # type: ignore[arg-type]


def test_an_order_that_is_moving_is_not_moved_again_until_the_answer_is_overdue() -> None:
    demand, _ = asked()
    assert not moving.may_be_moved(demand)
    assert not moving.overdue(demand, NOW + moving.ANSWERED_WITHIN - timedelta(seconds=1))
    assert moving.overdue(demand, NOW + moving.ANSWERED_WITHIN)
    assert moving.given_up(demand).cancellations[-1].withdrawn[0][0] == 2
    assert moving.may_be_moved(moving.refused(demand))


def test_work_that_stays_as_it_is_is_left_alone() -> None:
    _, work = order(1, ("MUG", "YORK", 1), ("LAMP", "LONDON", 1))
    ended, fresh = moving.changes(work, [Share("1", "MUG", "YORK", 1), Share("2", "LAMP", "LEEDS", 1)])
    assert [one.location_id for one in ended] == ["LONDON"]
    assert fresh == (Share("2", "LAMP", "LEEDS", 1),)
