"""The golden vectors of stock (DOMAIN 1), through the API."""

from __future__ import annotations

from typing import Any

from shared.clock import now, rfc3339
from shared.events.fulfilment import AwaitedUnits, UnitsAwaited
from tests.component.inventory.goods import audited, hold, pass_time, plan, said, tell
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.shop import open_shop, receive


def available(who: Gateway, bus: Bus, sku: str, **fields: Any) -> int:
    bus.project("inventory")
    answer = who.post("/v1/availability", {"skus": [sku]} | fields)
    assert answer.status == 200, answer.body
    return int(answer.body["items"][0]["available"])


def terms(ops: Gateway, sku: str) -> tuple[int, int, int]:
    """(available, withheld, shortage) of the item's only position."""
    (position,) = ops.get(f"/v1/inventory/{sku}").body["positions"]
    return position["available"], position["withheld"], position["shortage"]


def explained(ops: Gateway, bus: Bus, sku: str) -> tuple[int, int, int]:
    """The same from the pages, explained."""
    bus.project("inventory")
    (item,) = ops.post("/v1/availability", {"skus": [sku], "explain": True}).body["items"]
    (place,) = item["locations"]
    return place["available"], place["explained"]["withheld"], place["explained"]["shortage"]


def test_4_on_hand_with_a_safety_stock_of_2_and_a_demand_of_3_then_of_5(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 4}})
    tell(bus, plan("O1", [("MUG", "S1", 3)]))
    ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 1, "default_safety_stock": 2})
    assert terms(ops, "MUG") == explained(ops, bus, "MUG") == (0, 1, 0)
    ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 1, "default_safety_stock": 0})
    tell(bus, plan("O2", [("MUG", "S1", 1)]))
    ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 1, "default_safety_stock": 2})
    broken = {"movement_id": "D1", "kind": "damage", "location_id": "S1", "lines": [{"sku": "MUG", "quantity": 1}]}
    assert ops.post("/v1/inventory/movements", broken).status == 201  # 4 of 4 are promised, one of them is broken
    assert terms(ops, "MUG") == explained(ops, bus, "MUG") == (0, 0, 1)
    audited(ops, bus)


def test_stores_with_3_and_4_and_0_a_threshold_of_2_and_a_queue_of_1_offer_4(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}, "S1": {"MUG": 4}, "S2": {"MUG": 0}})
    ops.put("/v1/inventory/pools/web", {"location_ids": None, "threshold": 2})
    tell(bus, awaited("O1", 1, ("MUG", 1, None)))
    assert available(web, bus, "MUG") == 4
    assert available(ops, bus, "MUG") == 6


def awaited(order_id: str, version: int, *units: tuple[str, int, str | None], channel: str = "web") -> UnitsAwaited:
    lines = tuple(AwaitedUnits(sku=sku, quantity=quantity, location_id=at) for sku, quantity, at in units)
    return UnitsAwaited(order_id=order_id, channel=channel, units=lines, version=version)


def test_a_queue_counts_where_it_could_be_served_and_its_newest_word_only(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}, "S1": {"MUG": 4}})
    ops.put("/v1/inventory/pools/web", {"location_ids": ["DC1"], "threshold": 0})
    ops.put("/v1/inventory/pools/pos", {"location_ids": ["S1"], "threshold": 0})
    tell(bus, awaited("O1", 3, ("MUG", 1, None)))
    tell(bus, awaited("O2", 2, ("MUG", 2, "S1"), channel="app"))
    tell(bus, awaited("O1", 2, ("MUG", 3, None)))
    asked = {channel: available(ops, bus, "MUG", channel=channel) for channel in ("web", "pos", "app")}
    assert asked == {"web": 2, "pos": 2, "app": 4}
    tell(bus, awaited("O1", 4))
    tell(bus, awaited("O2", 3, ("CUP", 1, None), channel="app"))
    assert [available(ops, bus, "MUG", channel=channel) for channel in ("web", "pos", "app")] == [3, 4, 7]


def test_of_1_unit_that_the_owner_holds_the_owner_sees_1_and_others_none(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"VASE": 1}})
    hold(web, "R1", [("VASE", 1)], owner="cart-7")
    assert available(web, bus, "VASE", owner="cart-7") == 1
    assert available(web, bus, "VASE", owner="cart-8") == available(web, bus, "VASE") == 0


def test_a_paused_place_offers_nothing(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 4}})
    ops.post("/v1/locations/S1/pause", {"reason": "flood", "until": rfc3339(now().replace(year=2099))})
    assert available(ops, bus, "MUG") == 0
    pass_time(100 * 366 * 24 * 3600)
    assert available(ops, bus, "MUG") == 4


def test_running_low_and_coming_back_are_each_said_once(ops: Gateway, web: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"S1": {"MUG": 7}})
    crossings: list[tuple[str, int]] = []

    def told() -> list[tuple[str, int]]:
        everything = bus.published("inventory")
        kinds = ("LowStock.v1", "BackInStock.v1")
        return [(kind.removesuffix(".v1"), data["available"]) for kind, data in everything if kind in kinds]

    crossings += told()
    for number in (1, 2, 3):
        hold(web, f"R{number}", [("MUG", 1)])
    hold(web, "R4", [("MUG", 4)])
    crossings += told()
    web.delete("/v1/reservations/R1")
    web.delete("/v1/reservations/R2")
    receive(ops, "M2", "S1", [{"sku": "MUG", "quantity": 9}])
    crossings += told()
    assert crossings == [("BackInStock", 7), ("LowStock", 5), ("BackInStock", 1)]
    assert said(bus, "LowStock") == []
