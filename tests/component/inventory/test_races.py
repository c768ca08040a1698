"""A rival acts between what a use case has read and what it writes: nothing is promised twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from functions.inventory.domain.audit import check_position, claims_of
from functions.inventory.domain.reservation import (
    Caps,
    InsufficientStock,
    ReservationEnded,
    Scope,
    TooManyExtensions,
    Wanted,
)
from functions.inventory.domain.stock import Change, Counters, Movement, MovementKind
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.network import Network
from functions.inventory.repository.owners import Owners
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.allocation import AllocationService
from functions.inventory.service.order_holds import OrderHolds
from functions.inventory.service.posting import Poster
from functions.inventory.service.reservations import HoldCommand, ReservationService
from shared import clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.events.fulfilment import AllocationWithdrawn
from tests.component.inventory.goods import pass_time, placed, plan, shipped
from tests.support.gateway import Gateway
from tests.support.shop import open_shop

WRITES = frozenset({"put_item", "update_item", "transact_write_items"})


class Interrupted:
    """A DynamoDB client before whose n-th write a rival acts."""

    def __init__(self, *, at: int, rival: Callable[[], None]) -> None:
        self.writes, self.at, self.rival = 0, at, rival

    def __getattr__(self, name: str) -> Any:
        real = getattr(client("dynamodb"), name)

        def call(**request: Any) -> Any:
            self.writes += name in WRITES
            if self.writes == self.at and name in WRITES:
                self.rival()
            return real(**request)

        return call


class Shop:
    """The use cases on one client."""

    def __init__(self, dynamo: Any, sku: str, who: str, *, holds: int | None = None) -> None:
        table = Table(dynamo, "inventory")
        self.sku, self.who = sku, who
        self.documents, self.stock, network = Documents(table), StockRows(table), Network(table)
        self.poster = Poster(self.documents, self.stock, clock.now)
        self.allocation = AllocationService(self.poster, network)
        self.orders = OrderHolds(self.poster, self.allocation)
        self.reservations = ReservationService(
            self.documents, self.stock, network, Owners(table), clock.now, Caps(holds)
        )

    def cause(self, act: str) -> Cause:
        return Cause(f"{act}-{self.who}-{self.sku}", act, "test", clock.now(), "c")

    def hold(self, name: str = "") -> None:
        command = HoldCommand(
            reservation_id=f"{self.sku}-{name or self.who}",
            owner="cart",
            channel="web",
            scope=Scope.NETWORK,
            wanted=[Wanted("1", self.sku, 1)],
            ttl_seconds=600,
            partial=False,
            near=None,
            fingerprint=name or self.who,
        )
        self.reservations.place(command, self.cause("hold"))

    def release(self) -> None:
        self.reservations.release(f"{self.sku}-FIRST", self.cause("release"))

    def extend(self) -> None:
        self.reservations.extend(f"{self.sku}-FIRST", 900, self.cause("extend"))

    def commit(self) -> None:
        event = placed(f"{self.sku}-ORDER", [(self.sku, 1)], reservation_id=f"{self.sku}-FIRST")
        self.orders.placed(event, self.cause("commit"))

    def allocate(self) -> None:
        event = plan(f"{self.sku}-{self.who}", [(self.sku, "DC1", 1)])
        self.allocation.allocate(event, self.cause("allocate"))

    def ship(self) -> None:
        event = shipped(f"{self.sku}-OPEN", f"{self.sku}-OPEN.1", "DC1", [("1", self.sku, 1)])
        self.allocation.ship(event, self.cause("ship"))


ACTS: dict[str, Callable[[Shop], None]] = {
    "hold": Shop.hold,
    "release": Shop.release,
    "extend": Shop.extend,
    "commit": Shop.commit,
    "allocate": Shop.allocate,
    "ship": Shop.ship,
}


def cases() -> Iterator[tuple[str, str]]:
    yield from product(ACTS, ACTS)


def run(act: str, shop: Shop) -> None:
    """A refusal is a definite answer, too."""
    try:
        ACTS[act](shop)
    except (InsufficientStock, ReservationEnded, TooManyExtensions):
        return


def sound(sku: str) -> None:
    """Counters, holds and books agree, and no unit is promised twice."""
    documents, stock = Documents(table := Table(client("dynamodb"), "inventory")), StockRows(table)
    (row,) = stock.of_sku(sku)
    reservations = documents.reservations(f"{sku}-{name}" for name in ("FIRST", "A", "B"))
    books = documents.books(f"{sku}-{name}" for name in ("ORDER", "OPEN", "A", "B"))
    claims = claims_of(reservations, books)
    found = check_position(row, [], claims, now=clock.epoch_seconds(clock.now()))
    assert [one for one in found if not one.rule.startswith("ledger")] == []
    assert row.free >= 0
    assert all(book.work is None for book in books)


@pytest.fixture
def shelf(ops: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"X": 0}})


def test_whoever_acts_in_between_nothing_is_promised_twice(shelf: None) -> None:
    """Three units: one held, one set aside, one free. Each act, interrupted by each act before each of its writes."""
    interrupted = 0
    for (act, rival), at in product(cases(), (1, 2)):
        sku = f"{act}-{rival}-{at}"
        setup = Shop(client("dynamodb"), sku, "OPEN")
        receipt = Change(sku, "DC1", Movement("m", MovementKind.RECEIPT), Counters(on_hand=3), version=0)
        setup.stock.change(receipt, setup.cause("receipt"))
        setup.hold("FIRST")
        setup.allocate()
        dynamo = Interrupted(at=at, rival=lambda r=rival, s=sku: run(r, Shop(client("dynamodb"), s, "B")))  # type: ignore[misc]  # mypy cannot type a default of a lambda
        run(act, Shop(dynamo, sku, "A"))
        interrupted += dynamo.writes >= at
        sound(sku)
        again = Shop(client("dynamodb"), sku, "A")
        run(act, again)
        sound(sku)
    assert interrupted >= len(ACTS) ** 2


def test_ten_buyers_who_all_read_before_any_wrote_get_what_there_is_and_no_more(ops: Gateway) -> None:
    """Each buyer's only write is interrupted by the next buyer's whole attempt."""
    open_shop(ops, stock={"DC1": {"VASE": 3}})
    sold: list[int] = []
    refused: list[int] = []

    def buy(number: int) -> None:
        rival = (lambda: buy(number + 1)) if number < 9 else (lambda: None)
        shop = Shop(Interrupted(at=1, rival=rival), "VASE", f"buyer{number}")
        try:
            shop.hold()
        except InsufficientStock:
            refused.append(number)
        else:
            sold.append(number)

    buy(0)
    assert (len(sold), len(refused)) == (3, 7)
    (row,) = StockRows(Table(client("dynamodb"), "inventory")).of_sku("VASE")
    assert (row.counters.held, row.free) == (3, 0)


def bought(sku: str, who: str, rival: Callable[[], None]) -> bool:
    """Whether a buyer got a unit whose first write a rival preceded."""
    try:
        Shop(Interrupted(at=1, rival=rival), sku, who).hold()
    except InsufficientStock:
        return False
    return True


def test_two_who_take_back_the_same_lapsed_hold_do_so_once(ops: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 1}})
    Shop(client("dynamodb"), "VASE", "FIRST").hold()
    pass_time(601)
    assert not bought("VASE", "A", lambda: Shop(client("dynamodb"), "VASE", "B").hold())
    sound("VASE")
    (row,) = StockRows(Table(client("dynamodb"), "inventory")).of_sku("VASE")
    assert row.counters.held == 1


def test_a_rival_does_not_make_a_buyer_dip_into_the_safety_stock(ops: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 2}}, items={"VASE": {"default_safety_stock": 1}})
    assert not bought("VASE", "A", lambda: Shop(client("dynamodb"), "VASE", "B").allocate())
    (row,) = StockRows(Table(client("dynamodb"), "inventory")).of_sku("VASE")
    assert row.free == 1
    ops.put("/v1/items/VASE", {"name": "Vase", "weight_grams": 1, "default_safety_stock": 0})
    assert bought("VASE", "A", lambda: None)


def test_units_withdrawn_while_their_plan_is_being_set_aside_are_not_taken(ops: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"VASE": 5}})
    known = Shop(client("dynamodb"), "VASE", "A")
    known.allocate()
    event = plan("VASE-A", [("VASE", "DC1", 2)], version=2)
    stop = AllocationWithdrawn(order_id="VASE-A", plan_version=2, request_id="X1", allocations=event.allocations)
    late = Shop(Interrupted(at=1, rival=lambda: known.allocation.withdraw(stop, known.cause("stop"))), "VASE", "A")
    late.allocation.allocate(event, late.cause("second"))
    sound("VASE")
    (row,) = StockRows(Table(client("dynamodb"), "inventory")).of_sku("VASE")
    assert row.counters.allocated == 1, "only the first plan's unit"
