"""A hot position is spread over cells, and nobody outside can tell."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.inventory.domain.stock import Stock
from functions.inventory.repository.heat import NOTED_AT_ONCE, Heat
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.shards import HOT
from shared.aws import client
from shared.dynamo.table import Put, Table, Update
from shared.events.fulfilment import AllocationWithdrawn
from tests.bench.shards import measure
from tests.component.inventory.goods import (
    allocations,
    audited,
    counters,
    hold,
    pass_time,
    pins,
    placed,
    plan,
    said,
    shipped,
    tell,
    tick,
)
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import open_shop, receive

SHARDS = 4


def rows(sku: str = "VASE") -> list[Stock]:
    with running_as("inventory"):
        return StockRows(Table(client("dynamodb"), "inventory")).rows_of([sku])


@pytest.fixture
def hot(ops: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 12}}, items={"VASE": {"shards": SHARDS, "default_safety_stock": 0}})


def test_every_unit_is_sold_and_not_one_more_and_it_all_looks_like_one_position(
    ops: Gateway, web: Gateway, bus: Bus, hot: None
) -> None:
    held = [hold(web, f"R{n}", [("VASE", 1)]) for n in range(13)]
    assert [answer.status for answer in held] == [201] * 12 + [409]
    assert held[-1].body["shortages"] == [{"sku": "VASE", "requested": 1, "available": 0}]
    assert {pin["location_id"] for answer in held[:12] for pin in pins(answer)} == {"DC1"}
    assert len([row for row in rows() if row.counters.held]) > 1, "the position was not spread at all"
    assert counters(ops, "VASE", "DC1") == {"on_hand": 12, "held": 12, "allocated": 0, "available": 0}
    audited(ops, bus)
    lines = ops.get("/v1/inventory/VASE/ledger").body["items"]
    assert {line["location_id"] for line in lines} == {"DC1"}
    assert sum(line["deltas"]["on_hand"] for line in lines) == 12
    assert sum(line["deltas"]["held"] for line in lines) == 12
    assert {line["kind"] for line in lines} == {"receipt", "hold"}
    assert [line["balances"]["held"] for line in lines] == [*range(12, 0, -1), 0], "running sums over all cells"
    assert {line["balances"]["on_hand"] for line in lines} == {12}
    first = ops.get("/v1/inventory/VASE/ledger?location_id=DC1&limit=4").body
    assert first["items"] == lines[: len(first["items"])]
    second = ops.get(f"/v1/inventory/VASE/ledger?location_id=DC1&limit=4&cursor={first['next_cursor']}").body
    assert second["items"] == lines[len(first["items"]) :][: len(second["items"])]
    at = lines[4]["at"]
    (then,) = ops.get(f"/v1/inventory/VASE/history?at={at}").body["positions"]
    assert (then["location_id"], then["balances"]["held"], then["balances"]["on_hand"]) == ("DC1", 8, 12)
    asked = web.post("/v1/availability", {"skus": ["VASE"], "owner": "cart-R1"}).body["items"]
    assert asked[0]["available"] == 1


def test_pages_tell_of_a_hot_position_as_of_any_other(ops: Gateway, web: Gateway, bus: Bus, hot: None) -> None:
    for n in range(5):
        hold(web, f"R{n}", [("VASE", 1)], ttl_seconds=60 if n < 3 else 6000)
    bus.project("inventory")

    def told() -> Any:
        (item,) = web.post("/v1/availability", {"skus": ["VASE"]}).body["items"]
        return item["available"], [(one["location_id"], one["available"]) for one in item["locations"]]

    assert told() == (7, [("DC1", 7)])
    pass_time(120)
    assert told() == (10, [("DC1", 10)]), "three holds have lapsed, in whatever cells"


def test_a_hold_takes_from_several_cells_when_none_has_enough(ops: Gateway, web: Gateway, bus: Bus, hot: None) -> None:
    for n in range(12):
        hold(web, f"R{n}", [("VASE", 1)])
    for n in (1, 4, 6, 9, 11):
        assert web.delete(f"/v1/reservations/R{n}").status == 200
    assert hold(web, "R20", [("VASE", 6)]).body["shortages"][0]["available"] == 5
    whole = hold(web, "R21", [("VASE", 5)])
    assert (whole.status, pins(whole)) == (201, [{"location_id": "DC1", "quantity": 5}])
    assert hold(web, "R22", [("VASE", 1)]).status == 409
    again = hold(web, "R21", [("VASE", 5)])
    assert (again.status, again.body) == (201, whole.body)
    pass_time(601)
    assert hold(web, "R23", [("VASE", 12)]).status == 201, "what has lapsed in any cell is free"
    audited(ops, bus)


def test_orders_take_convert_give_back_and_ship_units_of_a_hot_position(
    ops: Gateway, web: Gateway, bus: Bus, hot: None
) -> None:
    assert hold(web, "R1", [("VASE", 3)]).status == 201
    tell(bus, placed("O1", [("VASE", 3)], reservation_id="R1"))
    tell(bus, plan("O1", [("VASE", "DC1", 3)], reservation_id="R1"))
    tell(bus, plan("O2", [("VASE", "DC1", 8)]))
    tell(bus, plan("O3", [("VASE", "DC1", 2)]))
    assert counters(ops, "VASE", "DC1") == {"on_hand": 12, "held": 0, "allocated": 11, "available": 1}
    allocated = {one["order_id"]: one["allocations"] for one in said(bus, "StockAllocated")}
    assert {order: [(a["location_id"], a["quantity"]) for a in taken] for order, taken in allocated.items()} == {
        "O1": [("DC1", 3)],
        "O2": [("DC1", 8)],
    }
    stop = {"order_id": "O2", "plan_version": 1, "request_id": "X1"}
    tell(bus, AllocationWithdrawn(**stop, allocations=allocations([("VASE", "DC1", 6)])))
    tell(bus, shipped("O1", "O1.1", "DC1", [("1", "VASE", 3)]))
    tell(bus, shipped("O2", "O2.1", "DC1", [("1", "VASE", 2)]))
    assert counters(ops, "VASE", "DC1") == {"on_hand": 7, "held": 0, "allocated": 0, "available": 7}
    assert hold(web, "R2", [("VASE", 8)]).body["shortages"][0]["available"] == 7
    audited(ops, bus)


def test_the_parts_that_others_are_told_sum_up_to_the_position(ops: Gateway, web: Gateway, bus: Bus, hot: None) -> None:
    for n in range(5):
        hold(web, f"R{n}", [("VASE", 1)])
    newest: dict[int, dict[str, Any]] = {}
    for event in said(bus, "StockChanged"):
        for part in event["positions"]:
            assert part["location_id"] == "DC1"
            if newest.get(part.get("part", 0), {"version": 0})["version"] < part["version"]:
                newest[part.get("part", 0)] = part
    sums = {name: sum(part.get(name, 0) for part in newest.values()) for name in ("on_hand", "held", "allocated")}
    assert sums == {"on_hand": 12, "held": 5, "allocated": 0}


def test_goods_that_are_damaged_or_lost_come_home_from_the_cells_first(
    ops: Gateway, web: Gateway, bus: Bus, hot: None
) -> None:
    for n in range(4):
        hold(web, f"R{n}", [("VASE", 1)])

    def post(movement_id: str, kind: str, quantity: int) -> Any:
        lines = [{"sku": "VASE", "quantity": quantity}]
        body = {"movement_id": movement_id, "kind": kind, "location_id": "DC1", "lines": lines}
        return ops.post("/v1/inventory/movements", body)

    assert post("M1", "damage", 5).status == 201
    assert post("M2", "adjustment", -3).status == 201
    assert counters(ops, "VASE", "DC1") == {"on_hand": 9, "held": 4, "allocated": 0, "available": 0}
    assert hold(web, "R9", [("VASE", 1)]).status == 409
    receive(ops, "M3", "DC1", [{"sku": "VASE", "quantity": 1}])
    assert hold(web, "R9", [("VASE", 1)]).status == 201
    audited(ops, bus)


def test_a_position_that_is_no_longer_spread_gives_its_cells_up_once_they_are_empty(
    ops: Gateway, web: Gateway, bus: Bus, hot: None
) -> None:
    hold(web, "R1", [("VASE", 1)])
    body = {"name": "Vase", "weight_grams": 300, "shards": 1}
    assert ops.put("/v1/items/VASE", body).status == 200
    assert [(row.shards, row.cells) for row in rows() if "#" not in row.location_id] == [(0, SHARDS)]
    assert hold(web, "R2", [("VASE", 12)]).body["shortages"][0]["available"] == 11
    web.delete("/v1/reservations/R1")
    assert ops.put("/v1/items/VASE", body).status == 200
    assert [(row.location_id, row.cells, row.counters.lent) for row in rows()] == [("DC1", 0, 0)]
    assert hold(web, "R2", [("VASE", 12)]).status == 201
    assert ops.put("/v1/items/VASE", body | {"shards": 2}).status == 200
    pass_time(601)
    assert hold(web, "R3", [("VASE", 12)]).status == 201
    audited(ops, bus)


def test_a_position_that_is_fought_for_is_spread_by_itself(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 5, "LAMP": 5}}, items={"LAMP": {"shards": 1}})
    with running_as("inventory"):
        table = Table(client("dynamodb"), "inventory")
        heat = Heat(table)
        for sku in ("VASE", "LAMP", "MUG"):
            for _ in range(HOT):
                heat.note([Update(f"STOCK#{sku}", "DC1", "SET n = n", "n = n"), Put({"pk": "RES#1", "sk": "-"})])
        assert heat.noted() == {("VASE", "DC1"): HOT, ("LAMP", "DC1"): HOT, ("MUG", "DC1"): HOT}
    tick()
    assert [row.shards for row in rows("VASE")] == [2]
    assert [row.shards for row in rows("LAMP")] == [0], "configured"
    with running_as("inventory"):
        assert heat.noted() == {("MUG", "DC1"): HOT} or heat.noted() == {}
    audited(ops, bus)


def test_what_a_hot_position_takes_grows_with_its_shards() -> None:
    took = {shards: throughput for shards, _, throughput in measure(stock=20_000, holds=400)}
    assert took[1] == pytest.approx(500)
    assert took[4] > 0.75 * 4 * took[1]
    assert took[16] > 0.5 * 16 * took[1]


class Contended:
    """A client whose transactions conflict so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __getattr__(self, name: str) -> Any:
        real = getattr(client("dynamodb"), name)

        def call(**request: Any) -> Any:
            if name == "transact_write_items" and self.times:
                self.times -= 1
                response = {"Error": {"Code": "TransactionCanceledException"}}
                raise ClientError(response | {"CancellationReasons": [{"Code": "TransactionConflict"}]}, name)
            return real(**request)

        return call


def test_who_waits_for_rivals_notes_it(bus: Bus) -> None:
    heat = Heat(Table(client("dynamodb"), "inventory"))
    conflicted = Contended(NOTED_AT_ONCE)
    table = Table(conflicted, "inventory", contended=heat.note, pause=lambda _seconds: None)
    put = Put({"pk": "RES#1", "sk": "-"})
    for name in "AB":
        row = Put({"pk": f"STOCK#VASE#{name}", "sk": "DC1"})
        conflicted.times = NOTED_AT_ONCE // 2
        table.write(row, put)
        put = Put({"pk": "RES#2", "sk": "-"})
    assert heat.noted() == {("VASE", "DC1"): NOTED_AT_ONCE}
