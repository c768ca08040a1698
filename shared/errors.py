"""The error tree: every way in which a well-meant call can be refused.

    DomainError
     ├── NotFound            404  does not exist, or is not the caller's to see
     ├── Forbidden           403  the caller may not do this at all
     ├── Conflict            409  the state does not allow it
     ├── Refused             422  well-formed, yet not acceptable
     │    └── InvalidField        ... because of one named field
     └── Busy                429  rivals held the rows until the patience ran out; nothing was done

Domain code raises these (or its own subclasses with a `code`); `shared.http` alone knows that they are HTTP statuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One field that is wrong: RFC 6901 pointer into the request, and why."""

    pointer: str
    detail: str


class DomainError(Exception):
    """Something a user may run into. `code` is stable and machine readable; `extra` adds members to the answer."""

    code = "refused"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.errors = tuple(errors)
        self.extra = dict(extra or {})


class NotFound(DomainError):
    """It does not exist, or the caller is not to know that it does."""

    code = "not_found"


class Forbidden(DomainError):
    """The caller's role may not do this."""

    code = "forbidden"


class Conflict(DomainError):
    """The present state does not allow it."""

    code = "conflict"


class Refused(DomainError):
    """Understood, but not acceptable."""

    code = "refused"


class InvalidField(Refused):
    """One field is not acceptable."""

    code = "invalid"

    def __init__(self, pointer: str, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail, code=code, errors=[FieldError(pointer, detail)])


class Busy(DomainError):
    """Rivals kept the rows busy; nothing was done, try again after `retry_after_seconds`."""

    code = "busy"

    def __init__(self, detail: str = "too many rivals for the same rows; try again", *, retry_after_seconds: int = 1):
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
