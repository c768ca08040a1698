"""Rows of bulk imports, and what may be imported: the bodies of the single calls, with their ids."""

from __future__ import annotations

from typing import Literal

from functions.inventory.schemas.places import ItemBody, LocationBody
from shared.imports.desk import ImportRequest
from shared.schemas import Count, Identifier, OptionalText, Schema


class ImportBody(ImportRequest):
    """An import of items, locations or stock to come."""

    kind: Literal["items", "locations", "stock"]


class ItemRow(ItemBody):
    """One item, described as a whole: a field that is not given returns to its default."""

    sku: Identifier


class LocationRow(LocationBody):
    """One place, described as a whole. Lists of texts are separated by `|` in CSV, hours are JSON."""

    location_id: Identifier


class StockRow(Schema):
    """What is on hand of one item at one place."""

    sku: Identifier
    location_id: Identifier
    quantity: Count
    reason: OptionalText = "imported"
