"""Holds through the API: never more than there is, judged by time, twice the same."""

from __future__ import annotations

import pytest

from functions.inventory.service.sweep import SweepService
from shared.cause import Cause
from tests.component.inventory.goods import audited, counters, hold, pass_time, pins, tick
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.shop import location, open_shop


def test_a_second_buyer_of_the_last_unit_is_refused_and_told_what_is_left(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 1}})
    assert hold(web, "R1", [("VASE", 1)]).status == 201
    refused = hold(web, "R2", [("VASE", 1)])
    assert (refused.status, refused.body["code"]) == (409, "insufficient_stock")
    assert refused.body["shortages"] == [{"sku": "VASE", "requested": 1, "available": 0}]
    assert counters(ops, "VASE", "DC1") == {"on_hand": 1, "held": 1, "allocated": 0, "available": 0}


def test_a_hold_that_one_place_cannot_give_is_pinned_at_several(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 2}, "S1": {"MUG": 3}})
    held = hold(web, "R1", [("MUG", 4)])
    assert sorted((pin["location_id"], pin["quantity"]) for pin in pins(held)) == [("DC1", 1), ("S1", 3)]


def test_a_hold_near_the_shopper_is_pinned_nearby(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 9}, "S2": {"MUG": 2}})
    held = hold(web, "R1", [("MUG", 1)], near={"lat": 51.5, "lng": 0})
    assert pins(held) == [{"location_id": "S2", "quantity": 1}]


def test_two_lines_of_one_item_never_take_the_same_unit(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}})
    refused = hold(web, "R1", [("MUG", 2), ("MUG", 2)])
    assert refused.body["shortages"] == [{"sku": "MUG", "requested": 4, "available": 3}]
    assert hold(web, "R2", [("MUG", 2), ("MUG", 1)]).status == 201


def test_partial_holds_what_there_is(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}})
    held = hold(web, "R1", [("MUG", 5)], partial="allow")
    assert (held.status, pins(held)) == (201, [{"location_id": "DC1", "quantity": 3}])
    assert hold(web, "R2", [("MUG", 1)], partial="allow").status == 409


def test_the_same_hold_again_answers_the_same_also_when_nothing_is_left(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 2}})
    first = hold(web, "R1", [("MUG", 2)])
    assert hold(web, "R1", [("MUG", 2)]).body == first.body
    other = hold(web, "R1", [("MUG", 1)])
    assert (other.status, other.body["code"]) == (409, "reservation_id_reused")
    assert counters(ops, "MUG", "DC1")["held"] == 2


def test_a_hold_at_a_place_takes_from_there_alone(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 9}, "S1": {"MUG": 1}})
    line = {"line_id": "1", "sku": "MUG", "quantity": 2, "location_id": "S1"}
    refused = hold(web, "R1", [], scope="location", lines=[line])
    assert refused.body["shortages"] == [{"sku": "MUG", "requested": 2, "available": 1}]
    assert hold(web, "R2", [], scope="location", lines=[line | {"quantity": 1}]).status == 201
    nowhere = hold(web, "R3", [], scope="location", lines=[{"line_id": "1", "sku": "MUG", "quantity": 1}])
    assert (nowhere.status, nowhere.body["errors"][0]["pointer"]) == (422, "/lines/0/location_id")


def test_a_paused_place_and_one_that_does_not_ship_give_nothing(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}, "S1": {"MUG": 5}})
    ops.post("/v1/locations/DC1/pause", {"reason": "flood"})
    ops.put("/v1/locations/S1", location("store", 53.8, -1.55, capabilities=["pickup"]))
    assert hold(web, "R1", [("MUG", 1)]).status == 409
    ops.post("/v1/locations/DC1/resume")
    assert pins(hold(web, "R2", [("MUG", 1)])) == [{"location_id": "DC1", "quantity": 1}]


def test_safety_stock_is_not_held(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 4}}, items={"MUG": {"default_safety_stock": 2}})
    assert hold(web, "R1", [("MUG", 3)]).status == 409
    assert hold(web, "R2", [("MUG", 2)]).status == 201
    assert counters(ops, "MUG", "DC1")["available"] == 0


def test_a_lapsed_hold_frees_its_units_at_once_without_any_sweep(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 1}})
    hold(web, "R1", [("VASE", 1)], ttl_seconds=60)
    pass_time(61)
    assert counters(ops, "VASE", "DC1") == {"on_hand": 1, "held": 0, "allocated": 0, "available": 1}
    assert web.get("/v1/reservations/R1").body["status"] == "EXPIRED"
    assert hold(web, "R2", [("VASE", 1)]).status == 201
    assert hold(web, "R3", [("VASE", 1)]).status == 409
    audited(ops, bus)


def test_the_sweeper_writes_down_what_has_lapsed_and_frees_it_once(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 2, "MUG": 1}})
    hold(web, "R1", [("VASE", 1), ("MUG", 1)], ttl_seconds=60)
    hold(web, "R2", [("VASE", 1)], ttl_seconds=3600)
    bus.project("inventory")
    assert tick()["expired"] == 0
    pass_time(61)
    assert hold(web, "R3", [("VASE", 1)]).status == 201
    assert tick()["expired"] == 1
    assert tick()["expired"] == 0
    assert web.get("/v1/reservations/R1").body["status"] == "EXPIRED"
    assert web.get("/v1/reservations/R2").body["status"] == "HELD"
    assert counters(ops, "VASE", "DC1")["held"] == 2
    assert counters(ops, "MUG", "DC1")["held"] == 0
    audited(ops, bus)


