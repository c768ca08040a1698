"""Files into rows: the same wherever blocks end and wherever one goes on, whatever stands in the file."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.imports.rows import RawRow, raw_rows

MAX = 60


def rows(
    data: bytes, *, block: int = 7, offset: int = 0, line: int = 1, quotes: bool = True, most: int = MAX
) -> list[RawRow]:
    return list(raw_rows(lambda at: data[at : at + block], offset=offset, line=line, quotes=quotes, max_bytes=most))


def texts(data: bytes) -> list[tuple[int, str]]:
    return [(row.line, row.text) for row in rows(data) if not row.problem]


def test_lines_are_counted_as_an_editor_does_and_blank_ones_passed_over() -> None:
    assert texts(b"a\r\n\n  \nb\nc") == [(1, "a"), (4, "b"), (5, "c")]


def test_a_byte_order_mark_is_no_part_of_the_first_row() -> None:
    assert texts(b"\xef\xbb\xbfsku,name\nA,B") == [(1, "sku,name"), (2, "A,B")]


def test_a_quoted_line_break_belongs_to_its_row_and_the_next_row_knows_its_line() -> None:
    assert texts(b'a,"x\ny\n""z""",c\nd\n') == [(1, 'a,"x\ny\n""z""",c'), (4, "d")]


def test_a_quote_within_a_field_opens_nothing() -> None:
    assert texts(b'a,6" nail\nb\n') == [(1, 'a,6" nail'), (2, "b")]


def test_json_lines_know_no_quotes_over_lines() -> None:
    assert [row.text for row in rows(b'"a\nb"\n', quotes=False)] == ['"a', 'b"']


@pytest.mark.parametrize("end", [b"", b"\nlast"])
def test_a_quote_that_nobody_closes_costs_its_own_line_only(end: bytes) -> None:
    found = rows(b'a,"open\nb\nc' + end)
    assert [row.line for row in found if row.problem] == [1]
    assert "quote" in found[0].problem
    assert [row.text for row in found[1:]] == ["b", "c", *(["last"] if end else [])]


def test_a_row_that_is_too_long_is_passed_over_and_named() -> None:
    found = rows(b"a\n" + b"x" * (MAX + 1) + b"\n" + b"y" * MAX + b"\nb")
    assert [(row.line, row.problem) for row in found if row.problem] == [(2, f"the row is longer than {MAX} bytes")]
    assert [row.text for row in found if not row.problem] == ["a", "y" * MAX, "b"]


def test_an_open_quote_before_a_line_that_is_too_long_takes_nothing_with_it() -> None:
    found = rows(b'a,"open\n' + b"z" * 300 + b"\nb\n")
    assert [(row.line, bool(row.problem)) for row in found] == [(1, True), (2, True), (3, False)]


def test_a_row_in_another_encoding_is_named_and_its_neighbours_taken() -> None:
    found = rows("a\ncafé\nb".encode("latin-1"))
    assert [row.problem for row in found] == ["", "the row is not UTF-8 (its byte 4)", ""]


def test_nothing_is_no_row() -> None:
    assert rows(b"") == rows(b"\xef\xbb\xbf") == rows(b"\n\n") == []


def test_no_more_than_a_row_and_a_block_is_asked_for_twice() -> None:
    data, asked = b"abc,1\n" * 10_000, [0]

    def read(at: int) -> bytes:
        asked[0] += len(data[at : at + 1024])
        return data[at : at + 1024]

    assert len(list(raw_rows(read, offset=0, line=1, quotes=True, max_bytes=MAX))) == 10_000
    assert asked[0] <= len(data) + 1024


CHAOS = st.binary(max_size=200).map(lambda raw: bytes(b'a",\n\r\xe9"x'[byte % 8] for byte in raw))


@given(data=CHAOS, block=st.integers(1, 90))
def test_whatever_the_file_rows_do_not_depend_on_where_blocks_end(data: bytes, block: int) -> None:
    assert rows(data, block=block) == rows(data, block=1_000)


@given(data=CHAOS)
def test_whatever_the_file_one_may_go_on_behind_any_row(data: bytes) -> None:
    whole = rows(data)
    for index, row in enumerate(whole):
        assert rows(data, offset=row.next_offset, line=row.next_line) == whole[index + 1 :]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\0\ufeff", exclude_categories=["Cs"]), max_size=8)


@given(table=st.lists(st.lists(CELL, min_size=2, max_size=4), max_size=6))
def test_what_a_csv_writer_writes_comes_back(table: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    read = rows(out.getvalue().encode(), most=10_000)
    assert [next(csv.reader([row.text])) for row in read if not row.problem] == [
        [cell.replace("\r\n", "\n") for cell in cells] for cells in table
    ]
