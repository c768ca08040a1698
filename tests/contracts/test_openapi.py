"""The OpenAPI document: complete, valid and current."""

from __future__ import annotations

import json

from shared.openapi import document
from shared.routes import ROUTES
from tests.support.generated import ROOT, must_be_current
from tests.support.operations import operations

DESCRIPTION = (
    "One stock pool, one order book, one router and one view of the customer behind every sales channel. Errors are "
    "RFC 9457 problem details; money is integer minor units; times are RFC 3339 in UTC; unknown fields are refused."
)


def test_every_route_of_the_table_is_bound_to_an_operation() -> None:
    assert {operation.route.operation for operation in operations()} == {route.operation for route in ROUTES}


def test_operation_names_are_unique() -> None:
    names = [route.operation for route in ROUTES]
    assert len(names) == len(set(names))


def test_the_openapi_document_is_current() -> None:
    made = document(operations(), title="Throughline", version="1", description=DESCRIPTION)
    must_be_current(ROOT / "docs/openapi.json", json.dumps(made, indent=1, ensure_ascii=False) + "\n")


def test_every_reference_in_the_document_leads_somewhere() -> None:
    made = document(operations(), title="Throughline", version="1", description=DESCRIPTION)
    known = set(made["components"]["schemas"])

    def references(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"].rsplit("/", 1)[1]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(inner) for inner in node.values()))
        if isinstance(node, list):
            return set().union(*(references(inner) for inner in node))
        return set()

    assert references(made) <= known
    assert len(known) > 20
