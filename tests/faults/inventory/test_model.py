"""Any sequence of commands to stock agrees with a reference model of a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from functions.inventory.domain.movements import Bucket
from functions.inventory.domain.places import Item
from functions.inventory.domain.reservation import (
    InsufficientStock,
    Reservation,
    ReservationEnded,
    Scope,
    TooManyExtensions,
    Wanted,
)
from functions.inventory.domain.shards import whole
from functions.inventory.domain.stock import BelowZero, MovementKind
from functions.inventory.domain.units import Position, at_places
from functions.inventory.service.movements import MovedLine, MovementCommand
from functions.inventory.service.shards import ShardService
from shared.clock import epoch_seconds
from shared.events.fulfilment import AllocationWithdrawn
from shared.events.orders import OrderLinesCancelled
from tests.component.inventory.goods import allocations, placed, plan, shipped
from tests.faults.inventory import bugs
from tests.faults.inventory.shop import Shop
from tests.faults.inventory.use_cases import PLACE, wish
from tests.support.fake_dynamodb import FakeDynamoDB
from tests.support.interleaving import without_waiting

SKUS = ("X", "Y")
PLACES = ("DC1", "S1")
POSITIONS: list[Position] = [(sku, place) for sku in SKUS for place in PLACES]

skus, places, few = st.sampled_from(SKUS), st.sampled_from(PLACES), st.integers(1, 4)


@dataclass
class Held:
    """A hold of the model."""

    pins: Counter[Position]
    until: int
    live: bool = True
    extensions: int = 0


@dataclass
class Order:
    """An order of the model: what it holds, and per plan what is set aside for it."""

    held: Counter[Position] = field(default_factory=Counter)
    allocated: dict[int, Counter[Position]] = field(default_factory=dict)
    cancelled: bool = False

    def promised(self, position: Position) -> int:
        return self.held[position] + sum(units[position] for units in self.allocated.values())


@dataclass
class Model:
    """Stock in the simplest words."""

    on_hand: Counter[Position] = field(default_factory=Counter)
    damaged: Counter[Position] = field(default_factory=Counter)
    holds: dict[str, Held] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)

    def held(self, position: Position, now: int) -> int:
        """Units of live holds, the orders' own included."""
        lapsing = sum(hold.pins[position] for hold in self.holds.values() if hold.live and hold.until > now)
        return lapsing + sum(order.held[position] for order in self.orders.values())

    def allocated(self, position: Position) -> int:
        return sum(units[position] for order in self.orders.values() for units in order.allocated.values())

    def free(self, position: Position, now: int) -> int:
        goods = self.on_hand[position] - self.damaged[position]
        return goods - self.held(position, now) - self.allocated(position)

    def available(self, sku: str, now: int) -> int:
        return sum(max(0, self.free((sku, place), now)) for place in PLACES)


