"""The ways of routing that faults are put on: what looks back, what is tried, what decides, what prices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from functions.fulfilment import optimiser, pricer
from functions.fulfilment.repository.work import KIND as WORK
from tests.faults.fulfilment.ways import better_off, pick_and_pack, send, step, to_ship, works
from tests.faults.orders.ways import OPS, WEB, the_order
from tests.support.faults import MAX_TRIES, Crash, Way, World, inside
from tests.support.gateway import channel
from tests.support.local_aws import running_as
from tests.support.shop import line, open_shop, order

TILL = channel("pos")
PROFILE = "/v1/routing/profiles/near"
SIMULATION = "/v1/routing/simulations/SIM-1"
LEASE = timedelta(minutes=20)
"""After that a run of a job that never ended is taken for lost."""


def run_job(world: World, handler: Callable[[Any, Any], dict[str, Any]], name: str) -> None:
    """A scheduled job to its end: one that fails comes again, one that finds itself in the way later."""
    for number in range(1, MAX_TRIES):
        try:
            with running_as("fulfilment"), inside(world.injector, f"fulfilment.{name}"):
                answer = handler({}, None)
        except (Crash, ClientError, ReadTimeoutError, ExceptionGroup):
            continue
        if not answer.get("idle"):
            world.settle()
            return
        world.wait(number * LEASE)
    raise AssertionError(f"{name} does not come to its end")


def _shipped(world: World) -> None:
    """An order is placed, planned and shipped: the report counts each of it once."""
    assert world.caller(WEB).post("/v1/orders", order("W-1", [line("1", "MUG", 3, 1001)])).status == 201
    world.settle()
    (work,) = works(world)
    pick_and_pack(world, work)
    step(world, work, "ship", {"parcels": [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]})


def _with_profile(world: World) -> None:
    to_ship(world)
    assert world.caller(OPS).put(PROFILE, {"rank": 0, "max_parcels": 1}).status == 201
    world.settle()


def _simulated(world: World) -> None:
    """The order's plan is replayed under two profiles."""
    at = decided(world)["at"]
    window = {"from": f"{at[:10]}T00:00:00Z", "to": f"{at[:10]}T23:59:59Z"}
    tried = [{"profile_id": "default"}, {"profile_id": "near"}]
    body = {"simulation_id": "SIM-1", "profiles": tried, **window}
    send(world, "/v1/routing/simulations", body, ok=(202,))
    world.settle()


def _shop(world: World) -> None:
    open_shop(world.caller(OPS), stock={"DC1": {"MUG": 10, "VASE": 1}, "S1": {"MUG": 2, "LAMP": 4}, "S2": {"LAMP": 1}})
    world.settle()


def _activated(world: World) -> None:
    """A profile comes to decide: the next order follows it; then its next version does, and is retired again."""
    for version, parcels in ((1, 1), (2, 2)):
        stated = world.caller(OPS).put(PROFILE, {"rank": 0, "max_parcels": parcels})
        assert stated.status in (200, 201), stated.body
        send(world, f"{PROFILE}/activate", {"stage": "active", "version": version})
        world.settle()
        if version == 1:
            placed_now = world.caller(WEB).post("/v1/orders", order("W-1", [line("1", "MUG", 3, 1001)]))
            assert placed_now.status in (200, 201), placed_now.body
            world.settle()
    send(world, f"{PROFILE}/retire", {"version": 2})
    world.settle()


def _sold_at_the_counter(world: World) -> None:
    """Goods whose counter sells them all: an online order nearby should leave them there."""
    worth = {"MUG": {"margin": {"amount": 2000, "currency": "GBP"}}}
    stock = {"DC1": {"MUG": 50, "VASE": 1}, "S1": {"MUG": 5, "LAMP": 4}, "S2": {"LAMP": 1}}
    open_shop(world.caller(OPS), stock=stock, items=worth)
    world.settle()
    carried = line("1", "MUG", 30, 1001, fulfilment={"method": "carry_out", "location_id": "S1"})
    assert world.caller(TILL).post("/v1/orders", order("T-1", [carried], channel="pos")).status == 201
    world.settle()
    fresh = {"movement_id": "more", "kind": "receipt", "location_id": "S1", "lines": [{"sku": "MUG", "quantity": 5}]}
    send(world, "/v1/inventory/movements", fresh, ok=(200, 201))
    world.settle()


def _priced(world: World) -> None:
    """The price job runs; an order is then placed."""
    run_job(world, pricer.handler, "pricer")
    assert world.caller(WEB).post("/v1/orders", order("W-1", [line("1", "MUG", 1, 1001)])).status in (200, 201)
    world.settle()


def _reconsidered(world: World) -> None:
    """The waiting work is looked at again, and moves to the nearer place."""
    run_job(world, optimiser.handler, "optimiser")
    assert decided(world)["trigger"] == "reevaluated"


def decided(world: World) -> dict[str, Any]:
    """The newest decision on the order."""
    return dict(world.caller(OPS).get(f"/v1/orders/{the_order(world)['order_id']}/routing").body["decisions"][-1])


def look(world: World) -> dict[str, Any]:
    """The report, what the simulation came to, what each version of the profile does, and what was decided how."""
    found = {"report": world.caller(OPS).get("/v1/routing/report").body["total"]}
    simulated = world.caller(OPS).get(SIMULATION)
    if simulated.status == 200:
        names = ("status", "recorded", "profiles", "approximate", "left_out", "items")
        found["simulation"] = {name: simulated.body[name] for name in names}
    profile = world.caller(OPS).get(PROFILE)
    if profile.status == 200:
        found["profile"] = [(one["version"], one["stage"]) for one in profile.body["versions"]]
    decision = decided(world)
    found["decision"] = (decision["profile"], decision["price_version"] > 0)
    found["places"] = [(one["location_id"], one["quantity"]) for one in decision["assignments"]]
    found["work"] = sorted((one["location_id"], one["status"]) for one in works(world))
    assert len(world.aws.rows("fulfilment", WORK)) == len(found["work"])
    return found


WAYS = {
    way.name: way
    for way in (
        Way("reported", _shop, _shipped),
        Way("simulated", _with_profile, _simulated),
        Way("activated", _shop, _activated),
        Way("priced", _sold_at_the_counter, _priced),
        Way("reconsidered", better_off, _reconsidered),
    )
}
OF = {
    "reported": ("projector",),
    "simulated": ("simulat",),
    "activated": ("PUT near", "activate", "retire"),
    "priced": ("pricer",),
    "reconsidered": ("optimiser", "AllocationRequested", "StockAllocated", "AllocationWithdrawn"),
}
"""Whose calls and deliveries go wrong in each: the rest of the way is harmed elsewhere."""
