"""Calls to the API that outlast what passes by itself, and waiting for something to become true."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from infra.local.http import Answer, Api
from infra.local.stack import LocalStack

T = TypeVar("T")

ATTEMPTS = 8
LONGEST_PAUSE_SECONDS = 2.0
DONE = (200, 201, 202, 204)
_UNAUTHORISED, _TOO_MANY, _SERVER_ERROR = 401, 429, 500


class Unexpected(RuntimeError):
    """The API answered something else than it should have."""

    def __init__(self, call: str, answer: Answer) -> None:
        super().__init__(f"{call} answered {answer.status}: {str(answer.body)[:500]}")
        self.answer = answer


class TookTooLong(RuntimeError):
    """What was waited for did not come true in time; the message says what there was instead."""


class Client:
    """One bearer's calls. Commands carry natural ids, so a repeat after a lost answer is harmless."""

    def __init__(self, stack: LocalStack, **of: str) -> None:
        self._stack = stack
        self._of = of
        self._api = stack.api(**of)

    def get(self, path: str, query: Mapping[str, object] | None = None, *, expect: Collection[int] = DONE) -> Any:
        """The answer's body."""
        return self.call("GET", path, query=query, expect=expect).body

    def put(self, path: str, body: object, *, expect: Collection[int] = DONE) -> Any:
        """The answer's body."""
        return self.call("PUT", path, body, expect=expect).body

    def post(self, path: str, body: object, *, expect: Collection[int] = DONE) -> Any:
        """The answer's body."""
        return self.call("POST", path, body, expect=expect).body

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        expect: Collection[int] = DONE,
    ) -> Answer:
        """One call, repeated while nobody answers, the API is busy or the token has run out.

        Raises Unexpected for an answer whose status is not in `expect`, OSError when nobody answers at all.
        """
        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            try:
                answer = self._send(method, path, body, query)
            except OSError:
                if last:
                    raise
            else:
                if answer.status in expect:
                    return answer
                if last or not self._passes(answer):
                    break
            time.sleep(random.uniform(0.5, 1) * min(LONGEST_PAUSE_SECONDS, 0.05 * 2**attempt))
        raise Unexpected(f"{method} {path}", answer)

    def pages(self, path: str, query: Mapping[str, object] | None = None) -> list[Any]:
        """Every item of a list, page after page."""
        items: list[Any] = []
        cursor: str | None = None
        while True:
            page = self.get(path, {**(query or {}), **({"cursor": cursor} if cursor else {})})
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    def _send(self, method: str, path: str, body: object, query: Mapping[str, object] | None) -> Answer:
        if method == "GET":
            return self._api.get(path, query)
        return self._api.call(method, path, body)

    def _passes(self, answer: Answer) -> bool:
        if answer.status == _UNAUTHORISED:
            self._api = Api(self._stack.base_url, self._stack.token(**self._of))
            return True
        return answer.status == _TOO_MANY or answer.status >= _SERVER_ERROR


def until(look: Callable[[], T], done: Callable[[T], bool], *, what: str, seconds: float = 60.0) -> T:
    """What `look` gives as soon as `done` says so. Raises TookTooLong after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = 0.02
    while True:
        seen = look()
        if done(seen):
            return seen
        if time.monotonic() > deadline:
            raise TookTooLong(f"after {seconds:.0f} s: {what}; last seen: {str(seen)[:800]}")
        time.sleep(pause)
        pause = min(0.5, pause * 1.5)
