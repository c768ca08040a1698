"""The OpenAPI document: complete, valid and current."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.openapi import document
from shared.routes import ROUTES
from tests.support import examples
from tests.support.generated import ROOT, must_be_current
from tests.support.operations import operations

DESCRIPTION = (
    "One stock pool, one order book, one router and one view of the customer behind every sales channel. Errors are "
    "RFC 9457 problem details; money is integer minor units; times are RFC 3339 in UTC; unknown fields are refused."
)


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document(operations(), title="Throughline", version="1", description=DESCRIPTION, examples=examples.bodies())


def test_every_route_of_the_table_is_bound_to_an_operation() -> None:
    assert {operation.route.operation for operation in operations()} == {route.operation for route in ROUTES}


def test_operation_names_are_unique() -> None:
    names = [route.operation for route in ROUTES]
    assert len(names) == len(set(names))


def test_the_openapi_document_is_current(made: dict[str, Any]) -> None:
    must_be_current(ROOT / "docs/openapi.json", json.dumps(made, indent=1, ensure_ascii=False) + "\n")


def test_every_reference_in_the_document_leads_somewhere(made: dict[str, Any]) -> None:
    known = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in made["components"][kind]}

    def references(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(inner) for inner in node.values()))
        if isinstance(node, list):
            return set().union(*(references(inner) for inner in node))
        return set()

    assert references(made) <= known
    assert len(known) > 20


def test_every_example_of_the_document_is_a_body_that_its_operation_reads() -> None:
    bodies = {operation.route.operation: operation.body for operation in operations()}
    for operation, shown in examples.bodies().items():
        model = bodies[operation]
        assert model is not None, operation
        for one in shown:
            model.model_validate_json(json.dumps(one["value"]))


def test_every_operation_says_what_it_answers_and_how_it_refuses(made: dict[str, Any]) -> None:
    assert "Retry-After" in made["components"]["responses"]["429"]["headers"]
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            statuses = set(operation["responses"])
            assert any(status.startswith("2") for status in statuses), where
            assert {"400", "404", "405", "413", "415", "422", "429"} <= statuses, where
            assert ({"401", "403"} <= statuses) is bool(operation["security"]), where
