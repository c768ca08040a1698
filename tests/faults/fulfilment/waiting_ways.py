"""The ways of those who wait: looked at in rounds, asked to choose, given what comes; and of work that is handed on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from functions.fulfilment import consumer, timer, wiring
from functions.fulfilment.domain.rounds import LOST_AFTER
from functions.fulfilment.repository.rounds import KIND as ROUND
from functions.fulfilment.repository.rounds import to_round
from functions.fulfilment.repository.work import KIND as WORK
from functions.fulfilment.service import pausing, waking
from tests.faults.fulfilment.routing_ways import run_job
from tests.faults.fulfilment.ways import send
from tests.faults.orders.ways import OPS, WEB, the_order
from tests.support.faults import Way, World
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, location, open_shop, order, receive

POOL = "/v1/inventory/pools/web"
WAITING = {"W-1": "MUG", "W-2": "BOWL", "W-3": "VASE", "W-4": "LAMP", "W-5": "LAMP", "W-6": "LAMP"}
"""Orders by what they wait for: three for items of their own, which no answer to another's plan is news of."""
OFFER_ENDS = timedelta(hours=25)


def _profile(world: World, **body: Any) -> None:
    stated = world.caller(OPS).put("/v1/routing/profiles/rest", {"rank": 0, **body})
    assert stated.status == 201, stated.body
    send(world, "/v1/routing/profiles/rest/activate", {"stage": "active"})
    world.settle()


def _pool(world: World, *location_ids: str) -> None:
    answer = world.caller(OPS).put(POOL, {"location_ids": list(location_ids), "threshold": 0})
    assert answer.status in (200, 201), answer.body


def _placed(world: World, number: str, sku: str, quantity: int = 1) -> None:
    answer = world.caller(WEB).post("/v1/orders", order(number, [line("1", sku, quantity, 1001)]))
    assert answer.status in (200, 201), answer.body
    world.settle()


def _six_wait(world: World) -> None:
    """Three wait for what only a place outside the pool has, three for what nobody has."""
    shelves = {"DC1": {}, "S1": {"MUG": 9, "BOWL": 9, "VASE": 9}, "S2": {}}
    open_shop(world.caller(OPS), stock=shelves, items={"LAMP": {}})
    world.settle()
    _profile(world, unroutable="queue")
    _pool(world, "DC1")
    world.settle()
    for number, sku in WAITING.items():
        _placed(world, number, sku)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with patch.object(waking, "MAX_WOKEN", 1):
        yield


def _woken(world: World) -> None:
    """The pool is made wider, which concerns everybody; then goods come, more than one order waits for."""
    _fresh_processes()
    with _one_at_a_time():
        _pool(world, "DC1", "S1")
        world.settle()
        receive(world.caller(OPS), "late", "DC1", [{"sku": "LAMP", "quantity": 9}])
        world.settle()


def woken_later(world: World) -> None:
    """As `_woken`, of which steps may get lost; more news comes when a lost round is taken for lost."""
    _woken(world)
    world.wait(LOST_AFTER + timedelta(minutes=1))
    with _one_at_a_time():
        _pool(world, "DC1", "S1", "S2")
        world.settle()


def _asks(world: World) -> None:
    """A profile that asks; goods lie where they can only be collected."""
    _fresh_processes()
    open_shop(world.caller(OPS), stock={"DC1": {"VASE": 1}, "S1": {"LAMP": 9}})
    only_there = location("store", 53.80, -1.55, capabilities=["pickup"])
    assert world.caller(OPS).put("/v1/locations/S1", only_there).status == 200
    world.settle()
    _profile(world, unroutable="offer")


def _fresh_processes() -> None:
    """API and consumer begin anew: what they remember, as the key of links, is of another world."""
    with running_as("fulfilment"):
        for made in (wiring.link_secret, wiring.sourcing, wiring.rerouting, wiring.asking):
            made.cache_clear()
    consumer.use_cases.cache_clear()


