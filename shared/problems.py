"""Refusals as RFC 9457 problem documents: which status each class of errors has, and what it says."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from shared.errors import Busy, Conflict, DomainError, FieldError, Forbidden, NotFound, Refused

PROBLEM = "application/problem+json"


class BadRequest(DomainError):
    """Not readable, or something that must be there is missing (400)."""

    code = "bad_request"


class UnsupportedMediaType(DomainError):
    """The body is not JSON (415)."""

    code = "unsupported_media_type"


class TooLarge(DomainError):
    """The body exceeds 5 MiB (413)."""

    code = "body_too_large"


class MethodNotAllowed(DomainError):
    """The path exists, the method does not (405)."""

    code = "method_not_allowed"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"this path takes {', '.join(allowed)}")
        self.allowed = allowed


_STATUS = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    Busy: 429,
    Refused: 422,
    BadRequest: 400,
    UnsupportedMediaType: 415,
    TooLarge: 413,
    MethodNotAllowed: 405,
}


def invalid(error: ValidationError) -> DomainError:
    """What the models found wrong, as a refusal with one pointer per field.

    Not JSON at all, or a required field missing: 400; everything else: 422.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    errors = [FieldError("".join(f"/{_escaped(part)}" for part in one["loc"]), one["msg"]) for one in found[:50]]
    kinds = {one["type"] for one in found}
    if "json_invalid" in kinds:
        return BadRequest("the body is not JSON", code="unreadable", errors=[FieldError("", found[0]["msg"])])
    if kinds == {"missing"}:
        return BadRequest("a required field is missing", code="missing_field", errors=errors)
    return Refused("the request has fields that are not acceptable", code="invalid", errors=errors)


def _escaped(part: int | str) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")[:200]


def status_of(kind: type[DomainError]) -> int:
    """The HTTP status of a class of errors."""
    return next(status for base, status in _STATUS.items() if issubclass(kind, base))


def problem(error: DomainError, trace_id: str) -> dict[str, Any]:
    """The gateway's answer for a refusal."""
    status = status_of(type(error))
    headers = {"content-type": PROBLEM}
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    retry_after = getattr(error, "retry_after_seconds", None)
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    members: dict[str, Any] = {
        "type": f"https://throughline.dev/problems/{error.code.replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": error.detail,
        "code": error.code,
        "trace_id": trace_id,
        **error.extra,
    }
    if error.errors:
        members["errors"] = [{"pointer": one.pointer, "detail": one.detail} for one in error.errors]
    body = json.dumps(members, separators=(",", ":"), ensure_ascii=True)
    return {"statusCode": status, "headers": headers, "body": body}
