"""What was it then, and why: the past of positions through the API."""

from __future__ import annotations

from datetime import datetime

from shared import clock
from tests.component.inventory.goods import hold, pass_time, plan, tell
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway
from tests.support.shop import open_shop, receive


def tick() -> datetime:
    pass_time(10)
    at = clock.now()
    pass_time(10)
    return at


def past(who: Gateway, at: datetime, more: str = "") -> Answer:
    return who.get(f"/v1/inventory/MUG/history?at={clock.rfc3339(at)}{more}")


def test_a_position_is_told_as_it_was_with_the_movement_that_made_it(ops: Gateway, web: Gateway, bus: Bus) -> None:
    before = tick()
    open_shop(ops, stock={"S1": {"MUG": 5}, "S2": {"MUG": 2}})
    opened = tick()
    there = {"line_id": "1", "sku": "MUG", "quantity": 1, "location_id": "S1"}
    hold(web, "R1", [], scope="location", lines=[there])
    held = tick()
    tell(bus, plan("O1", [("MUG", "S2", 2)]))
    receive(ops, "R2", "S1", [{"sku": "MUG", "quantity": 4}])
    later = tick()
    bus.project("inventory")
    told = {}
    for name, at in (("before", before), ("opened", opened), ("held", held), ("later", later)):
        told[name] = [
            (one["location_id"], one["balances"]["on_hand"], one["balances"]["free"], one["kind"])
            for one in past(ops, at).body["positions"]
        ]
    assert told == {
        "before": [],
        "opened": [("S1", 5, 5, "receipt"), ("S2", 2, 2, "receipt")],
        "held": [("S1", 5, 4, "hold"), ("S2", 2, 2, "receipt")],
        "later": [("S1", 9, 8, "receipt"), ("S2", 2, 0, "allocate")],
    }
    (one,) = past(ops, held, "&location_id=S1").body["positions"]
    assert (one["reference"], one["version"]) == ("reservation/R1", 2)
    assert one["actor"].startswith("channel:")
    assert past(ops, held, "&location_id=S9").body["positions"] == []


def test_the_ledger_can_be_read_from_a_moment_back(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}, "S2": {"MUG": 1}})
    receive(ops, "R0", "S1", [{"sku": "MUG", "quantity": 1}])
    receive(ops, "R1", "S1", [{"sku": "MUG", "quantity": 1}])
    text = clock.rfc3339(tick())
    receive(ops, "R2", "S1", [{"sku": "MUG", "quantity": 1}])
    bus.project("inventory")
    assert movements(ops, f"?location_id=S1&at={text}") == ["R1", "R0", "open-S1"]
    assert sorted(movements(ops, f"?at={text}")) == ["R0", "R1", "open-S1", "open-S2"]
    first = ops.get(f"/v1/inventory/MUG/ledger?location_id=S1&limit=2&at={text}").body
    assert movements(ops, f"?location_id=S1&limit=2&at={text}&cursor={first['next_cursor']}") == ["open-S1"]
    assert movements(ops, "?location_id=S1&at=2020-01-01T00:00:00Z") == []


def movements(ops: Gateway, query: str) -> list[str]:
    answer = ops.get(f"/v1/inventory/MUG/ledger{query}")
    assert answer.status == 200, answer.body
    return [one["movement_id"] for one in answer.body["items"]]


def test_a_moment_that_the_ledger_has_not_reached_is_not_guessed(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}})
    at = tick()
    for number in range(3):
        receive(ops, f"R{number}", "S1", [{"sku": "MUG", "quantity": 1}])
    waiting = past(ops, at)
    assert (waiting.status, waiting.body["code"]) == (429, "ledger_behind")
    assert past(ops, clock.now()).body["positions"][0]["balances"]["on_hand"] == 4, "the row itself is the newest word"
    bus.project("inventory")
    assert past(ops, at).body["positions"][0]["balances"]["on_hand"] == 1


def test_the_past_needs_a_moment_and_staff(ops: Gateway) -> None:
    assert ops.get("/v1/inventory/MUG/history").status == 400
    assert ops.get("/v1/inventory/MUG/history?at=yesterday").body["errors"][0]["pointer"] == "/at"
    assert past(Gateway(gateway.associate("S1")), clock.now()).status == 200
    assert past(Gateway(gateway.channel("web")), clock.now()).status == 403
