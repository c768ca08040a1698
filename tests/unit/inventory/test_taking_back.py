"""Goods of returns: they are where the newest word says, whatever is told twice, late or corrected."""

from __future__ import annotations

from functions.inventory.domain.book import Book, Lying, TakenBack, take_back
from functions.inventory.domain.stock import Counters, Movement, MovementKind, Stock
from functions.inventory.domain.stock import take_back as taken_back


def told(book: Book, version: int, *lying: Lying) -> tuple[Book, dict[str, Counters]]:
    step = take_back(book, "R-1", TakenBack(version, lying))
    if step is None:
        return book, {}
    return Book(book.order_id, step.target), {entry.location_id: entry.delta for entry in step.entries}


def test_goods_lie_where_they_were_received_and_are_sold_once_they_are_restocked() -> None:
    book, first = told(Book("O-1"), 4, Lying("MUG", "S1", 2, judging=2))
    book, second = told(book, 5, Lying("MUG", "S1", 1, judging=1), Lying("MUG", "S1", 1))

    assert first == {"S1": Counters(on_hand=2, quality_control=2)}
    assert second == {"S1": Counters(quality_control=-1)}


def test_what_was_told_before_or_is_older_moves_nothing() -> None:
    book, _ = told(Book("O-1"), 5, Lying("MUG", "S1", 1))

    assert told(book, 5, Lying("MUG", "S1", 1)) == (book, {})
    assert told(book, 4, Lying("MUG", "S1", 1, judging=1)) == (book, {})


def test_destroyed_goods_lie_nowhere() -> None:
    book, _ = told(Book("O-1"), 4, Lying("MUG", "S1", 1, judging=1))

    assert told(book, 5)[1] == {"S1": Counters(on_hand=-1, quality_control=-1)}


def test_what_a_count_has_taken_off_is_not_taken_off_once_more() -> None:
    counted = Stock("MUG", "S1", Counters(on_hand=0), version=3)

    change = taken_back(counted, Counters(on_hand=-1, quality_control=-1), movement=Movement("m", MovementKind.RETURN))

    assert (change.delta, change.version) == (Counters(), 3)
