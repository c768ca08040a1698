"""Starts ministack. Runs in the emulator's own environment, so it imports nothing of ours.

Adds what the emulator itself does not tell or do: how far each stream reader is behind (`/_throughline/streams`), which
instance this is (`/_throughline/instance`), an end when the process that started it goes away, that loopback passes for
TLS where the policy of a queue or bucket asks for it, that calls to a stream are checked as such, and that a zip is
unpacked once and not for every worker.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import ministack.app as emulator  # type: ignore[import-not-found] # it lives in the emulator's environment only
from ministack.core import iam_actions, lambda_runtime  # type: ignore[import-not-found] # as above
from ministack.core.responses import _request_account_id, _request_region  # type: ignore[import-not-found] # as above
from ministack.services import dynamodb, dynamodb_streams, lambda_svc  # type: ignore[import-not-found] # as above

INSTANCE, ATTENDED = sys.argv[1], sys.argv[2] == "attended"


def streams() -> list[dict[str, Any]]:
    """For every reader of a stream: how many records were ever written, and how many of them it has worked off."""
    rows = []
    for account, region, mapping in lambda_svc._iter_all_esms():
        source = mapping.get("EventSourceArn", "")
        if ":dynamodb:" not in source or not mapping.get("Enabled", True):
            continue
        tokens = _request_account_id.set(account), _request_region.set(region)
        try:
            table = source.split("/stream/")[0].split("/")[-1]
            rows.append(
                {
                    "function": mapping["FunctionName"],
                    "table": table,
                    "written": dynamodb.stream_end_position(table),
                    "read": lambda_svc._dynamodb_stream_positions.get(mapping["UUID"], 0),
                }
            )
        finally:
            _request_account_id.reset(tokens[0])
            _request_region.reset(tokens[1])
    return rows


_ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {
    "/_throughline/instance": lambda: {"instance": INSTANCE},
    "/_throughline/streams": lambda: {"streams": streams()},
}


def with_our_paths(inner: Any) -> Any:
    """The ASGI application, with our own two paths before it."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        answer = _ANSWERS.get(scope.get("path", "")) if scope["type"] == "http" else None
        if answer is None:
            await inner(_as_if_by_tls(scope), receive, send)
            return
        body = json.dumps(answer()).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


def _as_if_by_tls(scope: Any) -> Any:
    """Queues and buckets take TLS only. Signed calls to them, and uploads to signed addresses, get the header that a
    TLS proxy before the emulator would add."""
    headers = scope.get("headers", ())
    signed = [value for name, value in headers if name == b"authorization"]
    signed.append(scope.get("query_string", b"").replace(b"%2F", b"/"))
    guarded = any(b"/sqs/aws4_request" in one or b"/s3/aws4_request" in one for one in signed)
    return {**scope, "headers": [*headers, (b"x-forwarded-proto", b"https")]} if guarded else scope


class UnpackedOnce(zipfile.ZipFile):
    """Unpacks a zip into one folder and gives everybody else a link to it.

    Each of some thirty workers would write 25 MB of packages otherwise. Functions may not write there on AWS either.
    """

    _folders: ClassVar[dict[int, str]] = {}
    _lock = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        contents = hash(tuple((entry.filename, entry.CRC) for entry in self.infolist()))
        with self._lock:
            if contents not in self._folders:
                folder = tempfile.mkdtemp(prefix="unpacked-")
                super().extractall(folder, members, pwd)
                self._folders[contents] = folder
        Path(path).rmdir()
        Path(path).symlink_to(self._folders[contents])


def unpack_once() -> None:
    """Let the emulator's workers use it."""
    ours = types.ModuleType("zipfile")
    vars(ours).update(vars(zipfile))
    ours.ZipFile = UnpackedOnce  # type: ignore[attr-defined] # a copy of the module has what the module has
    lambda_runtime.zipfile = ours


def name_streams() -> None:
    """Let calls to a stream be checked against what is granted on it; the emulator takes them for calls to anything."""
    resource_of = iam_actions.extract_resource_arn

    def named(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any, **more: Any) -> str:
        asked = json.loads(body or b"{}") if service == "dynamodbstreams" else {}
        place = dynamodb_streams._decode_iterator(asked["ShardIterator"]) if "ShardIterator" in asked else asked
        stream = (place or {}).get("arn") or asked.get("StreamArn")
        return stream or str(resource_of(service, method, path, headers, body, *rest, **more))

    iam_actions.extract_resource_arn = named


def end_with_parent() -> None:
    """Our standard input is a pipe that the parent holds open: when it closes, the whole group goes."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGTERM)


if __name__ == "__main__":
    del sys.argv[1:]  # the emulator reads them too
    if ATTENDED:
        threading.Thread(target=end_with_parent, daemon=True).start()
    unpack_once()
    name_streams()
    emulator.app = with_our_paths(emulator.app)
    emulator.main()
