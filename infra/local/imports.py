"""Bulk imports through the public API: opens one, uploads the rows, waits for its end."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.local.patience import Client, until

SECONDS = 900.0
UPLOAD_SECONDS = 120.0
ENDED = frozenset({"COMPLETED", "COMPLETED_WITH_REJECTIONS", "FAILED"})


class NotImported(RuntimeError):
    """The file or some of its rows were not taken; the message says why."""


def import_rows(
    client: Client,
    import_id: str,
    kind: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    done: Callable[[int], None] = lambda _: None,
) -> None:
    """Import the rows, once per id: what has been imported under it is not sent again. `done` hears how many are.

    Raises NotImported, TookTooLong, Unexpected.
    """
    started = client.post("/v1/imports", {"import_id": import_id, "kind": kind, "format": "jsonl"})
    if started["upload_url"]:
        _upload(started["upload_url"], "\n".join(map(json.dumps, rows)).encode())

    def look() -> dict[str, Any]:
        seen = dict(client.get(f"/v1/imports/{import_id}"))
        done(seen["rows"]["read"])
        return seen

    ended = until(
        look, lambda seen: seen["status"] in ENDED, what=f"import {import_id} of {kind} at its end", seconds=SECONDS
    )
    if ended["status"] != "COMPLETED":
        raise NotImported(f"import {import_id} of {kind}: {ended['failure'] or ended['rejected'][:5]}")


def _upload(url: str, content: bytes) -> None:
    request = urllib.request.Request(url, content, method="PUT")  # noqa: S310 (an address that our own API signed)
    with urllib.request.urlopen(request, timeout=UPLOAD_SECONDS):  # noqa: S310 (as above)
        return
