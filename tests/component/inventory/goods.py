"""The words of inventory's tests: look at positions, hold, plan, let time pass."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from functions.inventory import timer
from functions.inventory.domain.book import Book
from functions.inventory.repository.documents import Documents
from shared import clock, testing_clock
from shared.aws import client
from shared.dynamo.table import Table
from shared.events.base import Event
from shared.events.fulfilment import AllocationRequested, LineProgress, Shipped, UnplacedLine
from shared.events.inventory import Allocation
from shared.events.orders import OrderedLine, OrderPlaced
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway
from tests.support.local_aws import running_as


def counters(ops: Gateway, sku: str, place: str) -> dict[str, int]:
    """One position's main counters."""
    answer = ops.get(f"/v1/inventory/{sku}")
    assert answer.status == 200, answer.body
    (found,) = (one for one in answer.body["positions"] if one["location_id"] == place)
    return {name: found[name] for name in ("on_hand", "held", "allocated", "available")}


def hold(client_: Gateway, reservation_id: str, wanted: list[tuple[str, int]], **fields: Any) -> Answer:
    """Ask for a hold anywhere in the network (or as `fields` say)."""
    body: dict[str, Any] = {
        "reservation_id": reservation_id,
        "owner": f"cart-{reservation_id}",
        "scope": "network",
        "lines": [{"line_id": str(n), "sku": sku, "quantity": q} for n, (sku, q) in enumerate(wanted, 1)],
    }
    return client_.post("/v1/reservations", body | fields)


def pins(answer: Answer) -> list[dict[str, Any]]:
    """Where a hold's first line is pinned."""
    return list(answer.body["lines"][0]["pins"])


def placed(order_id: str, lines: list[tuple[str, int]], **fields: Any) -> OrderPlaced:
    """An order as orders announces it: shipped, unless `method` and `location_id` say otherwise."""
    method, location_id = fields.pop("method", "ship"), fields.pop("location_id", None)
    ordered = tuple(
        OrderedLine(line_id=str(n), sku=sku, quantity=q, method=method, location_id=location_id)
        for n, (sku, q) in enumerate(lines, 1)
    )
    at = clock.rfc3339(fields.pop("at", clock.now()))
    base: dict[str, Any] = {
        "order_id": order_id,
        "channel": "web",
        "channel_order_id": order_id,
        "placed_at": at,
        "currency": "GBP",
        "total": 1000,
        "lines": ordered,
    }
    return OrderPlaced(**(base | fields))


def plan(
    order_id: str,
    takes: list[tuple[str, str, int]],
    *,
    version: int = 1,
    unplaced: list[tuple[str, int]] | None = None,
    **fields: Any,
) -> AllocationRequested:
    """A plan: (sku, place, quantity) per line."""
    missing = tuple(UnplacedLine(line_id=f"u{n}", sku=sku, quantity=q) for n, (sku, q) in enumerate(unplaced or (), 1))
    return AllocationRequested(
        order_id=order_id,
        plan_version=version,
        allocations=allocations(takes),
        unplaced=missing,
        confirm_unplaced=version == 1,
        **fields,
    )


def allocations(takes: list[tuple[str, str, int]]) -> tuple[Allocation, ...]:
    """Units by line, numbered from 1."""
    return tuple(
        Allocation(line_id=str(n), sku=sku, location_id=place, quantity=q) for n, (sku, place, q) in enumerate(takes, 1)
    )


def shipped(order_id: str, work: str, place: str, lines: list[tuple[str, str, int]]) -> Shipped:
    """Goods that left: (line, sku, quantity)."""
    progress = tuple(LineProgress(line_id=line, sku=sku, shipped=q) for line, sku, q in lines)
    return Shipped(
        order_id=order_id,
        fulfilment_order_id=work,
        location_id=place,
        method="ship",
        status="SHIPPED",
        lines=progress,
        version=5,
    )


def tell(bus: Bus, event: Event, **options: Any) -> None:
    """Deliver an event that inventory must take."""
    assert bus.deliver("inventory", event, **options) == []


def said(bus: Bus, kind: str) -> list[dict[str, Any]]:
    """What inventory has announced of one kind since the last look."""
    return [data for detail_type, data in bus.published("inventory") if detail_type == f"{kind}.v1"]


def book_of(order_id: str) -> Book:
    """The order's book as stored."""
    with running_as("inventory"):
        return Documents(Table(client("dynamodb"), "inventory")).book(order_id)


def pass_time(seconds: float) -> None:
    """Move the testing clock on."""
    with running_as("platform"):
        testing_clock.move(clock.now() + timedelta(seconds=seconds))


def tick() -> dict[str, Any]:
    """Run the timer."""
    with running_as("inventory"):
        return timer.handler({}, None)


def audited(ops: Gateway, bus: Bus) -> dict[str, Any]:
    """The audit once the projector has seen everything: it must be clean."""
    bus.project("inventory")
    report = dict(ops.get("/v1/inventory/audit").body)
    assert report["violations"] == []
    assert (report["ok"], report["pending"]) == (True, 0)
    return report
