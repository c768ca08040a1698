"""The network on the deployed stack: parcels per day under rivals, pools, a paused place, thousands of places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.local.http import Answer, Api
from infra.local.imports import import_rows
from infra.local.patience import Client
from infra.local.stack import LocalStack
from tests.e2e.test_orders import settle, unique
from tests.support.shop import line, location, money, order, receive

pytestmark = pytest.mark.e2e

LEEDS = {"lat": 53.80, "lng": -1.55}
PLACES = 2_000


def furnished(ops: Api, sku: str, **limits: int | None) -> dict[str, str]:
    """New places in Leeds that send so many parcels a day, with stock of the item; their ids by the name used here."""
    assert ops.put(f"/v1/items/{sku}", {"name": sku, "weight_grams": 300}).ok
    ids = {}
    for name, limit in limits.items():
        ids[name] = unique(name)
        body = location("store", **LEEDS, parcels_per_day=limit)
        assert ops.put(f"/v1/locations/{ids[name]}", body).ok
        receive(ops, unique("R"), ids[name], [{"sku": sku, "quantity": 100}])
    return ids


def work_at(ops: Api, location_id: str) -> list[dict[str, str]]:
    return list(ops.get(f"/v1/fulfilment-orders?location_id={location_id}&limit=200").body["items"])


def test_places_never_send_more_parcels_a_day_than_they_take_however_many_orders_come_at_once(
    stack: LocalStack, ops: Api, web: Api
) -> None:
    sku = unique("MUG")
    ids = furnished(ops, sku, P=7, Q=5)
    settle(stack)

    def buy(number: int) -> Answer:
        return web.post("/v1/orders", order(unique(f"W{number}"), [line("1", sku)]))

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(buy, range(40)))
    assert {answer.status for answer in answers} == {201}
    settle(stack)
    sent = Counter((name, one["ship_by"][:10]) for name in ids for one in work_at(ops, ids[name]))
    assert sum(sent.values()) == 40
    assert all(count <= {"P": 7, "Q": 5}[name] for (name, _), count in sent.items()), sent
    cancelled = [answer.body["order_id"] for answer in answers[:6]]
    for number, order_id in enumerate(cancelled):
        asked = {"request_id": unique(f"C{number}"), "reason": "changed mind"}
        assert web.post(f"/v1/orders/{order_id}/cancel", asked).status in (200, 202)
    settle(stack)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(buy, range(100, 108)))
    settle(stack)
    sent = Counter(
        (name, one["ship_by"][:10]) for name in ids for one in work_at(ops, ids[name]) if one["status"] == "OPEN"
    )
    assert sum(sent.values()) == 42
    assert all(count <= {"P": 7, "Q": 5}[name] for (name, _), count in sent.items()), sent


def test_a_channel_is_sourced_from_its_pool_and_a_paused_place_gets_nothing_new(stack: LocalStack, ops: Api) -> None:
    sku, outlet = unique("LAMP"), unique("outlet")
    ids = furnished(ops, sku, NEAR=None, POOLED=None)
    assert ops.put(f"/v1/locations/{ids['POOLED']}", location("store", 51.5, -0.12)).ok
    assert ops.put(f"/v1/inventory/pools/{outlet}", {"location_ids": [ids["POOLED"]], "threshold": 0}).status == 201
    settle(stack)

    def buy(channel: str) -> str:
        answer = ops.post("/v1/orders", order(unique("O"), [line("1", sku)], channel=channel))
        assert answer.status == 201, answer.body
        settle(stack)
        items = ops.get(f"/v1/fulfilment-orders?order_id={answer.body['order_id']}").body["items"]
        return next((name for name, place in ids.items() if items and place == items[0]["location_id"]), "nowhere")

    assert (buy(outlet), buy("web")) == ("POOLED", "NEAR")
    assert ops.post(f"/v1/locations/{ids['NEAR']}/pause", {"reason": "flood"}).ok
    settle(stack)
    assert buy("web") == "POOLED"
    assert ops.post(f"/v1/locations/{ids['NEAR']}/resume").ok
    settle(stack)
    assert buy("web") == "NEAR"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack of its own: thousands of places would be in the way of the other tests."""
    with LocalStack.start(tmp_path_factory.mktemp("large"), attended=True) as running:
        yield running


def test_a_network_of_two_thousand_places_sources_from_the_nearest_and_offers_what_is_near(large: LocalStack) -> None:
    ops = large.api(role="ops")
    grid = [(f"N{number:04d}", 50.5 + number // 50 * 0.12, -4 + number % 50 * 0.1) for number in range(PLACES)]
    rows = [{"location_id": name, **location("store", round(lat, 3), round(lng, 3))} for name, lat, lng in grid]
    import_rows(Client(large, role="ops"), unique("net"), "locations", rows)
    assert ops.put("/v1/items/MUG", {"name": "Mug", "weight_grams": 300, "value": money(900)}).ok
    stocked = ["N1479", *(name for name, _, _ in grid[::101])]
    nearest = "N1479"  # three kilometres from the address; the next one is a hundred away
    for name in stocked:
        receive(ops, unique("R"), name, [{"sku": "MUG", "quantity": 5}])
    large.wait_quiet(timeout_seconds=900)
    assert large.dead_letters() == {}
    body = order("W-1", [line("1", "MUG")])
    answer = ops.post("/v1/orders", body)
    assert answer.status == 201, answer.body
    large.wait_quiet(timeout_seconds=300)
    routing = ops.get(f"/v1/orders/{answer.body['order_id']}/routing").body
    (decision,) = routing["decisions"]
    assert [one["location_id"] for one in decision["assignments"]] == [nearest]
    assert decision["excluded_by_reason"]["NO_STOCK"] == PLACES - len(stocked)
    asked = {"lines": [{"sku": "MUG", "quantity": 1}], "channel": "web", "destination": {"country": "GB", "geo": LEEDS}}
    options = ops.post("/v1/delivery-options", asked)
    assert options.status == 200
    assert {one["method"] for one in options.body["options"]} >= {"ship", "ship_to_store"}