def test_a_hold_that_cannot_be_swept_keeps_no_other_waiting_and_is_tried_again(
    ops: Gateway, web: Gateway, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 3}})
    for name, ttl in (("R1", 60), ("R2", 61), ("R3", 62)):
        hold(web, name, [("VASE", 1)], ttl_seconds=ttl)
    bus.project("inventory")
    pass_time(70)
    real = SweepService._expire_one

    def expire_one(self: SweepService, reservation_id: str, cause: Cause) -> int:
        if reservation_id == "R1":
            raise KeyError("nobody thought of this")
        return real(self, reservation_id, cause)

    with monkeypatch.context() as broken:
        broken.setattr(SweepService, "_expire_one", expire_one)
        for _ in range(2):
            with pytest.raises(ExceptionGroup):
                tick()
    assert tick()["expired"] == 1, "the other two were done"
    audited(ops, bus)


def test_releasing_twice_frees_the_units_once(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    hold(web, "R1", [("MUG", 2)])
    hold(web, "R2", [("MUG", 3)])
    first = web.delete("/v1/reservations/R1")
    assert (first.status, first.body["status"]) == (200, "RELEASED")
    assert web.delete("/v1/reservations/R1").body == first.body
    assert counters(ops, "MUG", "DC1") == {"on_hand": 5, "held": 3, "allocated": 0, "available": 2}
    audited(ops, bus)


def test_releasing_a_lapsed_hold_whose_units_another_has_taken_frees_nothing(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    hold(web, "R1", [("MUG", 1)], ttl_seconds=5)
    pass_time(6)
    assert hold(web, "R2", [("MUG", 1)]).status == 201
    assert web.delete("/v1/reservations/R1").status == 200
    assert counters(ops, "MUG", "DC1")["held"] == 1
    audited(ops, bus)


def test_a_hold_is_extended_twice_and_not_a_third_time(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    hold(web, "R1", [("MUG", 1)], ttl_seconds=60)
    for _ in range(2):
        pass_time(50)
        assert web.post("/v1/reservations/R1/extend", {"ttl_seconds": 60}).status == 200
    pass_time(50)
    third = web.post("/v1/reservations/R1/extend", {"ttl_seconds": 60})
    assert (third.status, third.body["code"]) == (409, "too_many_extensions")
    assert counters(ops, "MUG", "DC1")["held"] == 1
    audited(ops, bus)
    pass_time(11)
    late = web.post("/v1/reservations/R1/extend", {"ttl_seconds": 60})
    assert (late.status, late.body["code"]) == (409, "reservation_ended")


def test_a_channel_sees_and_ends_its_own_holds_only(ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}})
    hold(web, "R1", [("MUG", 1)])
    app = Gateway(gateway.channel("app"))
    assert app.get("/v1/reservations/R1").status == 404
    assert app.delete("/v1/reservations/R1").status == 404
    assert app.post("/v1/reservations/R1/extend", {"ttl_seconds": 60}).status == 404
    assert hold(app, "R1", [("MUG", 1)]).body["code"] == "reservation_id_reused"
    assert ops.get("/v1/reservations/R1").status == 200
    assert ops.get("/v1/reservations/R-none").status == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"ttl_seconds": 14_401}, "/ttl_seconds"),
        ({"ttl_seconds": 0}, "/ttl_seconds"),
        ({"scope": "galaxy"}, "/scope"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"line_id": "1", "sku": "A#B", "quantity": 1}]}, "/lines/0/sku"),
        ({"lines": [{"line_id": "1", "sku": "MUG", "quantity": -1}]}, "/lines/0/quantity"),
        ({"lines": [{"line_id": "1", "sku": "MUG", "quantity": 10**12}]}, "/lines/0/quantity"),
        ({"lines": [{"line_id": "1", "sku": "MUG", "quantity": 1}] * 2}, "/lines/1/line_id"),
        ({"near": {"lat": 91, "lng": 0}}, "/near/lat"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_wrong_field_is_refused_with_a_pointer_to_it(web: Gateway, change: dict[str, object], pointer: str) -> None:
    refused = hold(web, "R1", [("MUG", 1)], **change)
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, pointer)


def test_a_hold_at_more_positions_than_a_transaction_takes_is_refused_and_holds_nothing(
    ops: Gateway, web: Gateway
) -> None:
    skus = [f"K{n}" for n in range(91)]
    open_shop(ops, stock={"DC1": dict.fromkeys(skus[:90], 1), "S1": {skus[90]: 1}})
    refused = hold(web, "R1", [(sku, 1) for sku in skus])
    assert (refused.status, refused.body["code"]) == (422, "too_many_positions")
    assert hold(web, "R2", [(sku, 1) for sku in skus[:90]]).status == 201
