"""Plans, withdrawals, shipments and till sales, as the events of the others bring them: whole or not at all, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared import clock
from shared.events.fulfilment import AllocationWithdrawn
from shared.events.orders import OrderLinesCancelled
from tests.component.inventory.goods import (
    allocations,
    audited,
    book_of,
    counters,
    hold,
    pass_time,
    placed,
    plan,
    said,
    shipped,
    tell,
)
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.shop import open_shop


def withdrawn(order_id: str, takes: list[tuple[str, str, int]], *, version: int = 1) -> AllocationWithdrawn:
    return AllocationWithdrawn(order_id=order_id, plan_version=version, request_id="X1", allocations=allocations(takes))


def test_a_plan_is_set_aside_whole_and_announced_once(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}, "S1": {"LAMP": 1}})
    event = plan("O1", [("MUG", "DC1", 2), ("LAMP", "S1", 1)])
    tell(bus, event)
    tell(bus, event)
    (answer,) = said(bus, "StockAllocated")
    assert (answer["order_id"], len(answer["allocations"])) == ("O1", 2)
    assert counters(ops, "MUG", "DC1") == {"on_hand": 5, "held": 0, "allocated": 2, "available": 3}
    audited(ops, bus)


def test_a_plan_with_one_short_position_takes_nothing_and_learns_the_truth(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5, "LAMP": 1}, "S1": {"LAMP": 4}})
    tell(bus, plan("O1", [("MUG", "DC1", 2), ("LAMP", "DC1", 2)]))
    events = bus.published("inventory")
    (refused,) = [data for kind, data in events if kind == "AllocationRefused.v1"]
    assert {(p["location_id"], p["sku"], p["on_hand"]) for p in refused["positions"]} == {
        ("DC1", "LAMP", 1),
        ("S1", "LAMP", 4),
    }
    assert not [kind for kind, _ in events if kind == "StockAllocated.v1"]
    assert counters(ops, "MUG", "DC1")["allocated"] == 0
    tell(bus, plan("O1", [("MUG", "DC1", 2), ("LAMP", "S1", 2)], version=2))
    assert len(said(bus, "StockAllocated")) == 1
    audited(ops, bus)


def test_a_position_that_never_was_is_told_as_empty(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 0}})
    tell(bus, plan("O1", [("MUG", "DC1", 1)]))
    (refused,) = said(bus, "AllocationRefused")
    assert [(p["on_hand"], p["version"]) for p in refused["positions"]] == [(0, 0)]


def test_only_inventory_itself_may_say_that_there_is_none(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 2, "LAMP": 1}, "S1": {"MUG": 1}})
    tell(bus, plan("O1", [("MUG", "DC1", 2)], unplaced=[("MUG", 3)]))
    assert {(p["location_id"]) for p in said(bus, "AllocationRefused")[0]["positions"]} == {"DC1", "S1"}
    tell(bus, plan("O2", [("LAMP", "DC1", 1)], unplaced=[("LAMP", 3)]))
    assert len(said(bus, "StockAllocated")) == 1, "what the plan itself takes is not left over"
    ops.post("/v1/locations/S1/pause", {"reason": "flood"})
    tell(bus, plan("O3", [("MUG", "DC1", 2)], unplaced=[("MUG", 3)]))
    assert len(said(bus, "StockAllocated")) == 1, "a closed place has nothing to give"


def test_an_order_with_nothing_at_all_to_set_aside_gets_its_answer(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 0}})
    tell(bus, plan("O1", [], unplaced=[("MUG", 1)]))
    assert [answer["plan_version"] for answer in said(bus, "StockAllocated")] == [1]


def test_a_lapsed_hold_does_not_stand_in_the_way_of_an_order(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    hold(web, "R1", [("MUG", 1)], ttl_seconds=5)
    pass_time(6)
    tell(bus, plan("O1", [("MUG", "DC1", 1)]))
    assert len(said(bus, "StockAllocated")) == 1
    audited(ops, bus)


def test_a_live_hold_of_another_shopper_does(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    hold(web, "R1", [("MUG", 1)])
    tell(bus, plan("O1", [("MUG", "DC1", 1)]))
    assert len(said(bus, "AllocationRefused")) == 1


# ------------------------------------------------------------- an order's hold


def test_the_orders_own_hold_is_converted_and_what_it_holds_elsewhere_becomes_free(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}, "S1": {"MUG": 3}})
    hold(web, "R1", [("MUG", 5)])
    tell(bus, placed("O1", [("MUG", 5)], reservation_id="R1"))
    (committed,) = said(bus, "ReservationCommitted")
    assert sum(pin["quantity"] for pin in committed["pins"]) == 5
    assert web.get("/v1/reservations/R1").body["status"] == "COMMITTED"
    assert web.delete("/v1/reservations/R1").status == 409
    pass_time(700)
    assert hold(web, "R2", [("MUG", 2)]).status == 409, "a committed hold does not lapse"
    tell(bus, plan("O1", [("MUG", "S1", 3)], reservation_id="R1"))
    assert len(said(bus, "StockAllocated")) == 1
    assert counters(ops, "MUG", "S1") == {"on_hand": 3, "held": 0, "allocated": 3, "available": 0}
    assert counters(ops, "MUG", "DC1") == {"on_hand": 3, "held": 0, "allocated": 0, "available": 3}
    audited(ops, bus)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reservation_id": "R-none"}, "unknown"),
        ({"channel": "app"}, "foreign"),
        ({"at": clock.now() + timedelta(days=1)}, "lapsed"),
    ],
)
def test_a_hold_that_an_order_cannot_use_is_ignored_once_and_named(
    ops: Gateway, web: Gateway, bus: Bus, change: dict[str, object], reason: str
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    hold(web, "R1", [("MUG", 1)])
    event = placed("O1", [("MUG", 1)], **({"reservation_id": "R1"} | change))
    tell(bus, event)
    tell(bus, event)
    assert [one["reason"] for one in said(bus, "ReservationIgnored")] == [reason]


def test_a_hold_for_other_goods_or_of_another_order_is_ignored(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1, "LAMP": 1}})
    hold(web, "R1", [("MUG", 1)])
    tell(bus, placed("O1", [("LAMP", 1)], reservation_id="R1"))
    tell(bus, placed("O2", [("MUG", 1)], reservation_id="R1"))
    tell(bus, placed("O3", [("MUG", 1)], reservation_id="R1"))
    assert [one["reason"] for one in said(bus, "ReservationIgnored")] == ["mismatched", "used"]


def test_a_hold_lives_on_for_the_order_that_was_placed_in_time_unless_another_has_the_units(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    in_time = clock.now()
    hold(web, "R1", [("MUG", 1)], ttl_seconds=5)
    pass_time(6)
    tell(bus, placed("O1", [("MUG", 1)], reservation_id="R1", at=in_time))
    assert len(said(bus, "ReservationCommitted")) == 1
    assert counters(ops, "MUG", "DC1")["available"] == 0
    tell(bus, plan("O1", [("MUG", "DC1", 1)], reservation_id="R1"))
    open_shop(ops, stock={"S1": {"MUG": 1}})
    in_time = clock.now()
    hold(web, "R2", [("MUG", 1)], ttl_seconds=5)
    pass_time(6)
    assert hold(web, "R3", [("MUG", 1)]).status == 201
    tell(bus, placed("O2", [("MUG", 1)], reservation_id="R2", at=in_time))
    assert [one["reason"] for one in said(bus, "ReservationIgnored")] == ["lapsed"]
    audited(ops, bus)


def test_ordering_less_than_was_held_frees_the_rest_at_once(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    hold(web, "R1", [("MUG", 4)])
    tell(bus, placed("O1", [("MUG", 1)], reservation_id="R1"))
    assert counters(ops, "MUG", "DC1") == {"on_hand": 5, "held": 1, "allocated": 0, "available": 4}
    audited(ops, bus)


def test_a_plan_that_names_a_hold_waits_until_it_is_decided(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    hold(web, "R1", [("MUG", 1)])
    early = plan("O1", [("MUG", "DC1", 1)], reservation_id="R1")
    assert bus.deliver("inventory", early) == ["m0"]
    tell(bus, placed("O1", [("MUG", 1)], reservation_id="R1"))
    tell(bus, early)
    assert len(said(bus, "StockAllocated")) == 1


def test_a_cancelled_order_gives_its_hold_back_and_does_not_take_it_later(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 2}})
    cancelled = {"lines": (), "reason": "CHANGED_MIND", "whole_order": True}
    hold(web, "R1", [("MUG", 1)])
    tell(bus, placed("O1", [("MUG", 1)], reservation_id="R1"))
    tell(bus, OrderLinesCancelled(order_id="O1", **cancelled))
    tell(bus, OrderLinesCancelled(order_id="O1", **cancelled))
    assert counters(ops, "MUG", "DC1")["held"] == 0
    hold(web, "R2", [("MUG", 1)])
    tell(bus, OrderLinesCancelled(order_id="O2", **cancelled))
    tell(bus, placed("O2", [("MUG", 1)], reservation_id="R2"))
    assert [one["reason"] for one in said(bus, "ReservationIgnored")] == ["cancelled"]
    audited(ops, bus)


# ---------------------------------------------------------------- withdrawing


def test_withdrawn_units_are_free_again_once(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    tell(bus, plan("O1", [("MUG", "DC1", 3)]))
    tell(bus, plan("O2", [("MUG", "DC1", 2)]))
    for _ in range(2):
        tell(bus, withdrawn("O1", [("MUG", "DC1", 2)]))
    assert counters(ops, "MUG", "DC1") == {"on_hand": 5, "held": 0, "allocated": 3, "available": 2}
    (released,) = said(bus, "AllocationReleased")
    assert [one["quantity"] for one in released["allocations"]] == [2]
    audited(ops, bus)


def test_a_late_request_takes_nothing_of_what_was_withdrawn_before(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    tell(bus, withdrawn("O1", [("MUG", "DC1", 2)]))
    tell(bus, plan("O1", [("MUG", "DC1", 3)]))
    (answer,) = said(bus, "StockAllocated")
    assert [one["quantity"] for one in answer["allocations"]] == [1]
    assert counters(ops, "MUG", "DC1")["allocated"] == 1
    audited(ops, bus)


def test_withdrawing_from_a_refused_plan_frees_nothing(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    tell(bus, plan("O1", [("MUG", "DC1", 2)]))
    tell(bus, withdrawn("O1", [("MUG", "DC1", 2)]))
    assert counters(ops, "MUG", "DC1") == {"on_hand": 1, "held": 0, "allocated": 0, "available": 1}


# ------------------------------------------------------------------- leaving


def test_what_is_shipped_leaves_the_shelf_once_however_often_it_is_told(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    tell(bus, plan("O1", [("MUG", "DC1", 3)]))
    for _ in range(2):
        tell(bus, shipped("O1", "O1.1", "DC1", [("1", "MUG", 2)]))
    assert counters(ops, "MUG", "DC1") == {"on_hand": 3, "held": 0, "allocated": 1, "available": 2}
    tell(bus, shipped("O1", "O1.1", "DC1", [("1", "MUG", 3)]))
    assert counters(ops, "MUG", "DC1") == {"on_hand": 2, "held": 0, "allocated": 0, "available": 2}
    audited(ops, bus)


def test_goods_that_left_although_they_were_counted_away_leave_a_position_to_be_counted(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 2}})
    tell(bus, plan("O1", [("MUG", "DC1", 2)]))
    lost = {"movement_id": "M1", "kind": "adjustment", "location_id": "DC1", "lines": [{"sku": "MUG", "quantity": -1}]}
    (position,) = ops.post("/v1/inventory/movements", lost).body["positions"]
    assert (position["on_hand"], position["shortage"], position["available"]) == (1, 1, 0)
    tell(bus, shipped("O1", "O1.1", "DC1", [("1", "MUG", 2)]))
    (found,) = ops.get("/v1/inventory/MUG").body["positions"]
    assert (found["on_hand"], found["allocated"], found["count_due"]) == (0, 0, True)
    audited(ops, bus)


def test_a_till_sale_takes_the_units_and_what_the_counter_missed_is_posted_as_found(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 2}})
    sale = placed("O1", [("MUG", 3), ("NEW", 1)], method="carry_out", location_id="S1")
    tell(bus, sale)
    tell(bus, sale)
    (mug,) = ops.get("/v1/inventory/MUG").body["positions"]
    (new,) = ops.get("/v1/inventory/NEW").body["positions"]
    assert (mug["on_hand"], mug["count_due"]) == (0, True)
    assert (new["on_hand"], new["count_due"]) == (0, True)
    bus.project("inventory")
    kinds = [line["kind"] for line in ops.get("/v1/inventory/MUG/ledger").body["items"]]
    assert sorted(kinds) == ["adjustment", "receipt", "ship"]
    audited(ops, bus)


def test_a_display_piece_sold_at_the_till_is_no_longer_unavailable(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    damage = {"movement_id": "M1", "kind": "damage", "location_id": "S1", "lines": [{"sku": "MUG", "quantity": 1}]}
    assert ops.post("/v1/inventory/movements", damage).status == 201
    tell(bus, placed("O1", [("MUG", 1)], method="carry_out", location_id="S1"))
    (mug,) = ops.get("/v1/inventory/MUG").body["positions"]
    assert (mug["on_hand"], mug["unavailable"], mug["shortage"]) == (0, 0, 0)
    audited(ops, bus)


def test_the_book_of_a_finished_order_claims_nothing(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    tell(bus, plan("O1", [("MUG", "DC1", 3)]))
    tell(bus, shipped("O1", "O1.1", "DC1", [("1", "MUG", 3)]))
    assert book_of("O1").skus == ()
