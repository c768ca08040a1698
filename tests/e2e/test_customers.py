"""Shoppers on the deployed stack: three channels are one person, points are exact, a cart is bought once, and whoever
wants to be forgotten is."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from infra.local.http import Api
from infra.local.stack import LocalStack
from tests.support import traces
from tests.support.shop import line, money, order
from tests.support.shopper_life import Life

pytestmark = pytest.mark.e2e
QUIET_SECONDS = 300
CODE = "cdk-"
"""How the bucket of the functions' own code begins."""


@pytest.fixture
def life(stack: LocalStack) -> Life:
    apis: dict[str, Api] = {}

    def call(who: str, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        if who not in apis:
            role = {"ops": "ops", "desk": "service_desk"}.get(who)
            apis[who] = stack.api(role=role) if role else stack.api(role="channel", channel=who)
        return apis[who].call(method, path, body, headers={"idempotency_key": key} if key else {})

    def settle() -> None:
        stack.wait_quiet(timeout_seconds=QUIET_SECONDS)
        assert stack.dead_letters() == {}

    return Life(call, settle, suffix=str(uuid4().int % 10**6))


def left(stack: LocalStack, words: set[str]) -> set[tuple[str, str, str]]:
    """What is found in every table, queue, file, archive and log of the stack."""
    dynamodb, sqs, events, s3 = (stack.client(name) for name in ("dynamodb", "sqs", "events", "s3"))
    found = traces.in_tables(dynamodb, dynamodb.list_tables()["TableNames"], words)
    found |= traces.in_queues(sqs, sqs.list_queues().get("QueueUrls", []), words)
    buckets = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    found |= traces.in_buckets(s3, [name for name in buckets if not name.startswith(CODE)], words)
    assert events.list_archives()["Archives"] == [], "an archive would have to be searched as well"
    text = "\n".join(str(one) for one in stack.log_lines())
    return found | {("logs", "", word) for word in traces.found_in(text, words)}


def test_a_shopper_is_forgotten_everywhere_and_no_late_event_brings_them_back(stack: LocalStack, life: Life) -> None:
    life.live()
    assert {word for _, _, word in left(stack, life.words)} == life.words
    path = f"/v1/customers/{life.customer_id}"
    life.do("desk", "POST", f"{path}/erase", {"request_id": f"E-{life.suffix}"})
    life.settle()
    told = life.do("desk", "GET", f"{path}/erasures/E-{life.suffix}")
    assert told["status"] == "COMPLETED", told
    assert left(stack, life.words) == set()
    late = {
        "meta": {
            "id": str(uuid4()),
            "time": "2026-01-01T00:00:00.000Z",
            "correlation_id": "late",
            "causation_id": "late",
            "entity": f"order/{life.orders['ship']}",
            "entity_version": 1,
        },
        "data": {
            "order_id": life.orders["ship"],
            "channel": "web",
            "channel_order_id": "late",
            "placed_at": "2026-01-01T00:00:00.000Z",
            "contact": {"email": life.mail(), "name": life.word("Given")},
        },
    }
    bus = next(
        one["Name"] for one in stack.client("events").list_event_buses()["EventBuses"] if one["Name"] != "default"
    )
    entry = {"EventBusName": bus, "Source": "throughline.orders", "DetailType": "OrderContactGiven.v1"}
    stack.client("events").put_events(Entries=[entry | {"Detail": json.dumps(late)}])
    life.settle()
    assert left(stack, life.words) == set()


def test_points_are_exact_after_a_partial_return_and_the_story_is_complete(life: Life) -> None:
    life.order()
    body = order(f"L-{life.suffix}", [line("1", life.sku, 3, 1001, discount=money(100))], customer=life.contact())
    life.place("loyal", "web", body)
    life.settle()
    for work in life.do("ops", "GET", f"/v1/fulfilment-orders?order_id={life.orders['loyal']}")["items"]:
        life._work("ship", work)
    life.settle()
    path = f"/v1/customers/{life.customer_id}"
    earned = life.do("ops", "GET", f"{path}/loyalty")["balance"]
    till = 1000 // 100
    assert earned == 2903 // 100 + till
    back = {
        "return_id": f"RL-{life.suffix}",
        "order_id": life.orders["loyal"],
        "lines": [{"line_id": "1", "quantity": 1, "reason": "CHANGED_MIND"}],
        "method": "in_store",
        "location_id": "S1",
        "receive_now": [{"line_id": "1", "quantity": 1, "condition": "NEW", "disposition": "RESTOCK"}],
    }
    life.do("ops", "POST", "/v1/returns", back)
    life.settle()
    assert life.do("ops", "GET", f"{path}/loyalty")["balance"] == (2903 * 2 // 3) // 100 + till
    items = life.do("ops", "GET", f"{path}/timeline?limit=200")["items"]
    told = [entry for entry in items if entry["order_id"] == life.orders["loyal"]]
    assert len(told) == len({(one["kind"], one["summary"]) for one in told})
    assert {"order_placed", "payment", "shipped", "return_requested", "return_received"} == {
        one["kind"] for one in told
    }
    figures = life.do("ops", "GET", f"{path}/figures")
    assert {"pos", "web"} <= set(figures["channels_used"])


def test_a_cart_goes_from_web_to_pos_and_is_bought_once_although_both_press_buy(life: Life) -> None:
    life._shop()
    life.settle()
    cart_id, sku = f"K-{life.suffix}", life.sku
    lines = [{"sku": sku, "quantity": 2}]
    life.do("web", "POST", "/v1/carts", {"cart_id": cart_id, "channel": "web", "lines": lines})
    life.do("web", "POST", f"/v1/carts/{cart_id}/hold", {})
    life.settle()
    held = life.do("web", "GET", f"/v1/carts/{cart_id}")
    assert held["hold"]["status"] == "HELD"
    code = life.do("web", "POST", f"/v1/carts/{cart_id}/hand-over")["code"]
    assert life.do("pos", "POST", "/v1/carts/take", {"code": code, "channel": "pos"})["lines"] == lines

    def buy(channel: str) -> Any:
        """What a channel does when its shopper presses "buy": the cart first, and the order only if it is theirs."""
        number = f"{channel}-{life.suffix}"
        body = {"channel": channel, "channel_order_id": number}
        mine = life.call(channel, "POST", f"/v1/carts/{cart_id}/checkout", body)
        if mine.status != 200:
            return mine.status, mine.body["code"], mine.body["channel"]
        wanted = [line("1", one["sku"], one["quantity"]) for one in mine.body["lines"]]
        named = {"reservation_id": mine.body["reservation_id"]}
        placed = life.do(channel, "POST", "/v1/orders", order(number, wanted, channel=channel, **named))
        return channel, placed["order_id"]

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(buy, ("web", "pos")))
    ((channel, order_id),) = [end for end in ends if len(end) == 2]
    assert [end for end in ends if len(end) == 3] == [(409, "cart_closed", channel)]
    life.settle()
    placed = life.do("ops", "GET", f"/v1/orders/{order_id}")
    assert (placed["status"], placed["flags"]) == ("CONFIRMED", [])
    used = life.do("ops", "GET", f"/v1/reservations/{held['reservation_id']}")
    assert (used["status"], used["order_id"]) == ("ALLOCATED", order_id)
    done = life.do("ops", "GET", f"/v1/carts/{cart_id}")
    assert (done["status"], done["channel"]) == ("ORDERED", channel)
    loser = "pos" if channel == "web" else "web"
    never = life.do("ops", "GET", f"/v1/orders?channel={loser}&channel_order_id={loser}-{life.suffix}")
    assert never["items"] == []
    assert life.do("ops", "GET", f"/v1/inventory/audit?sku={sku}")["ok"]
