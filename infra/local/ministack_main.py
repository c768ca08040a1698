"""Starts ministack. Runs in the emulator's own environment, so it imports nothing of ours.

Adds what the emulator itself does not tell or do: what still moves (`/_throughline/progress`), which instance this is
(`/_throughline/instance`), an end when the process that started it goes away, that loopback passes for
TLS where the policy of a queue or bucket asks for it, that calls to a stream are checked as such, and that a zip is
unpacked once and not for every worker.
"""

from __future__ import annotations

import io
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
from ministack.services import dynamodb, dynamodb_streams, lambda_svc, sqs  # type: ignore[import-not-found] # as above

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


def queues() -> dict[str, int]:
    """Messages in each queue by its name: waiting, delayed or being worked on."""
    return {queue["name"]: len(queue["messages"]) for queue in list(sqs._queues._data.values())}


def progress() -> dict[str, Any]:
    """Everything that may still move, in one answer: asking queue by queue would keep the emulator busy by itself."""
    return {"streams": streams(), "queues": queues(), "running": lambda_runtime.workers_in_use()}


_ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {
    "/_throughline/instance": lambda: {"instance": INSTANCE},
    "/_throughline/progress": progress,
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


class Kept:
    """A zip that a worker writes before it unpacks it: kept in memory under its path, never on the disk."""

    contents: ClassVar[dict[str, bytes]] = {}

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def write(self, content: bytes) -> None:
        self.contents[self._path] = content


class UnpackedOnce:
    """Unpacks a zip into one folder and gives everybody else a link to it.

    Each of some thirty workers would write 50 MB of packages twice otherwise, and look at the name of every file in
    them. Functions may not write there on AWS either.
    """

    _folders: ClassVar[dict[bytes, str]] = {}
    _lock = threading.Lock()

    def __init__(self, path: str) -> None:
        self._content = Kept.contents.pop(path)

    def __enter__(self) -> UnpackedOnce:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def namelist(self) -> list[str]:
        """Nothing to be checked: `extractall` leaves no name outside the folder."""
        return []

    def extractall(self, path: str) -> None:
        with self._lock:
            if self._content not in self._folders:
                folder = tempfile.mkdtemp(prefix="unpacked-")
                with zipfile.ZipFile(io.BytesIO(self._content)) as packed:
                    packed.extractall(folder)
                self._folders[self._content] = folder
        Path(path).rmdir()
        Path(path).symlink_to(self._folders[self._content])


def unpack_once() -> None:
    """Let the emulator's workers use it."""

    def opened(path: str, mode: str = "r", **options: Any) -> Any:
        return Kept(path) if mode == "wb" and path.endswith(".zip") else Path(path).open(mode, **options)

    ours = types.ModuleType("zipfile")
    vars(ours).update(vars(zipfile))
    ours.ZipFile = UnpackedOnce  # type: ignore[attr-defined] # a copy of the module has what the module has
    lambda_runtime.zipfile = ours
    lambda_runtime.open = opened


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
