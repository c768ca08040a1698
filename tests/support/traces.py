"""Looking for what must not be there: texts in tables, queues, files and logs, however they are written down."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import quote

from shared.dynamo.documents import UnknownDictionary, unpacked
from tests.support.generated import ROOT

MIN_LENGTH = 7
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")


@cache
def spellings(word: str) -> frozenset[bytes]:
    """A word raw and lower-cased, each also URL-encoded, JSON-escaped and in base64 at every alignment."""
    assert len(word) >= MIN_LENGTH, "a short word is found by chance"
    found: set[bytes] = set()
    for text in {word, word.lower(), word.upper()}:
        plain = text.encode()
        found |= {plain, quote(text, safe="").encode(), json.dumps(text)[1:-1].encode()}
        for offset in range(3):
            # Only the characters that do not depend on what stands before and after.
            encoded = base64.b64encode(b"\0" * offset + plain)
            core = encoded[-(-offset * 8 // 6) :][: (len(plain) - 2) * 8 // 6].rstrip(b"=")
            found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return frozenset(found)


@cache
def dictionaries() -> tuple[bytes, ...]:
    """Of all services: a row packed with another one could not be looked into."""
    paths = (path.relative_to(ROOT).with_suffix("") for path in sorted(ROOT.glob("functions/**/dictionary.py")))
    return tuple(one for path in paths for one in import_module(".".join(path.parts)).DICTIONARIES)


def found_in(value: Any, words: Iterable[str]) -> set[str]:
    """Those of the words that a value holds, also inside what it holds compressed or in base64."""
    text = b"\0".join(_texts(value))  # no spelling holds a zero byte
    return {word for word in words if any(one in text for one in spellings(word))}


def _texts(value: Any, depth: int = 0) -> Iterator[bytes]:
    match value:
        case dict():
            for key, inner in value.items():
                yield str(key).encode()
                yield from _texts(inner, depth)
        case list() | tuple() | set():
            for inner in value:
                yield from _texts(inner, depth)
        case str():
            yield from _unpacked(value.encode("utf-8", "surrogatepass"), depth)
        case bytes() | bytearray():
            yield from _unpacked(bytes(value), depth, stored=True)
        case _:
            yield str(value).encode()


def _unpacked(raw: bytes, depth: int, *, stored: bool = False) -> Iterator[bytes]:
    """`stored`: as a row keeps it, so that what cannot be unpacked for want of its dictionary fails the search."""
    yield raw
    if depth >= 3:
        return
    packed = stored and raw[:1] == b"x" and int.from_bytes(raw[:2], "big") % 31 == 0  # RFC 1950: a header checks itself
    with contextlib.suppress(zlib.error, *(() if packed else (UnknownDictionary,))):
        yield from _unpacked(unpacked(raw, dictionaries()), depth + 1)
    for match in _BASE64.finditer(raw):
        text = match[0].replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        try:
            inner = base64.b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            continue
        if inner[:1] == b"x":  # zlib's first byte: what is packed, not every word of sixteen letters
            yield from _unpacked(inner, depth + 1)


def in_tables(dynamodb: Any, names: Iterable[str], words: Iterable[str]) -> set[tuple[str, str, str]]:
    """(table, key, word) of everything found."""
    words = list(words)
    found = set()
    for name in names:
        for page in dynamodb.get_paginator("scan").paginate(TableName=name):
            for item in page["Items"]:
                key = f"{item['pk']['S']} / {item['sk']['S']}"
                found |= {(name, key, word) for word in found_in(item, words)}
    return found


def in_queues(sqs: Any, urls: Iterable[str], words: Iterable[str]) -> set[tuple[str, str, str]]:
    """(queue, message, word) of everything found; messages are seen again at once."""
    words = list(words)
    found = set()
    for url in urls:
        seen: set[str] = set()
        while True:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=2)
            fresh = [one for one in answer.get("Messages", []) if one["MessageId"] not in seen]
            if not fresh:
                break
            for message in fresh:
                seen.add(message["MessageId"])
                found |= {(url, message["Body"][:80], word) for word in found_in(message["Body"], words)}
    return found


def in_buckets(s3: Any, names: Iterable[str], words: Iterable[str]) -> set[tuple[str, str, str]]:
    """(bucket, key, word) of everything found in files."""
    words = list(words)
    found = set()
    for name in names:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
            for one in page.get("Contents", []):
                body = s3.get_object(Bucket=name, Key=one["Key"])["Body"].read()
                found |= {(name, one["Key"], word) for word in found_in({one["Key"]: body}, words)}
    return found
