"""A thousand buyers, a hundred units, the deployed stack: exactly a hundred are sold."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.local.http import Answer, Api
from infra.local.stack import LocalStack
from tests.e2e.test_orders import settle, stock, unique
from tests.support.shop import line, order

pytestmark = pytest.mark.e2e

CONNECTIONS = 12
WAVES = 5
PATIENCE = 20
"""How often a buyer asks again who is told to (429), or whose first call is still running (409)."""


@dataclass
class Launch:
    """The buyers' side of it: everybody ends with an order or a refusal."""

    web: Api
    lamp: str
    vase: str
    orders: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    tries: Counter[int] = field(default_factory=Counter)

    def buy(self, number: int) -> None:
        """One of five kinds of buyer."""
        pair = (self.lamp, self.vase) if number % 2 else (self.vase, self.lamp)
        wanted = [pair[0]] if number % 5 < 2 else list(pair)
        holds_first = number % 5 in (1, 3)
        if holds_first:
            held = self._ask("/v1/reservations", self._hold(number, wanted), f"hold-{number}")
            if held.status == 409:
                self.refused[held.body["code"]] += 1
                return
            assert held.status == 201, (held.status, held.body)
        body = order(unique(f"N{number}"), [line(str(n), sku) for n, sku in enumerate(wanted, 1)])
        if holds_first:
            body["reservation_id"] = f"{self.lamp}-{number}"
        answer = self._ask("/v1/orders", body, f"order-{number}")
        assert answer.status == 201, (answer.status, answer.body)
        self.orders.append(answer.body["order_id"])
        if number % 7 == 0:  # did that go through? asks once more, with the same key
            again = self._ask("/v1/orders", body, f"order-{number}")
            assert (again.status, again.body["order_id"]) == (201, answer.body["order_id"])

    def _hold(self, number: int, wanted: list[str]) -> dict[str, Any]:
        lines = [{"line_id": str(n), "sku": sku, "quantity": 1} for n, sku in enumerate(wanted, 1)]
        return {
            "reservation_id": f"{self.lamp}-{number}",
            "owner": f"cart-{number}",
            "scope": "network",
            "lines": lines,
        }

    def _ask(self, path: str, body: dict[str, Any], key: str) -> Answer:
        """Until the answer is definite."""
        for tried in range(PATIENCE):
            answer = self.web.post(path, body, idempotency_key=f"{self.lamp}-{key}")
            busy = answer.status == 429 or (answer.status == 409 and answer.body["code"] == "idempotency_in_progress")
            if not busy:
                self.tries[tried + 1] += 1
                return answer
            time.sleep(0.1 * (tried + 1))  # as the answer's Retry-After asks, only more eagerly
        raise AssertionError(f"no definite answer to {key}")


def waves(buyers: int) -> Iterator[range]:
    """The numbers of the buyers of each wave."""
    size = buyers // WAVES
    for start in range(0, buyers, size):
        yield range(start, start + size)


def sell(stack: LocalStack, ops: Api, web: Api, *, buyers: int, units: int, shards: int) -> None:
    """Half of the units are lamps, half vases; all of them are gone in the end, and not one more."""
    started = time.monotonic()
    skus = stock(ops, "DC1", LAMP=units // 2, VASE=units // 2)
    if shards > 1:
        for sku in skus.values():
            assert ops.put(f"/v1/items/{sku}", {"name": sku, "weight_grams": 300, "shards": shards}).ok
    launch = Launch(web, skus["LAMP"], skus["VASE"])
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for wave in waves(buyers):
            list(pool.map(launch.buy, wave))
    answered = time.monotonic()
    settle(stack)
    settled = time.monotonic()
    assert len(launch.orders) + sum(launch.refused.values()) == buyers
    assert set(launch.refused) <= {"insufficient_stock"}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        ends = list(pool.map(lambda order_id: web.get(f"/v1/orders/{order_id}").body, launch.orders))
    sold: Counter[str] = Counter()
    for end in ends:
        assert end["status"] in ("CONFIRMED", "CANCELLED"), end["status"]
        for one in end["lines"]:
            quantities = one["quantities"]
            assert quantities["allocated"] + quantities["cancelled"] == quantities["ordered"], quantities
            sold[one["sku"]] += quantities["allocated"]
    assert sold == Counter(dict.fromkeys(skus.values(), units // 2))
    for sku in skus.values():
        (position,) = ops.get(f"/v1/inventory/{sku}").body["positions"]
        counters = {name: position[name] for name in ("on_hand", "held", "allocated", "available")}
        assert counters == {"on_hand": units // 2, "held": 0, "allocated": units // 2, "available": 0}
        audit = ops.get(f"/v1/inventory/audit?sku={sku}").body
        assert (audit["ok"], audit["pending"]) == (True, 0), audit
    print(
        f"\n{buyers} buyers, {units} units, {shards} shards: {sum(sold.values())} sold, {len(launch.orders)} orders, "
        f"{sum(launch.refused.values())} holds refused, most tries {max(launch.tries)}; "
        f"answered in {answered - started:.0f} s, quiet after {settled - answered:.0f} s"
    )


@pytest.mark.parametrize("shards", [1, 4])
def test_a_hundred_buyers_of_twenty_units_buy_exactly_twenty(
    stack: LocalStack, ops: Api, web: Api, shards: int
) -> None:
    sell(stack, ops, web, buyers=100, units=20, shards=shards)


@pytest.mark.deep
@pytest.mark.parametrize("shards", [1, 4])
def test_a_thousand_buyers_of_a_hundred_units_buy_exactly_a_hundred(
    stack: LocalStack, ops: Api, web: Api, shards: int
) -> None:
    sell(stack, ops, web, buyers=1000, units=100, shards=shards)
