"""Labelled records out of a CSV of any shape: a mapping says which of its columns are what.

A mapping is a JSON object: for `person_id` (whose record it is) and any of `given`, `family`, `full_name`, `email`,
`phone`, `birth_date`, `loyalty_number`, `line1`, `line2`, `city`, `region`, `postal_code`, `country` one of

    {"column": "surname"}                              the cell
    {"column": "rec_id", "pattern": "rec-(\\d+)-"}      the first group of the pattern in the cell; no match: empty
    {"columns": ["street_number", "address_1"]}        several cells, joined by blanks
    {"value": "AU"}                                    always this

Without a mapping the columns have these names themselves. Dates may be `YYYY-MM-DD` or `YYYYMMDD`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from functions.customers.domain.identity import Statement
from shared.addresses import Address
from tests.bench.identity.population import Sample

SAID = ("given", "family", "full_name", "email", "phone", "birth_date", "loyalty_number")
PLACE = ("line1", "line2", "city", "region", "postal_code", "country")
FIELDS = frozenset({"person_id", *SAID, *PLACE})
PLAIN: Mapping[str, Any] = {name: {"column": name} for name in sorted(FIELDS)}
DEFAULT_COUNTRY = "GB"


class WrongMapping(ValueError):
    """The mapping names no such field or column; the message says which."""


def labelled(path: Path, mapping: Path | None = None) -> list[Sample]:
    """The records of a CSV with the truth about whose they are. Raises WrongMapping."""
    rules = json.loads(mapping.read_text(encoding="utf-8")) if mapping else PLAIN
    if unknown := rules.keys() - FIELDS:
        raise WrongMapping(f"no such field: {', '.join(sorted(unknown))}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        header = [name.strip() for name in rows.fieldnames or ()]
        rows.fieldnames = header
        _check(rules, header, strict=mapping is not None)
        return [_sample(number, row, rules) for number, row in enumerate(rows)]


def _check(rules: Mapping[str, Any], header: list[str], *, strict: bool) -> None:
    needed = rules if strict else {"person_id": rules["person_id"]}
    for field, rule in needed.items():
        for column in _columns(rule):
            if column not in header:
                raise WrongMapping(f"{field}: the file has no column {column}, but {', '.join(header)}")


def _columns(rule: Mapping[str, Any]) -> list[str]:
    return [rule["column"]] if "column" in rule else list(rule.get("columns", ()))


def _sample(number: int, row: Mapping[str, str | None], rules: Mapping[str, Any]) -> Sample:
    told = {field: _cell(row, rules[field]) if field in rules else "" for field in FIELDS}
    place = {name: told[name] for name in PLACE} | {"country": told["country"] or DEFAULT_COUNTRY}
    said: dict[str, Any] = {name: told[name] for name in SAID} | {"birth_date": _date(told["birth_date"])}
    address = Address(**place) if told["line1"] or told["postal_code"] else None
    statement = Statement("csv", datetime.now(UTC), external_id=str(number), address=address, **said)
    return Sample(told["person_id"], statement)


def _cell(row: Mapping[str, str | None], rule: Mapping[str, Any]) -> str:
    if "value" in rule:
        return str(rule["value"])
    text = " ".join(filter(None, ((row.get(column) or "").strip() for column in _columns(rule))))
    if "pattern" not in rule:
        return text
    found = re.search(rule["pattern"], text)
    return found[1] if found else ""


def _date(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"\d{8}", text) else text
