"""Counts while selling, through the API: goods move between the scan and the posting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.inventory.domain.counting import Counted
from functions.inventory.repository.counts import Counts
from functions.inventory.repository.history import History, LedgerBehind
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.counts import CountCommand, CountService
from shared import clock
from shared.cause import Cause
from shared.dynamo.table import Table
from tests.component.inventory.goods import audited, counters, hold, pass_time, plan, said, shipped, tell
from tests.component.inventory.test_races import Interrupted
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway
from tests.support.local_aws import running_as
from tests.support.shop import open_shop, receive


def count(who: Gateway, count_id: str, seen: dict[str, int], at: datetime | None = None, **fields: Any) -> Answer:
    lines: list[dict[str, Any]] = [{"sku": sku, "counted": counted} for sku, counted in seen.items()]
    if at is not None:
        lines = [line | {"scanned_at": clock.rfc3339(at)} for line in lines]
    return who.post("/v1/counts", {"count_id": count_id, "location_id": "S1", "lines": lines} | fields)


def variance(answer: Answer) -> list[tuple[int, int, int]]:
    assert answer.status == 201, answer.body
    return [(one["expected"], one["counted"], one["variance"]) for one in answer.body["variances"]]


def scan() -> datetime:
    """The moment of a scan, well apart from what happened before and happens after."""
    pass_time(10)
    at = clock.now()
    pass_time(10)
    return at


def leave(bus: Bus, order_id: str, quantity: int) -> None:
    tell(bus, plan(order_id, [("MUG", "S1", quantity)]))
    tell(bus, shipped(order_id, f"F-{order_id}", "S1", [("1", "MUG", quantity)]))


def test_a_count_posts_what_was_missing_at_the_scan_whatever_left_since(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10}})
    at = scan()
    leave(bus, "O1", 3)
    receive(ops, "R2", "S1", [{"sku": "MUG", "quantity": 20}])
    bus.project("inventory")
    answer = count(ops, "C1", {"MUG": 9}, at)
    assert variance(answer) == [(10, 9, -1)]
    (position,) = answer.body["positions"]
    assert position["on_hand"] == 10 - 3 + 20 - 1
    audited(ops, bus)
    newest, *_ = ops.get("/v1/inventory/MUG/ledger?location_id=S1").body["items"]
    assert (newest["kind"], newest["reference"], newest["deltas"]["on_hand"]) == ("count", "count/C1", -1)


def test_each_line_is_judged_by_its_own_scan(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10, "CUP": 5, "LAMP": 0}})
    first = scan()
    leave(bus, "O1", 4)
    second = scan()
    leave(bus, "O2", 1)
    bus.project("inventory")
    lines = [
        {"sku": "MUG", "counted": 6, "scanned_at": clock.rfc3339(second)},
        {"sku": "CUP", "counted": 5, "scanned_at": clock.rfc3339(first)},
        {"sku": "LAMP", "counted": 2},
    ]
    answer = count(ops, "C1", {}, lines=lines)
    assert variance(answer) == [(6, 6, 0), (5, 5, 0), (0, 2, 2)]
    assert [counters(ops, sku, "S1")["on_hand"] for sku in ("MUG", "CUP", "LAMP")] == [5, 5, 2]
    audited(ops, bus)


def test_while_the_ledger_lags_nothing_is_guessed(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10}})
    at = scan()
    leave(bus, "O1", 3)
    waiting = count(ops, "C1", {"MUG": 9}, at)
    assert (waiting.status, waiting.body["code"]) == (429, "ledger_behind")
    assert int(waiting.headers["retry-after"]) >= 1
    assert counters(ops, "MUG", "S1")["on_hand"] == 7
    bus.project("inventory")
    assert variance(count(ops, "C1", {"MUG": 9}, at)) == [(10, 9, -1)]
    assert counters(ops, "MUG", "S1")["on_hand"] == 6


def test_a_scan_after_the_last_movement_or_of_this_moment_needs_no_ledger(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10}})
    assert variance(count(ops, "C1", {"MUG": 11}, scan())) == [(10, 11, 1)]
    assert variance(count(ops, "C2", {"MUG": 9})) == [(11, 9, -2)]
    assert counters(ops, "MUG", "S1")["on_hand"] == 9


@pytest.mark.parametrize("moves", [1, 2, 3, 7, 16])
def test_the_moment_is_found_among_any_number_of_movements(ops: Gateway, bus: Bus, moves: int) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    scans = [(scan(), 5)]
    for number in range(moves):
        receive(ops, f"R{number}", "S1", [{"sku": "MUG", "quantity": 1}])
        scans.append((scan(), 6 + number))
    for number, (at, on_hand) in enumerate(scans):
        bus.project("inventory")
        assert variance(count(ops, f"C{number}", {"MUG": on_hand}, at)) == [(on_hand, on_hand, 0)]
    assert counters(ops, "MUG", "S1")["on_hand"] == 5 + moves


def test_the_same_count_again_posts_nothing_and_answers_the_same(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10}})
    first = count(ops, "C1", {"MUG": 8}, reason="cycle")
    leave(bus, "O1", 1)
    assert count(ops, "C1", {"MUG": 8}, reason="cycle").body == first.body
    assert ops.get("/v1/counts/C1").body == first.body
    other = count(ops, "C1", {"MUG": 7}, reason="cycle")
    assert (other.status, other.body["code"]) == (409, "count_id_reused")
    assert counters(ops, "MUG", "S1")["on_hand"] == 7
    assert ops.get("/v1/counts/C9").status == 404


def test_a_count_that_leaves_fewer_than_are_promised_is_posted_and_told(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    tell(bus, plan("O1", [("MUG", "S1", 3)]))
    hold(web, "R1", [("MUG", 2)])
    bus.published("inventory")
    (position,) = count(ops, "C1", {"MUG": 1}).body["positions"]
    assert (position["on_hand"], position["available"], position["shortage"]) == (1, 0, 4)
    (short,) = said(bus, "StockShort")
    assert short["shortage"] == 4
    assert {name: short["position"][name] for name in ("sku", "location_id", "on_hand", "held", "allocated")} == {
        "sku": "MUG",
        "location_id": "S1",
        "on_hand": 1,
        "held": 2,
        "allocated": 3,
    }
    count(ops, "C2", {"MUG": 2})
    assert said(bus, "StockShort") == [], "it has become better, not worse"
    audited(ops, bus)


def test_a_position_that_was_due_for_a_count_is_due_no_longer(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    leave(bus, "O1", 1)
    tell(bus, shipped("O9", "F9", "S1", [("1", "MUG", 2)]))
    due = ops.get("/v1/inventory/MUG").body["positions"][0]
    assert (due["count_due"], due["on_hand"]) == (True, 0)
    count(ops, "C1", {"MUG": 0})
    assert ops.get("/v1/inventory/MUG").body["positions"][0]["count_due"] is False


def test_a_count_that_cannot_have_been_is_refused_whole_and_by_line(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10, "CUP": 5}})
    at = scan()
    leave(bus, "O1", 9)
    bus.project("inventory")
    refused = count(ops, "C1", {"CUP": 4, "MUG": 8}, at)
    assert (refused.status, refused.body["code"], refused.body["errors"][0]["pointer"]) == (
        409,
        "stock_below_zero",
        "/lines/1/counted",
    )
    assert counters(ops, "CUP", "S1")["on_hand"] == 5
    damaged = {"movement_id": "D1", "kind": "damage", "location_id": "S1", "lines": [{"sku": "CUP", "quantity": 3}]}
    ops.post("/v1/inventory/movements", damaged)
    assert count(ops, "C2", {"CUP": 2}).body["errors"][0]["pointer"] == "/lines/0/counted"
    assert variance(count(ops, "C3", {"CUP": 3})) == [(5, 3, -2)]


def test_a_place_that_never_had_the_item_may_find_some_or_none(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 0, "CUP": 0}})
    answer = count(ops, "C1", {"MUG": 0, "CUP": 3}, scan())
    assert variance(answer) == [(0, 0, 0), (0, 3, 3)]
    assert [one["sku"] for one in answer.body["positions"]] == ["CUP"]
    assert ops.get("/v1/inventory/MUG").body["positions"] == []
    audited(ops, bus)


@pytest.mark.parametrize(
    ("lines", "fields", "pointer"),
    [
        ([{"sku": "MUG", "counted": -1}], {}, "/lines/0/counted"),
        ([{"sku": "MUG", "counted": 1}, {"sku": "NONE", "counted": 1}], {}, "/lines/1/sku"),
        ([{"sku": "MUG", "counted": 1}, {"sku": "MUG", "counted": 2}], {}, "/lines/1/sku"),
        ([{"sku": "MUG", "counted": 1}], {"location_id": "S9"}, "/location_id"),
        ([], {}, "/lines"),
        ([{"sku": f"S{n}", "counted": 1} for n in range(91)], {}, "/lines"),
    ],
)
def test_a_wrong_count_is_refused_with_a_pointer(
    ops: Gateway, lines: list[dict[str, Any]], fields: dict[str, Any], pointer: str
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    refused = count(ops, "C1", {}, lines=lines, **fields)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_scan_lies_in_the_last_seven_days_or_a_scanners_minute_ahead(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    for apart in (timedelta(minutes=2), -timedelta(days=7, minutes=1)):
        refused = count(ops, "C1", {"MUG": 1}, clock.now() + apart)
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/lines/0/scanned_at")
    assert variance(count(ops, "C1", {"MUG": 1}, clock.now() + timedelta(seconds=30))) == [(1, 1, 0)]


def test_an_associate_counts_at_the_own_place_only(ops: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    assert count(Gateway(gateway.associate("S2")), "C1", {"MUG": 1}).status == 404
    assert count(Gateway(gateway.associate("S1")), "C1", {"MUG": 1}).status == 201


def test_ninety_items_are_counted_at_once(ops: Gateway, bus: Bus) -> None:
    skus = [f"K{n}" for n in range(90)]
    open_shop(ops, stock={"S1": dict.fromkeys(skus, 2)})
    at = scan()
    receive(ops, "R2", "S1", [{"sku": sku, "quantity": 1} for sku in skus])
    bus.project("inventory")
    assert variance(count(ops, "C1", dict.fromkeys(skus, 1), at)) == [(2, 1, -1)] * 90
    audited(ops, bus)


@pytest.mark.parametrize("nth_write", [1, 2])
def test_a_rival_between_reading_and_writing_changes_nothing_of_the_variance(
    ops: Gateway, bus: Bus, nth_write: int
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 10}})
    at = scan()
    rivals = iter(range(9))
    dynamo = Interrupted(
        at=nth_write, rival=lambda: receive(ops, f"R{next(rivals)}", "S1", [{"sku": "MUG", "quantity": 5}])
    )
    table, projected = Table(dynamo, "inventory"), Table(dynamo, "inventory-projection")
    with running_as("inventory"):
        service = CountService(Counts(table), StockRows(table), History(table, projected), Network(table), clock.now)
        command = CountCommand("C1", "S1", [Counted("MUG", 9, at)], "", "print")
        cause = Cause("q1", "post_count", "test", clock.now(), "c")
        if nth_write == 1:
            with pytest.raises(LedgerBehind):
                service.post(command, cause)
            bus.project("inventory")
        posted = service.post(command, cause)
    assert [line.expected for line in posted.lines] == [10]
    assert counters(ops, "MUG", "S1")["on_hand"] == 10 + (5 if nth_write == 1 else 0) - 1
    bus.project("inventory")
    audited(ops, bus)
