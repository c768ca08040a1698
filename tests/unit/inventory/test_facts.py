"""What stored changes mean to the others: pairs of records and their events."""

from __future__ import annotations

from dataclasses import replace

from functions.inventory.domain.book import (
    Answer,
    Book,
    HoldUse,
    PositionTruth,
    State,
    Verdict,
    allocate,
    committed,
    ignored,
    refuse,
    withdraw,
)
from functions.inventory.domain.stock import Counters, Stock
from functions.inventory.domain.units import Units
from functions.inventory.facts import answer_facts, book_facts, stock_facts
from functions.inventory.repository.documents import decode_book
from functions.inventory.repository.stock import decode_stock
from shared.dynamo.documents import Document
from shared.events.inventory import (
    AllocationRefused,
    AllocationReleased,
    ReservationCommitted,
    ReservationIgnored,
    StockAllocated,
    StockChanged,
    StockShort,
)

PIN = Units("1", "MUG", "DC1", 2)


def test_a_hold_is_decided_once() -> None:
    empty = Book("O1")
    kept = Book("O1", committed(State(), HoldUse("R1", (PIN,))))
    (event,) = book_facts(None, kept)
    assert isinstance(event, ReservationCommitted)
    assert event.pins[0].quantity == 2
    (event,) = book_facts(empty, Book("O1", ignored(State(), "R1", "lapsed")))
    assert isinstance(event, ReservationIgnored)
    assert event.reason == "lapsed"
    assert list(book_facts(kept, replace(kept, version=2))) == []


def test_only_units_that_were_set_aside_are_announced_as_released() -> None:
    book = Book("O1", allocate(Book("O1"), 1, [PIN]).target)
    freed = Book("O1", withdraw(book, 1, "X1", (PIN,)).target)
    (event,) = book_facts(book, freed)
    assert isinstance(event, AllocationReleased)
    late = Book("O2", withdraw(Book("O2"), 1, "X1", (PIN,)).target)
    assert list(book_facts(None, late)) == []


def test_a_plan_that_was_taken_is_announced_once_and_with_all_its_units() -> None:
    taken = Book("O1", allocate(Book("O1"), 1, [PIN]).target)
    (event,) = book_facts(None, taken)
    assert isinstance(event, StockAllocated)
    assert (event.plan_version, [(one.line_id, one.quantity) for one in event.allocations]) == (1, [("1", 2)])
    both = Book("O1", allocate(taken, 2, [PIN]).target)
    assert [event.plan_version for event in book_facts(taken, both) if isinstance(event, StockAllocated)] == [2]
    refused = Book("O1", refuse(both, 3, ()).target)
    assert list(book_facts(both, refused)) == []


def test_a_refusal_is_announced_when_it_is_written() -> None:
    no = Answer("O1", 2, Verdict.REFUSED, positions=(PositionTruth("MUG", "DC1", 1, 0, 0, 0, 0, 7),))
    refused = next(answer_facts(None, no))
    assert isinstance(refused, AllocationRefused)
    assert refused.positions[0].version == 7
    assert list(answer_facts(no, no)) == []
    of_an_older_release = Answer("O1", 1, Verdict.ALLOCATED, (PIN,))
    assert list(answer_facts(None, of_an_older_release)) == [], "its book tells it"


def test_a_position_is_told_whole_and_only_its_newest_state_of_a_batch() -> None:
    first = Stock("MUG", "DC1", Counters(on_hand=5, held=1), version=3)
    events = [event for row in (first, replace(first, version=4)) for event in stock_facts(None, row)]
    (merged,) = StockChanged.merged([event for event in events if isinstance(event, StockChanged)])
    assert [(one.version, one.available) for one in merged.positions] == [(4, 4)]


def test_rows_read_back_as_they_were_written() -> None:
    state = allocate(Book("O1", committed(State(), HoldUse("R1", (PIN,)))), 1, [PIN]).target
    row = {"body": Document(Book).dump(Book("O1", state)), "version": 3}
    assert decode_book(row) == Book("O1", state, version=3)
    stored = {
        "pk": "STOCK#MUG",
        "sk": "DC1",
        "on_hand": 5,
        "damaged": 0,
        "quality_control": 0,
        "display": 0,
        "held": 2,
        "allocated": 0,
        "free": 3,
        "safety": 1,
        "lapses": {"100": 2},
        "version": 4,
    }
    assert decode_stock(stored) == Stock("MUG", "DC1", Counters(on_hand=5, held=2), 1, {100: 2}, 4)


def test_a_shortage_is_told_when_it_grows_and_only_then() -> None:
    fine = Stock("MUG", "S1", Counters(on_hand=5, allocated=5), version=1)
    short = replace(fine, counters=Counters(on_hand=3, allocated=5), version=2)
    worse = replace(fine, counters=Counters(on_hand=3, damaged=1, allocated=5), version=3)
    told = [[event for event in stock_facts(*pair) if isinstance(event, StockShort)] for pair in (
        (None, fine), (fine, short), (short, short), (short, worse), (worse, short), (short, fine), (None, short),
    )]  # fmt: skip
    assert [[one.shortage for one in events] for events in told] == [[], [2], [], [3], [], [], [2]]
