"""Identifiers: what one may look like, and ids derived from others so that a repeat makes the same one."""

from __future__ import annotations

import base64
import hashlib
import re
from uuid import UUID, uuid4, uuid5

IDENTIFIER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$"
"""No separator of our keys (`#`) and no white space can occur, so no key can be forged."""

_IDENTIFIER = re.compile(IDENTIFIER_PATTERN.removesuffix("$") + r"\Z")
_EVENT_NAMESPACE = UUID("6f0d4f9e-6f55-5d0a-9a53-0c6d1a3a7a11")


def is_identifier(text: str) -> bool:
    """Whether `text` may stand in a key."""
    return _IDENTIFIER.match(text) is not None


def new_id() -> str:
    """A fresh random id."""
    return uuid4().hex


def derived_id(prefix: str, *parts: str) -> str:
    """`prefix-` and 24 base-32 characters (120 bits) that depend on the parts alone: equal parts, equal id."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()[:15]
    return f"{prefix}-{base64.b32encode(digest).decode()}"


def event_id(entity: str, version: int, detail_type: str, ordinal: int) -> str:
    """The id of the n-th event of one kind that one version of an entity means (RFC 9562 v5): a repeat has the same."""
    return str(uuid5(_EVENT_NAMESPACE, f"{entity}|{version}|{detail_type}|{ordinal}"))
