"""HTTP entry of a service: the gateway's event -> one operation -> an answer; errors -> problem+json (RFC 9457).

The gateway has already matched the path (`routeKey`), so dispatch is a look-up in `shared.routes`, not a second router.
An operation translates, calls one use case and translates back; it catches nothing.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from shared import clock, testing_clock
from shared.auth import Caller, Principal, authorise
from shared.cause import Cause
from shared.dynamo.idempotency import Markers, PendingMarker, Remembered, holding
from shared.dynamo.subjects import SUBJECT_FIELDS, named_in
from shared.errors import Busy, DomainError, FieldError, InvalidField, NotFound
from shared.ids import is_identifier
from shared.observability import logger
from shared.problems import (
    PROBLEM,
    BadRequest,
    MethodNotAllowed,
    TooLarge,
    UnsupportedMediaType,
    invalid,
    problem,
)
from shared.routes import Reach, Route, methods_of, routes_of

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Below the 6 MB that Lambda takes in one synchronous call."""

Body = TypeVar("Body")
Query = TypeVar("Query")


@dataclass(frozen=True)
class Call(Generic[Body, Query]):
    """One request, validated: what the operation works on."""

    caller: Caller
    path: Mapping[str, str]
    query: Query
    body: Body
    cause: Cause


@dataclass(frozen=True)
class Answer:
    """What goes back. A `body` model or JSON-ready builtins; None for no content."""

    status: int
    body: BaseModel | Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    impersonal: bool = False
    """Whether it tells nothing of a person whom it names: kept under an Idempotency-Key, it outlives their erasure."""

    def text(self) -> str:
        if self.body is None:
            return ""
        if isinstance(self.body, BaseModel):
            return self.body.model_dump_json()
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True)
class Operation:
    """How one route is answered: models in and out (also for the OpenAPI document) and the function."""

    route: Route
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answers: Mapping[int, type[BaseModel] | None]
    run: Callable[[Call[Any, Any]], Answer]


