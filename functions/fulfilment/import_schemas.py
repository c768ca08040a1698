"""Rows of a bulk import of shelf positions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from shared.imports.desk import ImportRequest
from shared.schemas import Identifier, Schema

Bin = Annotated[str, StringConstraints(min_length=1, max_length=32, strip_whitespace=True)]


class BinImportBody(ImportRequest):
    """An import of shelf positions to come."""

    kind: Literal["bins"]


class BinRow(Schema):
    """Where an item lies at a location; null, which only JSON can say: nowhere in particular."""

    location_id: Identifier
    sku: Identifier
    bin: Bin | None