class Stock(RuleBasedStateMachine):
    """Commands to both, compared after each."""

    def __init__(self) -> None:
        super().__init__()
        self.shop, self.model, self.number = Shop(FakeDynamoDB(), ()), Model(), 0
        self.use = self.shop.use()

    @property
    def now(self) -> int:
        return epoch_seconds(self.shop.at)

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    @initialize()
    def open(self) -> None:
        for place in PLACES:
            self.use.network.save_location(replace(PLACE, location_id=place), self.shop.cause(place))
        for sku in SKUS:
            self.use.network.save_item(Item(sku, sku, 100), self.shop.cause(sku))

    # ---------------------------------------------------------------- goods

    def post(self, kind: MovementKind, position: Position, quantity: int, **more: Any) -> bool:
        name, (sku, place) = self.name("M"), position
        command = MovementCommand(name, kind, place, [MovedLine(sku, quantity)], "", "", name, **more)
        try:
            self.use.movements.post(command, self.shop.cause(name))
        except BelowZero:
            return False
        return True

    @rule(sku=skus, place=places, quantity=st.integers(1, 9))
    def receive(self, sku: str, place: str, quantity: int) -> None:
        assert self.post(MovementKind.RECEIPT, (sku, place), quantity)
        self.model.on_hand[sku, place] += quantity

    @rule(sku=skus, place=places, quantity=few)
    def lose(self, sku: str, place: str, quantity: int) -> None:
        position = sku, place
        possible = self.model.on_hand[position] - quantity >= self.model.damaged[position]
        assert self.post(MovementKind.ADJUSTMENT, position, -quantity) is possible
        self.model.on_hand[position] -= quantity if possible else 0

    @rule(sku=skus, place=places, quantity=few)
    def damage(self, sku: str, place: str, quantity: int) -> None:
        position = sku, place
        possible = self.model.on_hand[position] >= self.model.damaged[position] + quantity
        assert self.post(MovementKind.DAMAGE, position, quantity, bucket=Bucket.DAMAGED) is possible
        self.model.damaged[position] += quantity if possible else 0

    # ---------------------------------------------------------------- holds

    @rule(wanted=st.lists(st.tuples(skus, few), min_size=1, max_size=2), partial=st.booleans(), ttl=st.integers(5, 900))
    def hold(self, wanted: list[tuple[str, int]], partial: bool, ttl: int) -> None:
        asked: Counter[str] = Counter()
        for sku, quantity in wanted:
            asked[sku] += quantity
        there = {sku: self.model.available(sku, self.now) for sku in asked}
        name = self.name("R")
        command = wish(name, wanted, partial=partial, ttl_seconds=ttl)
        enough = all(there[sku] >= quantity for sku, quantity in asked.items())
        if not enough and not (partial and any(there.values())):
            with pytest.raises(InsufficientStock) as refused:
                self.use.reservations.place(command, self.shop.cause(name))
            told = {one["sku"]: one["available"] for one in refused.value.extra["shortages"]}
            assert told == {sku: there[sku] for sku in asked if there[sku] < asked[sku]}
            return
        held = self.use.reservations.place(command, self.shop.cause(name))
        granted: Counter[str] = Counter()
        for pin in at_places(held.pins):
            granted[pin.sku] += pin.quantity
        assert granted == Counter({sku: n for sku in asked if (n := min(there[sku], asked[sku]))})
        self.take(name, held)

    @rule(sku=skus, place=places, quantity=few)
    def hold_for_collection(self, sku: str, place: str, quantity: int) -> None:
        name = self.name("R")
        lines = [Wanted("1", sku, quantity, place)]
        command = replace(wish(name, [], scope=Scope.LOCATION, ttl_seconds=300), wanted=lines)
        if self.model.free((sku, place), self.now) < quantity:
            with pytest.raises(InsufficientStock):
                self.use.reservations.place(command, self.shop.cause(name))
            return
        self.take(name, self.use.reservations.place(command, self.shop.cause(name)))

    def take(self, name: str, held: Reservation) -> None:
        pins: Counter[Position] = Counter()
        for pin in at_places(held.pins):
            pins[pin.position] += pin.quantity
        assert all(quantity <= self.model.free(position, self.now) for position, quantity in pins.items())
        self.model.holds[name] = Held(pins, held.until)

    def any_hold(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.model.holds)))

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        name = self.any_hold(data)
        held = self.model.holds[name]
        committed = not held.live and any(name == f"R{order[1:]}" for order in self.model.orders)
        try:
            self.use.reservations.release(name, self.shop.cause(self.name("release")))
        except ReservationEnded:
            assert committed
        held.live = False

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data(), ttl=st.integers(5, 900))
    def extend(self, data: st.DataObject, ttl: int) -> None:
        name = self.any_hold(data)
        held = self.model.holds[name]
        live = held.live and held.until > self.now
        try:
            later = self.use.reservations.extend(name, ttl, self.shop.cause(self.name("extend")))
        except (ReservationEnded, TooManyExtensions):
            assert not live or held.extensions == 2
            return
        assert live
        assert held.extensions < 2
        held.until, held.extensions = max(held.until, self.now + ttl), held.extensions + 1
        assert later.until == held.until

    @rule(seconds=st.integers(1, 400))
    def let_time_pass(self, seconds: int) -> None:
        self.shop.pass_time(seconds)

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def sweep(self, data: st.DataObject) -> None:
        self.use.sweep._expire_one(self.any_hold(data), self.shop.cause(self.name("sweep")))

    # --------------------------------------------------------------- orders

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def place_order(self, data: st.DataObject) -> None:
        name = self.any_hold(data)
        held, order_id = self.model.holds[name], f"O{name[1:]}"
        lines: Counter[str] = Counter()
        for (sku, _), quantity in held.pins.items():
            lines[sku] += quantity
        event = placed(order_id, list(lines.items()), reservation_id=name, at=self.shop.at)
        self.use.orders.placed(event, self.shop.cause(f"placed-{order_id}"))
        order = self.model.orders.get(order_id)
        if order is None and held.live and held.until > self.now:
            self.model.orders[order_id] = Order(Counter(held.pins))
            held.live = False
        elif order is None:
            self.model.orders[order_id] = Order()

    @rule(data=st.data(), takes=st.dictionaries(st.sampled_from(POSITIONS), few, min_size=1, max_size=3))
    def allocate(self, data: st.DataObject, takes: dict[Position, int]) -> None:
        order_id = data.draw(st.sampled_from([*sorted(self.model.orders), self.name("O")]))
        order = self.model.orders.setdefault(order_id, Order())
        version = max(order.allocated, default=0) + 1
        fits = all(
            quantity <= self.model.free(position, self.now) + order.held[position] or quantity <= order.held[position]
            for position, quantity in takes.items()
        )
        event = plan(order_id, [(*position, quantity) for position, quantity in takes.items()], version=version)
        self.use.allocation.allocate(event, self.shop.cause(f"{order_id}.{version}"))
        verdict = self.use.documents.book(order_id).state.verdicts[version]
        assert verdict == ("ALLOCATED" if fits else "REFUSED")
        order.allocated[version] = Counter(takes) if fits else Counter()
        order.held = Counter() if fits else order.held

    def plans(self) -> list[tuple[str, int, Position]]:
        return [
            (order_id, version, position)
            for order_id, order in sorted(self.model.orders.items())
            for version, units in order.allocated.items()
            for position, quantity in sorted(units.items())
            if quantity
        ]

    @precondition(lambda self: self.plans())
    @rule(data=st.data(), quantity=few)
    def withdraw(self, data: st.DataObject, quantity: int) -> None:
        order_id, version, position = data.draw(st.sampled_from(self.plans()))
        units = self.model.orders[order_id].allocated[version]
        line = self.line_of(order_id, version, position)
        one = allocations([(*position, quantity)])[0].model_copy(update={"line_id": line})
        event = AllocationWithdrawn(
            order_id=order_id, plan_version=version, request_id=self.name("W"), allocations=(one,)
        )
        self.use.allocation.withdraw(event, self.shop.cause(event.request_id))
        units[position] = max(0, units[position] - quantity)

    def line_of(self, order_id: str, version: int, position: Position) -> str:
        units = self.use.documents.book(order_id).state.allocated[version]
        return next(one.line_id for one in at_places(units) if (one.sku, one.location_id) == position)

    @precondition(lambda self: self.plans())
    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        order_id, version, position = data.draw(st.sampled_from(self.plans()))
        units = self.model.orders[order_id].allocated[version]
        # Goods leave by line, whatever plan set them aside: the eldest plan's units go first.
        line, quantity = self.line_of(order_id, version, position), units[position]
        if self.model.on_hand[position] - self.model.damaged[position] < quantity or self.ambiguous(order_id, position):
            return
        event = shipped(order_id, self.name("F"), position[1], [(line, position[0], quantity)])
        self.use.allocation.ship(event, self.shop.cause(event.fulfilment_order_id))
        self.model.on_hand[position] -= quantity
        units[position] = 0

    def ambiguous(self, order_id: str, position: Position) -> bool:
        return sum(1 for units in self.model.orders[order_id].allocated.values() if units[position]) > 1

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        order_id = data.draw(st.sampled_from(sorted(self.model.orders)))
        event = OrderLinesCancelled(order_id=order_id, request_id="C", whole_order=True, lines=(), reason="test")
        self.use.allocation.cancel(event, self.shop.cause(f"cancel-{order_id}"))
        order = self.model.orders[order_id]
        if not order.cancelled:
            order.held, order.cancelled = Counter(), True

    # -------------------------------------------------------------- compare

    @invariant()
    def the_shop_says_the_same(self) -> None:
        rows = {row.key: row for row in whole(self.shop.rows())}
        for position in POSITIONS:
            row = rows.get(position)
            said = (
                (row.counters.on_hand, row.counters.damaged, row.held(self.now), row.counters.allocated)
                if row
                else (0, 0, 0, 0)
            )
            model = self.model
            meant = (
                model.on_hand[position],
                model.damaged[position],
                model.held(position, self.now),
                model.allocated(position),
            )
            assert said == meant, position
            assert (row.available(self.now) if row else 0) == max(0, model.free(position, self.now))
        self.shop.audit()