class Api:
    """The operations of one service. `markers` gives its idempotency markers (None: none of its POSTs keeps any),
    `same_person` which other customers a shopper is (None: each is only themselves).

    An operation lives in the room that its route names: a module of the service with a function `bind(api)`, imported
    when one of its routes is first asked for."""

    def __init__(
        self,
        service: str,
        *,
        markers: Callable[[], Markers] | None = None,
        same_person: Callable[[str], Iterable[str]] | None = None,
    ) -> None:
        self.service = service
        self._operations: dict[str, Operation] = {}
        self._routes = {(route.method, route.path): route for route in routes_of(service)}
        self._markers = markers
        self._same_person = same_person

    def operation(
        self,
        name: str,
        *,
        answers: Mapping[int, type[BaseModel] | None],
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
    ) -> Callable[[Callable[[Call[Any, Any]], Answer]], Callable[[Call[Any, Any]], Answer]]:
        """Bind a function to the route whose operation has this name."""
        (route,) = (route for route in self._routes.values() if route.operation == name)

        def bind(run: Callable[[Call[Any, Any]], Answer]) -> Callable[[Call[Any, Any]], Answer]:
            self._operations[name] = Operation(route, body, query, answers, run)
            return run

        return bind

    def operations(self) -> list[Operation]:
        """Every operation of the service, all rooms opened. Raises KeyError when a room does not bind its own."""
        return [self._operation(route) for route in self._routes.values()]

    def _operation(self, route: Route) -> Operation:
        if route.operation not in self._operations and route.room != "api":
            importlib.import_module(f"functions.{self.service}.{route.room}").bind(self)
        return self._operations[route.operation]

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The Lambda handler (payload format 2.0). What is unexpected is logged and escapes: the gateway says 500."""
        started = time.perf_counter()
        request = event["requestContext"]
        trace_id = request.get("requestId") or getattr(context, "aws_request_id", "")
        log = logger()
        log.append_keys(correlation_id=trace_id)
        operation = ""
        try:
            testing_clock.refresh()
            route = self._route(event)
            operation = route.operation
            answer = self._answer(route, event, trace_id)
            response = _response(answer.status, answer.text(), answer.headers)
        except DomainError as error:
            response = problem(error, trace_id)
        except Exception:
            log.exception("unexpected", operation=operation)
            raise
        log.info(
            operation or "refused",
            status=response["statusCode"],
            ms=round((time.perf_counter() - started) * 1000),
        )
        return response

    def _route(self, event: Mapping[str, Any]) -> Route:
        template = event["routeKey"].split(" ", 1)[1]
        method = event["requestContext"]["http"]["method"]
        route = self._routes.get((method, template))
        if route is None:
            allowed = methods_of(template)
            raise MethodNotAllowed(allowed) if allowed else NotFound("no such path")
        return route

    def _caller(self, route: Route, event: Mapping[str, Any]) -> Caller:
        if route.public:
            return ANONYMOUS
        claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
        return authorise(route, Principal.from_claims(claims), same_person=self._same_person)

    def _answer(self, route: Route, event: Mapping[str, Any], trace_id: str) -> Answer:
        operation = self._operation(route)
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        caller = self._caller(route, event)
        raw = _raw_body(event)
        call: Call[Any, Any] = Call(
            caller=caller,
            path=_path(event),
            query=_query(operation.query, event),
            body=_body(operation.body, raw, headers),
            cause=Cause(
                id=trace_id,
                kind=route.operation,
                actor=caller.principal.actor if caller.principal else "anonymous",
                at=clock.now(),
                correlation_id=trace_id,
            ),
        )
        key = headers.get("idempotency-key") if route.method == "POST" else None
        if key is None or self._markers is None:
            return _checked(operation, call)
        return self._once(operation, call, key=key, raw=raw, event=event)

    def _once(self, operation: Operation, call: Call[Any, Any], *, key: str, raw: bytes, event: Any) -> Answer:
        assert self._markers is not None
        if not 1 <= len(key) <= 255 or not key.isprintable():
            raise BadRequest("Idempotency-Key takes 1 to 255 printable characters")
        markers = self._markers()
        query = event.get("rawQueryString", "")
        fingerprint = hashlib.sha256(f"{event.get('rawPath', '')}?{query}\n".encode() + raw).hexdigest()
        # Nobody is known on a public route: there the path with its secret tells callers apart.
        where = event.get("rawPath", "") if operation.route.public else operation.route.path
        scope = f"{call.cause.actor} {operation.route.method} {where}"
        held = markers.begin(scope=scope, key=key, fingerprint=fingerprint)
        if isinstance(held, Remembered):
            return Answer(held.status, json.loads(held.body) if held.body else None, {"Idempotent-Replayed": "true"})
        return self._hold(markers, held, operation, call)

    def _hold(self, markers: Markers, held: PendingMarker, operation: Operation, call: Call[Any, Any]) -> Answer:
        try:
            with holding(held):
                answer = _checked(operation, call)
        except DomainError as error:
            if isinstance(error, Busy):
                markers.abandon(held)
                raise
            refused = problem(error, call.cause.id)
            markers.finish(held, status=refused["statusCode"], body=refused["body"])
            raise
        except Exception:
            markers.abandon(held)
            raise
        text = answer.text()
        in_path = {value for name, value in call.path.items() if name in SUBJECT_FIELDS}
        about = set[str]() if answer.impersonal else in_path | named_in(text)
        markers.finish(held, status=answer.status, body=text, about=about)
        return answer


def _checked(operation: Operation, call: Call[Any, Any]) -> Answer:
    answer = operation.run(call)
    if call.caller.reach is Reach.OWN and not call.caller.checked and answer.status < HTTPStatus.BAD_REQUEST:
        raise RuntimeError(f"{operation.route.operation} answered without checking whose data it is")
    return answer


def _path(event: Mapping[str, Any]) -> dict[str, str]:
    given = dict(event.get("pathParameters") or {})
    for name, value in given.items():
        if not is_identifier(value):
            raise InvalidField(
                f"/{name}", "not an identifier: letters, digits and . _ : @ -, at most 64", code="invalid"
            )
    return given


def _raw_body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_BODY_BYTES:
        raise TooLarge(f"a body takes at most {MAX_BODY_BYTES} bytes")
    return raw


def _body(model: type[BaseModel] | None, raw: bytes, headers: Mapping[str, str]) -> BaseModel | None:
    if model is None:
        return None
    if not raw.strip():
        if any(field.is_required() for field in model.model_fields.values()):
            raise BadRequest("a JSON body is needed", errors=[FieldError("", "missing")])
        raw, headers = b"{}", {"content-type": "application/json"}  # nothing to say: nothing need be sent
    content_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise UnsupportedMediaType("send application/json")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise invalid(error) from error


def _query(model: type[BaseModel] | None, event: Mapping[str, Any]) -> BaseModel | None:
    given = event.get("queryStringParameters") or {}
    if model is None:
        if given:
            name = next(iter(given))
            raise InvalidField(f"/{name}", "this path takes no such query parameter")
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from error


def _response(status: int, text: str, headers: Mapping[str, str]) -> dict[str, Any]:
    lower = {name.lower(): value for name, value in headers.items()}
    kind = PROBLEM if status >= HTTPStatus.BAD_REQUEST else "application/json"
    return {"statusCode": status, "headers": {"content-type": kind} | lower, "body": text}


class _Anonymous(Caller):
    """The caller of a public route."""


ANONYMOUS: Caller = _Anonymous(principal=None, reach=None)  # type: ignore[arg-type]  # a public route has neither
