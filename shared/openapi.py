"""The OpenAPI 3.1 document, made from the route table and the models that the operations are bound to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from shared.http import MAX_BODY_BYTES, Operation
from shared.ids import IDENTIFIER_PATTERN
from shared.problems import PROBLEM
from shared.schemas import PageQuery

_REF = "#/components/schemas/{model}"


class ProblemField(BaseModel):
    """One field that is wrong."""

    pointer: str = Field(description="RFC 6901 pointer into the request")
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable and machine readable")
    trace_id: str
    errors: list[ProblemField] | None = None


_PROBLEMS = {
    400: "Not readable, or something that must be there is missing",
    401: "No valid token (the gateway's own body)",
    403: "The token's role may not do this",
    404: "No such thing, or not yours to see",
    405: "The path does not take this method; see `Allow`",
    409: "The present state does not allow it",
    413: f"A body takes at most {MAX_BODY_BYTES} bytes",
    415: "Send application/json",
    422: "Well-formed, but refused; `errors` points to the fields",
    429: "Too many calls, or rivals for the same rows; see `Retry-After`",
}


_GATEWAYS = frozenset({401, 403})
"""What a route that takes no token never answers."""
_HEADERS = {
    405: {"Allow": "The methods that the path takes"},
    409: {"Retry-After": "Seconds; only while the first call with this `Idempotency-Key` still runs"},
    429: {"Retry-After": "Seconds"},
}
Examples = Mapping[str, Sequence[Mapping[str, Any]]]
"""By operation: bodies that work, each `{"summary", "value"}`."""


def document(
    operations: Iterable[Operation], *, title: str, version: str, description: str, examples: Examples
) -> dict[str, Any]:
    """The whole document for these operations, keys in a stable order."""
    ordered = sorted(operations, key=lambda operation: (operation.route.path, operation.route.method))
    models = _models(ordered)
    mapping, definitions = models_json_schema(models, ref_template=_REF)
    components = definitions.get("$defs", {})
    queries = {
        query: components.pop(mapping[query, "validation"]["$ref"].rsplit("/", 1)[1])
        for query in dict.fromkeys(operation.query for operation in ordered if operation.query is not None)
    }
    paths: dict[str, Any] = {}
    for operation in ordered:
        entry = _operation(operation, mapping, queries, examples.get(operation.route.operation, ()))
        paths.setdefault(operation.route.path, {})[operation.route.method.lower()] = entry
    return _with_plain_names(
        {
            "openapi": "3.1.0",
            "info": {"title": title, "version": version, "description": description},
            "paths": paths,
            "components": {
                "schemas": dict(sorted(components.items())),
                "responses": _problems(mapping),
                "securitySchemes": {
                    "token": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "JWT",
                        "description": "An access token of the stage's issuer. `x-roles` of an operation says which "
                        "roles may call it, and whether they reach everything or only their own.",
                    }
                },
            },
        }
    )


def _with_plain_names(made: dict[str, Any]) -> dict[str, Any]:
    """Two classes of one name are told apart by their module: `functions__..__order__Status` -> `OrderStatus`."""
    renamed = {}
    for name in made["components"]["schemas"]:
        if "__" in name:
            *_, module, kind = name.split("__")
            renamed[name] = module.title().replace("_", "") + kind
    assert len(set(renamed.values())) == len(renamed), "two schemas would get one name"

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {renamed.get(key, key): walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        if isinstance(node, str) and node.startswith("#/components/schemas/"):
            name = node.rsplit("/", 1)[1]
            return _REF.format(model=renamed.get(name, name))
        return node

    return walk(made)  # type: ignore[no-any-return]  # a dict in, a dict out


Mode = Literal["validation", "serialization"]
_Queries = dict[type[BaseModel], dict[str, Any]]
_Mapping = dict[Any, dict[str, Any]]  # pydantic keys it by (model, mode)


def _models(operations: list[Operation]) -> list[tuple[type[BaseModel], Mode]]:
    wanted: dict[tuple[type[BaseModel], Mode], None] = {(Problem, "serialization"): None}
    for operation in operations:
        for model in (operation.body, operation.query):
            if model is not None:
                wanted[model, "validation"] = None
        for answer in operation.answers.values():
            if answer is not None:
                wanted[answer, "serialization"] = None
    return list(wanted)


def _operation(
    operation: Operation, mapping: _Mapping, queries: _Queries, examples: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    route = operation.route
    doc = (operation.run.__doc__ or route.operation.replace("_", " ")).strip()
    entry: dict[str, Any] = {
        "operationId": route.operation,
        "tags": [route.service],
        "summary": doc.split("\n", 1)[0],
        "description": "\n\n".join([doc, *_said_of(operation.query)]),
        "parameters": [
            *_path_parameters(route.path),
            *_query_parameters(operation, queries),
            *_key_header(route.method),
        ],
        "responses": _responses(operation, mapping),
        "security": [] if route.public else [{"token": []}],
        "x-roles": {role.value: reach.value for role, reach in route.access.items()},
    }
    if operation.body is not None:
        schema = mapping[operation.body, "validation"]
        required = any(field.is_required() for field in operation.body.model_fields.values())
        content: dict[str, Any] = {"schema": schema}
        if examples:
            content["examples"] = {str(number): dict(one) for number, one in enumerate(examples, 1)}
        entry["requestBody"] = {"required": required, "content": {"application/json": content}}
    return entry


def _said_of(query: type[BaseModel] | None) -> list[str]:
    """What a query model of its own says of its parameters."""
    said = vars(query).get("__doc__") if query is not None and query is not PageQuery else None
    return [said.strip()] if said else []


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    schema = {"type": "string", "pattern": IDENTIFIER_PATTERN}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query_parameters(operation: Operation, queries: _Queries) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = queries[operation.query]
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": one}
        for name, one in schema.get("properties", {}).items()
    ]


def _key_header(method: str) -> list[dict[str, Any]]:
    if method != "POST":
        return []
    text = "Same key and body: the first answer again, with `Idempotent-Replayed: true`. Kept at least 24 hours."
    schema = {"type": "string", "minLength": 1, "maxLength": 255}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "description": text, "schema": schema}]


def _responses(operation: Operation, mapping: _Mapping) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in sorted(operation.answers.items()):
        description = (model.__doc__ or "").strip().split("\n", 1)[0] if model else "Done"
        responses[str(status)] = {"description": description or "Done"}
        if model is not None:
            schema = mapping[model, "serialization"]
            responses[str(status)]["content"] = {"application/json": {"schema": schema}}
            if operation.route.method == "POST":
                responses[str(status)]["headers"] = _headers(
                    {"Idempotent-Replayed": "`true`: this is the first answer"}
                )
    for status in _PROBLEMS:
        if not (operation.route.public and status in _GATEWAYS):
            responses.setdefault(str(status), {"$ref": f"#/components/responses/{status}"})
    return responses


def _problems(mapping: _Mapping) -> dict[str, Any]:
    """How anything is refused, by status: every operation refers to these."""
    content = {PROBLEM: {"schema": mapping[Problem, "serialization"]}}
    made: dict[str, Any] = {}
    for status, text in _PROBLEMS.items():
        made[str(status)] = {"description": text, "content": content}
        if status in _HEADERS:
            made[str(status)]["headers"] = _headers(_HEADERS[status])
    return made


def _headers(described: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in described.items()}
