"""Orders larger than one transaction: all units or none, whenever the process dies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.inventory.domain.stock import Change, Counters, Movement, MovementKind
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

SKUS = [f"K{n}" for n in range(5)]


WRITES = frozenset({"put_item", "update_item", "transact_write_items"})
CALLS = WRITES | {"get_item", "batch_get_item", "query"}


class Died(BaseException):
    """The process is gone; nothing may catch this."""


class Mortal:
    """A DynamoDB client that dies at its n-th call (of some kinds), before or after that was done."""

    def __init__(self, *, at: int, after: bool, kinds: frozenset[str] = CALLS) -> None:
        self.calls, self.at, self.after, self.kinds = 0, at, after, kinds

    def __getattr__(self, name: str) -> Any:
        real = getattr(client("dynamodb"), name)

        def call(**request: Any) -> Any:
            self.calls += name in self.kinds
            dies = self.calls == self.at and name in self.kinds
            if dies and not self.after:
                raise Died
            answer = real(**request)
            if dies:
                raise Died
            return answer

        return call


def half_posted() -> Mortal:
    """Dies right after the first chunk has been posted."""
    return Mortal(at=1, after=True, kinds=frozenset({"transact_write_items"}))


def service(dynamo: Any, *, chunk_rows: int = 2) -> AllocationService:
    """The use cases with small chunks, so that five positions are a giant."""
    table = Table(dynamo, "inventory")
    poster = Poster(Documents(table), StockRows(table), clock.now, chunk_rows)
    return AllocationService(poster, Network(table))


def request(order_id: str, quantity: int = 1) -> tuple[AllocationRequested, Cause]:
    event = plan(order_id, [(sku, "DC1", quantity) for sku in SKUS])
    return event, Cause(f"event-{order_id}", "AllocationRequested.v1", "service:inventory", clock.now(), order_id)


def deaths() -> Iterator[tuple[int, bool]]:
    """Before every call, and after it; the test stops at the first use case that lived."""
    for at in range(1, 40):
        yield at, False
        yield at, True


def allocated() -> list[int]:
    """Set-aside units per item, read at once."""
    with running_as("inventory"):
        rows = StockRows(Table(client("dynamodb"), "inventory")).read((sku, "DC1") for sku in SKUS)
    return [rows[sku, "DC1"].counters.allocated for sku in SKUS]


def announced(order_id: str) -> bool:
    """Whether the relay may tell the others that the plan was taken."""
    return 1 in Documents(Table(client("dynamodb"), "inventory")).book(order_id).state.verdicts


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
            assert not announced(order_id) or sum(allocated()) == (whole + 1) * len(SKUS)
        service(client("dynamodb")).allocate(event, cause)
        whole += 1
        assert allocated() == [whole] * len(SKUS)
        assert book_of(order_id).work is None
        if mortal.calls < at:
            break
    assert whole > 15, "the plan was too small to die in"
    audited(ops, bus)


def test_a_plan_that_falls_short_half_way_is_undone_whenever_the_process_dies(
    ops: Gateway, bus: Bus, shelf: None
) -> None:
    """A rival empties the last position after the plan was found feasible and its first chunks were posted."""
    tell(bus, plan("RIVAL", [(SKUS[-1], "DC1", 999)]))
    for at, after in deaths():
        order_id = f"O-{at}-{after}"
        event, cause = request(order_id)
        with pytest.raises(Died):
            service(half_posted()).allocate(event, cause)
        assert book_of(order_id).work is not None
        rival = plan(f"RIVAL-{order_id}", [(SKUS[-1], "DC1", 1)])
        tell(bus, rival)
        mortal = Mortal(at=at, after=after, kinds=WRITES)  # after a read all is as before it
        try:
            service(mortal).allocate(event, cause)
        except Died:
            service(client("dynamodb")).allocate(event, cause)
        assert allocated()[:-1] == [0] * (len(SKUS) - 1)
        assert book_of(order_id).state.verdicts[1] == "REFUSED"
        tell(bus, shipped(f"RIVAL-{order_id}", f"F-{order_id}", "DC1", [("1", SKUS[-1], 1)]))
        receive(ops, f"M-{order_id}", "DC1", [{"sku": SKUS[-1], "quantity": 1}])
        if mortal.calls < at:
            break
    audited(ops, bus)


def test_the_timer_completes_what_a_dead_process_left(ops: Gateway, bus: Bus, shelf: None) -> None:
    event, cause = request("O1")
    with pytest.raises(Died):
        service(half_posted()).allocate(event, cause)
    assert tick()["completed"] == 0, "whoever lives is not disturbed"
    assert 0 < sum(allocated()) < len(SKUS)
    pass_time(61)
    assert tick()["completed"] == 1
    assert allocated() == [1] * len(SKUS)
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
        service(half_posted()).allocate(event, cause)
    assert hold(web, "R2", [(SKUS[0], 1)]).status == 409, "neither the planned unit nor the held one is free yet"
    service(client("dynamodb")).allocate(event, cause)
    assert allocated() == [1] * len(SKUS)
    assert counters(ops, SKUS[0], "S1") == {"on_hand": 1, "held": 0, "allocated": 0, "available": 1}
    audited(ops, bus)


@pytest.mark.usefixtures("quick_aws")
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

    rows = StockRows(Table(client("dynamodb"), "inventory"))
    for sku in skus:
        movement = Movement("seed", MovementKind.RECEIPT)
        rows.change(Change(sku, "DC1", movement, Counters(on_hand=2), version=0), cause)
