"""A small HTTP client for the API: JSON in and out, one connection kept open per thread."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    """What the API said. `headers` have lower-case names; `body` is parsed JSON, or text where it is none."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


class Api:
    """Calls one API with one token. Safe to share between threads."""

    def __init__(self, base_url: str, token: str | None = None, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        address = urlsplit(base_url)
        assert address.hostname
        self._secure = address.scheme == "https"
        self._host, self._port = address.hostname, address.port
        self._prefix = address.path.rstrip("/")
        self._token = token
        self._timeout = timeout_seconds
        self._local = threading.local()

    def get(self, path: str, query: Mapping[str, object] | None = None, **headers: str) -> Answer:
        return self.call("GET", path + (f"?{urlencode(query)}" if query else ""), headers=headers)

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self.call("POST", path, body, headers=headers)

    def put(self, path: str, body: object, **headers: str) -> Answer:
        return self.call("PUT", path, body, headers=headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, headers=headers)

    def call(self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None) -> Answer:
        """One call. `body` is sent as JSON, bytes as they are; `idempotency_key="K"` sends `Idempotency-Key: K`.

        Raises OSError when nobody answers. A call is repeated only when the kept connection proved to be closed
        before anything was sent on it.
        """
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        sent = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if content is not None else {})
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        sent |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        try:
            return self._exchange(method, path, content, sent)
        except (http.client.RemoteDisconnected, http.client.CannotSendRequest, BrokenPipeError):
            self.close()
            return self._exchange(method, path, content, sent)

    def close(self) -> None:
        """Close this thread's connection."""
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection:
            connection.close()
        self._local.connection = None

    def _exchange(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        connection = getattr(self._local, "connection", None) or self._connect()
        self._local.connection = connection
        try:
            connection.request(method, self._prefix + path, content, dict(headers))
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return Answer(response.status, _parse(raw), {name.lower(): value for name, value in response.getheaders()})

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self._timeout)


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
