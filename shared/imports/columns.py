"""Rows -> validated objects: CSV columns are the JSON field names, nested with dots; JSON Lines are the JSON itself."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

MAX_CELL_CHARACTERS = 1024 * 1024
LIST_SEPARATOR = "|"
MAX_REASON_CHARACTERS = 300
_REASONS_AT_ONCE = 5

csv.field_size_limit(MAX_CELL_CHARACTERS)


class WrongHeader(Exception):
    """The file as a whole is not of this kind; the message says why."""


class BadRow(Exception):
    """The row is not acceptable; the message names the field."""


class Cell(StrEnum):
    """How a column's cells are read."""

    SCALAR = "scalar"
    TEXTS = "texts"
    """A list of texts: JSON, or separated by `|`."""
    JSON = "json"
    """A list of objects or a map: JSON."""


@dataclass(frozen=True)
class Columns:
    """The columns that a kind of row takes, and those that it must have."""

    cells: Mapping[str, Cell]
    required: frozenset[str]


@cache
def columns_of(model: type[BaseModel]) -> Columns:
    """Every field of the model as a column; a field of an optional object is not required."""
    schema = TypeAdapter(model).json_schema()
    cells: dict[str, Cell] = {}
    required: set[str] = set()
    _walk(schema, schema.get("$defs", {}), "", cells, required)
    return Columns(cells, frozenset(required))


def _walk(
    node: Mapping[str, Any],
    definitions: Mapping[str, Any],
    prefix: str,
    cells: dict[str, Cell],
    required: set[str] | None,
) -> None:
    """`required` None: an object above need not be there."""
    for name, field in node["properties"].items():
        inner = _resolved(field, definitions)
        column = f"{prefix}{name}"
        demanded = required if name in node.get("required", ()) else None
        if "properties" in inner:
            _walk(inner, definitions, f"{column}.", cells, demanded)
            continue
        cells[column] = _cell(inner, definitions)
        if demanded is not None:
            demanded.add(column)


def _resolved(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind references and `or null`."""
    for one in field.get("anyOf", ()):
        if one.get("type") != "null":
            return _resolved(one, definitions)
    reference = field.get("$ref")
    return _resolved(definitions[reference.rsplit("/", 1)[1]], definitions) if reference else field


def _cell(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Cell:
    if schema.get("type") == "array":
        items = _resolved(schema.get("items", {}), definitions)
        return Cell.TEXTS if items.get("type") == "string" else Cell.JSON
    return Cell.JSON if schema.get("type") == "object" else Cell.SCALAR


def header_of(text: str, columns: Columns) -> tuple[str, ...]:
    """The columns that a CSV file names. Raises WrongHeader."""
    header = tuple(name.strip() for name in _cells(text, WrongHeader))
    for index, name in enumerate(header, 1):
        if not name:
            raise WrongHeader(f"column {index} of the header has no name")
        if name not in columns.cells:
            hint = "; columns are separated by commas" if ";" in name or "\t" in name else ""
            raise WrongHeader(f"the header names {name[:80]!r}, which is no field of these rows{hint}")
        if name in header[: index - 1]:
            raise WrongHeader(f"the header names {name} twice")
    if missing := sorted(columns.required - set(header)):
        raise WrongHeader(f"the header does not name {', '.join(missing)}")
    return header


def from_csv(text: str, header: Sequence[str], model: type[BaseModel]) -> BaseModel:
    """The object of a CSV row; an empty cell is a field that is not given. Raises BadRow."""
    given = _cells(text, BadRow)
    if len(given) != len(header):
        raise BadRow(f"the row has {len(given)} cells, the header {len(header)}")
    kinds = columns_of(model).cells
    row: dict[str, Any] = {}
    for column, cell in zip(header, given, strict=True):
        if stripped := cell.strip():
            *outer, name = column.split(".")
            inner = row
            for part in outer:
                inner = inner.setdefault(part, {})
            inner[name] = _value(column, stripped, kinds[column])
    try:
        return model.model_validate(row, strict=False)  # every cell is text: numbers have to be read
    except ValidationError as error:
        raise BadRow(_reason(error)) from error


def from_json(text: str, model: type[BaseModel]) -> BaseModel:
    """The object of one line of JSON. Raises BadRow."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise BadRow(_reason(error)) from error


def _value(column: str, cell: str, kind: Cell) -> Any:
    if kind is Cell.SCALAR:
        return cell
    if kind is Cell.TEXTS and not cell.startswith("["):
        return [part.strip() for part in cell.split(LIST_SEPARATOR)]
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as error:
        raise BadRow(f"{column}: not JSON") from error


def _cells(text: str, error: type[Exception]) -> list[str]:
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error as unreadable:
        raise error(f"not CSV: {unreadable}") from unreadable


def _reason(error: ValidationError) -> str:
    """Which fields are wrong and why; never what they hold, for that may be personal."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    told = [
        f"{'.'.join(map(str, one['loc']))}: {one['msg']}" if one["loc"] else one["msg"]
        for one in found[:_REASONS_AT_ONCE]
    ]
    return "; ".join(told)[:MAX_REASON_CHARACTERS]