class HotStock(Stock):
    """The same, with positions spread over cells, more or fewer as time goes by."""

    @rule(sku=skus, shards=st.sampled_from([1, 2, 3, 5]))
    def spread(self, sku: str, shards: int) -> None:
        name = self.name("S")
        ShardService(self.use.stock).configure(Item(sku, sku, 100, shards=shards), self.shop.cause(name))


def run(
    machine: type[RuleBasedStateMachine], *, examples: int, steps: int, phases: Sequence[Phase] = tuple(Phase)
) -> None:
    with without_waiting():
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                phases=phases,
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_stock_agrees_with_the_model() -> None:
    run(Stock, examples=40, steps=30)


def test_hot_stock_agrees_with_the_same_model() -> None:
    run(HotStock, examples=40, steps=30)


@pytest.mark.deep
def test_hot_stock_agrees_with_the_same_model_for_long() -> None:
    run(HotStock, examples=1500, steps=60)


@pytest.mark.deep
def test_stock_agrees_with_the_model_for_long() -> None:
    run(Stock, examples=1500, steps=60)


def search(machine: type[RuleBasedStateMachine]) -> None:
    """One long search may stay in one corner: several small ones, each from a seed of its own, do not."""
    for number in range(20):
        run(seed(number)(type("Seeded", (machine,), {})), examples=100, steps=30, phases=[Phase.generate])


def test_the_model_notices_a_hold_that_does_not_lapse_by_itself() -> None:
    with bugs.expiry_by_the_sweeper_only(), pytest.raises(AssertionError):
        search(Stock)
