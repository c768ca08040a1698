"""Cells into objects: columns are the JSON field names; refusals name the field and never what it holds."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field

from shared.imports.columns import BadRow, WrongHeader, columns_of, from_csv, from_json, header_of
from shared.schemas import AddressSchema, Identifier, MoneySchema, Schema


class Row(Schema):
    """A row with everything."""

    sku: Identifier
    name: str = ""
    quantity: Annotated[int, Field(ge=0)] = 0
    value: MoneySchema | None = None
    address: AddressSchema | None = None
    tags: tuple[str, ...] = ()
    lines: tuple[MoneySchema, ...] = ()
    hours: dict[str, str] | None = None
    live: bool = False


COLUMNS = columns_of(Row)


def read(header: str, row: str) -> Row:
    found = from_csv(row, header_of(header, COLUMNS), Row)
    assert isinstance(found, Row)
    return found


def refusal(header: str, row: str) -> str:
    with pytest.raises(BadRow) as refused:
        read(header, row)
    return str(refused.value)


def test_nested_fields_are_columns_with_dots_and_only_the_object_that_must_be_there_demands_its_own() -> None:
    assert {"value.amount", "address.geo.lat", "tags", "hours"} <= COLUMNS.cells.keys()
    assert "value" not in COLUMNS.cells
    assert COLUMNS.required == {"sku"}


def test_cells_are_read_as_what_their_field_is() -> None:
    row = read("quantity,sku,value.amount,value.currency,live,name", ' 7 ,A,1299,GBP,true,"Mug, ""big"""')
    assert row == Row(sku="A", quantity=7, value=MoneySchema(amount=1299, currency="GBP"), live=True, name='Mug, "big"')


def test_an_empty_cell_is_a_field_that_is_not_given() -> None:
    assert read("sku,quantity,value.amount,value.currency,tags", "A,,,,") == Row(sku="A")


def test_lists_and_maps_are_json_and_texts_may_be_separated_by_bars() -> None:
    row = read("sku,tags,lines,hours", 'A,new | red,"[{""amount"":1,""currency"":""GBP""}]","{""mon"":""9""}"')
    assert (row.tags, row.hours, row.lines[0].amount) == (("new", "red"), {"mon": "9"}, 1)
    assert read("sku,tags", 'A,"[""a|b""]"').tags == ("a|b",)
    assert refusal("sku,hours", "A,nine to five") == "hours: not JSON"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("name,quantity", "does not name sku"),
        ("sku,colour", "'colour', which is no field"),
        ("sku;name", "separated by commas"),
        ("sku,name,sku", "names sku twice"),
        ("sku,,name", "column 2 of the header has no name"),
        ("sku,value", "'value', which is no field"),
        ('sku,"name', "not CSV"),
    ],
)
def test_a_header_that_is_not_of_this_kind_is_refused_with_the_reason(header: str, why: str) -> None:
    with pytest.raises(WrongHeader, match=why):
        header_of(header, COLUMNS)


@pytest.mark.parametrize(
    ("header", "row", "why"),
    [
        ("sku,quantity", "A,-1", "quantity: Input should be greater than or equal to 0"),
        ("sku,quantity", "A,1e308", "quantity: Input should be a valid integer"),
        ("sku,quantity", "A,NaN", "quantity: Input should be a valid integer"),
        ("sku,value.amount", "A,5", "value.currency: Field required"),
        ("sku,quantity", "A", "the row has 1 cells, the header 2"),
        ("sku,quantity", "A,1,2", "the row has 3 cells, the header 2"),
        ("sku,quantity", ",1", "sku: Field required"),
        ("sku,name", 'A,"x"y', "not CSV"),
    ],
)
def test_a_row_is_refused_by_the_name_of_its_field(header: str, row: str, why: str) -> None:
    assert refusal(header, row).startswith(why)


def test_a_refusal_never_tells_what_the_field_holds() -> None:
    assert "ann@example.com" not in refusal("sku,quantity", "A,ann@example.com")
    with pytest.raises(BadRow) as refused:
        from_json('{"sku": "ann@example.com ", "quantity": "ann@example.com"}', Row)
    assert "ann@" not in str(refused.value)


def test_json_is_taken_as_strictly_as_by_the_api() -> None:
    assert from_json('{"sku": "A", "quantity": 2}', Row) == Row(sku="A", quantity=2)
    for text, why in (
        ('{"sku": "A", "quantity": "2"}', "quantity: "),
        ('{"sku": "A", "colour": 1}', "colour: "),
        ('{"sku": "A"', "Invalid JSON"),
        ("[" * 10_000, "Invalid JSON"),
        ("null", "Input should be"),
    ):
        with pytest.raises(BadRow, match=why):
            from_json(text, Row)


def test_a_reason_is_short_whatever_the_row() -> None:
    with pytest.raises(BadRow) as refused:
        from_json('{"' + "x" * 5_000 + '": 1}', Row)
    assert len(str(refused.value)) <= 300
