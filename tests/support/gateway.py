"""The API gateway in this process: path matching, the authoriser's claims, payload format 2.0, the real handlers."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from shared.ids import new_id
from shared.routes import ROUTES
from tests.support.local_aws import running_as

Claims = Mapping[str, str]


def ops() -> Claims:
    return {"sub": "ops-1", "scope": "throughline/ops"}


def channel(name: str) -> Claims:
    return {"sub": f"client-{name}", "scope": f"throughline/channel.{name}"}


def associate(*locations: str) -> Claims:
    return {"sub": "ann", "role": "associate", "locations": ",".join(locations)}


def service_desk() -> Claims:
    return {"sub": "desk-1", "role": "service_desk"}


def customer(customer_id: str) -> Claims:
    return {"sub": f"user-{customer_id}", "role": "customer", "customer_id": customer_id}


@dataclass(frozen=True)
class Answer:
    """What a caller sees."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Gateway:
    """Calls the services as one bearer would. `claims` None: no token."""

    claims: Claims | None

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.send("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.send("DELETE", path, **options)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: str | None = None,
        request_id: str | None = None,
    ) -> Answer:
        """One request. `raw` is sent as it is, `body` as JSON; `request_id` makes two calls one retried delivery."""
        split = urlsplit(path)
        matched = match(split.path)
        if matched is None:
            return Answer(404, {"message": "Not Found"}, {})
        service, template, parameters = matched
        public = all(route.public for route in ROUTES if route.path == template)
        if self.claims is None and not public:
            return Answer(401, {"message": "Unauthorized"}, {})
        text = raw if raw is not None else (None if body is None else json.dumps(body))
        context: dict[str, Any] = {
            "requestId": request_id or new_id(),
            "http": {"method": method, "path": split.path},
            "stage": "$default",
        }
        if not public:
            context["authorizer"] = {"jwt": {"claims": dict(self.claims or {}), "scopes": None}}
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": f"ANY {template}",
            "rawPath": split.path,
            "rawQueryString": split.query,
            "headers": ({"content-type": "application/json"} if text is not None else {}) | dict(headers or {}),
            "requestContext": context,
            "isBase64Encoded": False,
        }
        if text is not None:
            event["body"] = text
        if parameters:
            event["pathParameters"] = parameters
        if split.query:
            event["queryStringParameters"] = dict(parse_qsl(split.query, keep_blank_values=True))
        handler = importlib.import_module(f"functions.{service}.api").handler
        with running_as(service):
            answer = handler(event, None)
        text = answer.get("body") or ""
        return Answer(answer["statusCode"], json.loads(text) if text else None, answer["headers"])


def match(path: str) -> tuple[str, str, dict[str, str]] | None:
    """The service, the path template with the most literal segments, and the path parameters."""
    best: tuple[int, str, str, dict[str, str]] | None = None
    for route in ROUTES:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route.path))
        found = re.fullmatch(pattern, path)
        literals = route.path.count("/") - route.path.count("{")
        if found and (best is None or literals > best[0]):
            parameters = {name: unquote(value) for name, value in found.groupdict().items()}
            best = literals, route.service, route.path, parameters
    return best[1:] if best else None
