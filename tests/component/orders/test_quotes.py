"""What a preview says of stock and shipping, by copies that are as old as it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import clock
from shared.events import inventory
from shared.events.fulfilment import RateCardPut, RateService, RateStep, RateTariff, RateZone
from tests.bench.metering import READS, metered
from tests.component.orders.shop import (
    ADDRESS,
    WEB,
    collected,
    gbp,
    item,
    line,
    location,
    on_shelf,
    opened,
    order,
    place,
    read,
    refused,
    routed,
    settled,
    told,
    without_pauses,
)
from tests.support import local_aws
from tests.support.bus import Bus


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


@pytest.fixture
def shop(bus: Bus) -> Bus:
    """MUGs at a distribution centre and two stores; VASEs are sold ahead of stock, LAMPs are in one store."""
    told(bus, item("MUG"), item("VASE", backorderable=True), item("LAMP"))
    told(bus, *(location(name) for name in ("DC", "S1")), location("S2", capabilities=("pickup",)))
    told(bus, on_shelf("DC", 5, allocated=2), on_shelf("S1", 4, safety=1), on_shelf("S2", 50))
    told(bus, on_shelf("S1", 2, "LAMP"))
    return bus


def preview(order_id: str, *actions: dict[str, Any]) -> dict[str, Any]:
    body = {"change_id": "C-1", "preview": True, "actions": list(actions)}
    answer = WEB.post(f"/v1/orders/{order_id}/changes", body)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def stock(order_id: str, *actions: dict[str, Any]) -> list[tuple[str, int, int, str]]:
    """(line, units needed, units there, verdict) of a preview."""
    quoted = preview(order_id, *actions)["stock"]
    return [(one["line_id"], one["quantity"], one["available"], one["supply"]) for one in quoted]


def quantity(count: int, line_id: str = "1") -> dict[str, Any]:
    return {"type": "set_quantity", "line_id": line_id, "quantity": count}


def add(sku: str, count: int, line_id: str = "9", **fulfilment: Any) -> dict[str, Any]:
    given = {"method": "ship"} | fulfilment
    return {"type": "add_line", "line": line(line_id, count, 500, sku=sku, fulfilment=given)}


@pytest.fixture
def order_id(shop: Bus) -> str:
    return str(place(order("W-1", line(), collected()))["order_id"])


def test_only_units_that_the_order_does_not_have_are_asked_for(order_id: str) -> None:
    assert stock(order_id, quantity(1)) == []
    assert stock(order_id, quantity(4)) == [("1", 2, 6, "AVAILABLE")], "3 at DC and 3 at S1 ship; S2 does not"


def test_parcels_come_from_places_that_ship_and_collections_from_their_own(order_id: str) -> None:
    assert stock(order_id, add("MUG", 7)) == [("9", 7, 6, "PARTLY")]
    assert stock(order_id, add("MUG", 7, method="pickup", location_id="S2")) == [("9", 7, 50, "AVAILABLE")]
    assert stock(order_id, add("MUG", 7, method="curbside", location_id="S2")) == [("9", 7, 0, "OUT_OF_STOCK")]
    assert stock(order_id, add("MUG", 7, method="ship_to_store", location_id="S2")) == [("9", 7, 56, "AVAILABLE")]


def test_what_is_not_there_may_be_sold_ahead_of_stock_or_not_or_is_unknown(order_id: str) -> None:
    swap = {"type": "substitute", "line_id": "1", "line": line("9", 2, 500, sku="VASE")}
    assert stock(order_id, swap) == [("9", 2, 0, "BACKORDER")]
    assert stock(order_id, add("LAMP", 3)) == [("9", 3, 2, "PARTLY")]
    assert stock(order_id, add("TEAPOT", 1)) == [("9", 1, 0, "UNKNOWN_ITEM")]


def test_two_lines_of_one_change_are_not_offered_the_same_units(order_id: str) -> None:
    both = stock(order_id, quantity(6), add("MUG", 3))
    assert both == [("1", 4, 6, "AVAILABLE"), ("9", 3, 2, "PARTLY")]


def test_another_method_asks_for_all_units_of_the_line(bus: Bus, shop: Bus) -> None:
    order_id = str(place(order("W-2", line(), pays=None))["order_id"])
    fetch = {"type": "set_method", "line_id": "1", "fulfilment": {"method": "pickup", "location_id": "S1"}}
    assert stock(order_id, fetch) == [("1", 2, 3, "AVAILABLE")]


def test_a_paused_place_gives_nothing_until_its_pause_ends(bus: Bus, order_id: str) -> None:
    ends = clock.rfc3339(clock.now() + timedelta(hours=1))
    told(bus, location("DC", 2, paused=True, paused_until=ends), location("S1", 2, paused=True))
    assert stock(order_id, quantity(4)) == [("1", 2, 0, "OUT_OF_STOCK")]
    told(bus, location("DC", 3, paused=True, paused_until=clock.rfc3339(clock.now() - timedelta(hours=1))))
    assert stock(order_id, quantity(4)) == [("1", 2, 3, "AVAILABLE")]


def test_older_news_never_replaces_newer_and_the_parts_of_a_hot_position_are_one(bus: Bus, order_id: str) -> None:
    told(bus, on_shelf("DC", 9, version=3), on_shelf("DC", 1, version=2), on_shelf("DC", 1, version=3))
    assert stock(order_id, quantity(4)) == [("1", 2, 12, "AVAILABLE")]
    told(bus, on_shelf("DC", 4, part=2), on_shelf("DC", 0, part=3, allocated=3))
    assert stock(order_id, quantity(4)) == [("1", 2, 13, "AVAILABLE")], "9 + 4 - 3 there, 3 at S1"


def test_a_quote_says_how_old_its_copy_is(bus: Bus, order_id: str) -> None:
    then = datetime.now(UTC) - timedelta(seconds=90)
    told(bus, on_shelf("DC", 8, version=9), at=then + timedelta(seconds=30))
    told(bus, on_shelf("S1", 8, version=9), on_shelf("S2", 8, version=9), at=then)
    (quoted,) = preview(order_id, quantity(4))["stock"]
    assert quoted["as_of"] == clock.rfc3339(then + timedelta(seconds=30))
    assert 60 <= quoted["age_seconds"] < 80
    (unheard,) = preview(order_id, add("TEAPOT", 1))["stock"]
    assert (unheard["as_of"], unheard["age_seconds"]) == (None, None)


@pytest.mark.parametrize(("more", "batches"), [(1, 2), (4, 2), (5, 3), (100, 19)])
def test_a_preview_reads_its_copies_in_a_few_requests_however_many_items_it_asks_for(
    bus: Bus, order_id: str, more: int, batches: int
) -> None:
    told(bus, on_shelf("DC", 3, "SKU7"))
    swaps = [add(f"SKU{number}", 4, f"n{number}") for number in range(7, 7 + more)]
    with local_aws.without_testing_clock(), metered() as meter:
        quoted = stock(order_id, *swaps)
    assert quoted[0] == ("n7", 4, 3, "UNKNOWN_ITEM")
    assert len(quoted) == more
    reads = {name: count for name, count in meter.calls.items() if name in READS}
    assert reads == {"GetItem": 1, "BatchGetItem": batches, "Query": 1}, "the order, the copies, the rates"


def test_news_of_two_places_in_one_row_of_copies_do_not_undo_each_other(bus: Bus, order_id: str) -> None:
    names = [f"T{number}" for number in range(20)]
    told(bus, *(location(name) for name in names), *(on_shelf(name, 3, "TRAY") for name in names))
    told(bus, on_shelf("T7", 1, "TRAY", version=9))
    told(bus, on_shelf("T8", 2, "TRAY", version=9), on_shelf("T7", 9, "TRAY", version=8))
    assert stock(order_id, add("TRAY", 7))[0][2] == 18 * 3 + 1 + 2


def test_a_change_that_is_applied_quotes_no_stock_and_is_refused_none(order_id: str) -> None:
    swap = {"type": "substitute", "line_id": "1", "line": line("9", 90, 20, sku="MUG")}
    before = read(order_id)
    assert before["version"] == 1
    answer = WEB.post(f"/v1/orders/{order_id}/changes", {"change_id": "C-1", "actions": [swap]})
    assert (answer.status, answer.body["stock"]) == (200, [])
    assert answer.body["money"]["due_after"] == gbp(90 * 20 + 4500 + 399)
    refused(WEB.post(f"/v1/orders/{order_id}/changes", {"change_id": "C-1", "actions": []}), 422, "invalid", "/actions")


def card(version: int = 1, effective_from: str = "2026-01-01T00:00:00Z", **members: Any) -> RateCardPut:
    """Near parcels 300 up to a kilogram, then 90 a kilogram; far ones 450; abroad 1,200."""
    near = RateTariff(zone="near", steps=(RateStep(up_to_grams=1000, amount=300),), per_kg=90)
    far, abroad = (
        RateTariff(zone=zone, steps=(RateStep(up_to_grams=0, amount=amount),))
        for zone, amount in (("far", 450), ("abroad", 1200))
    )
    zones = (RateZone(zone="near", up_to_km=50), RateZone(zone="far"), RateZone(zone="abroad", countries=()))
    services = (RateService(service="standard", tariffs=(near, far, abroad)),)
    base = {"card_id": "gb", "currency": "GBP", "zones": zones, "services": services}
    return RateCardPut(**base | {"version": version, "effective_from": effective_from} | members)


def shipping(order_id: str, *actions: dict[str, Any]) -> tuple[Any, ...]:
    """(charge before, after, cost before, after, rates) of a preview."""
    quoted = preview(order_id, *actions)["shipping"]
    sums = [quoted[name] for name in ("charge_before", "charge_after", "cost_before", "cost_after")]
    return (*(one and one["amount"] for one in sums), quoted["rates"])


def moved(**members: Any) -> dict[str, Any]:
    return {"type": "set_address", "address": ADDRESS | members}


def test_before_any_rates_are_put_the_built_in_ones_are_quoted_as_plans_use_them(order_id: str) -> None:
    assert shipping(order_id, quantity(1)) == (399, 399, 320 + 18, 320 + 9, "built-in.v1"), "0.6 and 0.3 kg"
    assert shipping(order_id, moved(country="FR"))[3:] == (1450 + 150, "built-in.v1")
    assert shipping(order_id, moved(geo=None))[3:] == (390 + 27, "built-in.v1")


def test_only_places_that_the_channel_sells_from_are_quoted(bus: Bus, order_id: str) -> None:
    near = inventory.GeoPoint(lat=51.5, lng=-0.12)
    told(
        bus, card(), location("S1", 2, geo=near), inventory.PoolChanged(channel="web", location_ids=("S1",), version=2)
    )
    assert stock(order_id, quantity(4)) == [("1", 2, 3, "AVAILABLE")], "3 at S1; DC is not the web shop's"
    assert stock(order_id, add("MUG", 7, method="pickup", location_id="S2")) == [("9", 7, 0, "OUT_OF_STOCK")]
    assert shipping(order_id, quantity(3))[2:4] == (450, 450), "from S1, which is far"
    told(bus, inventory.PoolChanged(channel="web", location_ids=("DC",), version=1))
    told(bus, inventory.PoolChanged(channel="app", location_ids=("DC",), version=1))
    assert stock(order_id, quantity(4)) == [("1", 2, 3, "AVAILABLE")], "older news, and of another channel"
    told(bus, inventory.PoolChanged(channel="web", location_ids=None, version=3))
    assert stock(order_id, quantity(4)) == [("1", 2, 6, "AVAILABLE")]


def test_more_weight_and_another_address_cost_the_retailer_more(bus: Bus, order_id: str) -> None:
    told(bus, card())
    assert shipping(order_id, quantity(4)) == (399, 399, 300, 300 + 18, "gb.v1"), "1.2 kg: 200 g above the step"
    far = {"geo": {"lat": 51.5, "lng": -0.12}}
    assert shipping(order_id, moved(**far)) == (399, 399, 300, 450, "gb.v1")
    assert shipping(order_id, moved(country="FR")) == (399, 399, 300, 1200, "gb.v1")
    assert shipping(order_id, moved(geo=None)) == (399, 399, 300, 450, "gb.v1"), (
        "without a point: the last zone at home"
    )


def test_what_is_collected_instead_ships_no_more(bus: Bus, order_id: str) -> None:
    told(bus, card())
    fetch = {"type": "set_method", "line_id": "1", "fulfilment": {"method": "pickup", "location_id": "S1"}}
    assert shipping(order_id, fetch) == (399, 399, 300, None, "gb.v1")
    assert shipping(order_id, quantity(0), quantity(0, "2")) == (399, 0, 300, None, "gb.v1")


def test_rates_count_from_their_time_in_their_currency_for_what_is_known(bus: Bus, order_id: str) -> None:
    told(bus, card(2, "2099-01-01T00:00:00Z"), card())
    assert shipping(order_id, quantity(1))[4] == "gb.v1"
    told(bus, card(3, "2026-06-01T00:00:00Z", currency="EUR"))
    assert shipping(order_id, quantity(1))[2:] == (None, None, "")
    told(bus, card(4, "2026-07-01T00:00:00Z"))
    assert shipping(order_id, add("TEAPOT", 1))[2:] == (300, None, "gb.v4"), "its weight is not known"


def test_a_routed_order_ships_from_where_it_is_routed(bus: Bus, order_id: str) -> None:
    told(bus, card(), location("S1", 5, geo=inventory.GeoPoint(lat=51.5, lng=-0.12)))
    settled(bus)
    routes = opened(order_id, 1, "S1", l1=2), opened(order_id, 2, "S1", "pickup", l2=1)
    bus.deliver("orders", routed(order_id, *routes))
    assert shipping(order_id, quantity(3))[2:] == (450, 450, "gb.v1")
