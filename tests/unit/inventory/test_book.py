"""An order's book: plans, holds, withdrawals and shipments in any order sum up."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.domain.book import (
    Book,
    HoldUse,
    State,
    Step,
    Verdict,
    Work,
    allocate,
    cancel,
    committed,
    leave,
    merged,
    refuse,
    withdraw,
)
from functions.inventory.domain.stock import Counters
from functions.inventory.domain.units import Units, by_position, joined, minus


def units(quantity: int, place: str = "DC1", line: str = "1", sku: str = "MUG") -> Units:
    return Units(line, sku, place, quantity)


def after(book: Book, step: Step | None) -> Book:
    return book if step is None else replace(book, state=step.target, work=None)


def total(step: Step) -> Counters:
    return sum((entry.delta for entry in step.entries), Counters())


def test_the_own_hold_is_converted_and_only_the_rest_must_be_free() -> None:
    state = committed(State(), HoldUse("R1", (units(2), units(1, "S1"))))
    step = allocate(Book("O1", state), 1, [units(3)])
    entries = merged(step.entries)
    assert entries["MUG", "DC1"].delta == Counters(held=-2, allocated=3)
    assert entries["MUG", "DC1"].fresh == 1
    assert entries["MUG", "S1"].delta == Counters(held=-1)
    assert step.entries[-1].location_id == "S1", "what frees units is posted last: it cannot be undone"


def test_a_place_that_holds_more_than_planned_is_one_row_in_a_transaction() -> None:
    state = committed(State(), HoldUse("R1", (units(3),)))
    step = allocate(Book("O1", state), 1, [units(1)])
    assert len(step.entries) == 2
    (entry,) = merged(step.entries).values()
    assert (entry.delta, entry.fresh) == (Counters(held=-3, allocated=1), 0)


def test_a_tombstone_keeps_a_late_plan_from_taking_withdrawn_units() -> None:
    book = after(Book("O1"), withdraw(Book("O1"), 1, "X1", (units(2),)))
    assert total(allocate(book, 1, [units(3)])).allocated == 1
    assert total(allocate(book, 2, [units(3)])).allocated == 3


def test_a_refusal_gives_back_exactly_what_was_posted() -> None:
    step = allocate(Book("O1"), 1, [units(1, place) for place in ("A", "B", "C")])
    half = Book("O1", work=Work(step, 2))
    undo = refuse(half, 1, ())
    assert {entry.location_id for entry in undo.entries} == {"A", "B"}
    assert total(undo).allocated == -2
    assert undo.target.verdicts == {1: Verdict.REFUSED}
    held, allocated = half.claims()
    assert (held, allocated) == ({("MUG", "A"): 0, ("MUG", "B"): 0}, {("MUG", "A"): 1, ("MUG", "B"): 1})


def test_goods_leave_once_and_more_than_was_promised_leaves_on_hand_only() -> None:
    book = after(Book("O1"), allocate(Book("O1"), 1, [units(2)]))
    step = leave(book, source="O1.1", gone=[units(3)])
    assert step is not None
    assert total(step) == Counters(on_hand=-3, allocated=-2)
    book = after(book, step)
    assert leave(book, source="O1.1", gone=[units(3)]) is None
    assert leave(book, source="O1.1", gone=[units(2)]) is None
    assert book.skus == ()


def test_a_cancelled_order_gives_an_unconverted_hold_back() -> None:
    state = committed(State(), HoldUse("R1", (units(2),)))
    step = cancel(Book("O1", state))
    assert total(step).held == -2
    assert cancel(after(Book("O1", state), step)).entries == ()


steps = st.lists(
    st.tuples(
        st.sampled_from(["plan", "withdraw", "leave"]), st.integers(1, 3), st.integers(1, 4), st.sampled_from("AB")
    ),
    max_size=20,
)


@given(steps, st.integers(0, 3))
def test_the_entries_of_any_history_sum_to_what_the_book_claims(
    history: list[tuple[str, int, int, str]], held: int
) -> None:
    state = committed(State(), HoldUse("R1", (units(held, "A"),) if held else ()))
    book, posted = Book("O1", state), Counters(held=held)
    for number, (name, plan, quantity, place) in enumerate(history):
        step: Step | None = None
        if name == "plan" and plan not in book.state.verdicts:
            step = allocate(book, plan, [units(quantity, place)])
        elif name == "withdraw":
            step = withdraw(book, plan, f"X{number}", (units(quantity, place),))
        elif name == "leave":
            step = leave(book, source=place, gone=[units(quantity, place)])
        if step is not None:
            posted += total(step)
            book = after(book, step)
        claimed_held, claimed_allocated = book.claims()
        assert sum(claimed_held.values()) == posted.held >= 0
        assert sum(claimed_allocated.values()) == posted.allocated >= 0
        assert all(quantity >= 0 for quantity in (*claimed_held.values(), *claimed_allocated.values()))


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 5)), max_size=6), st.integers(0, 9))
def test_taking_away_never_takes_more_than_there_is(rows: list[tuple[str, int]], taken: int) -> None:
    have = [units(quantity, place) for place, quantity in rows]
    left, removed = minus(have, [units(taken, "A")])
    assert by_position([*left, *removed]) == by_position(joined(have))
    assert sum(one.quantity for one in removed) == min(taken, by_position(have).get(("MUG", "A"), 0))
