"""Carts and their holds: in whatever order things are asked for and answered, in the end the cart's units are held."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.customers.domain import cart as carts
from functions.customers.domain.cart import Cart, CartLine
from functions.customers.domain.cart_hold import CartHold, HoldStatus, Shortage, granted, refused
from functions.customers.facts import cart_facts
from shared.errors import Conflict
from shared.events.base import Event
from shared.events.customers import CartHoldAsked, CartHoldDropped

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
UNTIL = AT + timedelta(seconds=600)
STOCK = 5


@dataclass
class Inventory:
    """Holds for one cart as inventory makes them (`CartHolds`), of STOCK units."""

    held: dict[str, int] = field(default_factory=dict)
    answers: dict[str, HoldStatus | None] = field(default_factory=dict)

    def hear(self, event: Event) -> str:
        """Answers the id that was answered, if any was just now."""
        if isinstance(event, CartHoldDropped):
            self._drop(event.reservation_id)
            return ""
        assert isinstance(event, CartHoldAsked)
        name, units = event.reservation_id, sum(line.quantity for line in event.lines)
        new = name not in self.answers
        if new:
            others = sum(held for one, held in self.held.items() if one not in event.replaces)
            self.answers[name] = HoldStatus.HELD if others + units <= STOCK else HoldStatus.REFUSED
            if self.answers[name] is HoldStatus.HELD:
                self.held[name] = units
        if self.answers[name] is HoldStatus.HELD:
            for one in event.replaces:
                self._drop(one)
        return name if new else ""

    def _drop(self, name: str) -> None:
        self.answers.setdefault(name, None)
        self.held.pop(name, None)


@dataclass
class Shopper:
    """A cart, the events that are under way to inventory, and the answers that are under way back."""

    cart: Cart = field(default_factory=lambda: Cart("K", "", ("web",), AT, (CartLine("MUG", 1),)))
    inventory: Inventory = field(default_factory=Inventory)
    asked: list[Event] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    ids: count[int] = field(default_factory=count)

    def become(self, after: Cart) -> None:
        self.asked += cart_facts(self.cart, after)
        self.cart = after

    def fill(self, units: int) -> None:
        lines = [CartLine("MUG", units)] if units else []
        self.become(
            carts.filled(
                self.cart, lines, reservation_id="", expected=self.cart.version, fresh=f"K-{next(self.ids)}", at=AT
            )
        )

    def hold(self) -> None:
        if self.cart.lines:
            self.become(carts.holding(self.cart, CartHold(f"K-{next(self.ids)}", "web", AT, 600)))

    def let_go(self) -> None:
        self.become(carts.letting_go(self.cart))

    def take_in(self, units: int) -> None:
        """A guest's cart with a hold of its own comes in."""
        guest = Shopper(Cart("G", "", ("app",), AT, (CartLine("MUG", units),)), self.inventory, ids=self.ids)
        guest.hold()
        self.asked += guest.asked
        after, _ = carts.merged(self.cart, guest.cart, fresh=f"K-{next(self.ids)}", at=AT)
        self.become(after)

    def deliver(self, at: int, *, twice: bool = False) -> None:
        if self.asked:
            event = self.asked.pop(at % len(self.asked))
            for _ in range(1 + twice):
                if name := self.inventory.hear(event):
                    self.answered.append(name)

    def answer(self, at: int) -> None:
        if self.answered:
            name = self.answered.pop(at % len(self.answered))
            status = self.inventory.answers[name]

            def told(hold: CartHold) -> CartHold:
                return granted(hold, until=UNTIL) if status is HoldStatus.HELD else refused(hold, ())

            self.become(carts.answered(self.cart, name, told))

    def settle(self) -> None:
        while self.asked or self.answered:
            self.deliver(0)
            self.answer(0)


