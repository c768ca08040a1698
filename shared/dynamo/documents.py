"""A domain object as one attribute of a stored record: JSON text, compressed once it is long.

Fields at their default are left out, so rows of older releases load as long as new fields have defaults, and an order
of a thousand lines fits DynamoDB's 400 KB and costs few write units.
"""

from __future__ import annotations

import base64
import json
import zlib
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

COMPRESS_FROM_BYTES = 600
"""About where a row stops fitting the first write unit uncompressed; below, a person can read it in the console."""


class Document(Generic[T]):
    """Writes and reads objects of one (frozen data-) class, compressed from `compress_from_bytes` of JSON on."""

    def __init__(self, of: type[T], *, compress_from_bytes: int = COMPRESS_FROM_BYTES) -> None:
        self._of = of
        self._compress_from_bytes = compress_from_bytes

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self._of)

    def dump(self, value: T) -> str | bytes:
        """The attribute's value: text, or zlib bytes when it is long."""
        text = self._adapter.dump_json(value, exclude_defaults=True)
        return text.decode() if len(text) < self._compress_from_bytes else zlib.compress(text, 6)

    def load(self, stored: str | bytes) -> T:
        """The object of a stored attribute. Raises pydantic.ValidationError when the row is not of this class."""
        return self._adapter.validate_json(zlib.decompress(stored) if isinstance(stored, bytes) else stored)

    def plain(self, value: T) -> Any:
        """JSON-ready builtins, defaults included."""
        return self._adapter.dump_python(value, mode="json")


def encode_cursor(key: dict[str, Any] | None) -> str | None:
    """A page's end as opaque text for `?cursor=`."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> dict[str, Any]:
    """The page's end of a cursor. Raises ValueError for text that we did not make."""
    decoded = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if not isinstance(decoded, dict):
        raise ValueError("not a cursor")
    return decoded
