"""How an event travels as an EventBridge entry: `{"meta": envelope, "data": event}`, packed when it is long."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from shared.events.base import Envelope, Event

PACK_FROM_BYTES = 64 * 1024
"""An order of 1,200 lines can exceed the 256 KB that bus and queue take; rules match on source and detail-type only,
so the data may be compressed."""


def to_detail(event: Event, envelope: Envelope) -> str:
    """The entry's `Detail`."""
    data = event.model_dump_json(exclude_defaults=True)
    meta = json.dumps(envelope.to_json(), separators=(",", ":"))
    if len(data) < PACK_FROM_BYTES:
        return f'{{"meta":{meta},"data":{data}}}'
    packed = base64.b64encode(zlib.compress(data.encode(), 6)).decode()
    return f'{{"meta":{meta},"packed":"{packed}"}}'


def from_detail(kind: type[Event], detail: Mapping[str, Any]) -> tuple[Event, Envelope]:
    """The event of an entry's `detail`. Raises pydantic.ValidationError or KeyError for what is not one."""
    envelope = Envelope.from_json(detail["meta"])
    if "packed" in detail:
        return kind.model_validate_json(zlib.decompress(base64.b64decode(detail["packed"]))), envelope
    return kind.model_validate(detail["data"]), envelope
