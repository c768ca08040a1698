"""Tells the same content of a command from another."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel


def fingerprint(body: BaseModel, *more: str | None) -> str:
    """Tells the same content from another, however the JSON was written."""
    text = "\x1f".join([body.model_dump_json(), *(part or "" for part in more)])
    return hashlib.sha256(text.encode()).hexdigest()
