"""Units that a place did not give: the allocation is taken back and the stock corrected in one posting, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.events.fulfilment import ShortLine, UnitsShort
from tests.component.inventory.goods import audited, counters, plan, said, tell
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.shop import open_shop


def short(reason: str, quantity: int, *, number: int = 1, **fields: Any) -> UnitsShort:
    base: dict[str, Any] = {
        "order_id": "O1",
        "fulfilment_order_id": "O1.1",
        "location_id": "S1",
        "plan_version": 1,
        "number": number,
        "reason": reason,
        "lines": (ShortLine(line_id="1", sku="MUG", quantity=quantity),),
    }
    return UnitsShort(**(base | fields))


@pytest.mark.parametrize(
    ("reason", "on_hand", "available"),
    [("NOT_FOUND", 3, 2), ("DAMAGED", 5, 2), ("OTHER", 5, 4), ("COLLATERAL", 5, 4)],
)
def test_by_the_reason_units_are_off_the_shelf_unavailable_or_free(
    ops: Gateway, bus: Bus, reason: str, on_hand: int, available: int
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    tell(bus, plan("O1", [("MUG", "S1", 3)]))
    for _ in range(2):
        tell(bus, short(reason, 2))
        assert counters(ops, "MUG", "S1") == {"on_hand": on_hand, "held": 0, "allocated": 1, "available": available}
    audited(ops, bus)
    newest = ops.get("/v1/inventory/MUG/ledger?location_id=S1").body["items"][0]
    assert newest["reason"] == reason


def test_missing_units_are_never_free_in_between(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 2}})
    tell(bus, plan("O1", [("MUG", "S1", 2)]))
    said(bus, "StockChanged")
    tell(bus, short("NOT_FOUND", 1))
    tell(bus, short("DAMAGED", 1, number=2))
    for told in said(bus, "StockChanged"):
        for one in told["positions"]:
            free = one["on_hand"] - one.get("unavailable", 0) - one.get("held", 0) - one.get("allocated", 0)
            assert free == 0
    audited(ops, bus)


def test_what_a_count_has_taken_off_is_not_taken_off_again(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 2}})
    tell(bus, plan("O1", [("MUG", "S1", 2)]))
    body = {
        "movement_id": "count",
        "kind": "adjustment",
        "location_id": "S1",
        "lines": [{"sku": "MUG", "quantity": -2}],
        "reason": "count",
    }
    assert ops.post("/v1/inventory/movements", body).status == 201
    tell(bus, short("NOT_FOUND", 2))
    assert counters(ops, "MUG", "S1") == {"on_hand": 0, "held": 0, "allocated": 0, "available": 0}
    audited(ops, bus)


def test_a_busy_place_is_paused_with_an_end_before_its_units_are_free(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 2}})
    tell(bus, plan("O1", [("MUG", "S1", 2)]))
    bus.published("inventory")
    until = clock.rfc3339(clock.now() + timedelta(hours=2))
    event = short("TOO_BUSY", 2, pause_until=until)
    tell(bus, event)
    kinds = [kind for kind, _ in bus.published("inventory")]
    assert kinds.index("LocationChanged.v1") < kinds.index("StockChanged.v1")
    place = ops.get("/v1/locations/S1").body
    assert (place["status"], place["pause"]["until"], place["pause"]["reason"]) == ("paused", until, "TOO_BUSY")
    assert ops.post("/v1/locations/S1/resume", {}).status == 200
    tell(bus, event)
    assert ops.get("/v1/locations/S1").body["status"] == "open", "told again, it pauses nobody who has resumed"


def test_a_pause_that_has_ended_or_is_outlasted_changes_nothing(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 2}})
    tell(bus, plan("O1", [("MUG", "S1", 2)]))
    tell(bus, short("TOO_BUSY", 1, pause_until=clock.rfc3339(clock.now() - timedelta(hours=1))))
    assert ops.get("/v1/locations/S1").body["status"] == "open"
    assert ops.post("/v1/locations/S1/pause", {"reason": "refit"}).status == 200
    tell(bus, short("TOO_BUSY", 1, number=2, pause_until=clock.rfc3339(clock.now() + timedelta(hours=1))))
    assert ops.get("/v1/locations/S1").body["pause"]["reason"] == "refit"
