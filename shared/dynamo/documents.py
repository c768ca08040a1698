"""A domain object as one attribute of a stored record: JSON text, compressed once it is long.

Fields at their default are left out, so rows of older releases load as long as new fields have defaults, and an order
of a thousand lines fits DynamoDB's 400 KB and costs few write units.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

COMPRESS_FROM_BYTES = 600
"""About where a row stops fitting the first write unit uncompressed; below, a person can read it in the console."""


_FDICT = 0x20
"""RFC 1950: the flag in the second byte of a stream that needs a dictionary, whose Adler-32 follows."""


class UnknownDictionary(Exception):
    """A row was compressed with a dictionary that this release does not have."""


class Document(Generic[T]):
    """Writes and reads objects of one (frozen data-) class, compressed from `compress_from_bytes` of JSON on.

    `dictionaries` are texts that share phrases with the documents; the last one is written with. Each row names its
    own, so one that was ever used stays in the list, unchanged.
    """

    def __init__(
        self, of: type[T], *, compress_from_bytes: int = COMPRESS_FROM_BYTES, dictionaries: Sequence[bytes] = ()
    ) -> None:
        self._of = of
        self._compress_from_bytes = compress_from_bytes
        self._dictionaries = tuple(dictionaries)

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(self._of)

    def dump(self, value: T) -> str | bytes:
        """The attribute's value: text, or zlib bytes when it is long."""
        text = self._adapter.dump_json(value, exclude_defaults=True)
        return text.decode() if len(text) < self._compress_from_bytes else self._packed(text)

    def load(self, stored: str | bytes) -> T:
        """The object of a stored attribute. Raises pydantic.ValidationError when the row is not of this class,
        UnknownDictionary when a later release wrote it."""
        text = unpacked(stored, self._dictionaries) if isinstance(stored, bytes) else stored
        return self._adapter.validate_json(text)

    def _packed(self, text: bytes) -> bytes:
        if not self._dictionaries:
            return zlib.compress(text, 6)
        packer = zlib.compressobj(9, zdict=self._dictionaries[-1])
        return packer.compress(text) + packer.flush()

    def plain(self, value: T) -> Any:
        """JSON-ready builtins, defaults included."""
        return self._adapter.dump_python(value, mode="json")


def unpacked(stored: bytes, dictionaries: Sequence[bytes] = ()) -> bytes:
    """The text of a compressed attribute, with the dictionary that it names. Raises UnknownDictionary, zlib.error."""
    if len(stored) < 6 or not stored[1] & _FDICT:
        return zlib.decompress(stored)
    named = int.from_bytes(stored[2:6], "big")
    dictionary = next((one for one in dictionaries if zlib.adler32(one) == named), None)
    if dictionary is None:
        raise UnknownDictionary(f"{named:08x}")
    unpacker = zlib.decompressobj(zdict=dictionary)
    return unpacker.decompress(stored) + unpacker.flush()


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