STEPS = st.one_of(
    st.tuples(st.just("fill"), st.integers(0, STOCK + 2)),
    st.tuples(st.just("hold"), st.just(0)),
    st.tuples(st.just("let_go"), st.just(0)),
    st.tuples(st.just("take_in"), st.integers(1, 3)),
    st.tuples(st.just("deliver"), st.integers(0, 7)),
    st.tuples(st.just("again"), st.integers(0, 7)),
    st.tuples(st.just("answer"), st.integers(0, 7)),
)


@given(st.lists(STEPS, max_size=30))
def test_in_the_end_exactly_what_the_cart_knows_of_is_held(steps: list[tuple[str, int]]) -> None:
    shopper = Shopper()
    for step, number in steps:
        match step:
            case "fill" | "take_in" | "deliver" | "answer":
                getattr(shopper, step)(number)
            case "again":
                shopper.deliver(number, twice=True)
            case _:
                getattr(shopper, step)()
    shopper.settle()
    usable, live = shopper.cart.usable(AT), shopper.cart.live(AT)
    assert set(shopper.inventory.held) == {one.reservation_id for one in live}
    assert (usable is None) == (not live)
    if usable and usable == shopper.cart.hold:
        assert shopper.inventory.held == {usable.reservation_id: sum(line.quantity for line in shopper.cart.lines)}


def test_a_hold_that_is_refused_leaves_the_one_before_until_fewer_units_are_asked_for() -> None:
    shopper = Shopper()
    shopper.fill(3)
    shopper.hold()
    shopper.settle()
    first = shopper.cart.hold
    assert first
    shopper.fill(STOCK + 1)
    shopper.settle()
    assert shopper.cart.hold
    assert shopper.cart.hold.status is HoldStatus.REFUSED
    assert shopper.cart.usable(AT) == shopper.cart.kept(AT) == first
    assert shopper.inventory.held == {first.reservation_id: 3}
    assert shopper.cart.usable(UNTIL) is None
    shopper.fill(STOCK)
    assert shopper.cart.hold.replaces == (first.reservation_id,), "asked for anew by itself"
    shopper.settle()
    assert list(shopper.inventory.held.values()) == [STOCK]
    assert shopper.cart.former == ()


def test_a_cart_waits_for_so_many_answers_and_lets_go_of_what_is_older() -> None:
    shopper = Shopper()
    shopper.hold()
    for n in range(30):
        shopper.fill(2 - n % 2)
    assert len(shopper.cart.former) == carts.MAX_FORMER
    dropped = [event for event in shopper.asked if isinstance(event, CartHoldDropped)]
    assert len(dropped) == 30 - carts.MAX_FORMER
    shopper.settle()
    assert list(shopper.inventory.held.values()) == [1]


def test_carts_of_one_person_become_one_and_a_strangers_stays_apart() -> None:
    mine = Cart("K", "C-1", ("web",), AT, (CartLine("MUG", 1),))
    other = Cart("L", "C-2", ("app",), AT, (CartLine("MUG", 2), CartLine("LAMP", 1)), reservation_id="R-1")
    with pytest.raises(Conflict, match="somebody else"):
        carts.merged(mine, other, fresh="K-1", at=AT)
    both, closed = carts.merged(mine, other, same=("C-1", "C-2"), fresh="K-1", at=AT)
    assert [(one.sku, one.quantity) for one in both.lines] == [("MUG", 3), ("LAMP", 1)]
    assert (both.channels, both.customer_id, both.reservation_id) == (("web", "app"), "C-1", "R-1")
    assert (closed.status, closed.merged_into) == (carts.CartStatus.MERGED, "K")
    full = Cart("M", "C-1", ("web",), AT, tuple(CartLine(f"I-{n}", 1) for n in range(carts.MAX_LINES)))
    with pytest.raises(Conflict, match="at most"):
        carts.joined(full, other, fresh="K-1", at=AT)


def test_a_shortage_is_told_once() -> None:
    hold = refused(CartHold("K-1", "web", AT, 600), (Shortage("MUG", 2, 1),))
    assert refused(hold, ()) == granted(hold, until=UNTIL) == hold