def _chosen(world: World) -> None:
    """The shopper is asked, and has the goods kept where they lie."""
    _fresh_processes()
    _placed(world, "W-1", "LAMP", 2)
    shopper = world.caller(Gateway(None).claims)  # type: ignore[arg-type]  # a shopper has no token
    link = f"/v1/shopper-links/{the_order(world)['choice_link']}"
    answer = shopper.post(link, {"action": "choose", "option_id": "collect:S1"})
    assert answer.status == 200, answer.body
    world.settle()


def _lapsed(world: World) -> None:
    """The shopper is asked and does not choose: the units wait, and are sent when goods come."""
    _fresh_processes()
    _placed(world, "W-1", "LAMP", 2)
    world.wait(OFFER_ENDS)
    run_timer(world)
    receive(world.caller(OPS), "late", "DC1", [{"sku": "LAMP", "quantity": 9}])
    world.settle()


def _three_open(world: World) -> None:
    """Three orders are open at the store, which another place could serve as well."""
    open_shop(world.caller(OPS), stock={"S1": {"MUG": 9}, "DC1": {"MUG": 9}})
    world.settle()
    for number in ("W-1", "W-2", "W-3"):
        _placed(world, number, "MUG")


def _handed_on(world: World) -> None:
    """The store pauses: its work is handed on, one by one."""
    _fresh_processes()
    with patch.object(pausing, "MAX_MOVED", 1):
        send(world, "/v1/locations/S1/pause", {"reason": "flood"})
        world.settle()


def run_timer(world: World) -> None:
    """The timer of what is due, until it finds nothing; a run that fails comes again."""
    run_job(world, timer.handler, "timer")
    run_job(world, timer.handler, "timer")


def look(world: World) -> dict[str, Any]:
    """What each order has, where its work is, what the shelves say, and that every round has come to its end."""
    found = world.caller(OPS).get("/v1/orders?channel=web&limit=50").body["items"]
    orders = {one["channel_order_id"]: one for one in found}
    audit = world.caller(OPS).get("/v1/inventory/audit").body
    assert audit["ok"], audit["violations"]
    work = {
        number: sorted(
            (one["location_id"], one["method"], one["status"])
            for one in world.caller(OPS).get(f"/v1/fulfilment-orders?order_id={one['order_id']}").body["items"]
        )
        for number, one in orders.items()
    }
    assert sum(map(len, work.values())) == len(world.aws.rows("fulfilment", WORK)), "work of no order"
    rounds = [to_round(row) for row in world.aws.rows("fulfilment", ROUND)]
    choices = [one.get("choice_link") for one in orders.values()]
    return {
        "lines": {number: one["lines"][0]["quantities"] for number, one in orders.items()},
        "work": work,
        "stock": {
            sku: sorted(
                (one["location_id"], one["on_hand"], one["allocated"])
                for one in world.caller(OPS).get(f"/v1/inventory/{sku}").body.get("positions", [])
            )
            for sku in sorted({*WAITING.values()})
        },
        "exceptions": [one["kind"] for one in world.caller(OPS).get("/v1/exceptions").body["items"]],
        "under way": sum(not one.over for one in rounds),
        "choices": choices,
    }


WAYS = {
    way.name: way
    for way in (
        Way("woken", _six_wait, _woken),
        Way("chosen", _asks, _chosen),
        Way("lapsed", _asks, _lapsed),
        Way("handed on", _three_open, _handed_on),
    )
}
OF = {
    "woken": ("QueueAdvanced", "RoutingTermsChanged", "PoolChanged", "StockChanged", "fulfilment.consumer"),
    "chosen": ("fulfilment.", "POST ", "ChoiceOffered", "ChoiceMade", "OrderRouted"),
    "lapsed": ("fulfilment.timer", "ChoiceMade", "fulfilment.consumer"),
    "handed on": ("LocationChanged", "QueueAdvanced", "fulfilment.consumer"),
}
"""Whose calls and deliveries go wrong in each: the rest of the way is harmed elsewhere."""
