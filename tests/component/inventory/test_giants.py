"""Orders larger than one transaction: all units or none, whenever the process dies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.inventory.repository.documents import Documents
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.allocation import AllocationService
from functions.inventory.service.posting import Poster
from shared import clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.events.fulfilment import AllocationRequested
from tests.component.inventory.goods import (
    audited,
    book_of,
    counters,
    hold,
    pass_time,
    placed,
    plan,
    said,
    shipped,
    tell,
    tick,
)
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import open_shop, receive

SKUS = [f"K{n}" for n in range(8)]


class Died(BaseException):
    """The process is gone; nothing may catch this."""


class Mortal:
    """A DynamoDB client that dies at the n-th call, before it or after it was done."""

    def __init__(self, *, at: int, after: bool) -> None:
        self.calls, self.at, self.after = 0, at, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(client("dynamodb"), name)

        def call(**request: Any) -> Any:
            self.calls += 1
            if self.calls == self.at and not self.after:
                raise Died
            answer = real(**request)
            if self.calls == self.at:
                raise Died
            return answer

        return call


def service(dynamo: Any, *, chunk_rows: int = 3) -> AllocationService:
    """The use cases with small chunks, so that eight positions are a giant."""
    table = Table(dynamo, "inventory")
    poster = Poster(Documents(table), StockRows(table), clock.now, chunk_rows)
    return AllocationService(poster, Network(table))


def request(order_id: str, quantity: int = 1) -> tuple[AllocationRequested, Cause]:
    event = plan(order_id, [(sku, "DC1", quantity) for sku in SKUS])
    return event, Cause(f"event-{order_id}", "AllocationRequested.v1", "service:inventory", clock.now(), order_id)


def deaths() -> Iterator[tuple[int, bool]]:
    """Every call of the use case, before and after it took effect."""
    for at in range(1, 40):
        for after in (False, True):
            yield at, after


def allocated(ops: Gateway) -> list[int]:
    return [counters(ops, sku, "DC1")["allocated"] for sku in SKUS]


@pytest.fixture
def shelf(ops: Gateway) -> None:
    open_shop(ops, stock={"DC1": dict.fromkeys(SKUS, 1000)})


def test_whenever_the_process_dies_the_next_delivery_completes_the_plan_once(
    ops: Gateway, bus: Bus, shelf: None
) -> None:
    whole = 0
    for at, after in deaths():
        order_id = f"O-{at}-{after}"
        event, cause = request(order_id)
        mortal = Mortal(at=at, after=after)
        try:
            service(mortal).allocate(event, cause)
        except Died:
            if any(answer["order_id"] == order_id for answer in said(bus, "StockAllocated")):
                assert book_of(order_id).work is None, "announced before it was whole"
        service(client("dynamodb")).allocate(event, cause)
        whole += 1
        assert allocated(ops) == [whole] * len(SKUS)
        assert book_of(order_id).work is None
        if mortal.calls < at:
            break
    assert whole > 20, "the plan was too small to die in"
    audited(ops, bus)


def test_a_plan_that_falls_short_half_way_is_undone_whenever_the_process_dies(
    ops: Gateway, bus: Bus, shelf: None
) -> None:
    """A rival empties the last position after the plan was found feasible and its first chunks were posted."""
    tell(bus, plan("RIVAL", [(SKUS[-1], "DC1", 999)]))
    for at, after in deaths():
        order_id = f"O-{at}-{after}"
        event, cause = request(order_id)
        with pytest.raises(Died):  # after the first chunk: reads, PREPARING, book, rows, first chunk
            service(Mortal(at=5, after=True)).allocate(event, cause)
        assert book_of(order_id).work is not None
        rival = plan(f"RIVAL-{order_id}", [(SKUS[-1], "DC1", 1)])
        tell(bus, rival)
        mortal = Mortal(at=at, after=after)
        try:
            service(mortal).allocate(event, cause)
        except Died:
            service(client("dynamodb")).allocate(event, cause)
        assert allocated(ops)[:-1] == [0] * 7
        assert book_of(order_id).state.verdicts[1] == "REFUSED"
        tell(bus, shipped(f"RIVAL-{order_id}", f"F-{order_id}", "DC1", [("1", SKUS[-1], 1)]))
        receive(ops, f"M-{order_id}", "DC1", [{"sku": SKUS[-1], "quantity": 1}])
        if mortal.calls < at:
            break
    audited(ops, bus)


def test_the_timer_completes_what_a_dead_process_left(ops: Gateway, bus: Bus, shelf: None) -> None:
    event, cause = request("O1")
    with pytest.raises(Died):
        service(Mortal(at=5, after=True)).allocate(event, cause)
    assert tick()["completed"] == 0, "whoever lives is not disturbed"
    assert 0 < sum(allocated(ops)) < 8
    pass_time(61)
    assert tick()["completed"] == 1
    assert allocated(ops) == [1] * 8
    assert len(said(bus, "StockAllocated")) == 1
    audited(ops, bus)


def test_a_half_posted_plan_with_a_hold_keeps_every_unit_taken_until_it_is_whole(
    ops: Gateway, web: Gateway, bus: Bus
) -> None:
    open_shop(ops, stock={"DC1": dict.fromkeys(SKUS, 1), "S1": {SKUS[0]: 1}})
    lines = [{"line_id": str(n), "sku": sku, "quantity": 1} for n, sku in enumerate(SKUS, 1)]
    lines[0]["location_id"] = "S1"
    assert hold(web, "R1", [], lines=lines).status == 201
    tell(bus, placed("O1", [(sku, 1) for sku in SKUS], reservation_id="R1"))
    event, cause = request("O1")
    event = event.model_copy(update={"reservation_id": "R1"})
    with pytest.raises(Died):
        service(Mortal(at=5, after=True)).allocate(event, cause)
    assert hold(web, "R2", [(SKUS[0], 1)]).status == 409, "neither the planned unit nor the held one is free yet"
    service(client("dynamodb")).allocate(event, cause)
    assert allocated(ops) == [1] * 8
    assert counters(ops, SKUS[0], "S1") == {"on_hand": 1, "held": 0, "allocated": 0, "available": 1}
    audited(ops, bus)


def test_an_order_of_1108_lines_is_allocated_and_shipped_through_the_real_consumer(ops: Gateway, bus: Bus) -> None:
    skus = [f"K{n:04d}" for n in range(1108)]
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    at = clock.now()
    cause = Cause("seed", "seed", "ops:seed", at - timedelta(days=1), "seed")
    with running_as("inventory"):
        seed(skus, cause)
    lines = [(sku, "DC1", 1) for sku in skus]
    tell(bus, plan("O1", lines))
    assert book_of("O1").state.verdicts == {1: "ALLOCATED"}
    (answer,) = said(bus, "StockAllocated")
    assert len(answer["allocations"]) == 1108
    assert counters(ops, skus[-1], "DC1")["allocated"] == 1
    tell(bus, shipped("O1", "O1.1", "DC1", [(str(n), sku, 1) for n, sku in enumerate(skus, 1)]))
    assert counters(ops, skus[-1], "DC1") == {"on_hand": 1, "held": 0, "allocated": 0, "available": 1}
    assert book_of("O1").skus == ()


def seed(skus: list[str], cause: Cause) -> None:
    """Two units of everything at DC1, one write each."""
    from functions.inventory.domain.stock import Change, Counters, Movement, MovementKind

    rows = StockRows(Table(client("dynamodb"), "inventory"))
    for sku in skus:
        movement = Movement("seed", MovementKind.RECEIPT)
        rows.change(Change(sku, "DC1", movement, Counters(on_hand=2), version=0), cause)
